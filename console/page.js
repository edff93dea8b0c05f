// The page: asks while somebody looks, says when it cannot, and goes on by itself. Asks with GET alone.

import { get } from "./api.js";
import { byId, say, show } from "./dom.js";
import { parse } from "./metrics.js";
import { Segments, showPartitions, showStatus } from "./node.js";
import { Rates } from "./rates.js";
import { showNobody, showUser } from "./user.js";

const POLL_MS = 2000;
const POINTS_MAX = 150; // five minutes of them
const SEGMENTS_AGAIN_MS = 60000; // where the server has none

const rates = new Rates(POINTS_MAX);
const segments = new Segments();
let tenant = "";
let timer = null;
let polling = false;
let last_answer = "";
let server_now = ""; // of the server's clock, which need not be ours
let segments_from_ms = 0; // not asked before

// ---- polls ----

async function poll() {
  if (polling) return; // one after another, however late one is
  polling = true;
  const [status, metrics] = await Promise.allSettled([get("/v1/status", tenant), get("/metrics")]);
  const known = metrics.status === "fulfilled" ? parse(metrics.value) : null;
  if (known) rates.add(known, performance.now());
  else rates.gap();
  if (status.status === "fulfilled") {
    server_now = status.value.now;
    showStatus(status.value, tenant);
    showPartitions(status.value, known);
  }
  tell([status, metrics].find((one) => one.status === "rejected")?.reason ?? await pollSegments());
  polling = false;
  schedule();
}

/** What went wrong; null: nothing, also where the server has no segments. */
async function pollSegments() {
  if (performance.now() < segments_from_ms) return null;
  try {
    segments.show((await get("/v1/segments", tenant)).segments ?? []);
  } catch (error) {
    if (error.status !== 404) return error;
    segments.show([]);
    segments_from_ms = performance.now() + SEGMENTS_AGAIN_MS;
  }
  return null;
}

function tell(problem) {
  const clock = new Date().toLocaleTimeString();
  if (!problem) last_answer = clock;
  say(byId("updated"), last_answer === "" ? "" : `as of ${last_answer}`);
  show(byId("banner"), problem !== null);
  if (problem === null) return;
  const known = last_answer === "" ? "" : ` What is shown is of ${last_answer}.`;
  say(byId("banner"), `The server cannot be asked: ${problem.message}. Trying again every ${POLL_MS / 1000} s.${known}`);
}

function schedule() {
  clearTimeout(timer);
  timer = document.hidden ? null : setTimeout(poll, POLL_MS);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return schedule();
  rates.gap(); // of the time nobody looked
  poll();
});

// ---- one user, by the part of the address behind '#' ----

function asked() {
  const told = new URLSearchParams(location.hash.slice(1));
  return { user: told.get("user") ?? "", tenant: told.get("tenant") ?? "" };
}

function readAddress() {
  const told = asked();
  byId("user-id").value = told.user;
  byId("tenant").value = told.tenant;
  if (told.tenant !== tenant) {
    tenant = told.tenant;
    segments.forget();
    segments_from_ms = 0;
    byId("model").replaceChildren();
    poll();
  }
  if (told.user === "") showNobody();
  else showUser(told.user, tenant, () => server_now);
}

byId("user-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const told = new URLSearchParams({ user: byId("user-id").value });
  if (byId("tenant").value !== "") told.set("tenant", byId("tenant").value);
  if (location.hash.slice(1) === told.toString()) readAddress();
  else location.hash = told.toString(); // hashchange does the rest
});
window.addEventListener("hashchange", readAddress);

// The fragment is the user's, so the way past the tables is made by hand.
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("user-id").focus();
});

tenant = asked().tenant;
await poll();
// Who has begun to type meanwhile keeps what he typed.
if (location.hash !== "") readAddress();
