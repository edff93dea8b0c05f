// What the node says of itself: readiness, partitions, models, segments.

import { get } from "./api.js";
import { byId, fillRows, make, say, show, table } from "./dom.js";
import { age, figure, instant, signed } from "./words.js";

const ROWS_MAX = 200; // of a table; past it the rest is counted
const VERSION_SHOWN = 8; // digits of a content hash

export function showStatus(status, tenant) {
  say(byId("node"), `${status.node} · version ${status.version} · clock ${status.clock} · ${figure(status.items)} items`);
  say(byId("ready"), status.ready ? "ready" : "not ready");
  byId("ready").className = `badge ${status.ready ? "good" : "bad"}`;
  show(byId("reasons"), status.notReadyBecause.length > 0);
  if (byId("reasons").textContent !== status.notReadyBecause.join(""))
    byId("reasons").replaceChildren(...status.notReadyBecause.map((reason) => make("li", {}, reason)));
  showModels(status, tenant);
}

function showModels(status, tenant) {
  const models = status.models.slice(0, ROWS_MAX).map((model) => ({ ...model, tenant }));
  fillRows(byId("models"), models, (model) => `${model.name} ${model.state}`, [
    { text: (model) => model.name, look: "named", press: (model) => showModel(model.name, model.tenant) },
    { text: (model) => model.state },
    { text: (model) => (model.generation === undefined ? "–" : figure(model.generation)), look: "number" },
    { text: (model) => model.version.slice(0, VERSION_SHOWN), look: "id" },
    { text: (model) => age(model.trainedAt, status.now), look: "short" },
    { text: (model) => model.reason ?? "counted as it happens", look: "long" },
  ]);
}

/** Below the table: all that is known of one learner's models. */
async function showModel(name, tenant) {
  const place = byId("model");
  try {
    const { models } = await get(`/v1/models/${name.split("/").map(encodeURIComponent).join("/")}`, tenant);
    place.replaceChildren(make("h3", {}, name), ...models.flatMap((model) => [
      make("p", {}, `${model.state}, trained ${instant(model.trainedAt)}: ${model.reason ?? ""}`),
      table("Parameters and measures", [
        { title: "Name", text: ([key]) => key },
        { title: "Value", text: ([, told]) => figure(told), look: "number" },
      ], Object.entries({ ...model.parameters, ...model.metrics })),
    ]));
  } catch (error) {
    place.replaceChildren(make("h3", {}, name), make("p", { class: "failed" }, error.message));
  }
}

/** `metrics` null: not known now. */
export function showPartitions(status, metrics) {
  const lags = new Map((metrics?.get("kindred_fold_lag_entries") ?? []).map((one) => [one.labels.partition, one.value]));
  const users = status.partitions.reduce((all, partition) => all + partition.users, 0);
  say(byId("partitions-caption"), `Positions in the log; ${figure(users)} users in ${status.partitions.length} partitions`);
  fillRows(byId("partitions"), status.partitions.slice(0, ROWS_MAX), (partition) => partition.id, [
    { text: (partition) => partition.id },
    { text: (partition) => partition.role },
    { text: (partition) => figure(partition.position), look: "number" },
    { text: (partition) => figure(partition.flushed), look: "number" },
    { text: (partition) => figure(lags.get(String(partition.id))), look: "number" },
    { text: (partition) => figure(partition.users), look: "number" },
  ]);
}

/** Sizes as they are, and how they changed since the first look at each. */
export class Segments {
  constructor() {
    this.forget();
  }

  forget() {
    this.first = new Map(); // of those shown; at most ROWS_MAX
  }

  show(segments) {
    const largest = [...segments].sort((a, b) => b.size - a.size).slice(0, ROWS_MAX);
    this.first = new Map(largest.map((one) => [one.id, this.first.get(one.id) ?? one]));
    const since = (one, name) => one[name] - this.first.get(one.id)[name];
    show(byId("no-segments"), largest.length === 0);
    show(byId("segments-table"), largest.length > 0);
    show(byId("more-segments"), segments.length > largest.length);
    say(byId("more-segments"), `${figure(segments.length - largest.length)} smaller ones are not shown.`);
    fillRows(byId("segments"), largest, (one) => one.id, [
      { text: (one) => one.id, look: "named" },
      { text: (one) => one.name ?? "", look: "named" },
      { text: (one) => one.kind ?? "" },
      { text: (one) => figure(one.size), look: "number" },
      { text: (one) => signed(since(one, "size")), look: "number" },
      { text: (one) => figure(since(one, "entered")), look: "number" },
      { text: (one) => figure(since(one, "left")), look: "number" },
    ]);
  }
}
