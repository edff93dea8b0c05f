#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

#include "nodes/kindredctl/demo/replay.hpp"
#include "nodes/kindredctl/demo/statistics.hpp"

namespace kindred::demo {

namespace {

std::string line_of(const ReplayRow& row, bool baskets) {
  char text[256];
  const auto last = [&](const Tally& t) { return baskets ? t.mean_recall_20() : t.mrr_10(); };
  std::snprintf(text, sizeof text, "%-24s %8.4f %8.4f %9.4f   | %8.4f %8.4f %9.4f\n", row.name.c_str(),
                row.all.hr_10(), row.all.hr_1(), last(row.all), row.late.hr_10(), row.late.hr_1(),
                last(row.late));
  return text;
}

nlohmann::ordered_json json_of(const Tally& tally) {
  return {{"targets", tally.targets}, {"hits10", tally.hits_10}, {"hr10", tally.hr_10()},
          {"hr1", tally.hr_1()},      {"mrr10", tally.mrr_10()}, {"recall20", tally.mean_recall_20()}};
}

nlohmann::ordered_json json_of(const ReplayRow& row) {
  return {{"name", row.name}, {"all", json_of(row.all)}, {"last", json_of(row.late)}};
}

} // namespace

std::string words(const ReplayReport& r) {
  const bool baskets = r.task == ReplayTask::kNextBasket;
  std::string text = "Replay of " + r.file + ", test-then-train: " + std::to_string(r.tracks) +
                     " events of " + std::to_string(r.users) + " users, " + std::to_string(r.items) +
                     " items, " + std::to_string(r.decides) + " decisions asked\n";
  text += baskets ? "Target: the user's next basket, asked once before it.\n"
                  : "Target: the item of an event, where the filter still leaves it. Items never met before "
                    "are misses.\n";
  if (!r.events_clock)
    text +=
        "The server's clock is `wall`: event times are not followed. `kindred serve --clock events` does.\n";
  char head[256];
  const char* last = baskets ? "recall@20" : "MRR@10";
  std::snprintf(head, sizeof head, "\n%-24s %8s %8s %9s   | last fifth: %s\n", "", "HR@10", "HR@1", last,
                baskets ? "HR@10, HR@1, recall@20" : "HR@10, HR@1, MRR@10");
  text += head;
  text += line_of(r.kindred, baskets);
  for (const ReplayRow& row : r.popularity) text += line_of(row, baskets);
  if (r.rejected == 0) return text;
  text += "\n" + std::to_string(r.rejected) + " lines were not taken; the first:\n";
  for (const std::string& what : r.first_rejected) text += "  " + what + "\n";
  return text;
}

std::string replay_times(const ReplayReport& r, const Times& times) {
  std::vector<double> trips = times.decide_ms;
  trips.insert(trips.end(), times.single_ms.begin(), times.single_ms.end());
  char text[256];
  std::snprintf(text, sizeof text,
                "---- times (they differ from run to run) ----\n"
                "a decision with the events before it, one envelope: p50 %.2f ms, p99 %.2f ms\n"
                "whole run: %.1f s, %.0f events and %.0f decisions per second\n",
                quantile(trips, 0.5), quantile(trips, 0.99), times.total_s, double(r.tracks) / times.total_s,
                double(r.decides) / times.total_s);
  return text;
}

std::string json_of(const ReplayReport& r) {
  nlohmann::ordered_json json = {{"file", r.file},         {"tracks", r.tracks},       {"decides", r.decides},
                                 {"users", r.users},       {"items", r.items},         {"baskets", r.baskets},
                                 {"rejected", r.rejected}, {"itemsTold", r.items_told}};
  json["rows"] = nlohmann::ordered_json::array({json_of(r.kindred)});
  for (const ReplayRow& row : r.popularity) json["rows"].push_back(json_of(row));
  json["firstRejected"] = r.first_rejected;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace kindred::demo
