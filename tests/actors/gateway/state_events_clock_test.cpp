#include <gtest/gtest.h>

#include "tests/actors/gateway/gateway_world.hpp"

namespace kindred::actors::gateway {
namespace {

using api::ErrorCode;

/// With the clock `events`, after a first decide has settled everything.
class GatewayEventsClock : public testing::Test {
protected:
  GatewayEventsClock() {
    world.send(world.request({decide("u0", Instant{1000})}));
    world.settle_all();
    world.answer(api::Decision{});
    world.answers.clear();
  }
  static api::Track at(std::string user, Instant time) {
    auto track = view(std::move(user), "", "m");
    track.event.event_time = time;
    return track;
  }
  static api::SetTenant deny_by_default() {
    api::SetTenant set;
    set.tenant.name = "default";
    set.tenant.consent_default = records::kNoPurpose;
    return set;
  }
  GatewayWorld world{true};
};

TEST_F(GatewayEventsClock, TimesInRequestsMoveTheClockAndNeverBack) {
  EXPECT_EQ(world.clock, Instant{1000});
  world.send(world.request({at("u1", Instant{5000}), at("u1", Instant{3000})}));
  EXPECT_EQ(world.clock, Instant{5000});
  world.ack_all();
  EXPECT_EQ(world.decoded.back().records[0].header.stamp, Instant{5000});
  EXPECT_EQ(world.decoded.back().records[1].header.stamp, Instant{5000});
  EXPECT_EQ(std::get<records::Event>(world.decoded.back().records[1].body).event_time, Instant{3000})
      << "not clamped";
}

TEST_F(GatewayEventsClock, OneRequestAfterAnother) {
  world.send(world.request({at("u1", Instant{2000})}));
  world.send(world.request({api::ListModels{}}));
  EXPECT_TRUE(world.answers.empty()) << "even what needs nobody waits for its turn";
  world.ack_all();
  EXPECT_EQ(world.answers.size(), 2u);
}

TEST_F(GatewayEventsClock, BeforeADecideWhatWasAcknowledgedIsSettled) {
  world.send(world.request({at("u1", Instant{2000})}));
  world.ack_all();
  world.answers.clear();
  world.send(world.request({decide("u9", Instant{9000})}));
  EXPECT_TRUE(world.asks.empty());
  ASSERT_EQ(world.settles.size(), 1u) << "only the partition that was written";
  EXPECT_EQ(world.settles[0].second.now, Instant{9000});
  world.settle_all();
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_TRUE(world.asks[0].second.durable_decisions);
  EXPECT_EQ(world.asks[0].second.now, Instant{9000});
  world.answer(api::Decision{});
  EXPECT_EQ(world.answers.size(), 1u);
}

TEST_F(GatewayEventsClock, DecidesOfDifferentTimesAreDifferentRuns) {
  world.send(world.request({decide("u1", Instant{2000}), decide("u1", Instant{3000})}));
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_EQ(world.asks[0].second.now, Instant{2000});
  EXPECT_EQ(world.asks[0].second.items.size(), 1u);
  records::Position decided{
      GatewayWorld::kIncarnation, {records::Topic::kEvents, world.asks[0].first}, 3, 0, {}};
  world.answer(api::Decision{}, {decided});
  ASSERT_EQ(world.settles.size(), 1u) << "the first decide's record is folded before the second";
  EXPECT_EQ(world.settles[0].second.end, 4u);
  world.settle_all();
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_EQ(world.asks[0].second.now, Instant{3000});
  world.answer(api::Decision{});
  EXPECT_EQ(world.answers.size(), 1u);
}

/// A tenant's settings are acknowledged once every partition has folded them; what comes behind waits.
TEST_F(GatewayEventsClock, ATenantsSettingsAreAdoptedBeforeAnythingLaterIsWritten) {
  world.send(world.request({deny_by_default()}));
  world.send(world.request({at("u1", Instant{2000})}));
  world.ack_all();
  EXPECT_TRUE(world.answers.empty());
  EXPECT_TRUE(world.appends.empty()) << "the track waits for its turn";
  ASSERT_EQ(world.settles.size(), 4u) << "every partition";
  for (const auto& [partition, settle] : world.settles) {
    const records::Stream stream{records::Topic::kEvents, partition};
    EXPECT_EQ(settle.end, world.offsets[stream]) << "behind its adoption";
  }
  world.settle_all();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.answered().bodies[0]));
  EXPECT_EQ(world.appends.size(), 1u);
}

TEST_F(GatewayEventsClock, APartitionWhoseLogRefusedTheAdoptionIsSettledToo) {
  world.send(world.request({deny_by_default()}));
  const auto library = world.appends.front();
  world.appends.erase(world.appends.begin());
  world.decoded.push_back(schemas::decode_entry(library.entry).take());
  world.take(
      world.state->on(Appended{library.append, {ports::Verdict::Kind::kAcked, 0, {}}}, world.steady_us));
  world.offsets[{records::Topic::kLibrary, {}}] = 1;
  world.fold_library(world.decoded.back());
  ASSERT_EQ(world.appends.size(), 4u);
  world.verdict({ports::Verdict::Kind::kRefused, 0, ports::LogError::kFull});
  world.ack_all();
  EXPECT_EQ(world.settles.size(), 4u) << "its shard adopts by itself";
  world.settle_all();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.answered().bodies[0]));
}

TEST_F(GatewayEventsClock, SettingsNotAdoptedBeforeTheDeadlineAreNotAcknowledged) {
  world.send(world.request({deny_by_default()}));
  world.ack_all();
  world.settles.clear(); // the shards died
  world.pass(kDeadlineDefault);
  EXPECT_EQ(code_of(world.answered().bodies[0]), ErrorCode::kUnknownOutcome);
  world.send(world.request({deny_by_default()}));
  world.ack_all();
  EXPECT_EQ(world.settles.size(), 4u);
  world.settle_all();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.answered().bodies[0]));
}

TEST_F(GatewayEventsClock, SettingsAndADecideInOneRequestShareTheBarrier) {
  world.send(world.request({deny_by_default(), decide("u1", Instant{7000})}));
  world.ack_all();
  ASSERT_EQ(world.settles.size(), 4u);
  EXPECT_EQ(world.settles[0].second.now, Instant{7000});
  world.settle_all();
  EXPECT_TRUE(world.settles.empty());
  world.answer(api::Decision{});
  EXPECT_EQ(world.answered().bodies.size(), 2u);
}

TEST_F(GatewayEventsClock, EveryPartitionIsAskedForADecision) {
  world.send(world.request({api::Explain{{1, 2}}}));
  ASSERT_EQ(world.asks.size(), 4u);
  world.answer(api::Error{ErrorCode::kNotLogged, "no", 0});
  world.answer(api::Error{ErrorCode::kErased, "gone", 0});
  world.answer(api::Error{ErrorCode::kNotLogged, "no", 0});
  EXPECT_TRUE(world.answers.empty());
  world.answer(api::Error{ErrorCode::kNotLogged, "no", 0});
  EXPECT_EQ(code_of(world.answered().bodies[0]), ErrorCode::kErased)
      << "what one knows beats what the others do not";
}

TEST_F(GatewayEventsClock, AnAbandonedBarrierDoesNotStopTheNextRequest) {
  world.send(world.request({at("u1", Instant{2000})}));
  world.ack_all();
  world.answers.clear();
  world.send(world.request({decide("u1")}));
  world.settles.clear(); // the shard died
  world.send(world.request({api::ListModels{}}));
  world.pass(kDeadlineDefault);
  ASSERT_EQ(world.answers.size(), 2u);
  EXPECT_EQ(code_of(world.answers[1].bodies[0]), ErrorCode::kDeadlineExceeded)
      << "queued first, late as well";
  EXPECT_TRUE(world.state->idle());
  world.answers.clear();
  world.send(world.request({decide("u1")}));
  world.settle_all();
  world.answer(api::Decision{});
  EXPECT_EQ(world.answers.size(), 1u);
}

// ---- the models' half of the barrier, and what model actors are asked

/// With the clock `events` and a model actor; its next round is due at 5000, everything is settled.
class GatewayModelBarrier : public testing::Test {
protected:
  GatewayModelBarrier() {
    world.send(world.request({decide("u0", Instant{1000})}));
    world.settle_all();
    world.settle_model(Instant{5000});
    world.answer(api::Decision{});
    world.answers.clear();
  }
  static api::ChangeModel promote(std::string name) {
    api::ChangeModel change;
    change.name = std::move(name);
    return change;
  }
  GatewayWorld world{true, 4, {"ranker"}};
};

TEST_F(GatewayModelBarrier, OpensBehindThePartitions) {
  GatewayWorld fresh(true, 4, {"ranker"});
  fresh.send(fresh.request({decide("u1", Instant{2000})}));
  ASSERT_EQ(fresh.settles.size(), 4u);
  const auto last = fresh.settles.back();
  fresh.settles.pop_back();
  fresh.settle_all();
  EXPECT_TRUE(fresh.model_settles.empty()) << "one partition is not there yet";
  fresh.settles.push_back(last);
  fresh.settle_all();
  ASSERT_EQ(fresh.model_settles.size(), 1u);
  EXPECT_EQ(fresh.model_settles[0].first, "ranker");
  EXPECT_EQ(fresh.model_settles[0].second.now, Instant{2000});
  EXPECT_EQ(fresh.model_settles[0].second.ticket, last.second.ticket);
  EXPECT_TRUE(fresh.asks.empty());
  fresh.settle_model();
  ASSERT_EQ(fresh.asks.size(), 1u);
  fresh.answer(api::Decision{});
  EXPECT_TRUE(std::holds_alternative<api::Decision>(fresh.answered().bodies[0]));
}

TEST_F(GatewayModelBarrier, LearnersSettleOneAfterAnother) {
  GatewayWorld fresh(true, 4, {"ranker", "itemItem"});
  fresh.send(fresh.request({decide("u1", Instant{2000})}));
  fresh.settle_all();
  ASSERT_EQ(fresh.model_settles.size(), 1u);
  EXPECT_EQ(fresh.model_settles[0].first, "itemItem");
  const auto ticket = fresh.model_settles[0].second.ticket;
  fresh.settle_model();
  EXPECT_TRUE(fresh.asks.empty());
  ASSERT_EQ(fresh.model_settles.size(), 1u);
  EXPECT_EQ(fresh.model_settles[0].first, "ranker");
  EXPECT_EQ(fresh.model_settles[0].second.ticket, ticket);
  EXPECT_EQ(fresh.model_settles[0].second.now, Instant{2000});
  fresh.settle_model();
  EXPECT_EQ(fresh.asks.size(), 1u);
}

TEST_F(GatewayModelBarrier, OpensOnlyWhenARoundIsDue) {
  world.send(world.request({decide("u1", Instant{4999})}));
  EXPECT_TRUE(world.model_settles.empty());
  EXPECT_EQ(world.asks.size(), 1u);
  world.answer(api::Decision{});
  world.answers.clear();
  world.send(world.request({decide("u1", Instant{5000})}));
  EXPECT_TRUE(world.asks.empty());
  EXPECT_TRUE(world.settles.empty()) << "no partition has anything to do";
  ASSERT_EQ(world.model_settles.size(), 1u);
  world.settle_model(Instant{9000});
  world.answer(api::Decision{});
  EXPECT_EQ(world.answers.size(), 1u);
  world.send(world.request({decide("u1", Instant{8999})}));
  EXPECT_TRUE(world.model_settles.empty());
}

TEST_F(GatewayModelBarrier, RunsOfReadsHaveTheirOwn) {
  world.send(world.request({decide("u1", Instant{4000}), decide("u1", Instant{6000})}));
  EXPECT_TRUE(world.model_settles.empty());
  world.answer(api::Decision{});
  ASSERT_EQ(world.model_settles.size(), 1u);
  EXPECT_EQ(world.model_settles[0].second.now, Instant{6000});
  world.settle_model(Instant{7000});
  world.answer(api::Decision{});
  EXPECT_EQ(world.answered().bodies.size(), 2u);
}

TEST_F(GatewayModelBarrier, ARoundIsAskedForWithoutABarrierAndTheNextReadWaitsForIt) {
  world.send(world.request({api::TrainModel{"ranker/home"}}));
  EXPECT_TRUE(world.model_settles.empty());
  ASSERT_EQ(world.model_asks.size(), 1u);
  EXPECT_EQ(world.model_asks[0].first, "ranker") << "the model's learner";
  EXPECT_EQ(world.model_asks[0].second.tenant, kDefaultTenant);
  EXPECT_EQ(world.model_asks[0].second.now, Instant{1000});
  EXPECT_EQ(std::get<api::TrainModel>(world.model_asks[0].second.query_value).name, "ranker/home");
  EXPECT_TRUE(world.answers.empty());
  world.answer_model(api::Round{17});
  EXPECT_EQ(std::get<api::Round>(world.answered().bodies[0]).number, 17u);
  world.send(world.request({decide("u1", Instant{1001})}));
  ASSERT_EQ(world.model_settles.size(), 1u) << "though none is due";
  world.settle_model(Instant{5000});
  EXPECT_EQ(world.asks.size(), 1u);
}

TEST_F(GatewayModelBarrier, AChangeOfModelsWaitsForTheBarrier) {
  auto track = view("u1", "", "m");
  track.event.event_time = Instant{5500};
  world.send(world.request({track, promote("ranker")}));
  world.ack_all();
  EXPECT_TRUE(world.model_asks.empty());
  world.settle_all();
  ASSERT_EQ(world.model_settles.size(), 1u) << "a round was due meanwhile";
  EXPECT_TRUE(world.model_asks.empty());
  world.settle_model(Instant{9000});
  ASSERT_EQ(world.model_asks.size(), 1u);
  EXPECT_EQ(world.model_asks[0].second.query, 1u);
  world.answer_model(api::Error{ErrorCode::kConflict, "no", 0});
  EXPECT_EQ(code_of(world.answered().bodies[1]), ErrorCode::kConflict);
}

TEST_F(GatewayModelBarrier, EveryAskOfARequestIsAnswered) {
  world.send(world.request({api::TrainModel{"ranker"}, api::ListModels{}, api::TrainModel{"ranker/home"},
                            decide("u1"), api::TrainModel{"ranker/home"}}));
  ASSERT_EQ(world.model_asks.size(), 3u);
  ASSERT_EQ(world.asks.size(), 1u) << "beside them";
  for (const std::uint64_t number : {1u, 2u}) world.answer_model(api::Round{number});
  world.answer(api::Decision{});
  EXPECT_TRUE(world.answers.empty()) << "one is missing";
  world.answer_model(api::Round{3});
  const auto bodies = world.answered().bodies;
  EXPECT_EQ(std::get<api::Round>(bodies[0]).number, 1u);
  EXPECT_EQ(std::get<api::Round>(bodies[2]).number, 2u);
  EXPECT_TRUE(std::holds_alternative<api::Decision>(bodies[3]));
  EXPECT_EQ(std::get<api::Round>(bodies[4]).number, 3u);
}

TEST_F(GatewayModelBarrier, WhatHasNoModelActorIsNotFound) {
  world.send(world.request({api::TrainModel{"oracle"}, api::TrainModel{""}, api::TrainModel{"fast"},
                            promote("rankers"), api::TrainModel{std::string(250, 'x')}}));
  EXPECT_TRUE(world.model_asks.empty());
  const auto answer = world.answered();
  for (const auto& body : answer.bodies) {
    EXPECT_EQ(code_of(body), ErrorCode::kNotFound);
    EXPECT_LT(std::get<api::Error>(body).message.size(), 300u);
  }
  GatewayWorld without(true);
  without.send(without.request({api::TrainModel{"ranker"}}));
  EXPECT_EQ(code_of(without.answered().bodies[0]), ErrorCode::kNotFound) << "known, but not run here";
}

TEST_F(GatewayModelBarrier, ADeadlineWhileARoundRunsGivesTheBarrierUp) {
  world.send(world.request({decide("u1", Instant{6000})}));
  ASSERT_EQ(world.model_settles.size(), 1u);
  const auto late = world.model_settles.front().second;
  world.model_settles.clear();
  world.pass(kDeadlineDefault);
  EXPECT_EQ(code_of(world.answered().bodies[0]), ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(world.state->idle());
  world.send(world.request({decide("u1", Instant{6500})}));
  ASSERT_EQ(world.model_settles.size(), 1u) << "it is asked anew";
  EXPECT_NE(world.model_settles[0].second.ticket, late.ticket);
  world.take(world.state->on(model::Settled{late.ticket, "ranker", Instant{9000}, 0}, world.steady_us));
  EXPECT_TRUE(world.asks.empty()) << "the answer to the former one does not pass this one";
  world.settle_model(Instant{9000});
  EXPECT_EQ(world.asks.size(), 1u);
  world.answer(api::Decision{});
  EXPECT_EQ(world.answers.size(), 1u);
}

TEST_F(GatewayModelBarrier, ADeadlineWhileAModelActorIsSilentEndsTheRequest) {
  world.send(world.request({api::TrainModel{"ranker"}, api::TrainModel{"ranker"}}));
  const auto asks = world.model_asks;
  world.answer_model(api::Round{3});
  world.pass(kDeadlineDefault);
  const auto answer = world.answered();
  EXPECT_TRUE(std::holds_alternative<api::Round>(answer.bodies[0]));
  EXPECT_EQ(code_of(answer.bodies[1]), ErrorCode::kDeadlineExceeded);
  world.answer_model(api::Round{3}); // too late: nobody asks any more
  EXPECT_TRUE(world.answers.empty());
}

TEST_F(GatewayModelBarrier, WithTheWallClockNothingIsSettled) {
  GatewayWorld wall(false, 4, {"ranker"});
  wall.send(wall.request({promote("ranker"), api::TrainModel{"ranker"}}));
  EXPECT_TRUE(wall.settles.empty());
  EXPECT_TRUE(wall.model_settles.empty());
  ASSERT_EQ(wall.model_asks.size(), 2u);
  EXPECT_EQ(wall.model_asks[0].second.now, wall.now);
  wall.answer_model(api::Accepted{});
  wall.answer_model(api::Round{5});
  EXPECT_EQ(std::get<api::Round>(wall.answered().bodies[1]).number, 5u);
}

} // namespace
} // namespace kindred::actors::gateway
