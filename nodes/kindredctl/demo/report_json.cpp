#include <nlohmann/json.hpp>

#include "nodes/kindredctl/demo/report.hpp"

namespace kindred::demo {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Estimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}};
}

Json json_of(const ArmLine& line) {
  return {{"name", line.name},
          {"clicked", json_of(line.clicked)},
          {"bought", json_of(line.bought)},
          {"share", json_of(line.share)},
          {"daily", line.daily}};
}

Json json_of(const Times& times) {
  return {{"decisionMsP50", quantile(times.single_ms, 0.5)},
          {"decisionMsP99", quantile(times.single_ms, 0.99)},
          {"envelopeMsP50", quantile(times.decide_ms, 0.5)},
          {"envelopeMsP99", quantile(times.decide_ms, 0.99)},
          {"decides", times.decides},
          {"decidesMs", times.decide_total_ms},
          {"tracks", times.tracks},
          {"tracksMs", times.track_total_ms},
          {"seconds", times.total_s}};
}

} // namespace

std::string json_of(const Report& r, const Times& times) {
  Json json = {{"seed", r.seed},
               {"control", r.control},
               {"eventsClock", r.events_clock},
               {"users", r.users},
               {"usersAsking", r.users_asking},
               {"items", r.items},
               {"days", r.days},
               {"lists", r.lists},
               {"events", r.events},
               {"outside", r.outside},
               {"shortLists", r.short_lists}};
  json["arms"] =
      Json::array({json_of(r.kindred), json_of(r.popularity), json_of(r.chance), json_of(r.oracle)});
  json["wins"] = wins(r);
  json["groups"] = {
      {"segments", r.groups.segments}, {"users", r.groups.users}, {"agreement", r.groups.agreement}};
  json["decision"] = r.decision;
  json["times"] = json_of(times);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace kindred::demo
