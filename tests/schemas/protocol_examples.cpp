#include "tests/schemas/protocol_examples.hpp"

#include "engine/base/hash.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::tests {
namespace {

constexpr Instant kTime{1'700'000'000'000'000};
constexpr DecisionId kDecision{0x0003000100000007, 0x5dc1ab2f00000001};

records::Position position() { return {0x11, {records::Topic::kEvents, {3}}, 100, 0, {{5}, 1, 42}}; }

records::Event viewed() {
  records::Event event;
  event.user_id = "ada";
  event.message_id = "m1";
  event.type = records::EventType::kView;
  event.event_time = kTime;
  event.item = "boots";
  return event;
}

records::Item boots() {
  records::Item item;
  item.item = "boots";
  item.title = "Boots";
  item.published = kTime;
  item.price = {9995, 2, {'E', 'U', 'R'}};
  item.attributes = {{"brand", std::string("northwind")}};
  return item;
}

records::Placement home() {
  records::Placement placement;
  placement.placement = "home";
  placement.filter = records::Filter::kNeverBought;
  placement.sources = {{"trending", Fixed{1 << 20}}};
  return placement;
}

std::vector<api::Query> queries() {
  records::ProfileUpdate update;
  update.user_id = "ada";
  update.traits = {{"newsletter", true}};
  records::Consent consent;
  consent.user_id = "ada";
  consent.withdrawn = records::kTraining;
  records::Erase erase;
  erase.user_id = "ada";
  erase.reason = "asked by letter";
  records::Exposed exposed;
  exposed.user_id = "ada";
  exposed.decision = kDecision;
  exposed.slots = {0, 1};
  exposed.shown_at = kTime;
  records::Reward reward;
  reward.user_id = "ada";
  reward.decision = kDecision;
  reward.item = "boots";
  reward.name = "click";
  reward.value = {1 << 20};
  api::Decide decide;
  decide.user_id = "ada";
  decide.placement = "home";
  decide.count = 2;
  records::Tenant tenant;
  tenant.id = 2;
  tenant.name = "shop";
  tenant.base_currency = "EUR";
  return {api::Track{viewed()},
          api::UpdateProfile{update},
          api::SetConsent{consent},
          api::EraseUser{erase},
          api::Expose{exposed},
          api::GiveReward{reward},
          decide,
          api::GetProfile{"ada", {"views"}, true, 0},
          api::PutItem{boots()},
          api::ListItems{"", 2, ""},
          api::ListModels{},
          api::Explain{kDecision},
          api::Replay{kDecision},
          api::ListPlacements{},
          api::SetPlacement{home()},
          api::SetTenant{tenant},
          api::GetStatus{},
          api::ListRejects{2},
          api::ShowModel{"ranker"},
          api::TrainModel{"ranker"},
          api::ChangeModel{"ranker", api::ModelChange::kRollback, "", "ada"},
          api::ListSegments{},
          api::LinkUsers{{"visitor-7", "ada", ""}},
          api::ShowCluster{},
          api::DrainNode{{"b", true, "ada"}},
          api::ActivateFold{0, "ada"}};
}

api::Cluster cluster() {
  api::Cluster cluster{"shop", "a", 2, 17, {}, {{1, 0}}, {}};
  cluster.members = {
      {"a", "tcp://10.0.0.1:7402", "", 100, "present", -1, 0, 1, 1, "self", "", "tcp://10.0.0.1:7400"},
      {"b", "tcp://10.0.0.2:7402", "", 100, "present", 120, 1, 0, 1, "up", "", ""}};
  return cluster;
}

std::vector<api::AnswerBody> bodies() {
  const api::Error late{api::ErrorCode::kMissingUser, "event 0 names no user. Send userId.", 0};
  api::Decision decision{
      kDecision, "ada", "home", {{"boots", 0.5, "trending", {"Many viewed it."}, 1, false}}, "none", {}};
  api::Profile profile;
  profile.user_id = "ada";
  profile.events = 1;
  profile.history = {{"boots", "view", kTime}};
  profile.counters = {{"views", 1}};
  profile.decisions = {{kDecision, kTime, "home", {{"boots", true, false, false}}}};
  const std::vector<api::ModelInfo> models{{"fast", "17", "live", kTime, {}, 0, "", 0, {}}};
  api::Status status;
  status.node = "node-1";
  status.version = "0.1.0";
  status.clock = "wall";
  status.ready = true;
  status.now = kTime;
  status.partitions = {{3, 101, 1, "first", {}}};
  return {late,
          api::Accepted{0, 0, false},
          decision,
          profile,
          api::Items{{boots()}, "", 1},
          api::Models{models},
          api::Explanation{
              kDecision, "ada", "home", kTime, {"One source spoke: trending."}, {}, "none", {{"fast", "17"}}},
          api::Replayed{kDecision, true, {}, {}},
          api::Placements{{home()}},
          status,
          api::Rejects{{{kTime, "", "m2", late}}},
          api::Round{7},
          api::Segments{{{"rfm-champions", "champions", "rfm", 40, {}, {}, {}}}},
          cluster()};
}

// The order of api::Query and of api::AnswerBody.
constexpr const char* kQueryNames[] = {
    "track",     "updateProfile",  "setConsent",   "eraseUser",    "expose",     "giveReward",
    "decide",    "getProfile",     "putItem",      "listItems",    "listModels", "explain",
    "replay",    "listPlacements", "setPlacement", "setTenant",    "getStatus",  "listRejects",
    "showModel", "trainModel",     "changeModel",  "listSegments", "linkUsers",  "showCluster",
    "drainNode", "activateFold"};
constexpr const char* kAnswerNames[] = {"error",   "accepted",    "decision", "profile",    "items",
                                        "models",  "explanation", "replayed", "placements", "status",
                                        "rejects", "round",       "segments", "cluster"};
static_assert(std::size(kQueryNames) == std::variant_size_v<api::Query>);
static_assert(std::size(kAnswerNames) == std::variant_size_v<api::AnswerBody>);

ProtocolExample entry() {
  records::Record record;
  record.header.id = event_record_id(kDefaultTenant, "ada", "m1");
  record.header.slot = slot_of(kDefaultTenant, "ada");
  record.header.stamp = kTime;
  record.body = viewed();
  return {"entry", schemas::encode_entry({{{5}, 1, 42}, {record}})};
}

ProtocolExample envelope() {
  api::Request request;
  request.request_id = 8;
  request.remaining_ms = 250;
  request.tenant = "shop";
  request.consistency = api::Consistency::kPosition;
  request.positions = {position()};
  api::Decide decide;
  decide.user_id = "ada";
  api::GetProfile profile;
  profile.user_id = "ada";
  request.queries = {decide, profile};
  return {"request", schemas::encode_request(request)};
}

} // namespace

std::vector<ProtocolExample> protocol_examples() {
  std::vector<ProtocolExample> all{envelope(), entry()};
  for (api::Query& query : queries()) {
    const std::string name = kQueryNames[query.index()];
    api::Request request;
    request.request_id = 7;
    request.queries = {std::move(query)};
    all.push_back({"request." + name, schemas::encode_request(request)});
  }
  for (api::AnswerBody& body : bodies()) {
    const std::string name = kAnswerNames[body.index()];
    api::Answer answer;
    answer.request_id = 7;
    if (name == "accepted") answer.positions = {position()};
    answer.bodies = {std::move(body)};
    all.push_back({"answer." + name, schemas::encode_answer(answer)});
  }
  all.push_back({"notification",
                 schemas::encode_notification({"shop", "cartAbandoned", "ada", 3, 100, 0, 1, kTime, {}})});
  return all;
}

} // namespace kindred::tests
