#include "tests/schemas/contract_values.hpp"

namespace kindred::tests {
namespace {

using namespace kindred::records;

constexpr Instant kNoon{1'700'000'000'123'456};

Money euros(std::int64_t minor) { return {minor, 2, {'E', 'U', 'R'}}; }

std::vector<Property> properties() {
  return {{"on", true},
          {"steps", std::int64_t{-7}},
          {"weight", Fixed{3 << 19}},
          {"colour", std::string("grün")},
          {"sizes", std::vector<std::string>{"38", "39½"}},
          {"since", Instant{1'600'000'000'000'000}},
          {"where", Place{525'200'000, 134'050'000}}};
}

Context context() {
  Context context;
  context.device = DeviceClass::kPhone;
  context.operating_system = "android";
  context.browser = "firefox";
  context.channel = "app";
  context.locale = "de-DE";
  context.country = "DE";
  context.region = "BE";
  context.coordinates = Place{525'200'000, 134'050'000};
  context.zone_offset_minutes = 60;
  context.extra = {{"weather", std::string("rain")}};
  return context;
}

Position position(std::uint64_t offset) {
  return {0x1234567890abcdef, {Topic::kEvents, {3}}, offset, 5, {{0xfeedface}, 2, 77}};
}

Event event() {
  Event event;
  event.user_id = "ada";
  event.anonymous_id = "anonymous-1";
  event.other_ids = {{"crm", "4711"}, {"loyalty", "L-9"}};
  event.household = "house-1";
  event.message_id = "message-1";
  event.type = EventType::kPurchase;
  event.type_name = "Order Completed";
  event.event_time = kNoon;
  event.original_time = Instant{1'500'000'000'000'000};
  event.send_time = Instant{1'700'000'000'200'000};
  event.client_sequence = 12;
  event.item = "boots";
  event.value = euros(12'995);
  event.rating = Fixed{9 << 19};
  event.dwell = Duration{42'000'000};
  event.search_query = "winter boots";
  event.source = Source::kWeb;
  event.session_id = "session-1";
  event.page = "https://shop.example/boots";
  event.referrer = "https://search.example/";
  event.campaign = "autumn";
  event.order_id = "order-1";
  event.lines = {{"boots", 1, euros(9'995), euros(500), euros(1'596), "COUPON"},
                 {"laces", 2, euros(350), {}, {}, ""}};
  event.decision = {0x0102030405060708, 0x090a0b0c0d0e0f10};
  event.request_id = "request-1";
  event.variants = {{"ranking", "b"}};
  event.holdout = true;
  event.would_have_shown = true;
  event.scroll_percent = 80;
  event.context = context();
  event.item_facts = {"shoes", "northwind", "northwind publishing", euros(9'995)};
  event.properties = properties();
  event.author = "agent-7";
  return event;
}

ProfileUpdate profile_update() { return {"ada", properties(), {"old"}, context(), "agent-7"}; }
Consent consent() {
  return {"ada", kPersonalization | kMeasurement, kTraining, "asked in the app", "agent-7"};
}
Link link() { return {"visitor-7", "ada", "agent-7"}; }
Erase erase() { return {"ada", "asked by letter", "agent-7"}; }

Decided decided() {
  Decided decided;
  decided.decision = {0x0102030405060708, 0x090a0b0c0d0e0f10};
  decided.user_id = "ada";
  decided.placement = "home";
  decided.request_id = "request-1";
  decided.as_of = kNoon;
  decided.count = 2;
  decided.user_records = 17;
  decided.applied = position(100);
  decided.models = position(200);
  decided.library = position(300);
  decided.fold_version = 1;
  decided.engine_version = 4;
  decided.context = context();
  decided.excluded = {"hat"};
  decided.sources = {"trending", "successors"};
  decided.candidates = {{{11}, 253}, {{12}, 192}, {{13}, 1}};
  decided.source_scores_q8 = {256, -3, 128, 64, 0, 1};
  decided.shown = {{{11}, 0, false, 1 << 24}, {{13}, 1, true, 1 << 20}};
  decided.fallback = "none";
  decided.stages_done = 7;
  decided.assume_shown = true;
  return decided;
}

Decided ranked() {
  Decided value = decided();
  value.source_weights_q16 = {32'768, -100};
  value.ranker = "ranker/home";
  value.ranker_generation = 3;
  value.newness_q8 = 64;
  return value;
}

Decided neighboured() {
  Decided value = ranked();
  value.item_item_generation = 5;
  return value;
}

Manifest manifest() {
  Manifest manifest;
  manifest.learner = "ranker/home";
  manifest.generation = 3;
  manifest.expects = 2;
  manifest.model = {1, 2};
  manifest.role = ModelRole::kChallenger;
  manifest.reason = "not better yet";
  manifest.author = "agent-7";
  manifest.trained_at = kNoon;
  manifest.cuts = {100, 200};
  manifest.settings = {{"halfLife", "28 d"}};
  manifest.metrics = {{"examples", Fixed{4'000LL << 20}}};
  return manifest;
}

Exposed exposed() { return {"ada", {1, 2}, "request-1", {0, 2}, kNoon, context()}; }
Reward reward() { return {"ada", {1, 2}, "boots", "purchase", Fixed{5 << 20}, kNoon}; }

Item item() {
  return {"boots", true, true, false, kNoon, "Boots, grün", euros(9'995), properties(), "agent-7"};
}

Placement placement() {
  return {"home",
          true,
          {{"trending", Fixed{1 << 19}}, {"successors", Fixed{1 << 20}}},
          Filter::kNeverBought,
          Fixed{1 << 17},
          5,
          50,
          2'000,
          "agent-7"};
}

Tenant tenant() { return {9, "shop", true, kPersonalization, "EUR", Duration{1'800'000'000}, "agent-7"}; }

Record record_of(RecordType type, Body body) {
  RecordHeader header;
  header.type = type;
  header.flags = flags::kIgnorable | flags::kSynthetic;
  header.tenant = {9};
  header.slot = {0xbeef};
  header.id = {0x1112131415161718, 0x191a1b1c1d1e1f20};
  header.stamp = kNoon;
  header.stated = kPersonalization | kTraining;
  header.key_id = 3;
  header.trace = {{0x2122232425262728, 0x292a2b2c2d2e2f30}, 0x3132333435363738, 1};
  header.causation = {0x4142434445464748, 0x494a4b4c4d4e4f50};
  return {header, std::move(body)};
}

api::Decide decide() {
  api::Decide decide;
  decide.user_id = "ada";
  decide.placement = "home";
  decide.count = 5;
  decide.context = context();
  decide.time = kNoon;
  decide.exclude = {"hat", "scarf"};
  decide.durable = true;
  decide.assume_shown = true;
  decide.request_id = "request-1";
  return decide;
}

std::vector<api::DecidedItem> decided_items() {
  return {{"boots", 0.75, "trending", {"Many viewed it today."}, 0.9, false},
          {"laces", 0.5, "successors", {"Often follows boots.", "Your size."}, 0.1, true}};
}

api::Decision decision() { return {{1, 2}, "ada", "home", decided_items(), "context", {{"fast", "17"}}}; }

api::Profile profile() {
  api::Profile profile;
  profile.user_id = "ada";
  profile.events = 17;
  profile.history = {{"boots", "view", kNoon}, {"", "login", kNoon}};
  profile.counters = {{"views", 17}, {"spend", 129.95}};
  profile.segments = {{"loyal", {}, ""}};
  profile.consent = kPersonalization;
  profile.traits = properties();
  profile.cart = {"laces"};
  profile.sessions = 3;
  return profile;
}

std::vector<api::ModelInfo> models() {
  return {{"fast", "17", "live", kNoon, {{"lagMs", 12.5}}, 0, "", 0, {}}};
}

std::vector<api::SegmentInfo> segments() {
  return {{"clustered-3",
           "high spent, low sessions",
           "clustered",
           1'200,
           {{"spent", 7.5}, {"sessions", 1}},
           {"clustered-1"},
           {{"ada", "clustered-1", "clustered-3", kNoon, "spent"}}},
          {"rfm-champions", "champions", "rfm", 40, {}, {}, {}}};
}

api::ModelInfo ranker() {
  return {"ranker/home",    "0a0b", "challenger",          kNoon, {{"examples", 4'000}}, 3,
          "not better yet", 17,     {{"successors", 0.75}}};
}

api::Status status() {
  api::Status status;
  status.node = "node-1";
  status.version = "0.1.0";
  status.clock = "wall";
  status.ready = true;
  status.not_ready_because = {"partition 3 replays"};
  status.partitions = {{3, 100, 2'000, "first", {5, 6}}};
  status.models = models();
  status.items = 3'000;
  return status;
}

api::Cluster cluster() {
  api::Cluster cluster{"shop", "a", 3, 0x1122334455667788, {}, {{1, 0}, {0}}, {}};
  cluster.members = {{"a", "tcp://10.0.0.1:7402", "east", 100, "present", -1, 1, 1, 2, "self", "", ""},
                     {"b", "tcp://10.0.0.2:7402", "west", 150, "silent", 120, 1, 0, 1, "refused",
                      "clockOff: by 3,600 s", ""}};
  return cluster;
}

api::Error error() { return {api::ErrorCode::kOverloaded, "1,024 requests wait. Send again later.", 250}; }

} // namespace

std::vector<NamedRecord> told_records() {
  return {{"mergeOut", record_of(RecordType::kMergeOut, Unknown{"kept as bytes"})},
          {"event", record_of(RecordType::kEvent, event())},
          {"profileUpdate", record_of(RecordType::kProfileUpdate, profile_update())},
          {"consent", record_of(RecordType::kConsent, consent())},
          {"erase", record_of(RecordType::kErase, erase())},
          {"decided", record_of(RecordType::kDecided, decided())},
          {"exposed", record_of(RecordType::kExposed, exposed())},
          {"reward", record_of(RecordType::kReward, reward())},
          {"adopt", record_of(RecordType::kAdopt, Adopt{"consentDefault", 4, "\x01\x02"})},
          {"tick", record_of(RecordType::kTick, Tick{kNoon})},
          {"cut", record_of(RecordType::kCut, Cut{"ranker", 5})},
          {"cutDone", record_of(RecordType::kCutDone, CutDone{"ranker", 5, true})},
          {"delta", record_of(RecordType::kDelta, Delta{"fast", {3}, 100, 120, "\x03\x04\x05"})},
          {"chunk", record_of(RecordType::kChunk, Chunk{"ranker", {1, 2}, 1, 3, "\x06\x07"})},
          {"manifest", record_of(RecordType::kManifest, manifest())},
          {"item", record_of(RecordType::kItem, item())},
          {"placement", record_of(RecordType::kPlacement, placement())},
          {"tenant", record_of(RecordType::kTenant, tenant())},
          {"link", record_of(RecordType::kLink, link())},
          {"unlink", record_of(RecordType::kUnlink, Unlink{"visitor-7", "ada", "agent-7"})},
          {"mergeIn", record_of(RecordType::kMergeIn,
                                MergeIn{"ada", {"visitor-1", "visitor-7"}, {"grace"}, "\x01\x02"})},
          {"join", record_of(RecordType::kJoin, Join{"b", 0x1122334455667788, "shop", "tcp://10.0.0.2:7402",
                                                     "east", 150, 3, 64, true, "", 0})},
          {"alive", record_of(RecordType::kAlive, Alive{"b", 0x1122334455667788, {15'000'000}})},
          {"caughtUp", record_of(RecordType::kCaughtUp, CaughtUp{"b", 0x1122334455667788, {0, 3, 63}})},
          {"drain", record_of(RecordType::kDrain, Drain{"b", false, "ada", 0})},
          {"activate", record_of(RecordType::kActivate, Activate{6, "ada"})}};
}

std::vector<NamedQuery> told_queries() {
  return {{"track", api::Track{event(), kPersonalization, flags::kImport}},
          {"updateProfile", api::UpdateProfile{profile_update(), kTraining}},
          {"setConsent", api::SetConsent{consent()}},
          {"eraseUser", api::EraseUser{erase()}},
          {"expose", api::Expose{exposed(), kMeasurement}},
          {"giveReward", api::GiveReward{reward(), kMeasurement}},
          {"decide", decide()},
          {"getProfile", api::GetProfile{"ada", {"views", "spend"}, true, 10}},
          {"putItem", api::PutItem{item()}},
          {"listItems", api::ListItems{"boots", 20, "laces"}},
          {"listModels", api::ListModels{}},
          {"explain", api::Explain{{1, 2}}},
          {"replay", api::Replay{{3, 4}}},
          {"listPlacements", api::ListPlacements{}},
          {"setPlacement", api::SetPlacement{placement()}},
          {"setTenant", api::SetTenant{tenant()}},
          {"getStatus", api::GetStatus{}},
          {"listRejects", api::ListRejects{20}},
          {"showModel", api::ShowModel{"ranker"}},
          {"trainModel", api::TrainModel{"ranker"}},
          {"changeModel", api::ChangeModel{"ranker/home", api::ModelChange::kRollback, "0a0b", "ada"}},
          {"listSegments", api::ListSegments{"clustered-3"}},
          {"linkUsers", api::LinkUsers{link()}},
          {"showCluster", api::ShowCluster{}},
          {"drainNode", api::DrainNode{{"b", false, "ada"}}},
          {"activateFold", api::ActivateFold{6, "ada"}}};
}

std::vector<NamedAnswer> told_answers() {
  return {{"error", error()},
          {"accepted", api::Accepted{1, 5, true}},
          {"decision", decision()},
          {"profile", profile()},
          {"items", api::Items{{item()}, "boots", 3'000}},
          {"models", api::Models{models()}},
          {"explanation",
           api::Explanation{{1, 2}, "ada", "home", kNoon, {"Three sources spoke."}, decided_items(), "", {}}},
          {"replayed", api::Replayed{{1, 2}, true, decision(), decision()}},
          {"placements", api::Placements{{placement()}}},
          {"status", status()},
          {"rejects", api::Rejects{{{kNoon, "ada", "message-1", error()}}}},
          {"round", api::Round{7}},
          {"segments", api::Segments{segments()}},
          {"cluster", cluster()}};
}

std::vector<NamedRecord> added_records() {
  Event imported = event();
  imported.producer = Producer{"shop-orders", 2, 4'711};
  Record record = record_of(RecordType::kEvent, std::move(imported));
  record.header.flags = flags::kImport;
  // The first fixture of a decision lists its candidates; this one has them packed, as they are written now.
  return {{"event.producer", std::move(record)},
          {"decided.packed", record_of(RecordType::kDecided, decided())},
          {"decided.ranked", record_of(RecordType::kDecided, ranked())},
          {"decided.itemItem", record_of(RecordType::kDecided, neighboured())}};
}

std::vector<NamedQuery> added_queries() {
  Event imported = event();
  imported.producer = Producer{"shop-orders", 2, 4'711};
  return {{"track.producer", api::Track{std::move(imported), kPersonalization, flags::kImport}},
          {"getProfile.decisions", api::GetProfile{"ada", {}, false, 10, 5}}};
}

std::vector<NamedAnswer> added_answers() {
  api::Profile remembering = profile();
  remembering.decisions = {
      {{1, 2}, kNoon, "home", {{"boots", true, true, false}, {"laces", false, false, false}}}};
  api::Profile linked = profile();
  linked.linked_ids = {"visitor-1", "visitor-7"};
  api::Status timed = status();
  timed.now = kNoon;
  return {{"models.solved", api::Models{{ranker()}}},
          {"explanation.generations",
           api::Explanation{
               {1, 2}, "ada", "home", kNoon, {"Three spoke."}, decided_items(), "none", {{"fast", "17"}}}},
          {"profile.decisions", remembering},
          {"profile.linkedIds", linked},
          {"status.now", timed}};
}

Entry told_entry() {
  Entry entry;
  entry.author = {{0xfeedface}, 2, 77};
  for (const NamedRecord& one : told_records()) {
    if (one.record.header.type == RecordType::kActivate)
      break; // what came later is not in the fixture of an entry
    entry.records.push_back(one.record);
  }
  return entry;
}

api::Request told_request() {
  api::Request request;
  request.request_id = 42;
  request.deadline_us = kNoon.us;
  request.remaining_ms = 250;
  request.tenant = "shop";
  request.idempotency_key = "key-1";
  request.positions = {position(100), position(200)};
  request.trace = {{0x2122232425262728, 0x292a2b2c2d2e2f30}, 0x3132333435363738, 1};
  request.priority = 2;
  request.consistency = api::Consistency::kFirst;
  request.features = {"reasons"};
  return request;
}

api::Answer told_answer() {
  api::Answer answer;
  answer.request_id = 42;
  answer.positions = {position(100), position(200)};
  answer.staleness_ms = 3;
  answer.generations = {{"fast", "17"}, {"library", "4"}};
  answer.engine_version = 4;
  answer.retry_after_ms = 250;
  return answer;
}

api::Notification told_notification() {
  return {"shop", "cartAbandoned", "ada", 3, 100, 5, 1, kNoon, properties()};
}

} // namespace kindred::tests
