#include "schemas/codec/bounds.hpp"
#include "schemas/codec/candidates_wire.hpp"
#include "schemas/codec/records_wire.hpp"

namespace kindred::wire {

using schemas::kNameBytesMax;
using schemas::kTextBytesMax;

void write(ProfileUpdate::Builder to, const records::ProfileUpdate& value) {
  using To = ProfileUpdate::Builder;
  put(to, &To::setUserId, value.user_id);
  put_all(to, &To::initTraits, value.traits);
  put(to, &To::initRemoved, value.removed);
  if (value.default_context) write(to.initDefaultContext(), *value.default_context);
  put(to, &To::setAuthor, value.author);
}

void read(Reading& reading, ProfileUpdate::Reader from, records::ProfileUpdate& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  take_all(reading, from.getTraits(), value.traits, records::kTraitsMax, "traits");
  reading.texts(value.removed, from.getRemoved(), records::kTraitsMax, kNameBytesMax, "removed");
  if (from.hasDefaultContext()) read(reading, from.getDefaultContext(), value.default_context.emplace());
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

void write(Consent::Builder to, const records::Consent& value) {
  put(to, &Consent::Builder::setUserId, value.user_id);
  to.setGranted(value.granted.bits);
  to.setWithdrawn(value.withdrawn.bits);
  put(to, &Consent::Builder::setReason, value.reason);
  put(to, &Consent::Builder::setAuthor, value.author);
}

void read(Reading& reading, Consent::Reader from, records::Consent& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  value.granted = {from.getGranted()};
  value.withdrawn = {from.getWithdrawn()};
  reading.text(value.reason, from.getReason(), kTextBytesMax, "reason");
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

void write(Erase::Builder to, const records::Erase& value) {
  put(to, &Erase::Builder::setUserId, value.user_id);
  put(to, &Erase::Builder::setReason, value.reason);
  put(to, &Erase::Builder::setAuthor, value.author);
}

void read(Reading& reading, Erase::Reader from, records::Erase& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  reading.text(value.reason, from.getReason(), kTextBytesMax, "reason");
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

void write(Exposed::Builder to, const records::Exposed& value) {
  put(to, &Exposed::Builder::setUserId, value.user_id);
  to.setDecisionHigh(value.decision.high);
  to.setDecisionLow(value.decision.low);
  put(to, &Exposed::Builder::setRequestId, value.request_id);
  if (!value.slots.empty()) {
    auto slots = to.initSlots(static_cast<unsigned>(value.slots.size()));
    for (unsigned i = 0; i < value.slots.size(); ++i) slots.set(i, value.slots[i]);
  }
  to.setShownAt(value.shown_at.us);
  if (told(value.context)) write(to.initContext(), value.context);
}

void read(Reading& reading, Exposed::Reader from, records::Exposed& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  value.decision = {from.getDecisionHigh(), from.getDecisionLow()};
  reading.text(value.request_id, from.getRequestId(), kExternalIdBytesMax, "requestId");
  const auto slots = from.getSlots();
  if (reading.count(slots.size(), records::kSlotsMax, "slots"))
    for (const auto slot : slots) value.slots.push_back(slot);
  value.shown_at = {from.getShownAt()};
  if (from.hasContext()) read(reading, from.getContext(), value.context);
}

void write(Reward::Builder to, const records::Reward& value) {
  put(to, &Reward::Builder::setUserId, value.user_id);
  to.setDecisionHigh(value.decision.high);
  to.setDecisionLow(value.decision.low);
  put(to, &Reward::Builder::setItem, value.item);
  put(to, &Reward::Builder::setName, value.name);
  to.setValue(value.value.raw);
  to.setTime(value.time.us);
}

void read(Reading& reading, Reward::Reader from, records::Reward& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  value.decision = {from.getDecisionHigh(), from.getDecisionLow()};
  reading.text(value.item, from.getItem(), kExternalIdBytesMax, "item");
  reading.text(value.name, from.getName(), kNameBytesMax, "reward name");
  value.value = reading.fixed(from.getValue(), "reward value");
  value.time = {from.getTime()};
}

void write(Adopt::Builder to, const records::Adopt& value) {
  put(to, &Adopt::Builder::setKind, value.kind);
  to.setGeneration(value.generation);
  to.setValue(capnp::Data::Reader(reinterpret_cast<const kj::byte*>(value.value.data()), value.value.size()));
}

void read(Reading& reading, Adopt::Reader from, records::Adopt& value) {
  reading.text(value.kind, from.getKind(), kNameBytesMax, "kind");
  value.generation = from.getGeneration();
  reading.bytes(value.value, from.getValue(), records::kRecordBytesMax, "adopted value");
}

void write(Activate::Builder to, const records::Activate& value) {
  to.setFoldVersion(value.fold_version);
  put(to, &Activate::Builder::setAuthor, value.author);
}

void read(Reading& reading, Activate::Reader from, records::Activate& value) {
  value.fold_version = from.getFoldVersion();
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

void write(Tick::Builder to, const records::Tick& value) { to.setTime(value.time.us); }
void read(Reading&, Tick::Reader from, records::Tick& value) { value.time = {from.getTime()}; }

void write(Delta::Builder to, const records::Delta& value) {
  put(to, &Delta::Builder::setLearner, value.learner);
  to.setPartition(value.partition.value);
  to.setFromOffset(value.from_offset);
  to.setToOffset(value.to_offset);
  to.setChanges(
      capnp::Data::Reader(reinterpret_cast<const kj::byte*>(value.changes.data()), value.changes.size()));
}

void read(Reading& reading, Delta::Reader from, records::Delta& value) {
  reading.text(value.learner, from.getLearner(), kNameBytesMax, "learner");
  value.partition = {from.getPartition()};
  value.from_offset = from.getFromOffset();
  value.to_offset = from.getToOffset();
  reading.bytes(value.changes, from.getChanges(), records::kRecordBytesMax, "changes");
}

namespace {

void write_candidates(Decided::Builder& to, const records::Decided& value) {
  if (value.candidates.empty()) return;
  const Bytes packed = schemas::pack_candidates(value);
  to.setCandidates(capnp::Data::Reader(reinterpret_cast<const kj::byte*>(packed.data()), packed.size()));
}

void read_listed_candidates(Reading& reading, Decided::Reader from, records::Decided& value) {
  const auto items = from.getCandidateItems();
  const auto scores = from.getCandidateScores();
  const auto parts = from.getSourceScores();
  const std::size_t width = value.sources.size();
  if (!reading.count(items.size(), records::kCandidatesMax, "candidates")) return;
  if (scores.size() != items.size() || parts.size() != items.size() * width)
    return reading.fail(CodecError::kMalformed, "candidates", "items, scores and sources do not match");
  value.candidates.resize(items.size());
  for (unsigned i = 0; i < items.size(); ++i) {
    value.candidates[i] = {{items[i]}, scores[i]};
  }
  value.source_scores_q8.resize(parts.size());
  for (unsigned i = 0; i < parts.size(); ++i) value.source_scores_q8[i] = parts[i];
}

void read_candidates(Reading& reading, Decided::Reader from, records::Decided& value) {
  if (from.hasCandidateItems()) return read_listed_candidates(reading, from, value);
  const auto packed = from.getCandidates();
  schemas::unpack_candidates(reading, {reinterpret_cast<const char*>(packed.begin()), packed.size()}, value);
}

void write_weights(Decided::Builder& to, const records::Decided& value) {
  if (!value.source_weights_q16.empty()) {
    auto weights = to.initSourceWeights(static_cast<unsigned>(value.source_weights_q16.size()));
    for (unsigned i = 0; i < value.source_weights_q16.size(); ++i)
      weights.set(i, value.source_weights_q16[i]);
  }
  put(to, &Decided::Builder::setRanker, value.ranker);
  to.setRankerGeneration(value.ranker_generation);
  to.setNewness(value.newness_q8);
  to.setItemItemGeneration(value.item_item_generation);
}

void read_weights(Reading& reading, Decided::Reader from, records::Decided& value) {
  const auto weights = from.getSourceWeights();
  if (weights.size() != 0 && weights.size() != value.sources.size())
    return reading.fail(CodecError::kMalformed, "source weights", "not as many as sources");
  for (const auto weight : weights) value.source_weights_q16.push_back(weight);
  reading.text(value.ranker, from.getRanker(), kNameBytesMax, "ranker");
  value.ranker_generation = from.getRankerGeneration();
  value.newness_q8 = from.getNewness();
  value.item_item_generation = from.getItemItemGeneration();
}

void write_versions(Decided::Builder& to, const records::Decided& value) {
  write(to.initApplied(), value.applied);
  write(to.initModels(), value.models);
  write(to.initLibrary(), value.library);
  to.setFoldVersion(value.fold_version);
  to.setEngineVersion(value.engine_version);
}

void read_versions(Reading& reading, Decided::Reader from, records::Decided& value) {
  read(reading, from.getApplied(), value.applied);
  read(reading, from.getModels(), value.models);
  read(reading, from.getLibrary(), value.library);
  value.fold_version = from.getFoldVersion();
  value.engine_version = from.getEngineVersion();
}

} // namespace

void write(Shown::Builder to, const records::Shown& value) {
  to.setItem(value.item.value);
  to.setSource(value.source);
  to.setExplored(value.explored);
  to.setPropensityQ24(value.propensity_q24);
}

void read(Reading&, Shown::Reader from, records::Shown& value) {
  value.item = {from.getItem()};
  value.source = from.getSource();
  value.explored = from.getExplored();
  value.propensity_q24 = from.getPropensityQ24();
}

void write(Decided::Builder to, const records::Decided& value) {
  using To = Decided::Builder;
  to.setDecisionHigh(value.decision.high);
  to.setDecisionLow(value.decision.low);
  put(to, &To::setUserId, value.user_id);
  put(to, &To::setPlacement, value.placement);
  put(to, &To::setRequestId, value.request_id);
  to.setAsOf(value.as_of.us);
  to.setUserRecords(value.user_records);
  to.setCount(value.count);
  to.setAssumeShown(value.assume_shown);
  to.setStagesDone(value.stages_done);
  write_versions(to, value);
  if (told(value.context)) write(to.initContext(), value.context);
  put(to, &To::initExcluded, value.excluded);
  put(to, &To::initSources, value.sources);
  write_weights(to, value);
  write_candidates(to, value);
  put_all(to, &To::initShown, value.shown);
  put(to, &To::setFallback, value.fallback);
}

void read(Reading& reading, Decided::Reader from, records::Decided& value) {
  value.decision = {from.getDecisionHigh(), from.getDecisionLow()};
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  reading.text(value.placement, from.getPlacement(), kNameBytesMax, "placement");
  reading.text(value.request_id, from.getRequestId(), kExternalIdBytesMax, "requestId");
  value.as_of = {from.getAsOf()};
  value.user_records = from.getUserRecords();
  value.count = from.getCount();
  value.assume_shown = from.getAssumeShown();
  value.stages_done = from.getStagesDone();
  read_versions(reading, from, value);
  if (from.hasContext()) read(reading, from.getContext(), value.context);
  reading.texts(value.excluded, from.getExcluded(), schemas::kExcludedMax, kExternalIdBytesMax, "excluded");
  reading.texts(value.sources, from.getSources(), schemas::kSourcesMax, kNameBytesMax, "sources");
  read_weights(reading, from, value);
  read_candidates(reading, from, value);
  take_all(reading, from.getShown(), value.shown, records::kSlotsMax, "shown");
  reading.text(value.fallback, from.getFallback(), kNameBytesMax, "fallback");
}

} // namespace kindred::wire
