// What /metrics says, and what two looks at it say of the time between. Pure.

const SERIES = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Prometheus' text form: name -> [{labels, value}]. Lines that are none are left out. */
export function parse(text) {
  const metrics = new Map();
  for (const line of text.split("\n")) {
    const match = line.startsWith("#") ? null : SERIES.exec(line);
    if (!match) continue;
    const labels = Object.fromEntries([...(match[2] ?? "").matchAll(LABEL)].map(([, name, told]) => [name, told]));
    const value = match[3] === "+Inf" ? Infinity : Number(match[3]);
    if (!metrics.has(match[1])) metrics.set(match[1], []);
    metrics.get(match[1]).push({ labels, value });
  }
  return metrics;
}

/** The sum of all series of a name, or of those with the label; null: there is none. */
export function sum(metrics, name, label, told) {
  const series = (metrics.get(name) ?? []).filter((one) => label === undefined || one.labels[label] === told);
  return series.length === 0 ? null : series.reduce((all, one) => all + one.value, 0);
}

/** [{bound, count}] by bound, counts cumulative as Prometheus has them. */
export function buckets(metrics, name) {
  return (metrics.get(`${name}_bucket`) ?? [])
    .map((one) => ({ bound: one.labels.le === "+Inf" ? Infinity : Number(one.labels.le), count: one.value }))
    .sort((a, b) => a.bound - b.bound);
}

/** Per second; null where a count is missing or went back (the server began anew). */
export function rate(before, now, seconds) {
  if (before === null || now === null || now < before || !(seconds > 0)) return null;
  return (now - before) / seconds;
}

/**
 * The q-quantile of what was observed between two looks, linear within its bucket as Prometheus' histogram_quantile;
 * Infinity: above the last bound; null: nothing was observed, or the server began anew.
 */
export function quantile(before, now, q) {
  if (now.length === 0 || before.length !== now.length) return null;
  const counts = now.map((bucket, i) => bucket.count - before[i].count);
  const all = counts[counts.length - 1];
  if (all <= 0 || counts.some((count) => count < 0)) return null;
  const at = counts.findIndex((count) => count >= q * all);
  if (now[at].bound === Infinity) return Infinity;
  const [low, below] = at === 0 ? [0, 0] : [now[at - 1].bound, counts[at - 1]];
  return low + ((now[at].bound - low) * (q * all - below)) / (counts[at] - below);
}
