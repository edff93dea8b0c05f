#include "schemas/json/write_answers.hpp"

#include <nlohmann/json.hpp>

#include "engine/base/overload.hpp"
#include "schemas/json/position_text.hpp"
#include "schemas/json/time_text.hpp"

namespace kindred::json {

// The parts of answers; declared here, so that they overload with those of the header.
static Json to_json(const api::DecidedItem& item);
static Json to_json(const api::HistoryItem& item);
static Json to_json(const api::DecidedSlot& slot);
static Json to_json(const api::PastDecision& decision);
static Json to_json(const api::ModelInfo& model);
static Json to_json(const api::PartitionStatus& partition);
static Json to_json(const api::Reject& reject);
static Json to_json(const api::Membership& membership);
static Json to_json(const api::SegmentMove& move);
static Json to_json(const api::SegmentInfo& segment);

namespace {

Json list_of(const auto& values) {
  Json list = Json::array();
  for (const auto& value : values) list.push_back(to_json(value));
  return list;
}

Json counters_json(const std::vector<api::Counter>& counters) {
  Json object = Json::object();
  for (const auto& counter : counters) object[counter.name] = counter.value;
  return object;
}

Json properties_json(const std::vector<records::Property>& properties) {
  Json object = Json::object();
  for (const auto& property : properties) object[property.name] = to_json(property.value);
  return object;
}

Json money_json(const Money& money) {
  Json object{{"amount", money.to_double()}};
  if (money.has_currency()) object["currency"] = std::string(money.currency.begin(), money.currency.end());
  return object;
}

Json pairs_json(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json object = Json::object();
  for (const auto& [name, value] : pairs) object[name] = value;
  return object;
}

constexpr const char* filter_name(records::Filter filter) {
  switch (filter) {
  case records::Filter::kNone: return "none";
  case records::Filter::kNeverSeen: return "neverSeen";
  case records::Filter::kNeverBought: return "neverBought";
  }
  return "none";
}

} // namespace

static Json to_json(const api::DecidedItem& item) {
  return {{"item", item.item},       {"score", item.score},           {"source", item.source},
          {"reasons", item.reasons}, {"propensity", item.propensity}, {"explored", item.explored}};
}

static Json to_json(const api::HistoryItem& item) {
  return {{"item", item.item}, {"event", item.event}, {"time", time_text(item.time)}};
}

static Json to_json(const api::DecidedSlot& slot) {
  return {{"item", slot.item},
          {"exposed", slot.exposed},
          {"clicked", slot.clicked},
          {"purchased", slot.purchased}};
}

static Json to_json(const api::PastDecision& decision) {
  return {{"decisionId", to_hex(decision.decision)},
          {"time", time_text(decision.time)},
          {"placement", decision.placement},
          {"items", list_of(decision.slots)}};
}

static Json to_json(const api::ModelInfo& model) {
  Json json{{"name", model.name},
            {"version", model.version},
            {"state", model.state},
            {"trainedAt", time_text(model.trained_at)},
            {"metrics", counters_json(model.metrics)}};
  if (model.generation != 0) json["generation"] = model.generation;
  if (!model.reason.empty()) json["reason"] = model.reason;
  if (model.round != 0) json["round"] = model.round;
  if (!model.parameters.empty()) json["parameters"] = counters_json(model.parameters);
  return json;
}

static Json to_json(const api::PartitionStatus& partition) {
  Json json{{"id", partition.id},       {"position", partition.offset}, {"flushed", partition.flushed},
            {"users", partition.users}, {"role", partition.role},       {"digest", to_hex(partition.digest)}};
  if (partition.fold_version != 0) json["foldVersion"] = partition.fold_version;
  return json;
}

static Json to_json(const api::Reject& reject) {
  return {{"time", time_text(reject.time)},
          {"userId", reject.user_id},
          {"messageId", reject.message_id},
          {"error", to_json(reject.error)}};
}

static Json to_json(const api::Membership& membership) {
  Json json{{"id", membership.segment}, {"since", time_text(membership.since)}};
  if (!membership.before.empty()) json["before"] = membership.before;
  return json;
}

static Json to_json(const api::SegmentMove& move) {
  Json json{{"userId", move.user_id}, {"from", move.from}, {"to", move.to}, {"time", time_text(move.time)}};
  if (!move.because.empty()) json["because"] = move.because;
  return json;
}

static Json to_json(const api::SegmentInfo& segment) {
  Json json{{"id", segment.id},
            {"name", segment.name},
            {"kind", segment.kind},
            {"size", segment.size},
            {"features", counters_json(segment.features)}};
  if (!segment.came_from.empty()) json["cameFrom"] = segment.came_from;
  if (!segment.moves.empty()) json["moves"] = list_of(segment.moves);
  return json;
}

Json to_json(const api::Error& error) {
  Json json{{"code", api::name_of(error.code)}, {"message", error.message}};
  if (error.retry_after_ms != 0) json["retryAfterMs"] = error.retry_after_ms;
  return json;
}

Json to_json(const api::Decision& decision, const records::Positions& positions) {
  return {{"decisionId", to_hex(decision.decision)}, {"userId", decision.user_id},
          {"placement", decision.placement},         {"items", list_of(decision.items)},
          {"fallback", decision.fallback},           {"model", pairs_json(decision.models)},
          {"position", position_text(positions)}};
}

Json to_json(const api::Profile& profile, const records::Positions& positions) {
  return {{"userId", profile.user_id},
          {"position", position_text(positions)},
          {"events", profile.events},
          {"history", list_of(profile.history)},
          {"counters", counters_json(profile.counters)},
          {"segments", list_of(profile.segments)},
          {"consent", to_json(profile.consent)},
          {"traits", properties_json(profile.traits)},
          {"cart", profile.cart},
          {"sessions", profile.sessions},
          {"decisions", list_of(profile.decisions)},
          {"linkedIds", profile.linked_ids}};
}

Json to_json(const records::Item& item) {
  return {{"item", item.item},
          {"title", item.title},
          {"published", time_text(item.published)},
          {"price", money_json(item.price)},
          {"available", item.available},
          {"removed", item.removed},
          {"automatic", item.automatic},
          {"attributes", properties_json(item.attributes)}};
}

Json to_json(const api::Items& items) {
  return {{"items", list_of(items.items)}, {"next", items.next}, {"total", items.total}};
}

Json to_json(const api::Round& round) { return {{"round", round.number}}; }
Json to_json(const api::Segments& segments) { return {{"segments", list_of(segments.segments)}}; }
Json to_json(const api::Models& models) { return {{"models", list_of(models.models)}}; }

Json to_json(const api::Explanation& explanation) {
  return {{"decisionId", to_hex(explanation.decision)},
          {"userId", explanation.user_id},
          {"placement", explanation.placement},
          {"asOf", time_text(explanation.as_of)},
          {"lines", explanation.lines},
          {"items", list_of(explanation.items)},
          {"fallback", explanation.fallback},
          {"generations", pairs_json(explanation.generations)}};
}

Json to_json(const api::Replayed& replayed) {
  return {{"decisionId", to_hex(replayed.decision)},
          {"identical", replayed.identical},
          {"then", to_json(replayed.then, {})},
          {"now", to_json(replayed.now, {})}};
}

Json to_json(const records::Placement& placement) {
  Json sources = Json::object();
  for (const auto& source : placement.sources) sources[source.source] = source.weight.to_double();
  return {{"placement", placement.placement},        {"sources", std::move(sources)},
          {"filter", filter_name(placement.filter)}, {"exploration", placement.exploration.to_double()},
          {"countDefault", placement.count_default}, {"countMax", placement.count_max},
          {"budgetUs", placement.budget_us},         {"removed", placement.removed}};
}

Json to_json(const api::Placements& placements) { return {{"placements", list_of(placements.placements)}}; }

Json to_json(const api::Status& status) {
  return {{"node", status.node},
          {"version", status.version},
          {"clock", status.clock},
          {"now", time_text(status.now)},
          {"ready", status.ready},
          {"foldNewest", status.fold_newest},
          {"notReadyBecause", status.not_ready_because},
          {"items", status.items},
          {"partitions", list_of(status.partitions)},
          {"models", list_of(status.models)}};
}

Json to_json(const api::Rejects& rejects) { return {{"rejects", list_of(rejects.rejects)}}; }

Json to_json(const api::Cluster& cluster) {
  Json members = Json::array();
  for (const auto& member : cluster.members) {
    Json one{{"name", member.name},
             {"endpoint", member.endpoint},
             {"zone", member.zone},
             {"weight", member.weight},
             {"state", member.state}};
    if (member.heard_ms_ago >= 0) one["heardMsAgo"] = member.heard_ms_ago;
    one.update({{"foldOldest", member.fold_oldest},
                {"foldNewest", member.fold_newest},
                {"first", member.first},
                {"second", member.second},
                {"caughtUp", member.caught_up},
                {"link", member.link}});
    if (!member.link_reason.empty()) one["linkReason"] = member.link_reason;
    if (!member.clients.empty()) one["clients"] = member.clients;
    if (member.told_weight != 0) one["toldWeight"] = member.told_weight;
    members.push_back(std::move(one));
  }
  Json map = Json::array();
  for (std::size_t partition = 0; partition < cluster.map.size(); ++partition) {
    Json nodes = Json::array();
    for (const auto member : cluster.map[partition]) nodes.push_back(cluster.members.at(member).name);
    map.push_back({{"partition", partition}, {"nodes", std::move(nodes)}});
  }
  return {{"cluster", cluster.id},
          {"node", cluster.node},
          {"replicas", cluster.replicas},
          {"mapDigest", to_hex({0, cluster.map_digest}).substr(16)},
          {"tenant", cluster.tenant.value},
          {"members", std::move(members)},
          {"foldActive", cluster.fold_active},
          {"map", std::move(map)}};
}

Json to_json(const records::PropertyValue& value) {
  return std::visit(
      Overload{[](bool v) { return Json(v); }, [](std::int64_t v) { return Json(v); },
               [](Fixed v) { return Json(v.to_double()); }, [](const std::string& v) { return Json(v); },
               [](const std::vector<std::string>& v) { return Json(v); },
               [](Instant v) { return Json(time_text(v)); },
               [](const records::Place& v) {
                 return Json{{"latitude", v.latitude_e7 / 1e7}, {"longitude", v.longitude_e7 / 1e7}};
               }},
      value);
}

Json to_json(records::Purposes purposes) {
  static constexpr const char* kNames[] = {"personalization", "measurement", "training", "messaging"};
  Json names = Json::array();
  for (unsigned bit = 0; bit < 4; ++bit)
    if (purposes.bits >> bit & 1u) names.push_back(kNames[bit]);
  if (purposes == records::kAllPurposes) return names; // everything, also what a tenant may add
  for (unsigned bit = 4; bit < 32; ++bit)
    if (purposes.bits >> bit & 1u) names.push_back("purpose" + std::to_string(bit));
  return names;
}

Json track_json(std::uint64_t accepted, const std::vector<TrackError>& errors,
                const records::Positions& positions) {
  Json list = Json::array();
  for (const auto& failed : errors) {
    Json one{{"line", failed.line}};
    one.update(to_json(failed.error));
    list.push_back(std::move(one));
  }
  Json texts = Json::array();
  for (const auto& position : positions) texts.push_back(position_text({position}));
  return {{"accepted", accepted},
          {"rejected", errors.size()},
          {"errors", std::move(list)},
          {"positions", std::move(texts)}};
}

Json to_json(const api::AnswerBody& body, const records::Positions& positions) {
  return std::visit(Overload{[&](const api::Accepted& v) {
                               return Json{{"accepted", 1},
                                           {"seenBefore", v.seen_before},
                                           {"position", position_text(positions)}};
                             },
                             [&](const api::Decision& v) { return to_json(v, positions); },
                             [&](const api::Profile& v) { return to_json(v, positions); },
                             [](const auto& v) { return to_json(v); }},
                    body);
}

Json to_json(const api::Answer& answer) {
  Json json = to_json(answer.bodies.front(), answer.positions);
  if (answer.staleness_ms > 0) json["stalenessMs"] = answer.staleness_ms;
  return json;
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

} // namespace kindred::json
