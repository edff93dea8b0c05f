// Figures as people read them. Pure.

const NOTHING = "–";

/** 0.42, 7.3, 1,234 */
export function figure(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

/** +12, −3, 0 */
export function signed(value) {
  if (value === null || value === undefined) return NOTHING;
  return value > 0 ? `+${figure(value)}` : value < 0 ? `−${figure(-value)}` : "0";
}

/** Seconds as 850 µs, 1.2 ms, 2.5 s; past the greatest bucket "> 10 s". */
export function duration(seconds, most) {
  if (seconds === null || seconds === undefined) return NOTHING;
  if (seconds === Infinity) return `> ${duration(most)}`;
  if (seconds < 1e-3) return `${figure(Math.round(seconds * 1e6))} µs`;
  if (seconds < 1) return `${figure(seconds * 1e3)} ms`;
  return `${figure(seconds)} s`;
}

/** How long before `now` an ISO time was: "moments", "3 min", "2 h", "5 d" ago. */
export function age(time, now) {
  const then = Date.parse(time);
  const until = Date.parse(now);
  if (!(then > 0) || !(until > 0)) return NOTHING; // never, or not told
  const minutes = Math.floor((until - then) / 60000);
  if (minutes < 1) return "moments ago";
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${figure(Math.floor(minutes / 1440))} d ago`;
}

/** 2026-11-26T18:08:32.123456Z to 2026-11-26 18:08:32, UTC as it came. */
export function instant(time) {
  return time.replace("T", " ").replace(/(\.\d+)?Z$/, "");
}

export function value(property) {
  if (Array.isArray(property)) return property.join(", ");
  return typeof property === "object" ? JSON.stringify(property) : String(property);
}
