// The tiles: what happened between two looks at /metrics.

import { byId } from "./dom.js";
import { buckets, quantile, rate, sum } from "./metrics.js";
import { Sparkline } from "./sparkline.js";
import { duration, figure } from "./words.js";

const TOOK = "kindred_decision_duration_seconds";

/** The counts that rates are made of; `at_ms` of a clock that only goes forward. */
function look(metrics, at_ms) {
  return {
    at_ms,
    events: sum(metrics, "kindred_queries_total", "kind", "track"),
    decisions: sum(metrics, "kindred_decisions_total"),
    rejected: sum(metrics, "kindred_rejects_total"),
    took: buckets(metrics, TOOK),
  };
}

export class Rates {
  /** `points_max` values are kept of each. */
  constructor(points_max) {
    const line = (id, name, words) => new Sparkline(byId(id), name, points_max, words);
    const seconds = (value) => duration(value, this.most);
    this.most = null; // the greatest bound of the histogram
    this.lines = {
      events: line("events", "Events per second", figure),
      decisions: line("decisions", "Decisions per second", figure),
      rejected: line("rejected", "Rejected per second", figure),
      p50: line("p50", "Median duration of a decision", seconds),
      p99: line("p99", "99th percentile of the duration of a decision", seconds),
      lag: line("lag", "Entries in the log that are not folded", figure),
    };
    this.before = null;
  }

  add(metrics, at_ms) {
    const now = look(metrics, at_ms);
    const before = this.before;
    this.before = now;
    this.most = now.took.at(-2)?.bound ?? null;
    this.lines.lag.add(sum(metrics, "kindred_fold_lag_max_entries"));
    for (const name of ["events", "decisions", "rejected"])
      this.lines[name].add(before && rate(before[name], now[name], (now.at_ms - before.at_ms) / 1000));
    this.lines.p50.add(before && quantile(before.took, now.took, 0.5));
    this.lines.p99.add(before && quantile(before.took, now.took, 0.99));
  }

  /** Nothing was seen for a while: what comes next is not compared with what was before. */
  gap() {
    this.before = null;
    for (const line of Object.values(this.lines)) line.add(null);
  }
}
