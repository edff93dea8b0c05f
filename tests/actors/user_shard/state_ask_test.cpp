// Asks: positions, decisions, durable ones, explain and replay, the fast path.

#include <thread>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "tests/actors/user_shard/shard_world.hpp"

namespace kindred::actors::user_shard {
namespace {

using api::ErrorCode;

api::Query profile_of(std::string user) {
  api::GetProfile query;
  query.user_id = std::move(user);
  return query;
}
api::Query decide_for(std::string user, std::string request_id = "r1") {
  api::Decide query;
  query.user_id = std::move(user);
  query.request_id = std::move(request_id);
  query.count = 2;
  return query;
}
ErrorCode code_of(const api::AnswerBody& body) {
  const auto* error = std::get_if<api::Error>(&body);
  return error == nullptr ? ErrorCode{} : error->code;
}

/// A shop with three items and one user who looked at one of them.
struct ShardAsk : testing::Test {
  ShardWorld world;
  void SetUp() override {
    for (const auto* item : {"lamp", "table", "chair"}) world.put_item(item);
    world.track("ann", "lamp");
  }
  std::vector<records::Decided> decided() {
    std::vector<records::Decided> all;
    for (const auto& record : world.logged(world.stream())) {
      if (const auto* one = std::get_if<records::Decided>(&record.body)) all.push_back(*one);
    }
    return all;
  }
};

TEST_F(ShardAsk, AnUnknownUserIsNotFound) {
  EXPECT_EQ(code_of(world.one(profile_of("nobody"))), ErrorCode::kNotFound);
}

TEST_F(ShardAsk, AnswersAreFromThePositionTheyName) {
  const auto ticket = world.ask({profile_of("ann")});
  const auto* done = world.done(ticket);
  ASSERT_NE(done, nullptr);
  ASSERT_EQ(done->positions.size(), 1u);
  EXPECT_EQ(done->positions[0].offset, 0u);
  EXPECT_NE(world.done(world.ask({profile_of("ann")}, done->positions)), nullptr) << "reached, of course";
}

TEST_F(ShardAsk, WaitsForAPositionAndAnswersOnceItIsFolded) {
  world.tail_runs = false;
  const auto position = world.track("ann", "table");
  const auto waiting = world.ask({profile_of("ann")}, {position});
  const auto careless = world.ask({profile_of("ann")});
  EXPECT_EQ(world.done(waiting), nullptr) << "never from before";
  ASSERT_NE(world.done(careless), nullptr);
  world.tail_runs = true;
  world.run();
  const auto* done = world.done(waiting);
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(std::get<api::Profile>(done->items[0].body).events, 2u);
  EXPECT_EQ(world.probe.waited, 1u);
}

TEST_F(ShardAsk, APositionIsReachedByItsAuthorWhateverTheOffsetSays) {
  auto position = world.track("ann", "table");
  position.offset = 1'000'000; // a delivery report was wrong
  EXPECT_NE(world.done(world.ask({profile_of("ann")}, {position})), nullptr);
  position.author.sequence += 1;
  position.offset = 0;
  EXPECT_EQ(world.done(world.ask({profile_of("ann")}, {position})), nullptr);
}

TEST_F(ShardAsk, LibraryAndModelsPositionsAreWaitedForToo) {
  const auto incarnation = world.log->incarnation();
  const records::Position library{incarnation, {records::Topic::kLibrary, {}}, 2, 0, {}};
  EXPECT_NE(world.done(world.ask({profile_of("ann")}, {library})), nullptr);
  const records::Position ahead{incarnation, {records::Topic::kLibrary, {}}, 3, 0, {}};
  const auto ticket = world.ask({profile_of("ann")}, {ahead});
  EXPECT_EQ(world.done(ticket), nullptr);
  world.put_item("sofa");
  EXPECT_NE(world.done(ticket), nullptr);
  const records::Position models{incarnation, {records::Topic::kModels, {}}, 0, 0, {}};
  const auto later = world.ask({profile_of("ann")}, {models});
  EXPECT_EQ(world.done(later), nullptr);
  world.pass(kDeltaEvery);
  EXPECT_NE(world.done(later), nullptr) << "the delta of what was tracked is folded";
}

TEST_F(ShardAsk, APositionOfAnotherLifeIsRefused) {
  const records::Position foreign{world.log->incarnation() + 1, world.stream(), 0, 0, {}};
  EXPECT_EQ(code_of(world.one(profile_of("ann"), {foreign})), ErrorCode::kForeignPosition);
}

TEST_F(ShardAsk, AnAskThatWaitedTooLongIsToldSo) {
  const records::Position ahead{world.log->incarnation(), world.stream(), 50, 0, {}};
  const auto ticket = world.ask({profile_of("ann")}, {ahead}, false, kSecond);
  world.pass(kMillisecond * 900);
  EXPECT_EQ(world.done(ticket), nullptr);
  world.pass(kMillisecond * 200);
  ASSERT_NE(world.done(ticket), nullptr);
  EXPECT_EQ(code_of(world.done(ticket)->items[0].body), ErrorCode::kPositionNotReached);
}

TEST_F(ShardAsk, OneAskTooManyIsRefusedAtOnce) {
  const records::Position ahead{world.log->incarnation(), world.stream(), 50, 0, {}};
  for (std::size_t i = 0; i < kWaitingMax; ++i)
    world.shard->handle(Ask{1'000'000,
                            kDefaultTenant,
                            world.now,
                            world.steady_us + 1'000'000,
                            {ahead},
                            false,
                            {{0, profile_of("ann")}}});
  EXPECT_EQ(code_of(world.one(profile_of("ann"), {ahead})), ErrorCode::kOverloaded);
  EXPECT_EQ(world.probe.overloaded, 1u);
}

// ---- decisions ----

TEST_F(ShardAsk, DecidesAndLogsWhatAReplayNeeds) {
  world.pass(kDeltaEvery);
  const auto body = world.one(decide_for("ann"));
  ASSERT_TRUE(std::holds_alternative<api::Decision>(body));
  const auto& decision = std::get<api::Decision>(body);
  EXPECT_EQ(decision.items.size(), 2u);
  EXPECT_FALSE(decision.items[0].source.empty());
  EXPECT_FALSE(decision.items[0].reasons.empty());
  EXPECT_GT(decision.items[0].propensity, 0);
  EXPECT_TRUE(decided().empty()) << "nobody waits for the record: it is held for the next pulse";
  const Instant then = world.now;
  world.pass(kPulse);
  const auto logged = decided();
  ASSERT_EQ(logged.size(), 1u);
  EXPECT_EQ(logged[0].decision, decision.decision);
  EXPECT_EQ(logged[0].user_id, "ann");
  EXPECT_EQ(logged[0].user_records, 1u);
  EXPECT_EQ(logged[0].applied.offset, 1u) << "entries below it were folded";
  EXPECT_EQ(logged[0].models.offset, 1u);
  EXPECT_EQ(logged[0].library.offset, 3u);
  EXPECT_EQ(logged[0].as_of, then);
  EXPECT_EQ(logged[0].fold_version, records::kFoldFirst);
  EXPECT_EQ(world.probe.decisions, 1u);
  EXPECT_EQ(world.probe.decided_items[0] + world.probe.fallbacks[0] > 0, true);
}

TEST_F(ShardAsk, AnUnknownUserGetsAColdStart) {
  const auto body = world.one(decide_for("stranger"));
  ASSERT_TRUE(std::holds_alternative<api::Decision>(body));
  EXPECT_NE(std::get<api::Decision>(body).fallback, "none");
  EXPECT_EQ(std::get<api::Decision>(body).items.size(), 2u);
}

TEST_F(ShardAsk, ExcludedItemsAreLeftOutAndLogged) {
  api::Decide query = std::get<api::Decide>(decide_for("ann"));
  query.exclude = {"lamp", "chair"};
  const auto body = world.one(query);
  ASSERT_EQ(std::get<api::Decision>(body).items.size(), 1u);
  EXPECT_EQ(std::get<api::Decision>(body).items[0].item, "table");
  world.pass(kPulse);
  EXPECT_EQ(decided().at(0).excluded, query.exclude);
}

TEST_F(ShardAsk, ADurableDecisionIsToldWithThePositionOfItsRecord) {
  const auto* done = world.done(world.ask({decide_for("ann")}, {}, true));
  ASSERT_NE(done, nullptr);
  const auto& position = done->positions.back();
  EXPECT_EQ(position.author.writer, WriterId{100});
  EXPECT_EQ(position.offset, 1u);
  ASSERT_EQ(decided().size(), 1u);
  EXPECT_NE(world.done(world.ask({profile_of("ann")}, {position})), nullptr);
}

TEST_F(ShardAsk, ManyDurableDecisionsAreToldWithOnePosition) {
  const auto* done = world.done(
      world.ask({decide_for("ann", "a"), decide_for("ann", "b"), decide_for("ann", "c")}, {}, true));
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(done->positions.size(), 2u) << "where it was answered from, and the newest record of its own";
  EXPECT_EQ(done->positions.back().index, 2u);
  EXPECT_EQ(decided().size(), 3u);
}

TEST_F(ShardAsk, ADurableDecisionWaitsForTheVerdict) {
  world.log->hold(true);
  const auto ticket = world.ask({decide_for("ann")}, {}, true);
  const auto quick = world.ask({decide_for("ann", "r2")});
  EXPECT_EQ(world.done(ticket), nullptr);
  EXPECT_NE(world.done(quick), nullptr) << "the other one does not wait";
  world.log->hold(false);
  world.log->pump();
  world.run();
  EXPECT_NE(world.done(ticket), nullptr);
  world.pass(kPulse);
  EXPECT_EQ(decided().size(), 2u);
}

TEST_F(ShardAsk, ARefusedDurableDecisionIsNotTold) {
  world.log->fail(ports::LogError::kDiskFull);
  const auto ticket = world.ask({decide_for("ann")}, {}, true);
  ASSERT_NE(world.done(ticket), nullptr);
  EXPECT_EQ(code_of(world.done(ticket)->items[0].body), ErrorCode::kLogUnavailable);
  const auto body = world.one(decide_for("ann", "r2"));
  EXPECT_TRUE(std::holds_alternative<api::Decision>(body)) << "one that is not durable is answered";
  world.pass(kPulse);
  EXPECT_EQ(world.probe.decisions_unlogged, 1u);
  world.log->fail(std::nullopt);
  world.one(decide_for("ann", "r3"));
  world.pass(kPulse);
  EXPECT_EQ(decided().size(), 1u);
  world.track("ann", "chair");
  EXPECT_TRUE(world.standing().ready) << "no gap was left: " << world.standing().not_ready_because;
  EXPECT_EQ(world.probe.missing_entries, 0u);
}

TEST_F(ShardAsk, AnUnknownVerdictIsAskedAgainWithTheSameBytes) {
  int attempts = 0;
  world.log->judge_with([&](const records::Stream& stream, BytesView) {
    support::MemoryLog::Fate fate;
    if (stream.topic == records::Topic::kEvents && ++attempts == 1)
      fate.kind = support::MemoryLog::Fate::Kind::kUnknownTaken;
    return fate;
  });
  const auto ticket = world.ask({decide_for("ann")}, {}, true);
  EXPECT_EQ(world.done(ticket), nullptr) << "nobody knows yet";
  world.pass(kAppendRetryAfter);
  ASSERT_NE(world.done(ticket), nullptr);
  EXPECT_TRUE(std::holds_alternative<api::Decision>(world.done(ticket)->items[0].body));
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(world.probe.repeated_entries, 1u) << "it stood there already, the fold drops the second";
}

TEST_F(ShardAsk, IdsNeverComeTwiceAlsoAfterARestart) {
  std::set<DecisionId> ids;
  for (int life = 0; life < 3; ++life) {
    for (int i = 0; i < 5; ++i) {
      const auto body = world.one(decide_for("ann", "r" + std::to_string(i)));
      const auto id = std::get<api::Decision>(body).decision;
      EXPECT_TRUE(ids.insert(id).second);
      EXPECT_EQ(partition_of(id), PartitionId{});
    }
    world.crash();
    world.begin_life();
  }
}

TEST_F(ShardAsk, AWithdrawnConsentHoldsForTheNextDecision) {
  records::Consent consent;
  consent.user_id = "ann";
  consent.withdrawn = records::kPersonalization;
  const auto position =
      world.track({ShardWorld::record(consent, records::RecordType::kConsent, "ann", 500, world.now)});
  const auto body = world.one(decide_for("ann"), {position});
  EXPECT_EQ(std::get<api::Decision>(body).fallback, "noConsent");
}

// ---- explain and replay ----

struct ShardRecall : ShardAsk {
  DecisionId id;
  void SetUp() override {
    ShardAsk::SetUp();
    id = std::get<api::Decision>(world.one(decide_for("ann"), {}, true)).decision;
  }
};

TEST_F(ShardRecall, HandsOnWhereTheRecordStandsAndTellsWhatComesBack) {
  const auto ticket = world.ask({api::Replay{id}, profile_of("ann"), api::Explain{id}});
  EXPECT_EQ(world.done(ticket), nullptr);
  ASSERT_EQ(world.recalls.size(), 2u);
  EXPECT_TRUE(world.recalls[0].again);
  EXPECT_FALSE(world.recalls[1].again);
  EXPECT_EQ(world.recalls[0].offset, 1u);
  EXPECT_EQ(world.recalls[0].decision, id);
  world.recalled(world.recalls[1].job, api::Explanation{});
  EXPECT_EQ(world.done(ticket), nullptr);
  api::Replayed replayed;
  replayed.identical = true;
  world.recalled(world.recalls[0].job, replayed);
  const auto* done = world.done(ticket);
  ASSERT_NE(done, nullptr);
  EXPECT_TRUE(std::get<api::Replayed>(done->items[0].body).identical);
  EXPECT_TRUE(std::holds_alternative<api::Profile>(done->items[1].body));
  EXPECT_TRUE(std::holds_alternative<api::Explanation>(done->items[2].body));
}

TEST_F(ShardRecall, AfterARestartItIsStillFound) {
  world.crash();
  world.begin_life();
  world.ask({api::Replay{id}});
  EXPECT_EQ(world.recalls.size(), 1u);
}

TEST_F(ShardRecall, SaysWhyThereIsNone) {
  auto lost = id;
  lost.low ^= 1;
  EXPECT_EQ(code_of(world.one(api::Replay{lost})), ErrorCode::kNotLogged) << "made here, but not in the log";
  EXPECT_EQ(code_of(world.one(api::Explain{{5, 5}})), ErrorCode::kNotFound);
  auto future = id;
  future.high += 1'000'000;
  EXPECT_EQ(code_of(world.one(api::Replay{future})), ErrorCode::kNotFound) << "nobody made it yet";
}

TEST_F(ShardRecall, WhatIsOlderThanTheWindowHasExpired) {
  world.now = world.now + replay::kReplayWindow + kMinute;
  EXPECT_EQ(code_of(world.one(api::Replay{id})), ErrorCode::kExpired);
  world.now = world.now + kDay * 3;
  world.track("bob", "lamp");
  EXPECT_EQ(code_of(world.one(api::Replay{id})), ErrorCode::kExpired) << "also when the index has let it go";
}

TEST_F(ShardRecall, AnErasedUsersDecisionsAreErased) {
  records::Erase erase;
  erase.user_id = "ann";
  const auto position =
      world.track({ShardWorld::record(erase, records::RecordType::kErase, "ann", 600, world.now)});
  EXPECT_EQ(code_of(world.one(api::Replay{id}, {position})), ErrorCode::kErased);
  EXPECT_EQ(code_of(world.one(profile_of("ann"))), ErrorCode::kNotFound);
}

TEST_F(ShardRecall, AnAnswerThatCameTooLateIsDropped) {
  const auto ticket = world.ask({api::Replay{id}}, {}, false, kSecond);
  world.pass(kSecond * 2);
  world.recalled(world.recalls[0].job, api::Replayed{});
  EXPECT_EQ(world.done(ticket), nullptr) << "the gateway has answered for it";
}

// ---- the fast path ----

TEST_F(ShardAsk, TheFastPathAnswersWholeRequests) {
  api::Request request;
  request.request_id = 42;
  request.queries = {profile_of("ann"), decide_for("ann"), profile_of("nobody")};
  world.forward(request);
  ASSERT_EQ(world.replies.size(), 1u);
  const auto& answer = world.replies[0];
  EXPECT_EQ(answer.request_id, 42u);
  ASSERT_EQ(answer.bodies.size(), 3u);
  EXPECT_EQ(std::get<api::Profile>(answer.bodies[0]).events, 1u);
  EXPECT_EQ(std::get<api::Decision>(answer.bodies[1]).items.size(), 2u);
  EXPECT_EQ(code_of(answer.bodies[2]), ErrorCode::kNotFound);
  EXPECT_EQ(answer.positions.size(), 1u);
  ASSERT_EQ(answer.generations.size(), 2u) << "what decided";
  EXPECT_EQ(answer.generations[0].second, std::to_string(world.models.get()->end));
  EXPECT_EQ(answer.generations[1].second, std::to_string(world.library.get()->end));
  EXPECT_EQ(answer.staleness_ms, 0u);
  world.pass(kPulse);
  EXPECT_EQ(decided().size(), 1u);
  request.queries = {profile_of("ann")};
  world.forward(request);
  EXPECT_TRUE(world.replies.at(1).generations.empty()) << "nothing was decided";
}

/// A node that relays gives up long before the client does.
TEST_F(ShardAsk, TheFastPathGivesUpWhenNobodyWaitsAnyMore) {
  api::Request request;
  request.positions = {{world.log->incarnation(), world.stream(), 50, 0, {}}};
  request.queries = {profile_of("ann")};
  Forward forward;
  forward.now = world.now;
  forward.until = world.now + kMillisecond * 100;
  forward.requests.push_back({{1, 9}, schemas::encode_request(request), kDefaultTenant});
  world.to_shard(std::move(forward));
  world.pass(kMillisecond * 50);
  EXPECT_TRUE(world.replies.empty());
  world.pass(kMillisecond * 60);
  ASSERT_EQ(world.replies.size(), 1u);
  EXPECT_EQ(code_of(world.replies[0].bodies[0]), ErrorCode::kPositionNotReached);
}

TEST_F(ShardAsk, HeldRecordsGoTogetherAndAtTheirBoundAtOnce) {
  for (std::size_t i = 0; i <= kDecisionsHeldMax; ++i) world.one(decide_for("ann", "r" + std::to_string(i)));
  EXPECT_EQ(decided().size(), kDecisionsHeldMax + 1);
  EXPECT_EQ(world.log->bounds(world.stream()).value().end, 2u) << "one entry of the gateway, one of its own";
}

TEST_F(ShardAsk, WhoAsksWhyDoesNotComeBeforeTheHeldRecord) {
  const auto body = world.one(decide_for("ann"));
  const auto ticket = world.ask({api::Explain{std::get<api::Decision>(body).decision}});
  EXPECT_EQ(world.done(ticket), nullptr);
  ASSERT_EQ(world.recalls.size(), 1u) << "found without a pulse";
  EXPECT_EQ(decided().size(), 1u);
}

TEST_F(ShardAsk, WhoAsksWhyDoesNotWaitForARefusedRecord) {
  const auto body = world.one(decide_for("ann"));
  world.log->fail(ports::LogError::kDiskFull);
  EXPECT_EQ(code_of(world.one(api::Explain{std::get<api::Decision>(body).decision})), ErrorCode::kNotLogged);
}

TEST_F(ShardAsk, ItsLastWordsAreTheHeldRecords) {
  EXPECT_FALSE(world.shard->last_words().has_value());
  world.one(decide_for("ann"));
  const auto last = world.shard->last_words();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(schemas::view_records(last->entry).value().size(), 1u);
  EXPECT_FALSE(world.shard->last_words().has_value()) << "one is on its way";
}

TEST_F(ShardAsk, TheFastPathWaitsForPositionsToo) {
  world.tail_runs = false;
  api::Request request;
  request.positions = {world.track("ann", "table")};
  request.queries = {profile_of("ann")};
  world.forward(request);
  EXPECT_TRUE(world.replies.empty());
  world.tail_runs = true;
  world.run();
  ASSERT_EQ(world.replies.size(), 1u);
  EXPECT_EQ(std::get<api::Profile>(world.replies[0].bodies[0]).events, 2u);
}

TEST_F(ShardAsk, TheFastPathGivesUpAtTheDeadline) {
  api::Request request;
  request.remaining_ms = 100;
  request.positions = {{world.log->incarnation(), world.stream(), 50, 0, {}}};
  request.queries = {profile_of("ann")};
  world.forward(request);
  world.pass(kMillisecond * 50);
  EXPECT_TRUE(world.replies.empty());
  world.pass(kMillisecond * 60);
  ASSERT_EQ(world.replies.size(), 1u);
  EXPECT_EQ(code_of(world.replies[0].bodies[0]), ErrorCode::kPositionNotReached);
}

TEST_F(ShardAsk, TheFastPathRefusesWhatIsWrong) {
  api::Request request;
  request.positions = {{world.log->incarnation() + 1, world.stream(), 0, 0, {}}};
  request.queries = {profile_of("ann")};
  world.forward(request);
  EXPECT_EQ(code_of(world.replies.at(0).bodies[0]), ErrorCode::kForeignPosition);
  Forward hostile;
  hostile.now = world.now;
  hostile.requests.push_back({{}, "no request at all", kDefaultTenant});
  for (const auto& effect : world.shard->handle(std::move(hostile))) {
    if (const auto* reply = std::get_if<Reply>(&effect)) {
      const auto answer = schemas::decode_answer(reply->answers.at(0).bytes);
      EXPECT_EQ(code_of(answer.value().bodies.at(0)), ErrorCode::kMalformed);
      return;
    }
  }
  FAIL() << "no answer";
}

// Other actors publish snapshots while the shard answers: what is judged to be new enough must be what is answered from.
TEST(ShardSight, ALibraryAsNewAsAskedForIsTheOneAnsweredFrom) {
  ShardWorld world;
  world.track("ann", "lamp");
  const auto before = world.library.get();
  world.put_item("lamp");
  const auto after = world.library.get();
  ASSERT_GT(after->end, before->end);
  api::Request request;
  request.request_id = 7;
  request.queries = {profile_of("ann")};
  std::get<api::GetProfile>(request.queries[0]).history_max = 1;
  request.positions = {{world.log->incarnation(), {records::Topic::kLibrary, {}}, after->end - 1, 0, {}}};
  const Bytes bytes = schemas::encode_request(request);
  for (int round = 0; round < 300; ++round) {
    world.library.publish(before);
    Forward forward;
    forward.now = world.now;
    for (int i = 0; i < 60; ++i) forward.requests.push_back({{1, 9}, bytes, kDefaultTenant});
    std::thread other([&] { world.library.publish(after); });
    world.carry_out(world.shard->handle(std::move(forward)));
    other.join();
    world.carry_out(world.shard->handle(SnapshotsMoved{})); // who waited
  }
  ASSERT_EQ(world.replies.size(), 300u * 60u);
  std::size_t nameless = 0;
  for (const auto& reply : world.replies)
    nameless += std::get<api::Profile>(reply.bodies.at(0)).history.at(0).item == "lamp" ? 0 : 1;
  EXPECT_EQ(nameless, 0u);
}

} // namespace
} // namespace kindred::actors::user_shard
