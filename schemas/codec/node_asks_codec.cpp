#include "schemas/codec/node_asks_codec.hpp"

#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/bounds.hpp"
#include "schemas/codec/message.hpp"
#include "schemas/codec/values_wire.hpp"
#include "schemas/nodes.capnp.h"

namespace kindred::wire {

using schemas::kNameBytesMax;
using schemas::kTextBytesMax;

static constexpr std::size_t kTenantsToldMax = 100'000; ///< in one standing
static constexpr std::size_t kDigestsMax = 64;          ///< of one partition

static capnp::Data::Reader as_data(const Bytes& bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

static void write(PartWay::Builder to, const peers::PartWay& value) {
  to.setQuery(value.query);
  put(to, &PartWay::Builder::setVia, value.via);
  put(to, &PartWay::Builder::initSeen, value.seen);
}

static void read(Reading& reading, PartWay::Reader from, peers::PartWay& value) {
  value.query = from.getQuery();
  reading.text(value.via, from.getVia(), kExternalIdBytesMax, "via");
  reading.texts(value.seen, from.getSeen(), records::kLinkedMax + 1, kExternalIdBytesMax, "seen");
}

static void write(RoundAsk::Builder to, const peers::RoundAsk& value) {
  to.setStep(static_cast<RoundStep>(value.step));
  to.setPartition(value.partition);
  to.setTenant(value.tenant.value);
  put(to, &RoundAsk::Builder::setLearner, value.learner);
  to.setRound(value.round);
  to.setAsOfUs(value.as_of.us);
  to.setBase(value.base);
  to.setSinceUs(value.since ? value.since->us : schemas::kNotTold);
  to.setPass(value.pass);
  if (!value.parameters.empty()) to.setParameters(as_data(value.parameters));
  to.setAccepted(value.accepted);
}

static peers::RoundStep read_step(Reading& reading, RoundStep step) {
  return reading.number(static_cast<std::uint16_t>(step), peers::RoundStep::kClose, "step");
}

static void read(Reading& reading, RoundAsk::Reader from, peers::RoundAsk& value) {
  value.step = read_step(reading, from.getStep());
  value.partition = from.getPartition();
  value.tenant = {from.getTenant()};
  reading.text(value.learner, from.getLearner(), kNameBytesMax, "learner");
  value.round = from.getRound();
  value.as_of = {from.getAsOfUs()};
  value.base = from.getBase();
  if (from.getSinceUs() != schemas::kNotTold) value.since = Instant{from.getSinceUs()};
  value.pass = from.getPass();
  reading.bytes(value.parameters, from.getParameters(), peers::kPayloadBytesMax, "parameters");
  value.accepted = from.getAccepted();
}

static void write(RoundAnswer::Builder to, const peers::RoundAnswer& value) {
  to.setStep(static_cast<RoundStep>(value.step));
  to.setCut(value.cut);
  to.setByChanges(value.by_changes);
  if (!value.statistic.empty()) to.setStatistic(as_data(value.statistic));
  put(to, &RoundAnswer::Builder::setLost, value.lost);
  to.setErased(value.erased);
}

static void read(Reading& reading, RoundAnswer::Reader from, peers::RoundAnswer& value) {
  value.step = read_step(reading, from.getStep());
  value.cut = from.getCut();
  value.by_changes = from.getByChanges();
  reading.bytes(value.statistic, from.getStatistic(), peers::kPayloadBytesMax, "statistic");
  reading.text(value.lost, from.getLost(), kTextBytesMax, "lost");
  value.erased = from.getErased();
}

static void write(CheckpointAsk::Builder to, const peers::CheckpointAsk& value) {
  to.setPartition(value.partition);
  to.setCheckpoint(value.checkpoint);
  if (!value.from.empty()) to.setFrom(as_data(value.from));
}
static void read(Reading& reading, CheckpointAsk::Reader from, peers::CheckpointAsk& value) {
  value.partition = from.getPartition();
  value.checkpoint = from.getCheckpoint();
  reading.bytes(value.from, from.getFrom(), peers::kEnvelopeBytesMax, "from");
}

static void write(CheckpointChunk::Builder to, const peers::CheckpointChunk& value) {
  to.setCheckpoint(value.checkpoint);
  if (!value.entries.empty()) to.setEntries(as_data(value.entries));
  to.setChecksum(value.checksum);
  to.setMore(value.more);
  to.setFoldVersion(value.fold_version);
  to.setSeal(value.seal);
}
static void read(Reading& reading, CheckpointChunk::Reader from, peers::CheckpointChunk& value) {
  value.checkpoint = from.getCheckpoint();
  reading.bytes(value.entries, from.getEntries(), peers::kPayloadBytesMax, "entries");
  value.checksum = from.getChecksum();
  value.more = from.getMore();
  value.fold_version = from.getFoldVersion();
  value.seal = from.getSeal();
}

using Erased = std::pair<TenantId, std::uint64_t>;
static void write(ErasedUpTo::Builder to, const Erased& value) {
  to.setTenant(value.first.value);
  to.setOffset(value.second);
}
static void read(Reading&, ErasedUpTo::Reader from, Erased& value) {
  value = {TenantId{from.getTenant()}, from.getOffset()};
}

using Moved = std::pair<TenantId, api::SegmentMove>;
static void write(SegmentMoved::Builder to, const Moved& value) {
  to.setTenant(value.first.value);
  put(to, &SegmentMoved::Builder::setUserId, value.second.user_id);
  put(to, &SegmentMoved::Builder::setFrom, value.second.from);
  put(to, &SegmentMoved::Builder::setTo, value.second.to);
  to.setTimeUs(value.second.time.us);
  put(to, &SegmentMoved::Builder::setBecause, value.second.because);
}
static void read(Reading& reading, SegmentMoved::Reader from, Moved& value) {
  value.first = {from.getTenant()};
  reading.text(value.second.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  reading.text(value.second.from, from.getFrom(), kNameBytesMax, "from");
  reading.text(value.second.to, from.getTo(), kNameBytesMax, "to");
  value.second.time = {from.getTimeUs()};
  reading.text(value.second.because, from.getBecause(), kTextBytesMax, "because");
}

using Digest = std::pair<std::uint64_t, kindred::Id128>;
static void write(DigestAt::Builder to, const Digest& value) {
  to.setEnd(value.first);
  to.setHigh(value.second.high);
  to.setLow(value.second.low);
}
static void read(Reading&, DigestAt::Reader from, Digest& value) {
  value = {from.getEnd(), {from.getHigh(), from.getLow()}};
}

static void write(ShardStanding::Builder to, const peers::ShardStanding& value) {
  to.setPartition(value.partition);
  to.setReady(value.ready);
  to.setAppliedEnd(value.applied_end);
  to.setUsers(value.users);
  put_all(to, &ShardStanding::Builder::initErased, value.erased);
  put_all(to, &ShardStanding::Builder::initMoves, value.moves);
  put_all(to, &ShardStanding::Builder::initDigests, value.digests);
  to.setFoldVersion(value.fold_version);
  to.setFlushedEnd(value.flushed_end);
}
static void read(Reading& reading, ShardStanding::Reader from, peers::ShardStanding& value) {
  value.partition = from.getPartition();
  value.ready = from.getReady();
  value.applied_end = from.getAppliedEnd();
  value.users = from.getUsers();
  take_all(reading, from.getErased(), value.erased, kTenantsToldMax, "erased");
  take_all(reading, from.getMoves(), value.moves, schemas::kAnswerBytesMax, "moves");
  take_all(reading, from.getDigests(), value.digests, kDigestsMax, "digests");
  value.fold_version = from.getFoldVersion();
  value.flushed_end = from.getFlushedEnd();
}

static void write(LearnerStanding::Builder to, const peers::LearnerStanding& value) {
  put(to, &LearnerStanding::Builder::setLearner, value.learner);
  to.setTenant(value.tenant.value);
  to.setLast(value.last);
  to.setRunning(value.running);
  to.setAsOfUs(value.as_of.us);
  put(to, &LearnerStanding::Builder::setOutcome, value.outcome);
  to.setPublished(value.published);
  to.setGivenUp(value.given_up);
  to.setByChanges(value.by_changes);
}
static void read(Reading& reading, LearnerStanding::Reader from, peers::LearnerStanding& value) {
  reading.text(value.learner, from.getLearner(), kNameBytesMax, "learner");
  value.tenant = {from.getTenant()};
  value.last = from.getLast();
  value.running = from.getRunning();
  value.as_of = {from.getAsOfUs()};
  reading.text(value.outcome, from.getOutcome(), kTextBytesMax, "outcome");
  value.published = from.getPublished();
  value.given_up = from.getGivenUp();
  value.by_changes = from.getByChanges();
}

/// A request inside another message: it must be one that is understood as a whole.
static void read_request(Reading& reading, BytesView bytes, std::vector<api::Query>& queries,
                         records::Positions* positions) {
  auto decoded = schemas::decode_request(bytes);
  if (!decoded.ok()) return reading.fail(decoded.error().code, "request", "is none");
  if (!decoded.value().broken.empty())
    return reading.fail(decoded.value().broken.front().second.code, "request", "has a query that is none");
  queries = std::move(decoded.value().request.queries);
  if (positions != nullptr) *positions = std::move(decoded.value().request.positions);
}

} // namespace kindred::wire

namespace kindred::schemas {

namespace {

Bytes request_with(const std::vector<api::Query>& queries, const records::Positions& positions) {
  api::Request request;
  request.queries = queries;
  request.positions = positions;
  return encode_request(request);
}

/// One root of ours, read by `read`.
template <class Root, class Value>
Result<Value, CodecFailure> decode(BytesView bytes, const char* what) {
  Reading reading(Writer::kStranger);
  Value value;
  read_framed<Root>(reading, bytes, peers::kPayloadBytesMax, what,
                    [&](typename Root::Reader from) { wire::read(reading, from, value); });
  if (!reading.ok()) return reading.take_failure();
  return value;
}

template <class Root, class Value>
Bytes encode(const Value& value) {
  Draft draft;
  wire::write(draft.root<Root>(), value);
  return draft.framed();
}

} // namespace

Bytes encode_part_ask(const peers::PartAsk& ask) {
  const Bytes request = request_with(ask.queries, ask.positions);
  Draft draft;
  auto to = draft.root<wire::PartAsk>();
  to.setPartition(ask.partition);
  wire::put(to, &wire::PartAsk::Builder::setLearner, ask.learner);
  to.setTenant(ask.tenant.value);
  to.setNowUs(ask.now.us);
  to.setDurableDecisions(ask.durable_decisions);
  to.setBehind(ask.behind);
  wire::put_all(to, &wire::PartAsk::Builder::initWays, ask.ways);
  to.setRequest(wire::as_data(request));
  return draft.framed();
}

Result<peers::PartAsk, CodecFailure> decode_part_ask(BytesView bytes) {
  Reading reading(Writer::kStranger);
  peers::PartAsk ask;
  Bytes request;
  read_framed<wire::PartAsk>(reading, bytes, peers::kPayloadBytesMax, "part",
                             [&](wire::PartAsk::Reader from) {
                               ask.partition = from.getPartition();
                               reading.text(ask.learner, from.getLearner(), kNameBytesMax, "learner");
                               ask.tenant = {from.getTenant()};
                               ask.now = {from.getNowUs()};
                               ask.durable_decisions = from.getDurableDecisions();
                               ask.behind = from.getBehind();
                               wire::take_all(reading, from.getWays(), ask.ways, api::kQueriesMax, "ways");
                               reading.bytes(request, from.getRequest(), api::kRequestBytesMax, "request");
                             });
  if (reading.ok()) wire::read_request(reading, request, ask.queries, &ask.positions);
  if (reading.ok() && ask.ways.size() != ask.queries.size())
    reading.fail(CodecError::kOutOfRange, "ways", "not one for each query");
  if (!reading.ok()) return reading.take_failure();
  return ask;
}

Bytes encode_whole_ask(const peers::WholeAsk& ask) {
  Draft draft;
  auto to = draft.root<wire::PartAsk>();
  to.setPartition(ask.partition);
  to.setTenant(ask.tenant.value);
  to.setRequest(wire::as_data(ask.request));
  to.setWhole(true);
  return draft.framed();
}

std::optional<peers::WholeAsk> whole_ask_in(BytesView bytes) {
  Reading reading(Writer::kStranger);
  peers::WholeAsk ask;
  bool whole = false;
  read_framed<wire::PartAsk>(
      reading, bytes, peers::kPayloadBytesMax, "part", [&](wire::PartAsk::Reader from) {
        whole = from.getWhole();
        if (!whole) return;
        ask.partition = from.getPartition();
        ask.tenant = {from.getTenant()};
        reading.bytes(ask.request, from.getRequest(), api::kRequestBytesMax, "request");
      });
  return whole && reading.ok() ? std::optional(std::move(ask)) : std::nullopt;
}

Bytes encode_whole_answer(BytesView answer) {
  Draft draft;
  draft.root<wire::PartAnswer>().setAnswer({reinterpret_cast<const kj::byte*>(answer.data()), answer.size()});
  return draft.framed();
}

std::optional<Bytes> whole_answer_in(BytesView bytes) {
  Reading reading(Writer::kStranger);
  Bytes answer;
  read_framed<wire::PartAnswer>(reading, bytes, peers::kPayloadBytesMax, "answer",
                                [&](wire::PartAnswer::Reader from) {
                                  reading.bytes(answer, from.getAnswer(), kAnswerBytesMax, "answer");
                                });
  return reading.ok() && !answer.empty() ? std::optional(std::move(answer)) : std::nullopt;
}

Bytes encode_part_answer(const peers::PartAnswer& answer) {
  api::Answer bodies;
  bodies.bodies = answer.bodies;
  bodies.positions = answer.positions;
  bodies.staleness_ms = answer.staleness_ms;
  const Bytes encoded = encode_answer(bodies);
  const Bytes sent_on = answer.sent_on.empty() ? Bytes() : request_with(answer.sent_on_queries, {});
  Draft draft;
  auto to = draft.root<wire::PartAnswer>();
  auto queries = to.initQueries(static_cast<unsigned>(answer.queries.size()));
  for (unsigned i = 0; i < answer.queries.size(); ++i) queries.set(i, answer.queries[i]);
  to.setAnswer(wire::as_data(encoded));
  wire::put_all(to, &wire::PartAnswer::Builder::initSentOn, answer.sent_on);
  if (!sent_on.empty()) to.setSentOnQueries(wire::as_data(sent_on));
  return draft.framed();
}

Result<peers::PartAnswer, CodecFailure> decode_part_answer(BytesView bytes) {
  Reading reading(Writer::kStranger);
  peers::PartAnswer answer;
  Bytes encoded, sent_on;
  read_framed<wire::PartAnswer>(
      reading, bytes, peers::kPayloadBytesMax, "answer of a part", [&](wire::PartAnswer::Reader from) {
        if (!reading.count(from.getQueries().size(), api::kQueriesMax, "queries")) return;
        for (const std::uint32_t query : from.getQueries()) answer.queries.push_back(query);
        reading.bytes(encoded, from.getAnswer(), kAnswerBytesMax, "answer");
        wire::take_all(reading, from.getSentOn(), answer.sent_on, api::kQueriesMax, "sent on");
        reading.bytes(sent_on, from.getSentOnQueries(), api::kRequestBytesMax, "sent on");
      });
  if (reading.ok()) {
    auto bodies = decode_answer(encoded);
    if (!bodies.ok()) return bodies.error();
    answer.bodies = std::move(bodies.value().bodies);
    answer.positions = std::move(bodies.value().positions);
    answer.staleness_ms = bodies.value().staleness_ms;
  }
  if (reading.ok() && !sent_on.empty()) wire::read_request(reading, sent_on, answer.sent_on_queries, nullptr);
  if (reading.ok() && (answer.queries.size() != answer.bodies.size() ||
                       answer.sent_on.size() != answer.sent_on_queries.size()))
    reading.fail(CodecError::kOutOfRange, "queries", "not one for each body");
  if (!reading.ok()) return reading.take_failure();
  return answer;
}

Bytes encode_round_ask(const peers::RoundAsk& ask) { return encode<wire::RoundAsk>(ask); }
Result<peers::RoundAsk, CodecFailure> decode_round_ask(BytesView bytes) {
  return decode<wire::RoundAsk, peers::RoundAsk>(bytes, "step of a round");
}
Bytes encode_round_answer(const peers::RoundAnswer& answer) { return encode<wire::RoundAnswer>(answer); }
Result<peers::RoundAnswer, CodecFailure> decode_round_answer(BytesView bytes) {
  return decode<wire::RoundAnswer, peers::RoundAnswer>(bytes, "answer of a round");
}

Bytes encode_checkpoint_ask(const peers::CheckpointAsk& ask) { return encode<wire::CheckpointAsk>(ask); }
Result<peers::CheckpointAsk, CodecFailure> decode_checkpoint_ask(BytesView bytes) {
  return decode<wire::CheckpointAsk, peers::CheckpointAsk>(bytes, "ask for a checkpoint");
}
Bytes encode_checkpoint_chunk(const peers::CheckpointChunk& chunk) {
  return encode<wire::CheckpointChunk>(chunk);
}
Result<peers::CheckpointChunk, CodecFailure> decode_checkpoint_chunk(BytesView bytes) {
  return decode<wire::CheckpointChunk, peers::CheckpointChunk>(bytes, "part of a checkpoint");
}

Bytes encode_node_standing(const peers::NodeStanding& standing) {
  Draft draft;
  auto to = draft.root<wire::NodeStanding>();
  wire::put_all(to, &wire::NodeStanding::Builder::initShards, standing.shards);
  wire::put_all(to, &wire::NodeStanding::Builder::initLearners, standing.learners);
  if (!standing.acked_ends.empty()) {
    auto ends = to.initAckedEnds(static_cast<unsigned>(standing.acked_ends.size()));
    for (unsigned i = 0; i < standing.acked_ends.size(); ++i) ends.set(i, standing.acked_ends[i]);
  }
  return draft.framed();
}

Result<peers::NodeStanding, CodecFailure> decode_node_standing(BytesView bytes) {
  Reading reading(Writer::kStranger);
  peers::NodeStanding standing;
  read_framed<wire::NodeStanding>(
      reading, bytes, peers::kPayloadBytesMax, "standing", [&](wire::NodeStanding::Reader from) {
        wire::take_all(reading, from.getShards(), standing.shards, peers::kNoPartition, "shards");
        wire::take_all(reading, from.getLearners(), standing.learners, wire::kTenantsToldMax, "learners");
        if (!reading.count(from.getAckedEnds().size(), peers::kNoPartition, "ackedEnds")) return;
        for (const std::uint64_t end : from.getAckedEnds()) standing.acked_ends.push_back(end);
      });
  if (!reading.ok()) return reading.take_failure();
  return standing;
}

} // namespace kindred::schemas
