#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nodes/kindredctl/demo/exchange.hpp"
#include "nodes/kindredctl/demo/replay_score.hpp"

namespace kindred::demo {

/// What `kindredctl demo --events FILE` is to do.
struct ReplayOptions {
  std::string file;
  ReplayTask task = ReplayTask::kNewItem;
  records::Filter filter = records::Filter::kNeverSeen;
  std::uint16_t count = 10; ///< items per list; kNextBasket wants 20
  PopularityCounts popularity_counts = PopularityCounts::kTargets;
};

/// What a replay found. Deterministic: the same file, options and fresh server with `--clock events` give the same.
struct ReplayReport {
  ReplayTask task = ReplayTask::kNewItem;
  std::string file;
  std::uint64_t tracks = 0;
  std::uint64_t decides = 0;
  std::uint64_t items_told = 0;
  std::uint32_t users = 0;
  std::uint32_t items = 0;
  std::uint32_t baskets = 0;
  std::uint64_t rejected = 0; ///< lines that are no event, and events the server refused
  std::vector<std::string> first_rejected;
  bool events_clock = true;
  ReplayRow kindred;
  std::vector<ReplayRow> popularity; ///< by half-life
};

/// Told how far it is, from 0 to 1.
using Meter = std::function<void(double)>;

/// Test-then-train through the server: before each target event one decide as of the event's time, then its track.
/// Tracks wait for the next decide and go with it in one envelope, whose reads see its writes. An event the server
/// refuses is counted and the replay goes on; a refused decide ends it.
Result<ReplayReport, Failure> replay(const ReplayOptions& options, Conversation& conversation,
                                     const Meter& meter = {});

/// The report in words. Ends with a newline.
std::string words(const ReplayReport& report);

/// How long it took, in a marked block. Ends with a newline.
std::string replay_times(const ReplayReport& report, const Times& times);

/// The report as one JSON object: {tracks, decides, items, rejected, rows[{name, all{...}, last{...}}]}.
std::string json_of(const ReplayReport& report);

} // namespace kindred::demo
