// One user: his profile, the decisions that it remembers, and the reasons of each.

import { get } from "./api.js";
import { byId, make, table } from "./dom.js";
import { age, figure, instant, value } from "./words.js";

const HISTORY_MAX = 50;
const DECISIONS_MAX = 20;

let turn = 0; // of the look that may show its answer: the newest

/** Reads alone: nothing is decided by looking. */
export async function showUser(user, tenant, now) {
  const mine = ++turn;
  const place = byId("user");
  place.setAttribute("aria-busy", "true");
  let content;
  try {
    // A URL has no such step: the browser would go up or stay.
    if (user === "." || user === "..") throw new Error("a browser cannot ask for this id: kindredctl profile can");
    const path = `/v1/profiles/${encodeURIComponent(user)}?history=${HISTORY_MAX}&decisions=${DECISIONS_MAX}`;
    content = profile(await get(path, tenant), tenant, now());
  } catch (error) {
    content = [make("p", { class: "failed" }, error.message)];
  }
  if (mine !== turn) return;
  place.replaceChildren(...content);
  place.removeAttribute("aria-busy");
}

export function showNobody() {
  ++turn;
  byId("user").replaceChildren();
}

function profile(told, tenant, now) {
  return [
    make("h3", { id: "user-name" }, told.userId),
    facts({
      Events: `${figure(told.events)} in ${figure(told.sessions)} sessions`,
      Consent: told.consent.join(", ") || "none",
      Segments: told.segments.map((segment) => segment.id).join(", ") || "none",
      Cart: told.cart.join(", ") || "empty",
    }),
    make("h3", {}, "Decisions"),
    ...decisions(told.decisions, tenant, now),
    ...part("Traits", told.traits, value, "named"),
    make("h3", {}, "History"),
    table(`The newest ${told.history.length} events, newest first`, [
      { title: "Event", text: (event) => event.event, look: "named" },
      { title: "Item", text: (event) => event.item, look: "named" },
      { title: "Time (UTC)", text: (event) => instant(event.time), look: "short" },
      { title: "Age", text: (event) => age(event.time, now), look: "short" },
    ], told.history),
    ...part("Counters", told.counters, figure, "number"),
  ];
}

function facts(told) {
  return make("dl", { class: "facts" },
    ...Object.entries(told).flatMap(([name, words]) => [make("dt", {}, name), make("dd", {}, words)]));
}

/** A heading and a table of names and values. */
function part(title, object, words, look) {
  const entries = Object.entries(object);
  if (entries.length === 0) return [make("h3", {}, title), make("p", { class: "quiet" }, "None.")];
  return [make("h3", {}, title), table(`${entries.length} now`, [
    { title: "Name", text: ([name]) => name, look: "named" },
    { title: "Value", text: ([, told]) => words(told), look },
  ], entries)];
}

function decisions(told, tenant, now) {
  if (told.length === 0)
    return [make("p", { class: "quiet" }, "None remembered: none was made, or measurement has no consent.")];
  return told.map((decision) => {
    const did = (what) => decision.items.filter((item) => item[what]).length;
    const summary = `${instant(decision.time)} · ${decision.placement} · ${decision.items.length} items`
      + ` · seen ${did("exposed")}, clicked ${did("clicked")}, bought ${did("purchased")}`;
    const place = make("div", {}, make("p", { class: "quiet" }, "Asking for the reasons."));
    const details = make("details", { "data-decision": decision.decisionId },
      make("summary", {}, summary, make("small", {}, ` ${age(decision.time, now)}`)), place);
    let asked = false; // once; after a failure again
    details.addEventListener("toggle", async () => {
      if (asked || !details.open) return;
      asked = true;
      try {
        place.replaceChildren(...explained(await get(`/v1/decisions/${decision.decisionId}`, tenant), decision));
      } catch (error) {
        asked = false;
        place.replaceChildren(make("p", { class: "failed" }, `${error.message} Open it again to ask again.`));
      }
    });
    return details;
  });
}

function explained(told, decision) {
  const outcome = (item) => ["exposed", "clicked", "purchased"].filter((what) => item?.[what]).join(", ") || "–";
  const items = told.items.map((item, i) => ({ ...item, place: i + 1, outcome: outcome(decision.items[i]) }));
  const made = Object.entries(told.generations).map(([name, generation]) => `${name} ${generation}`).join(", ");
  return [
    facts({ Decision: told.decisionId, "Made by": made, Fallback: told.fallback }),
    table("Items in their order, and what came of them", [
      { title: "#", text: (item) => item.place, look: "number" },
      { title: "Item", text: (item) => item.item, look: "named" },
      { title: "Score", text: (item) => item.score.toFixed(2), look: "number" },
      { title: "Reasons", text: (item) => total(item.reasons) || item.source || "nothing is known about it yet", look: "long" },
      { title: "Propensity", text: (item) => item.propensity.toFixed(4), look: "number" },
      { title: "Explored", text: (item) => (item.explored ? "by chance" : "no") },
      { title: "Outcome", text: (item) => item.outcome },
    ], items),
    make("details", {}, make("summary", {}, "The record in words"),
      make("ul", {}, ...told.lines.map((line) => make("li", {}, line)))),
  ];
}

/** ["4.10 successors", "-0.20 newest"] as a sum. */
function total(parts) {
  return parts.join(" + ").replaceAll("+ -", "− ");
}
