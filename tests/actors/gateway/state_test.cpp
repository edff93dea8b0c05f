#include "actors/gateway/state.hpp"

#include <set>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "engine/profiles/tenant_inputs.hpp"
#include "tests/actors/gateway/gateway_world.hpp"

namespace kindred::actors::gateway {
namespace {

using api::ErrorCode;
using ports::LogError;
using ports::Verdict;

PartitionId home_of(std::string_view user) { return partition_of(slot_of(kDefaultTenant, user), 4); }

TEST(GatewayState, AWriteIsAnsweredOnlyAfterItsVerdict) {
  GatewayWorld world;
  world.send(world.request({view("u1"), view("u1")}));
  EXPECT_TRUE(world.answers.empty());
  ASSERT_EQ(world.appends.size(), 1u) << "one entry per partition and batch";
  EXPECT_EQ(world.appends[0].stream.partition, home_of("u1"));
  world.verdict({Verdict::Kind::kAcked, 6, {}});
  const auto answer = world.answered();
  EXPECT_EQ(answer.request_id, 42u);
  ASSERT_EQ(answer.bodies.size(), 2u);
  EXPECT_EQ(std::get<api::Accepted>(answer.bodies[1]), (api::Accepted{0, 1, false}));
  ASSERT_EQ(answer.positions.size(), 1u);
  EXPECT_EQ(answer.positions[0].offset, 6u);
  EXPECT_EQ(answer.positions[0].index, 1u);
  EXPECT_EQ(answer.positions[0].incarnation, GatewayWorld::kIncarnation);
  EXPECT_TRUE(world.state->idle());
}

TEST(GatewayState, GoodEventsOfABatchAreKeptAndBadOnesCanBeReadBack) {
  GatewayWorld world;
  world.send(world.request({view("u1"), view(""), view("u2")}));
  world.ack_all();
  const auto answer = world.answered();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(answer.bodies[0]));
  EXPECT_EQ(code_of(answer.bodies[1]), ErrorCode::kMissingUser);
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(answer.bodies[2]));
  world.send(world.request({api::ListRejects{}}));
  const auto rejects = std::get<api::Rejects>(world.answered().bodies[0]).rejects;
  ASSERT_EQ(rejects.size(), 1u);
  EXPECT_EQ(rejects[0].error.code, ErrorCode::kMissingUser);
}

TEST(GatewayState, ARefusalOfTheLogIsNoAcknowledgement) {
  GatewayWorld world;
  world.send(world.request({view("u1")}));
  world.verdict({Verdict::Kind::kRefused, 0, LogError::kDiskFull});
  const auto answer = world.answered();
  EXPECT_EQ(code_of(answer.bodies[0]), ErrorCode::kLogUnavailable);
  EXPECT_GT(answer.retry_after_ms, 0u);
  EXPECT_TRUE(answer.positions.empty());
}

TEST(GatewayState, WithoutAVerdictItIsSentAgainAndAtTheDeadlineUnknown) {
  GatewayWorld world;
  auto request = world.request({view("u1")});
  request.remaining_ms = 3000;
  world.send(request);
  const Bytes first = world.appends[0].entry;
  world.verdict({Verdict::Kind::kUnknown, 0, LogError::kIo});
  EXPECT_TRUE(world.answers.empty());
  world.pass(kAppendRetryAfter);
  ASSERT_EQ(world.appends.size(), 1u);
  EXPECT_EQ(world.appends[0].entry, first);
  world.pass(kSecond * 3);
  EXPECT_EQ(code_of(world.answered().bodies[0]), ErrorCode::kUnknownOutcome);
  world.verdict({Verdict::Kind::kAcked, 0, {}});
  EXPECT_TRUE(world.answers.empty()) << "answered once";
}

TEST(GatewayState, ReadsOfARequestSeeItsWrites) {
  GatewayWorld world;
  world.send(world.request({view("u1"), decide("u1")}));
  EXPECT_TRUE(world.asks.empty()) << "not before the write is acknowledged";
  world.ack_all();
  ASSERT_EQ(world.asks.size(), 1u);
  ASSERT_EQ(world.asks[0].second.positions.size(), 1u);
  EXPECT_EQ(world.asks[0].second.positions[0].stream.partition, home_of("u1"));
  world.answer(api::Decision{});
  EXPECT_TRUE(std::holds_alternative<api::Decision>(world.answered().bodies[1]));
}

TEST(GatewayState, RequestsAreAnsweredSideBySide) {
  GatewayWorld world;
  world.send(world.request({view("u1")}));
  world.send(world.request({api::ListModels{}}));
  EXPECT_EQ(world.answers.size(), 1u) << "the second did not wait for the first";
}

TEST(GatewayState, LibraryWritesAreAcknowledgedWhenTheyAreInEffect) {
  GatewayWorld world;
  api::PutItem put;
  put.item.item = "i1";
  world.send(world.request({put, api::ListItems{"", 10, "i1"}}));
  world.decoded.push_back(schemas::decode_entry(world.appends[0].entry).take());
  world.offsets[{records::Topic::kLibrary, {}}] = 1;
  world.verdict({Verdict::Kind::kAcked, 0, {}});
  EXPECT_TRUE(world.answers.empty());
  world.fold_library(world.decoded.back());
  const auto answer = world.answered();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(answer.bodies[0]));
  EXPECT_EQ(std::get<api::Items>(answer.bodies[1]).items.at(0).item, "i1");
}

TEST(GatewayState, WhatTheLibraryDidNotTakeIsAnError) {
  GatewayWorld world;
  api::PutItem put;
  put.item.item = "i1";
  world.send(world.request({put, put}));
  world.verdict({Verdict::Kind::kAcked, 0, {}});
  world.take(world.state->on(LibraryAdvanced{1, {{0, 1, kindred::catalog::LibraryError::kCollision}}},
                             world.steady_us));
  const auto answer = world.answered();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(answer.bodies[0]));
  EXPECT_EQ(code_of(answer.bodies[1]), ErrorCode::kCollision);
}

TEST(GatewayState, AnItemFirstMetInAnEventIsRegisteredOnce) {
  GatewayWorld world;
  world.send(world.request({view("u1", "new"), view("u2", "new")}));
  world.send(world.request({view("u3", "new")}));
  world.ack_all();
  EXPECT_EQ(world.answers.size(), 2u);
  std::size_t items = 0;
  for (const auto& entry : world.decoded)
    for (const auto& record : entry.records)
      if (const auto* item = std::get_if<records::Item>(&record.body)) {
        ++items;
        EXPECT_TRUE(item->automatic);
        EXPECT_EQ(item->item, "new");
      }
  EXPECT_EQ(items, 1u);
}

TEST(GatewayState, ATenantsDefaultsAreToldToEveryPartition) {
  GatewayWorld world;
  api::SetTenant set;
  set.tenant.name = "shop";
  set.tenant.consent_default = records::kMeasurement;
  world.send(world.request({set}));
  world.ack_all();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.answered().bodies[0]));
  std::map<std::uint16_t, std::size_t> adopts;
  for (std::size_t i = 1; i < world.decoded.size(); ++i)
    for (const auto& record : world.decoded[i].records)
      if (std::holds_alternative<records::Adopt>(record.body)) {
        EXPECT_NE(record.header.tenant, kDefaultTenant);
        ++adopts[static_cast<std::uint16_t>(i)];
      }
  EXPECT_EQ(adopts.size(), 4u);
  auto request = world.request({view("u1")});
  request.tenant = "shop";
  world.send(request);
  EXPECT_EQ(world.appends.size(), 1u) << "the tenant is known from now on";
}

/// The lane is busy with the first, so the other two settings come into one entry of the library's log.
TEST(GatewayState, OneGenerationOfATenantsDefaultsIsOneValue) {
  GatewayWorld world;
  const auto set = [&world](Duration after) {
    api::SetTenant set;
    set.tenant.name = "default";
    set.tenant.cart_abandoned_after = after;
    world.send(world.request({set}));
  };
  set(kMinute * 1);
  set(kMinute * 2);
  set(kMinute * 3);
  world.ack_all();
  EXPECT_EQ(world.answers.size(), 3u);
  EXPECT_EQ(world.library_end, 2u) << "two entries";
  std::map<std::uint64_t, std::set<Bytes>> values;
  for (const auto& entry : world.decoded)
    for (const auto& record : entry.records)
      if (const auto* adopt = std::get_if<records::Adopt>(&record.body);
          adopt != nullptr && adopt->kind == profiles::kAdoptCartAbandonedAfter)
        values[adopt->generation].insert(adopt->value);
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[1], std::set{profiles::adopt_value(kMinute * 1)});
  EXPECT_EQ(values[2], std::set{profiles::adopt_value(kMinute * 3)}) << "the last one holds";
}

TEST(GatewayState, WhatIsWrongWithAWholeRequestHasItsCode) {
  const auto code_after = [](auto&& spoil) {
    GatewayWorld world;
    auto request = world.request({view("u1")});
    spoil(world, request);
    world.send(request);
    return code_of(world.answered().bodies.at(0));
  };
  EXPECT_EQ(code_after([](auto&, auto& r) { r.tenant = "nobody"; }), ErrorCode::kUnknownTenant);
  EXPECT_EQ(code_after([](auto&, auto& r) { r.version = 2; }), ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(code_after([](auto&, auto& r) { r.queries.clear(); }), ErrorCode::kMissingField);
  EXPECT_EQ(code_after([](auto& w, auto& r) { r.deadline_us = w.now.us - 1; }), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(code_after([](auto& w, auto&) { w.state->on(Drain{}); }), ErrorCode::kDraining);
  EXPECT_EQ(code_after([](auto& w, auto&) { w.library_cell.publish(nullptr); }), ErrorCode::kNotReady);
}

TEST(GatewayState, BytesThatAreNoRequestAreAnsweredToo) {
  GatewayWorld world;
  for (const auto* bytes : {"", "x", "hello, this is no message of ours at all......."}) {
    world.send_bytes(bytes);
    EXPECT_EQ(code_of(world.answered().bodies.at(0)), ErrorCode::kMalformed);
  }
}

TEST(GatewayState, PositionsOfAnotherLifeOfTheLogAreRefused) {
  GatewayWorld world;
  auto request = world.request({view("u1"), decide("u2")});
  request.positions = {{1, {records::Topic::kEvents, {0}}, 0, 0, {}}};
  world.send(request);
  world.ack_all();
  const auto answer = world.answered();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(answer.bodies[0]));
  EXPECT_EQ(code_of(answer.bodies[1]), ErrorCode::kForeignPosition);
}

TEST(GatewayState, RequestsThatDecideAreTimedApart) {
  GatewayWorld world;
  api::Decide decide;
  decide.user_id = "ann";
  for (const api::Query& query :
       {api::Query(decide), api::Query(api::GetProfile{.user_id = "ann", .counters = {}})}) {
    world.send(world.request({query}));
    world.steady_us += 3'000;
    world.answer(api::Decision{});
  }
  EXPECT_EQ(world.probe.requests_took.sum_us, 6'000u);
  EXPECT_EQ(world.probe.decisions_took.sum_us, 3'000u);
}

TEST(GatewayState, AReadThatNobodyAnswersEndsAtItsDeadline) {
  GatewayWorld world;
  world.send(world.request({decide("u1"), decide("u2")}));
  EXPECT_FALSE(world.asks.empty());
  world.pass(kDeadlineDefault);
  for (const auto& body : world.answered().bodies) EXPECT_EQ(code_of(body), ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(world.state->idle());
}

TEST(GatewayState, RequestsUnderWayAreBounded) {
  GatewayWorld world;
  const Bytes request = schemas::encode_request(world.request({view("u1")}));
  Requests requests{{}, world.now, world.steady_us};
  for (std::size_t i = 0; i < kRequestsMax + 1; ++i) requests.requests.push_back({{1, i}, request});
  world.take(world.state->on(std::move(requests)));
  const auto answer = world.answered();
  EXPECT_EQ(code_of(answer.bodies[0]), ErrorCode::kOverloaded);
  EXPECT_GT(answer.retry_after_ms, 0u);
  world.ack_all();
  EXPECT_EQ(world.answers.size(), kRequestsMax);
  EXPECT_TRUE(world.state->idle());
}

TEST(GatewayState, ReplayGoesToThePartitionThatTheIdTells) {
  GatewayWorld world;
  world.send(
      world.request({api::Replay{{std::uint64_t{2} << 48, 1}}, api::Explain{{std::uint64_t{900} << 48, 1}}}));
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_EQ(world.asks[0].first, PartitionId{2});
  world.answer(api::Replayed{});
  EXPECT_EQ(code_of(world.answered().bodies[1]), ErrorCode::kNotFound);
}

} // namespace
} // namespace kindred::actors::gateway
