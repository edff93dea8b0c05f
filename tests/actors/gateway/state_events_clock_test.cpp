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
