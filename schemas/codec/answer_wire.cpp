#include "schemas/codec/api_wire.hpp"

namespace kindred::wire {

using schemas::kUnbounded;

// ---- parts, in the order in which lists of them are needed ----

void write(Error::Builder to, const api::Error& value) {
  to.setCode(static_cast<ErrorCode>(value.code));
  put(to, &Error::Builder::setMessage, value.message);
  to.setRetryAfterMs(value.retry_after_ms);
}

/// A code of a newer server is kept as its number.
void read(Reading& reading, Error::Reader from, api::Error& value) {
  value.code = static_cast<api::ErrorCode>(from.getCode());
  reading.text(value.message, from.getMessage(), kUnbounded, "message");
  value.retry_after_ms = from.getRetryAfterMs();
}

void write(Counter::Builder to, const api::Counter& value) {
  put(to, &Counter::Builder::setName, value.name);
  to.setValue(value.value);
}

void read(Reading& reading, Counter::Reader from, api::Counter& value) {
  reading.text(value.name, from.getName(), kUnbounded, "counter name");
  value.value = reading.finite(from.getValue(), "counter");
}

void write(DecidedItem::Builder to, const api::DecidedItem& value) {
  put(to, &DecidedItem::Builder::setItem, value.item);
  to.setScore(value.score);
  put(to, &DecidedItem::Builder::setSource, value.source);
  put(to, &DecidedItem::Builder::initReasons, value.reasons);
  to.setPropensity(value.propensity);
  to.setExplored(value.explored);
}

void read(Reading& reading, DecidedItem::Reader from, api::DecidedItem& value) {
  reading.text(value.item, from.getItem(), kUnbounded, "item");
  value.score = reading.finite(from.getScore(), "score");
  reading.text(value.source, from.getSource(), kUnbounded, "source");
  reading.texts(value.reasons, from.getReasons(), kUnbounded, kUnbounded, "reasons");
  value.propensity = reading.finite(from.getPropensity(), "propensity");
  value.explored = from.getExplored();
}

void write(Decision::Builder to, const api::Decision& value) {
  to.setHigh(value.decision.high);
  to.setLow(value.decision.low);
  put(to, &Decision::Builder::setUserId, value.user_id);
  put(to, &Decision::Builder::setPlacement, value.placement);
  put_all(to, &Decision::Builder::initItems, value.items);
  put(to, &Decision::Builder::setFallback, value.fallback);
  put_all(to, &Decision::Builder::initModels, value.models);
}

void read(Reading& reading, Decision::Reader from, api::Decision& value) {
  value.decision = {from.getHigh(), from.getLow()};
  reading.text(value.user_id, from.getUserId(), kUnbounded, "userId");
  reading.text(value.placement, from.getPlacement(), kUnbounded, "placement");
  take_all(reading, from.getItems(), value.items, kUnbounded, "items");
  reading.text(value.fallback, from.getFallback(), kUnbounded, "fallback");
  take_all(reading, from.getModels(), value.models, kUnbounded, "models");
}

void write(HistoryItem::Builder to, const api::HistoryItem& value) {
  put(to, &HistoryItem::Builder::setItem, value.item);
  put(to, &HistoryItem::Builder::setEvent, value.event);
  to.setTime(value.time.us);
}

void read(Reading& reading, HistoryItem::Reader from, api::HistoryItem& value) {
  reading.text(value.item, from.getItem(), kUnbounded, "item");
  reading.text(value.event, from.getEvent(), kUnbounded, "event");
  value.time = {from.getTime()};
}

void write(Membership::Builder to, const api::Membership& value) {
  put(to, &Membership::Builder::setSegment, value.segment);
  to.setSince(value.since.us);
  put(to, &Membership::Builder::setBefore, value.before);
}

void read(Reading& reading, Membership::Reader from, api::Membership& value) {
  reading.text(value.segment, from.getSegment(), kUnbounded, "segment");
  value.since = {from.getSince()};
  reading.text(value.before, from.getBefore(), kUnbounded, "segment");
}

void write(SegmentMove::Builder to, const api::SegmentMove& value) {
  put(to, &SegmentMove::Builder::setUserId, value.user_id);
  put(to, &SegmentMove::Builder::setFrom, value.from);
  put(to, &SegmentMove::Builder::setTo, value.to);
  to.setTime(value.time.us);
  put(to, &SegmentMove::Builder::setBecause, value.because);
}

void read(Reading& reading, SegmentMove::Reader from, api::SegmentMove& value) {
  reading.text(value.user_id, from.getUserId(), kUnbounded, "userId");
  reading.text(value.from, from.getFrom(), kUnbounded, "segment");
  reading.text(value.to, from.getTo(), kUnbounded, "segment");
  value.time = {from.getTime()};
  reading.text(value.because, from.getBecause(), kUnbounded, "because");
}

void write(Segment::Builder to, const api::SegmentInfo& value) {
  put(to, &Segment::Builder::setId, value.id);
  put(to, &Segment::Builder::setName, value.name);
  put(to, &Segment::Builder::setKind, value.kind);
  to.setSize(value.size);
  put_all(to, &Segment::Builder::initFeatures, value.features);
  put(to, &Segment::Builder::initCameFrom, value.came_from);
  put_all(to, &Segment::Builder::initMoves, value.moves);
}

void read(Reading& reading, Segment::Reader from, api::SegmentInfo& value) {
  reading.text(value.id, from.getId(), kUnbounded, "segment");
  reading.text(value.name, from.getName(), kUnbounded, "segment name");
  reading.text(value.kind, from.getKind(), kUnbounded, "segment kind");
  value.size = from.getSize();
  take_all(reading, from.getFeatures(), value.features, kUnbounded, "features");
  reading.texts(value.came_from, from.getCameFrom(), kUnbounded, kUnbounded, "cameFrom");
  take_all(reading, from.getMoves(), value.moves, kUnbounded, "moves");
}

void write(DecidedSlot::Builder to, const api::DecidedSlot& value) {
  put(to, &DecidedSlot::Builder::setItem, value.item);
  to.setExposed(value.exposed);
  to.setClicked(value.clicked);
  to.setPurchased(value.purchased);
}

void read(Reading& reading, DecidedSlot::Reader from, api::DecidedSlot& value) {
  reading.text(value.item, from.getItem(), kUnbounded, "item");
  value.exposed = from.getExposed();
  value.clicked = from.getClicked();
  value.purchased = from.getPurchased();
}

void write(PastDecision::Builder to, const api::PastDecision& value) {
  to.setHigh(value.decision.high);
  to.setLow(value.decision.low);
  to.setTime(value.time.us);
  put(to, &PastDecision::Builder::setPlacement, value.placement);
  put_all(to, &PastDecision::Builder::initSlots, value.slots);
}

void read(Reading& reading, PastDecision::Reader from, api::PastDecision& value) {
  value.decision = {from.getHigh(), from.getLow()};
  value.time = {from.getTime()};
  reading.text(value.placement, from.getPlacement(), kUnbounded, "placement");
  take_all(reading, from.getSlots(), value.slots, kUnbounded, "slots");
}

void write(Profile::Builder to, const api::Profile& value) {
  put(to, &Profile::Builder::setUserId, value.user_id);
  to.setEvents(value.events);
  put_all(to, &Profile::Builder::initHistory, value.history);
  put_all(to, &Profile::Builder::initCounters, value.counters);
  std::vector<std::string> segments;
  for (const auto& membership : value.segments) segments.push_back(membership.segment);
  put(to, &Profile::Builder::initSegments, segments);
  put_all(to, &Profile::Builder::initMemberships, value.segments);
  to.setConsent(value.consent.bits);
  put_all(to, &Profile::Builder::initTraits, value.traits);
  put(to, &Profile::Builder::initCart, value.cart);
  to.setSessions(value.sessions);
  put_all(to, &Profile::Builder::initDecisions, value.decisions);
  put(to, &Profile::Builder::initLinkedIds, value.linked_ids);
}

void read(Reading& reading, Profile::Reader from, api::Profile& value) {
  reading.text(value.user_id, from.getUserId(), kUnbounded, "userId");
  value.events = from.getEvents();
  take_all(reading, from.getHistory(), value.history, kUnbounded, "history");
  take_all(reading, from.getCounters(), value.counters, kUnbounded, "counters");
  if (from.hasMemberships()) {
    take_all(reading, from.getMemberships(), value.segments, kUnbounded, "memberships");
  } else { // of an older server: ids alone
    std::vector<std::string> segments;
    reading.texts(segments, from.getSegments(), kUnbounded, kUnbounded, "segments");
    for (auto& segment : segments) value.segments.push_back({std::move(segment), {}, {}});
  }
  value.consent = {from.getConsent()};
  take_all(reading, from.getTraits(), value.traits, kUnbounded, "traits");
  reading.texts(value.cart, from.getCart(), kUnbounded, kUnbounded, "cart");
  value.sessions = from.getSessions();
  take_all(reading, from.getDecisions(), value.decisions, kUnbounded, "decisions");
  reading.texts(value.linked_ids, from.getLinkedIds(), kUnbounded, kUnbounded, "linked ids");
}

void write(Model::Builder to, const api::ModelInfo& value) {
  put(to, &Model::Builder::setName, value.name);
  put(to, &Model::Builder::setVersion, value.version);
  put(to, &Model::Builder::setState, value.state);
  to.setTrainedAt(value.trained_at.us);
  put_all(to, &Model::Builder::initMetrics, value.metrics);
  to.setGeneration(value.generation);
  put(to, &Model::Builder::setReason, value.reason);
  to.setRound(value.round);
  put_all(to, &Model::Builder::initParameters, value.parameters);
}

void read(Reading& reading, Model::Reader from, api::ModelInfo& value) {
  reading.text(value.name, from.getName(), kUnbounded, "model name");
  reading.text(value.version, from.getVersion(), kUnbounded, "model version");
  reading.text(value.state, from.getState(), kUnbounded, "model state");
  value.trained_at = {from.getTrainedAt()};
  take_all(reading, from.getMetrics(), value.metrics, kUnbounded, "metrics");
  value.generation = from.getGeneration();
  reading.text(value.reason, from.getReason(), kUnbounded, "reason");
  value.round = from.getRound();
  take_all(reading, from.getParameters(), value.parameters, kUnbounded, "parameters");
}

void write(PartitionStatus::Builder to, const api::PartitionStatus& value) {
  to.setId(value.id);
  to.setOffset(value.offset);
  to.setUsers(value.users);
  put(to, &PartitionStatus::Builder::setRole, value.role);
  to.setDigestHigh(value.digest.high);
  to.setDigestLow(value.digest.low);
  to.setFlushed(value.flushed);
  to.setFoldVersion(value.fold_version);
}

void read(Reading& reading, PartitionStatus::Reader from, api::PartitionStatus& value) {
  value.id = from.getId();
  value.offset = from.getOffset();
  value.users = from.getUsers();
  reading.text(value.role, from.getRole(), kUnbounded, "role");
  value.digest = {from.getDigestHigh(), from.getDigestLow()};
  value.flushed = from.getFlushed();
  value.fold_version = from.getFoldVersion();
}

void write(Reject::Builder to, const api::Reject& value) {
  to.setTime(value.time.us);
  put(to, &Reject::Builder::setUserId, value.user_id);
  put(to, &Reject::Builder::setMessageId, value.message_id);
  write(to.initError(), value.error);
}

void read(Reading& reading, Reject::Reader from, api::Reject& value) {
  value.time = {from.getTime()};
  reading.text(value.user_id, from.getUserId(), kUnbounded, "userId");
  reading.text(value.message_id, from.getMessageId(), kUnbounded, "messageId");
  read(reading, from.getError(), value.error);
}

namespace {

void write_items(Items::Builder to, const api::Items& value) {
  put_all(to, &Items::Builder::initItems, value.items);
  put(to, &Items::Builder::setNext, value.next);
  to.setTotal(value.total);
}

void read_items(Reading& reading, Items::Reader from, api::Items& value) {
  take_all(reading, from.getItems(), value.items, kUnbounded, "items");
  reading.text(value.next, from.getNext(), kUnbounded, "next");
  value.total = from.getTotal();
}

void write_explanation(Explanation::Builder to, const api::Explanation& value) {
  to.setHigh(value.decision.high);
  to.setLow(value.decision.low);
  put(to, &Explanation::Builder::setUserId, value.user_id);
  put(to, &Explanation::Builder::setPlacement, value.placement);
  to.setAsOf(value.as_of.us);
  put(to, &Explanation::Builder::initLines, value.lines);
  put_all(to, &Explanation::Builder::initItems, value.items);
  put(to, &Explanation::Builder::setFallback, value.fallback);
  put_all(to, &Explanation::Builder::initGenerations, value.generations);
}

void read_explanation(Reading& reading, Explanation::Reader from, api::Explanation& value) {
  value.decision = {from.getHigh(), from.getLow()};
  reading.text(value.user_id, from.getUserId(), kUnbounded, "userId");
  reading.text(value.placement, from.getPlacement(), kUnbounded, "placement");
  value.as_of = {from.getAsOf()};
  reading.texts(value.lines, from.getLines(), kUnbounded, kUnbounded, "lines");
  take_all(reading, from.getItems(), value.items, kUnbounded, "items");
  reading.text(value.fallback, from.getFallback(), kUnbounded, "fallback");
  take_all(reading, from.getGenerations(), value.generations, kUnbounded, "generations");
}

void write_replayed(Replayed::Builder to, const api::Replayed& value) {
  to.setHigh(value.decision.high);
  to.setLow(value.decision.low);
  to.setIdentical(value.identical);
  write(to.initBefore(), value.then);
  write(to.initNow(), value.now);
}

void read_replayed(Reading& reading, Replayed::Reader from, api::Replayed& value) {
  value.decision = {from.getHigh(), from.getLow()};
  value.identical = from.getIdentical();
  read(reading, from.getBefore(), value.then);
  read(reading, from.getNow(), value.now);
}

void write_status(Status::Builder to, const api::Status& value) {
  put(to, &Status::Builder::setNode, value.node);
  put(to, &Status::Builder::setVersion, value.version);
  put(to, &Status::Builder::setClock, value.clock);
  to.setReady(value.ready);
  put(to, &Status::Builder::initNotReadyBecause, value.not_ready_because);
  put_all(to, &Status::Builder::initPartitions, value.partitions);
  put_all(to, &Status::Builder::initModels, value.models);
  to.setItems(value.items);
  to.setNow(value.now.us);
  to.setFoldNewest(value.fold_newest);
}

void read_status(Reading& reading, Status::Reader from, api::Status& value) {
  reading.text(value.node, from.getNode(), kUnbounded, "node");
  reading.text(value.version, from.getVersion(), kUnbounded, "version");
  reading.text(value.clock, from.getClock(), kUnbounded, "clock");
  value.ready = from.getReady();
  reading.texts(value.not_ready_because, from.getNotReadyBecause(), kUnbounded, kUnbounded,
                "notReadyBecause");
  take_all(reading, from.getPartitions(), value.partitions, kUnbounded, "partitions");
  take_all(reading, from.getModels(), value.models, kUnbounded, "models");
  value.items = from.getItems();
  value.now = {from.getNow()};
  value.fold_newest = from.getFoldNewest();
}

void read_accepted(AnswerBody::Accepted::Reader from, api::Accepted& value) {
  value = {from.getPosition(), from.getIndex(), from.getSeenBefore()};
}

/// One overload per kind of answer.
struct Writer {
  AnswerBody::Builder to;

  void operator()(const api::Error& body) { write(to.initError(), body); }
  void operator()(const api::Accepted& body) {
    auto accepted = to.initAccepted();
    accepted.setPosition(body.position);
    accepted.setIndex(body.index);
    accepted.setSeenBefore(body.seen_before);
  }
  void operator()(const api::Decision& body) { write(to.initDecision(), body); }
  void operator()(const api::Profile& body) { write(to.initProfile(), body); }
  void operator()(const api::Items& body) { write_items(to.initItems(), body); }
  void operator()(const api::Models& body) {
    lists(to.initModels(static_cast<unsigned>(body.models.size())), body.models);
  }
  void operator()(const api::Explanation& body) { write_explanation(to.initExplanation(), body); }
  void operator()(const api::Replayed& body) { write_replayed(to.initReplayed(), body); }
  void operator()(const api::Placements& body) {
    lists(to.initPlacements(static_cast<unsigned>(body.placements.size())), body.placements);
  }
  void operator()(const api::Status& body) { write_status(to.initStatus(), body); }
  void operator()(const api::Rejects& body) {
    lists(to.initRejects(static_cast<unsigned>(body.rejects.size())), body.rejects);
  }
  void operator()(const api::Segments& body) {
    lists(to.initSegments(static_cast<unsigned>(body.segments.size())), body.segments);
  }
  void operator()(const api::Cluster& body) { write(to.initCluster(), body); }
  void operator()(const api::Round& body) { to.initRound().setNumber(body.number); }

  template <class List, class Value>
  static void lists(List list, const std::vector<Value>& values) {
    for (unsigned i = 0; i < values.size(); ++i) write(list[i], values[i]);
  }
};

} // namespace

void write(AnswerBody::Builder to, const api::AnswerBody& value) { std::visit(Writer{to}, value); }

void read(Reading& reading, AnswerBody::Reader from, api::AnswerBody& value) {
  switch (from.which()) {
  case AnswerBody::ERROR: return read(reading, from.getError(), value.emplace<api::Error>());
  case AnswerBody::ACCEPTED: return read_accepted(from.getAccepted(), value.emplace<api::Accepted>());
  case AnswerBody::DECISION: return read(reading, from.getDecision(), value.emplace<api::Decision>());
  case AnswerBody::PROFILE: return read(reading, from.getProfile(), value.emplace<api::Profile>());
  case AnswerBody::ITEMS: return read_items(reading, from.getItems(), value.emplace<api::Items>());
  case AnswerBody::MODELS:
    return take_all(reading, from.getModels(), value.emplace<api::Models>().models, kUnbounded, "models");
  case AnswerBody::EXPLANATION:
    return read_explanation(reading, from.getExplanation(), value.emplace<api::Explanation>());
  case AnswerBody::REPLAYED:
    return read_replayed(reading, from.getReplayed(), value.emplace<api::Replayed>());
  case AnswerBody::PLACEMENTS:
    return take_all(reading, from.getPlacements(), value.emplace<api::Placements>().placements, kUnbounded,
                    "placements");
  case AnswerBody::STATUS: return read_status(reading, from.getStatus(), value.emplace<api::Status>());
  case AnswerBody::REJECTS:
    return take_all(reading, from.getRejects(), value.emplace<api::Rejects>().rejects, kUnbounded, "rejects");
  case AnswerBody::SEGMENTS:
    return take_all(reading, from.getSegments(), value.emplace<api::Segments>().segments, kUnbounded,
                    "segments");
  case AnswerBody::CLUSTER: return read(reading, from.getCluster(), value.emplace<api::Cluster>());
  case AnswerBody::ROUND: value.emplace<api::Round>().number = from.getRound().getNumber(); return;
  }
  value = api::Error{api::ErrorCode::kUnsupportedVersion,
                     "The server answered in a way that this client does not know; use a newer client.", 0};
}

} // namespace kindred::wire
