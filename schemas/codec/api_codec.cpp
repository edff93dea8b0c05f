#include "schemas/codec/api_codec.hpp"

#include "schemas/codec/api_wire.hpp"
#include "schemas/codec/bounds.hpp"
#include "schemas/codec/message.hpp"

namespace kindred::schemas {
namespace {

using wire::put;
using wire::put_all;
using wire::read;
using wire::take_all;
using wire::write;

void read_envelope(Reading& reading, wire::Request::Reader from, api::Request& request) {
  request.version = from.getVersion();
  if (request.version != api::kProtocolVersion)
    return reading.fail(CodecError::kUnsupportedVersion, "protocol version");
  request.request_id = from.getRequestId();
  request.deadline_us = from.getDeadlineUs();
  request.remaining_ms = from.getRemainingMs();
  reading.text(request.tenant, from.getTenant(), kNameBytesMax, "tenant");
  reading.text(request.idempotency_key, from.getIdempotencyKey(), kNameBytesMax, "idempotencyKey");
  take_all(reading, from.getPositions(), request.positions, records::kPositionsMax, "positions");
  if (from.hasTrace()) read(reading, from.getTrace(), request.trace);
  request.priority = from.getPriority();
  if (request.priority > 2) reading.fail(CodecError::kOutOfRange, "priority", "0, 1 or 2");
  request.consistency = reading.number(static_cast<std::uint16_t>(from.getConsistency()),
                                       api::Consistency::kFirst, "consistency");
  reading.texts(request.features, from.getFeatures(), kFeaturesMax, kNameBytesMax, "features");
}

/// The queries of one request. A broken one costs its slot only; too many that are no Cap'n Proto at all cost the request.
class Queries {
public:
  Queries(Reading& reading, DecodedRequest& to) : reading_(reading), to_(to) {}

  void read_all(capnp::List<wire::Query>::Reader from) {
    if (!reading_.count(from.size(), api::kQueriesMax, "queries")) return;
    to_.request.queries.reserve(from.size());
    for (unsigned i = 0; i < from.size() && reading_.ok(); ++i) read_one(from[i], i);
  }

private:
  void read_one(wire::Query::Reader from, unsigned index) {
    api::Query& query =
        to_.request.queries.emplace_back(api::GetStatus{}); // the smallest, until its kind is known
    try {
      read(one_, from, query);
    } catch (const kj::Exception& exception) {
      one_.fail(exception);
      if (++hostile_ > kHostileQueriesMax)
        reading_.fail(CodecError::kMalformed, "queries", "too many are broken");
    }
    if (one_.ok()) return;
    query.emplace<api::Track>();
    to_.broken.emplace_back(index, one_.take_failure());
  }

  Reading& reading_;
  Reading one_{Writer::kStranger};
  DecodedRequest& to_;
  std::size_t hostile_ = 0;
};

/// As new, but for the memory that a few queries need.
void empty(DecodedRequest& decoded) {
  api::Request& request = decoded.request;
  if (request.queries.capacity() > kQueriesKeptMax) request.queries = {};
  request.queries.clear();
  request.tenant.clear();
  request.idempotency_key.clear();
  request.positions.clear();
  request.features.clear();
  request.trace = {};
  decoded.broken.clear();
}

/// The one user of a read-only query, empty for any other: also for a durable decide, whose answer waits for its record.
capnp::Text::Reader reader_of(wire::Query::Reader query) {
  switch (query.which()) {
  case wire::Query::GET_PROFILE: return query.getGetProfile().getUserId();
  case wire::Query::DECIDE:
    return query.getDecide().getDurable() ? capnp::Text::Reader() : query.getDecide().getUserId();
  default: return {};
  }
}

BytesView view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

void peek(wire::Request::Reader from, RequestPeek& to) {
  to.version = from.getVersion();
  to.request_id = from.getRequestId();
  to.deadline_us = from.getDeadlineUs();
  to.remaining_ms = from.getRemainingMs();
  to.tenant = view(from.getTenant());
  const auto queries = from.getQueries();
  to.queries = queries.size();
  if (queries.size() == 0) return;
  const BytesView user = view(reader_of(queries[0]));
  bool same = !user.empty();
  for (unsigned i = 1; i < queries.size() && same; ++i) same = view(reader_of(queries[i])) == user;
  to.read_only_single_user = same;
  if (!same) return;
  to.user = user;
  for (const auto query : queries)
    if (query.isDecide() && query.getDecide().getRequestId().size() == 0) to.decisions_named = false;
}

} // namespace

Bytes encode_request(const api::Request& request) {
  using To = wire::Request::Builder;
  Draft draft;
  auto to = draft.root<wire::Request>();
  to.setVersion(request.version);
  to.setRequestId(request.request_id);
  to.setDeadlineUs(request.deadline_us);
  to.setRemainingMs(request.remaining_ms);
  put(to, &To::setTenant, request.tenant);
  put(to, &To::setIdempotencyKey, request.idempotency_key);
  put_all(to, &To::initPositions, request.positions);
  if (request.trace != records::TraceParent{}) write(to.initTrace(), request.trace);
  to.setPriority(request.priority);
  to.setConsistency(static_cast<wire::Consistency>(request.consistency));
  put(to, &To::initFeatures, request.features);
  put_all(to, &To::initQueries, request.queries);
  return draft.framed();
}

Result<DecodedRequest, CodecFailure> decode_request(BytesView bytes) {
  DecodedRequest decoded;
  if (auto done = decode_request(bytes, decoded); !done.ok()) return done.error();
  return decoded;
}

Result<Done, CodecFailure> decode_request(BytesView bytes, DecodedRequest& into) {
  empty(into);
  Reading reading(Writer::kStranger);
  read_framed<wire::Request>(reading, bytes, api::kRequestBytesMax, "request",
                             [&](wire::Request::Reader from) {
                               read_envelope(reading, from, into.request);
                               if (reading.ok()) Queries(reading, into).read_all(from.getQueries());
                             });
  if (!reading.ok()) return reading.take_failure();
  return Done{};
}

Result<RequestPeek, CodecFailure> peek_request(BytesView bytes, Bytes& scratch) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % sizeof(capnp::word) != 0) {
    scratch.assign(bytes);
    bytes = scratch;
  }
  Reading reading(Writer::kStranger);
  RequestPeek to;
  read_framed<wire::Request>(reading, bytes, api::kRequestBytesMax, "request",
                             [&](wire::Request::Reader from) { peek(from, to); });
  if (!reading.ok()) return reading.take_failure();
  return to;
}

Bytes encode_answer(const api::Answer& answer) {
  using To = wire::Answer::Builder;
  Draft draft;
  auto to = draft.root<wire::Answer>();
  to.setVersion(answer.version);
  to.setRequestId(answer.request_id);
  put_all(to, &To::initPositions, answer.positions);
  to.setStalenessMs(answer.staleness_ms);
  put_all(to, &To::initGenerations, answer.generations);
  to.setEngineVersion(answer.engine_version);
  to.setRetryAfterMs(answer.retry_after_ms);
  put_all(to, &To::initBodies, answer.bodies);
  return draft.framed();
}

Result<api::Answer, CodecFailure> decode_answer(BytesView bytes) {
  Reading reading(Writer::kOurs);
  api::Answer answer;
  read_framed<wire::Answer>(reading, bytes, kAnswerBytesMax, "answer", [&](wire::Answer::Reader from) {
    answer.version = from.getVersion();
    answer.request_id = from.getRequestId();
    take_all(reading, from.getPositions(), answer.positions, kUnbounded, "positions");
    answer.staleness_ms = from.getStalenessMs();
    take_all(reading, from.getGenerations(), answer.generations, kUnbounded, "generations");
    answer.engine_version = from.getEngineVersion();
    answer.retry_after_ms = from.getRetryAfterMs();
    take_all(reading, from.getBodies(), answer.bodies, api::kQueriesMax, "bodies");
  });
  if (!reading.ok()) return reading.take_failure();
  return answer;
}

Bytes encode_notification(const api::Notification& notification) {
  using To = wire::Notification::Builder;
  Draft draft;
  auto to = draft.root<wire::Notification>();
  put(to, &To::setTenant, notification.tenant);
  put(to, &To::setKind, notification.kind);
  put(to, &To::setUserId, notification.user_id);
  to.setPartition(notification.partition);
  to.setIndex(notification.index);
  to.setOffset(notification.offset);
  to.setNumber(notification.number);
  to.setTime(notification.time.us);
  put_all(to, &To::initDetails, notification.details);
  return draft.framed();
}

Result<api::Notification, CodecFailure> decode_notification(BytesView bytes) {
  Reading reading(Writer::kOurs);
  api::Notification to;
  read_framed<wire::Notification>(reading, bytes, kNotificationBytesMax, "notification",
                                  [&](wire::Notification::Reader from) {
                                    reading.text(to.tenant, from.getTenant(), kUnbounded, "tenant");
                                    reading.text(to.kind, from.getKind(), kUnbounded, "kind");
                                    reading.text(to.user_id, from.getUserId(), kUnbounded, "userId");
                                    to.partition = from.getPartition();
                                    to.index = from.getIndex();
                                    to.offset = from.getOffset();
                                    to.number = from.getNumber();
                                    to.time = {from.getTime()};
                                    take_all(reading, from.getDetails(), to.details, kUnbounded, "details");
                                  });
  if (!reading.ok()) return reading.take_failure();
  return to;
}

} // namespace kindred::schemas
