#include "actors/gateway/activation.hpp"

#include <gtest/gtest.h>

#include "tests/actors/gateway/gateway_world.hpp"

namespace kindred::actors::gateway {
namespace {

using api::ErrorCode;
using ports::Verdict;

constexpr profiles::FoldVersions kOwn{5, 6};
constexpr std::uint32_t kNext = records::kFoldFirst + 1;

api::Cluster cluster_of(std::vector<std::pair<std::string, std::uint32_t>> newest) {
  api::Cluster cluster;
  for (auto& [name, version] : newest) {
    auto& member = cluster.members.emplace_back();
    member.name = name;
    member.state = "present";
    member.fold_newest = version;
  }
  return cluster;
}

TEST(Activation, AloneANodeTakesItsOwnNewest) {
  EXPECT_EQ(to_activate({0, ""}, nullptr, kOwn).value(), 6u);
  EXPECT_EQ(to_activate({6, ""}, nullptr, kOwn).value(), 6u);
  EXPECT_EQ(to_activate({7, ""}, nullptr, kOwn).error().code, ErrorCode::kInvalidValue);
  EXPECT_EQ(to_activate({4, ""}, nullptr, kOwn).error().code, ErrorCode::kInvalidValue);
}

/// Builds from before there were versions stop at an Activate, whatever it says.
TEST(Activation, WhatEveryLogBeginsWithIsNotActivated) {
  EXPECT_EQ(to_activate({5, ""}, nullptr, kOwn).error().code, ErrorCode::kConflict);
  EXPECT_EQ(to_activate({0, ""}, nullptr, {5, 5}).error().code, ErrorCode::kConflict);
}

TEST(Activation, EveryMemberMustHaveIt) {
  auto cluster = cluster_of({{"a", 6}, {"b", 5}, {"c", 6}});
  for (const std::uint32_t asked : {0u, 6u}) {
    const auto refused = to_activate({asked, ""}, &cluster, kOwn);
    ASSERT_FALSE(refused.ok()) << asked;
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
    EXPECT_NE(refused.error().message.find("'b'"), std::string::npos) << refused.error().message;
  }
  cluster.members[1].state = "silent"; // it may come back with the build it had
  EXPECT_EQ(to_activate({6, ""}, &cluster, kOwn).error().code, ErrorCode::kConflict);
  cluster.members[1].state = "notJoined"; // nobody knows what it has
  EXPECT_EQ(to_activate({6, ""}, &cluster, kOwn).value(), 6u);
  EXPECT_EQ(to_activate({0, ""}, &cluster, kOwn).value(), 6u);
}

TEST(Activation, ThereIsNoWayBack) {
  auto cluster = cluster_of({{"a", 6}, {"b", 6}});
  cluster.fold_active = 6;
  EXPECT_EQ(to_activate({5, ""}, &cluster, kOwn).error().code, ErrorCode::kConflict);
  EXPECT_EQ(to_activate({6, ""}, &cluster, kOwn).value(), 6u) << "again changes nothing";
}

TEST(Activation, ARecordIsTheSameWhoeverMakesIt) {
  EXPECT_EQ(activation({3}, 6, "ada", {7}), activation({3}, 6, "ada", {7}));
  EXPECT_NE(activation({3}, 6, "ada", {7}), activation({4}, 6, "ada", {7}));
}

class GatewayActivation : public testing::Test {
protected:
  static std::optional<ErrorCode> code_of(const api::AnswerBody& body) {
    const auto* error = std::get_if<api::Error>(&body);
    return error == nullptr ? std::nullopt : std::optional(error->code);
  }
  GatewayWorld world;
};

TEST_F(GatewayActivation, GoesToEveryPartition) {
  world.send(world.request({api::ActivateFold{0, "ada"}}));
  ASSERT_EQ(world.appends.size(), 4u);
  world.ack_all();
  const auto answer = world.answered();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(answer.bodies[0]));
  EXPECT_EQ(answer.positions.size(), 4u);
  for (const auto& entry : world.decoded)
    EXPECT_EQ(std::get<records::Activate>(entry.records[0].body), (records::Activate{kNext, "ada"}));
}

TEST_F(GatewayActivation, IsNotAcceptedWhereOneLogRefusedIt) {
  world.send(world.request({api::ActivateFold{0, "ada"}}));
  world.verdict({Verdict::Kind::kRefused, 0, ports::LogError::kFull});
  world.ack_all();
  EXPECT_EQ(code_of(world.answered().bodies[0]), ErrorCode::kUnknownOutcome) << "the others have it";
}

TEST_F(GatewayActivation, IsNotKnownWhereOneLogIsSilent) {
  world.send(world.request({api::ActivateFold{0, "ada"}}));
  for (int i = 0; i < 3; ++i) world.verdict({Verdict::Kind::kAcked, 0, {}});
  world.pass(kDeadlineDefault);
  EXPECT_EQ(code_of(world.answered().bodies[0]), ErrorCode::kUnknownOutcome);
}

TEST_F(GatewayActivation, ANodeThatIsNotReadyMayNotKnowWhoIsAMember) {
  world.ready = false;
  world.send(world.request({api::ActivateFold{0, "ada"}}));
  EXPECT_TRUE(world.appends.empty());
  EXPECT_EQ(code_of(world.answered().bodies[0]), ErrorCode::kNotReady);
}

TEST_F(GatewayActivation, IsRefusedWhereThisBuildHasItNot) {
  world.send(world.request({api::ActivateFold{kNext + 1, "ada"}}));
  EXPECT_TRUE(world.appends.empty());
  EXPECT_EQ(code_of(world.answered().bodies[0]), ErrorCode::kInvalidValue);
}

} // namespace
} // namespace kindred::actors::gateway
