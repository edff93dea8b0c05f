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
    ...part("Traits", told.traits, value),
    make("h3", {}, "History"),
    table(`The newest ${told.history.length} events, newest first`, [
      { title: "Event", text: (event) => event.event },
      { title: "Item", text: (event) => event.item },
      { title: "Time (UTC)", text: (event) => instant(event.time) },
      { title: "Age", text: (event) => age(event.time, now) },
    ], told.history),
    ...part("Counters", told.counters, figure, true),
  ];
}

function facts(told) {
  return make("dl", { class: "facts" },
    ...Object.entries(told).flatMap(([name, words]) => [make("dt", {}, name), make("dd", {}, words)]));
}

/** A heading and a table of names and values. */
function part(title, object, words, number = false) {
  const entries = Object.entries(object);
  if (entries.length === 0) return [make("h3", {}, title), make("p", { class: "quiet" }, "None.")];
  return [make("h3", {}, title), table(`${entries.length} now`, [
    { title: "Name", text: ([name]) => name },
    { title: "Value", text: ([, told]) => words(told), number },
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
    let asked = false;
    details.addEventListener("toggle", async () => {
      if (asked || !details.open) return;
      asked = true;
      place.replaceChildren(...await reasons(decision, tenant));
    });
    return details;
  });
}

async function reasons(decision, tenant) {
  try {
    return explained(await get(`/v1/decisions/${decision.decisionId}`, tenant), decision);
  } catch (error) {
    return [make("p", { class: "failed" }, error.message)];
  }
}

function explained(told, decision) {
  const outcome = (item) => ["exposed", "clicked", "purchased"].filter((what) => item?.[what]).join(", ") || "–";
  const items = told.items.map((item, i) => ({ ...item, place: i + 1, outcome: outcome(decision.items[i]) }));
  const made = Object.entries(told.generations).map(([name, generation]) => `${name} ${generation}`).join(", ");
  return [
    facts({ Decision: told.decisionId, "Made by": made, Fallback: told.fallback }),
    table("Items in their order, and what came of them", [
      { title: "#", text: (item) => item.place },
      { title: "Item", text: (item) => item.item },
      { title: "Score", text: (item) => item.score.toFixed(2), number: true },
      { title: "Reasons", text: (item) => item.reasons.join(" + ") || item.source || "nothing is known about it yet" },
      { title: "Propensity", text: (item) => item.propensity.toFixed(4), number: true },
      { title: "Explored", text: (item) => (item.explored ? "by chance" : "no") },
      { title: "Outcome", text: (item) => item.outcome },
    ], items),
    make("ul", {}, ...told.lines.map((line) => make("li", {}, line))),
  ];
}
