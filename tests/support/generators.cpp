#include "tests/support/generators.hpp"

#include <string_view>

namespace kindred::tests {
namespace {

/// Makes the alternative `index` of a variant.
template <class Variant, std::size_t... I>
Variant alternative(AnyValue& any, std::size_t index, std::index_sequence<I...>) {
  Variant value;
  const auto make = [&](auto place) {
    if (place == index) any.fill(value.template emplace<place>());
  };
  (make(std::integral_constant<std::size_t, I>{}), ...);
  return value;
}

template <class Variant>
Variant alternative(AnyValue& any, std::size_t index) {
  return alternative<Variant>(any, index, std::make_index_sequence<std::variant_size_v<Variant>>{});
}

/// The type numbers in the order of records::Body; the first stands for bodies that no build knows yet.
constexpr records::RecordType kTypes[] = {
    records::RecordType::kBlock,   records::RecordType::kEvent,     records::RecordType::kProfileUpdate,
    records::RecordType::kConsent, records::RecordType::kErase,     records::RecordType::kDecided,
    records::RecordType::kExposed, records::RecordType::kReward,    records::RecordType::kAdopt,
    records::RecordType::kTick,    records::RecordType::kCut,       records::RecordType::kCutDone,
    records::RecordType::kDelta,   records::RecordType::kChunk,     records::RecordType::kManifest,
    records::RecordType::kItem,    records::RecordType::kPlacement, records::RecordType::kTenant,
    records::RecordType::kLink,    records::RecordType::kUnlink,    records::RecordType::kMergeIn,
    records::RecordType::kJoin,    records::RecordType::kAlive,     records::RecordType::kCaughtUp,
    records::RecordType::kDrain,   records::RecordType::kActivate};
static_assert(std::size(kTypes) == std::variant_size_v<records::Body>);

} // namespace

records::Record AnyValue::record(std::size_t index) {
  records::Record record;
  fill(record.header);
  record.header.type = kTypes[index];
  record.body = alternative<records::Body>(*this, index);
  return record;
}

api::Query AnyValue::query(std::size_t index) { return alternative<api::Query>(*this, index); }
api::AnswerBody AnyValue::answer_body(std::size_t index) {
  return alternative<api::AnswerBody>(*this, index);
}

std::uint64_t AnyValue::number(int bits) {
  const std::uint64_t max = ~std::uint64_t{0} >> (64 - bits);
  switch (below(4)) {
  case 0: return below(4);
  case 1: return max - below(2);
  case 2: return below(1000) & max;
  default: return random_.next() & max;
  }
}

/// Leaves out the one number that means "not told".
void AnyValue::fill(std::int64_t& value) {
  value = static_cast<std::int64_t>(number(64));
  if (value == INT64_MIN) value = 0;
}

void AnyValue::fill(double& value) { value = (static_cast<double>(below(2'000'001)) - 1e6) / 1024; }

void AnyValue::fill(std::string& value) {
  static constexpr std::string_view kCharacters[] = {"a",
                                                     "Z",
                                                     "7",
                                                     " ",
                                                     "\"",
                                                     "\n",
                                                     "\x7f",
                                                     "ß",
                                                     "é",
                                                     "Ж",
                                                     "中",
                                                     "€",
                                                     "\xef\xbf\xbf",
                                                     "🙂",
                                                     "\xf4\x8f\xbf\xbf",
                                                     std::string_view("\0", 1)};
  value.clear();
  const std::uint64_t length = chance(20) ? 0 : below(6 * size_ + 2);
  for (std::uint64_t i = 0; i < length; ++i) value += kCharacters[below(std::size(kCharacters))];
}

void AnyValue::fill(Fixed& value) {
  constexpr std::int64_t kRawMax = std::int64_t{1} << 44;
  const std::int64_t borders[] = {0, 1, -1, 1 << 20, kRawMax, -kRawMax};
  value.raw = chance(50) ? borders[below(6)] : static_cast<std::int64_t>(below(2 * kRawMax)) - kRawMax;
}

void AnyValue::fill(Money& value) {
  value = {};
  if (chance(30)) return;
  fill(value.minor);
  value.exponent = static_cast<std::uint8_t>(below(10));
  if (chance(70))
    value.currency = {static_cast<char>('A' + below(26)), static_cast<char>('A' + below(26)), 'R'};
}

void AnyValue::fill(Id128& value) {
  if (chance(30)) return;
  value = {number(64), number(64)};
}

void AnyValue::fill(records::Place& value) {
  value.latitude_e7 = static_cast<std::int32_t>(below(1'800'000'001)) - 900'000'000;
  value.longitude_e7 =
      static_cast<std::int32_t>(static_cast<std::int64_t>(below(3'600'000'001)) - 1'800'000'000);
}

void AnyValue::fill(records::Property& value) {
  fill(value.name);
  value.value =
      alternative<records::PropertyValue>(*this, below(std::variant_size_v<records::PropertyValue>));
}

void AnyValue::fill(records::Context& value) {
  if (chance(30)) return;
  value.device = any_of(records::DeviceClass::kOther);
  fill_all(value.operating_system, value.browser, value.channel, value.locale, value.country, value.region);
  fill_all(value.coordinates, value.zone_offset_minutes, value.extra);
}

void AnyValue::fill(records::OrderLine& value) {
  value.item = item();
  fill_all(value.quantity, value.unit_price, value.discount, value.tax, value.coupon);
}

void AnyValue::fill(records::ItemFacts& value) {
  fill_all(value.category, value.brand, value.publisher, value.price_base);
}

void AnyValue::fill(records::Stream& value) {
  value.topic = any_of(records::Topic::kLibrary);
  fill(value.partition);
}

void AnyValue::fill(records::Position& value) {
  fill_all(value.incarnation, value.stream, value.offset, value.index, value.author);
}

void AnyValue::fill(records::RecordHeader& value) {
  fill_all(value.flags, value.tenant, value.slot, value.id, value.stamp, value.stated, value.key_id,
           value.trace, value.causation);
}

void AnyValue::fill(records::Event& value) {
  value.user_id = user();
  if (chance(80)) value.item = item();
  value.type = any_of(records::EventType::kError);
  if (value.type == records::EventType::kCustom) fill(value.type_name);
  value.source = any_of(records::Source::kImport);
  value.scroll_percent = static_cast<std::int32_t>(below(102)) - 1;
  fill_all(value.message_id, value.event_time, value.client_sequence, value.value, value.context,
           value.item_facts);
  fill_all(value.holdout, value.would_have_shown, value.properties);
  if (chance(50)) fill_all(value.anonymous_id, value.other_ids, value.household);
  if (chance(50))
    fill_all(value.original_time, value.send_time, value.rating, value.dwell, value.search_query);
  if (chance(50)) fill_all(value.session_id, value.page, value.referrer, value.campaign, value.author);
  if (chance(50)) fill_all(value.order_id, value.lines);
  if (chance(20)) {
    value.producer.emplace();
    fill_all(value.producer->name, value.producer->epoch, value.producer->sequence);
  }
  if (chance(50)) fill_all(value.decision, value.request_id, value.variants);
}

void AnyValue::fill(records::ProfileUpdate& value) {
  value.user_id = user();
  fill_all(value.traits, value.removed, value.default_context, value.author);
}

void AnyValue::fill(records::Consent& value) {
  value.user_id = user();
  fill_all(value.granted, value.withdrawn, value.reason, value.author);
}

void AnyValue::fill(records::Erase& value) {
  value.user_id = user();
  fill_all(value.reason, value.author);
}

void AnyValue::fill(records::Link& value) {
  value.user_id = user();
  value.to = user();
  fill(value.author);
}

void AnyValue::fill(records::Unlink& value) {
  value.user_id = user();
  value.to = user();
  fill(value.author);
}

void AnyValue::fill(records::MergeIn& value) {
  value.user_id = user();
  fill_all(value.linked, value.path, value.image);
}

void AnyValue::fill(records::Join& value) {
  fill_all(value.node, value.life, value.cluster, value.endpoint, value.zone, value.partitions,
           value.draining, value.clients);
  fill_all(value.fold_oldest, value.fold_newest, value.fold_active, value.seen);
  value.told_weight = static_cast<std::uint16_t>(below(records::kWeightMax + 1));
  value.weight = static_cast<std::uint16_t>(1 + below(records::kWeightMax));
  value.replicas = static_cast<std::uint8_t>(1 + below(records::kReplicasMax));
}

void AnyValue::fill(records::Alive& value) {
  fill_all(value.node, value.life);
  value.lease = {records::kLeaseMin.us + static_cast<std::int64_t>(below(30'000'000))};
}

void AnyValue::fill(records::Decided& value) {
  value.user_id = user();
  fill_all(value.decision, value.placement, value.request_id, value.as_of, value.count, value.user_records);
  fill_all(value.applied, value.models, value.library, value.fold_version, value.engine_version,
           value.context);
  fill_all(value.excluded, value.sources, value.shown, value.fallback, value.stages_done, value.assume_shown);
  value.candidates.resize(below(size_ + 1));
  for (records::Candidate& candidate : value.candidates) fill_all(candidate.item, candidate.score_q8);
  value.source_scores_q8.resize(value.candidates.size() * value.sources.size());
  for (std::int32_t& score : value.source_scores_q8) fill(score);
  if (chance(50)) value.source_weights_q16.resize(value.sources.size());
  for (std::int32_t& weight : value.source_weights_q16) fill(weight);
  fill_all(value.ranker, value.ranker_generation, value.newness_q8, value.item_item_generation);
}

void AnyValue::fill(records::Exposed& value) {
  value.user_id = user();
  fill_all(value.decision, value.request_id, value.slots, value.shown_at, value.context);
}

void AnyValue::fill(records::Reward& value) {
  value.user_id = user();
  value.item = item();
  fill_all(value.decision, value.name, value.value, value.time);
}

void AnyValue::fill(records::Delta& value) {
  fill_all(value.learner, value.partition, value.from_offset, value.to_offset, value.changes);
}

void AnyValue::fill(records::Manifest& value) {
  fill_all(value.learner, value.generation, value.expects, value.model, value.reason, value.author);
  value.role = any_of(records::ModelRole::kChallenger);
  fill_all(value.trained_at, value.cuts, value.settings);
  value.metrics.resize(below(size_ + 1));
  for (auto& [name, metric] : value.metrics) {
    fill(name);
    metric.raw = static_cast<std::int64_t>(below(1 << 20)) - (1 << 19);
  }
}

void AnyValue::fill(records::Item& value) {
  value.item = item();
  fill_all(value.automatic, value.removed, value.available, value.published, value.title, value.price);
  fill_all(value.attributes, value.author);
}

void AnyValue::fill(records::Placement& value) {
  fill_all(value.placement, value.removed, value.sources, value.exploration, value.count_default,
           value.count_max);
  fill_all(value.budget_us, value.author);
  value.filter = any_of(records::Filter::kNeverBought);
}

void AnyValue::fill(records::Tenant& value) {
  fill_all(value.id, value.name, value.removed, value.consent_default, value.base_currency,
           value.cart_abandoned_after, value.author);
}

void AnyValue::fill(records::Entry& value) {
  fill(value.author);
  for (std::uint64_t n = 1 + below(size_ + 1); n > 0; --n) value.records.push_back(record());
}

void AnyValue::fill(api::Decide& value) {
  value.user_id = user();
  if (chance(50)) fill(value.placement);
  fill_all(value.count, value.context, value.time, value.exclude, value.durable, value.assume_shown,
           value.request_id);
}

void AnyValue::fill(api::GetProfile& value) {
  value.user_id = user();
  fill_all(value.counters, value.brief, value.history_max, value.decisions_max);
}

void AnyValue::fill(api::Request& value) {
  fill_all(value.request_id, value.deadline_us, value.remaining_ms, value.tenant, value.idempotency_key);
  fill_all(value.positions, value.trace, value.features);
  value.priority = static_cast<std::uint8_t>(below(3));
  value.consistency = any_of(api::Consistency::kFirst);
  for (std::uint64_t n = below(size_ + 2); n > 0; --n)
    value.queries.push_back(query(below(std::variant_size_v<api::Query>)));
}

void AnyValue::fill(api::Error& value) {
  value.code = static_cast<api::ErrorCode>(1 + below(29));
  fill_all(value.message, value.retry_after_ms);
}

void AnyValue::fill(api::DecidedItem& value) {
  value.item = item();
  fill_all(value.score, value.source, value.reasons, value.propensity, value.explored);
}

void AnyValue::fill(api::Decision& value) {
  value.user_id = user();
  fill_all(value.decision, value.placement, value.items, value.fallback, value.models);
}

void AnyValue::fill(api::Profile& value) {
  value.user_id = user();
  fill_all(value.events, value.history, value.counters, value.segments, value.consent, value.traits,
           value.cart);
  fill_all(value.sessions, value.decisions, value.linked_ids);
}

void AnyValue::fill(api::ClusterMember& value) {
  fill_all(value.name, value.endpoint, value.zone, value.weight, value.state, value.heard_ms_ago,
           value.first);
  fill_all(value.second, value.caught_up, value.link, value.link_reason, value.clients, value.told_weight);
  fill_all(value.fold_oldest, value.fold_newest);
}

void AnyValue::fill(api::Cluster& value) {
  fill_all(value.id, value.node, value.replicas, value.map_digest, value.members, value.tenant);
  fill(value.fold_active);
  if (value.members.empty()) return;
  value.map.resize(below(4));
  for (auto& places : value.map)
    places.assign(below(3), static_cast<std::uint16_t>(below(value.members.size())));
}

void AnyValue::fill(api::ModelInfo& value) {
  fill_all(value.name, value.version, value.state, value.trained_at, value.metrics, value.generation);
  fill_all(value.reason, value.round, value.parameters);
}

void AnyValue::fill(api::ChangeModel& value) {
  value.change = any_of(api::ModelChange::kRollback);
  fill_all(value.name, value.version, value.author);
}

void AnyValue::fill(api::Explanation& value) {
  fill_all(value.decision, value.user_id, value.placement, value.as_of, value.lines, value.items);
  fill_all(value.fallback, value.generations);
}

void AnyValue::fill(api::Status& value) {
  fill_all(value.node, value.version, value.clock, value.ready, value.not_ready_because, value.partitions);
  fill_all(value.models, value.items, value.now, value.fold_newest);
}

void AnyValue::fill(api::Answer& value) {
  fill_all(value.request_id, value.positions, value.staleness_ms, value.generations, value.engine_version);
  fill(value.retry_after_ms);
  for (std::uint64_t n = below(size_ + 2); n > 0; --n)
    value.bodies.push_back(answer_body(below(std::variant_size_v<api::AnswerBody>)));
}

void AnyValue::fill(api::Notification& value) {
  fill_all(value.tenant, value.kind, value.user_id, value.partition, value.offset, value.index, value.number);
  fill_all(value.time, value.details);
}

} // namespace kindred::tests
