#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/records/library.hpp"
#include "nodes/kindredctl/demo/failure.hpp"
#include "nodes/kindredctl/line_source.hpp"
#include "schemas/api.hpp"

namespace kindred::demo {

// What a replay asks and when: which events of a file are targets. Two protocols, both test-then-train in file order:
//   kNewItem     before an event whose (user, item) the filter still leaves, a list is asked; the event's item is the
//                target. With the filter `none` every event with an item is a target.
//   kNextBasket  before the first event of a basket of a user who had an earlier one, a list is asked once; the
//                basket's distinct items are the target.
// A basket is a run of events of one user and one order id; an event without an order id is a basket of its own. "Last
// fifth" are baskets from place floor(.8 n) on. An item that never occurred before cannot be hit: it counts as a miss.

enum class ReplayTask : std::uint8_t { kNewItem, kNextBasket };

/// One line of a replay file: an event (schemas/json/read_event.hpp), or an item of the catalog (read_item.hpp), published:
///   {"type": "item", "item": "a7", "published": "2016-03-14T10:00:00Z", "title": "...", "attributes": {"brand": "x"}}
/// which is told to the server before the next event, but after that event's list was asked.
using ReplayLine = std::variant<api::Track, records::Item>;
Result<ReplayLine, api::Error> parse_replay_line(std::string_view line);

inline constexpr std::uint32_t kNoItem = ~std::uint32_t{0};

/// An event as far as the protocols need it; users and items are numbered by first appearance.
struct PlannedEvent {
  std::uint32_t user = 0;
  std::uint32_t item = kNoItem;
  std::uint32_t basket = 0;
  std::int64_t time_us = 0;
  bool target = false; ///< a list is asked before it
  bool first = false;  ///< kNewItem: nobody had an event with the item before, so it cannot be hit
  bool hides = false;  ///< from now on the filter leaves the item out for this user
};

struct ReplayPlan {
  ReplayTask task = ReplayTask::kNewItem;
  std::vector<PlannedEvent> events; ///< in file order, without the rejected lines
  std::uint32_t users = 0;
  std::uint32_t items = 0;
  std::uint32_t baskets = 0;
  std::uint64_t targets = 0;
  std::uint64_t rejected = 0;              ///< lines that are no event
  std::vector<std::string> first_rejected; ///< what was wrong with the first few: "line 7: ..."
  /// First basket of the last fifth.
  std::uint32_t late_from() const { return static_cast<std::uint32_t>(std::uint64_t{baskets} * 4 / 5); }
};

inline constexpr std::size_t kReplayEventsMax = 20'000'000; ///< 40 bytes each; more is refused
inline constexpr std::size_t kRejectedShown = 5;

/// Builds the plan line by line; pure. Owned by one reader.
class ReplayPlanner {
public:
  ReplayPlanner(ReplayTask task, records::Filter filter);

  void add(const api::Track& track);
  void reject(std::uint64_t line, const api::Error& error);
  std::size_t size() const { return plan_.events.size(); }
  ReplayPlan take();

private:
  bool is_target(const PlannedEvent& event, bool begins_basket);

  ReplayPlan plan_;
  records::Filter filter_;
  std::unordered_map<std::string, std::uint32_t> users_, items_;
  std::unordered_set<std::uint64_t> hidden_; ///< (user, item) the filter leaves out
  std::vector<bool> had_basket_;             ///< by user: an earlier basket is over
  std::string last_order_;
};

/// A file that cannot be read, or not to its end, in words.
Failure unreadable(const std::string& path, ctl::LineError why);

/// Reads the whole file once.
Result<ReplayPlan, Failure> plan_of(const std::string& path, ReplayTask task, records::Filter filter);

} // namespace kindred::demo
