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

} // namespace
} // namespace kindred::actors::gateway
