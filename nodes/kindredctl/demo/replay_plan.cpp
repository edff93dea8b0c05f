#include "nodes/kindredctl/demo/replay_plan.hpp"

#include <simdjson.h>

#include "schemas/json/read_event.hpp"
#include "schemas/json/read_item.hpp"

namespace kindred::demo {

namespace {

using Object = simdjson::dom::object;

std::uint32_t number_of(std::unordered_map<std::string, std::uint32_t>& numbers, const std::string& id) {
  return numbers.try_emplace(id, static_cast<std::uint32_t>(numbers.size())).first->second;
}

} // namespace

Result<ReplayLine, api::Error> parse_replay_line(std::string_view line) {
  static thread_local simdjson::dom::parser parser;
  Object object;
  std::string_view type;
  if (line.find("\"item\"") < 32 && !parser.parse(line).get(object) && !object["type"].get(type) &&
      type == "item") {
    auto item = json::parse_item(line);
    if (!item.ok()) return item.error().error;
    if (item.value().published == Instant{})
      return api::Error{api::ErrorCode::kMissingField, "an item line needs 'published', an ISO 8601 time", 0};
    return ReplayLine(item.take());
  }
  auto track = json::parse_event(line);
  if (!track.ok()) return track.error();
  return ReplayLine(track.take());
}

ReplayPlanner::ReplayPlanner(ReplayTask task, records::Filter filter) : filter_(filter) { plan_.task = task; }

void ReplayPlanner::add(const api::Track& track) {
  const records::Event& told = track.event;
  PlannedEvent event;
  event.user = number_of(users_, told.user_id);
  const bool known_item = told.item.empty() || items_.contains(told.item);
  if (!told.item.empty()) event.item = number_of(items_, told.item);
  event.first = !known_item;
  event.time_us = told.event_time.us;
  const bool same_basket = !plan_.events.empty() && !told.order_id.empty() && told.order_id == last_order_ &&
                           plan_.events.back().user == event.user;
  last_order_ = told.order_id;
  if (!same_basket) {
    if (!plan_.events.empty()) had_basket_[plan_.events.back().user] = true;
    ++plan_.baskets;
  }
  had_basket_.resize(users_.size(), false);
  event.basket = plan_.baskets - 1;
  event.hides = filter_ == records::Filter::kNeverSeen ||
                (filter_ == records::Filter::kNeverBought && told.type == records::EventType::kPurchase);
  event.target = is_target(event, !same_basket);
  plan_.targets += event.target;
  plan_.events.push_back(event);
}

bool ReplayPlanner::is_target(const PlannedEvent& event, bool begins_basket) {
  if (event.item == kNoItem) return false;
  if (plan_.task == ReplayTask::kNextBasket) return begins_basket && had_basket_[event.user];
  const std::uint64_t pair = std::uint64_t{event.user} << 32 | event.item;
  const bool left = !hidden_.contains(pair);
  if (event.hides) hidden_.insert(pair);
  return left;
}

void ReplayPlanner::reject(std::uint64_t line, const api::Error& error) {
  ++plan_.rejected;
  if (plan_.first_rejected.size() < kRejectedShown)
    plan_.first_rejected.push_back("line " + std::to_string(line) + ": " + error.message);
}

ReplayPlan ReplayPlanner::take() {
  plan_.users = static_cast<std::uint32_t>(users_.size());
  plan_.items = static_cast<std::uint32_t>(items_.size());
  return std::move(plan_);
}

Failure unreadable(const std::string& path, ctl::LineError why) {
  const bool open = why == ctl::LineError::kCannotOpen;
  return {FailureCode::kBadInput,
          "cannot read " + path +
              (open ? ": it is not there, or not readable" : ": it is broken or cut off; fetch it again")};
}

Result<ReplayPlan, Failure> plan_of(const std::string& path, ReplayTask task, records::Filter filter) {
  auto file = ctl::LineSource::open(path);
  if (!file.ok()) return unreadable(path, file.error());
  ReplayPlanner planner(task, filter);
  ctl::LineSource::Line line;
  while (file.value().next(line)) {
    if (line.text.find_first_not_of(" \t") == std::string_view::npos) continue;
    const auto parsed = parse_replay_line(line.text);
    if (!parsed.ok())
      planner.reject(line.number, parsed.error());
    else if (const auto* track = std::get_if<api::Track>(&parsed.value()))
      planner.add(*track);
    if (planner.size() > kReplayEventsMax)
      return Failure{FailureCode::kBadInput, path + " has more than 20,000,000 events: replay a part of it"};
  }
  if (file.value().failed()) return unreadable(path, ctl::LineError::kCorrupt);
  if (planner.size() == 0)
    return Failure{FailureCode::kBadInput,
                   path + " holds no event: expected one JSON object per line with userId, event "
                          "and properties"};
  return planner.take();
}

} // namespace kindred::demo
