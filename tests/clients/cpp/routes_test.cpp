#include "clients/cpp/routes.hpp"

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"

namespace kindred::client {
namespace {

constexpr TenantId kTenant{3};

/// A map of three nodes in which the first `named` ones say where clients reach them.
api::Cluster cluster(std::size_t telling = 3) {
  api::Cluster cluster;
  cluster.tenant = kTenant;
  for (const char* name : {"a", "b", "c"}) {
    auto& member = cluster.members.emplace_back();
    member.name = name;
    if (cluster.members.size() <= telling) member.clients = std::string("tcp://") + name + ":1";
  }
  cluster.map = {{0, 1}, {1, 2}, {2, 0}, {1, 0}};
  return cluster;
}

std::string user_in(std::uint16_t partition) {
  for (int n = 0;; ++n) {
    const std::string user = "user" + std::to_string(n);
    if (partition_of(slot_of(kTenant, user), 4).value == partition) return user;
  }
}

api::Request about(const std::vector<std::string>& users) {
  api::Request request;
  for (const auto& user : users) {
    api::GetProfile query;
    query.user_id = user;
    request.queries.emplace_back(query);
  }
  return request;
}

using Order = std::vector<Routes::Number>;

TEST(Routes, ReadsAListOfEndpoints) {
  EXPECT_EQ(endpoints_in("tcp://a:1"), std::vector<std::string>{"tcp://a:1"});
  EXPECT_EQ(endpoints_in(" tcp://a:1, tcp://b:2 ,"), (std::vector<std::string>{"tcp://a:1", "tcp://b:2"}));
  EXPECT_TRUE(endpoints_in(" , ").empty());
}

TEST(Routes, WithoutAMapTheNamedAreAskedInTheirOrder) {
  const Routes routes({"tcp://a:1", "tcp://b:1"});
  EXPECT_EQ(routes.order(about({"ada"})), (Order{0, 1}));
}

TEST(Routes, AUsersFirstReplicaComesFirstThenTheOthers) {
  Routes routes({"tcp://c:1"});
  const auto changes = routes.learn(cluster());
  ASSERT_EQ(changes.added.size(), 2u); // c was named
  EXPECT_EQ(changes.added[0], (std::pair<Routes::Number, std::string>{1, "tcp://a:1"}));
  EXPECT_EQ(changes.added[1], (std::pair<Routes::Number, std::string>{2, "tcp://b:1"}));
  EXPECT_EQ(routes.order(about({user_in(0)})), (Order{1, 2, 0}));
  EXPECT_EQ(routes.order(about({user_in(1)})), (Order{2, 0, 1}));
  EXPECT_EQ(routes.order(about({user_in(2)})), (Order{0, 1, 2}));
}

TEST(Routes, ManyUsersGoToTheNodeThatHasMostOfThem) {
  Routes routes({"tcp://c:1"});
  routes.learn(cluster());
  EXPECT_EQ(routes.order(about({user_in(0), user_in(1), user_in(3)})).front(), 2u); // b has two of three
}

TEST(Routes, AQuestionAboutNobodyGoesToTheFirstNamed) {
  Routes routes({"tcp://c:1"});
  routes.learn(cluster());
  api::Request request;
  request.queries.emplace_back(api::GetStatus{});
  EXPECT_EQ(routes.order(request).front(), 0u);
}

TEST(Routes, WhoSaysNoEndpointIsNotAskedAndWhoIsGoneIsForgotten) {
  Routes routes({"tcp://a:1"});
  EXPECT_EQ(routes.learn(cluster(2)).added.size(), 1u);
  EXPECT_EQ(routes.order(about({user_in(1)})), (Order{1, 0})); // c has it, too, and says nothing
  const auto changes = routes.learn(cluster(1));
  EXPECT_TRUE(changes.added.empty());
  EXPECT_EQ(changes.gone, (Order{1}));
  EXPECT_EQ(routes.order(about({user_in(1)})), (Order{0}));
  EXPECT_EQ(routes.learn(cluster(2)).added.front().first, 2u) << "a number is not given twice";
}

TEST(Routes, TwoMembersBehindOneEndpointAreOneNode) {
  Routes routes({"tcp://a:1"});
  api::Cluster twice = cluster();
  twice.members[2].clients = twice.members[1].clients;
  EXPECT_EQ(routes.learn(twice).added.size(), 1u);
  EXPECT_EQ(routes.all(), (Order{0, 1}));
  EXPECT_EQ(routes.learn(cluster(1)).gone, (Order{1}));
}

TEST(Routes, NoMoreNodesThanTheBound) {
  api::Cluster many;
  for (std::size_t n = 0; n < 2 * kNodesMax; ++n) {
    auto& member = many.members.emplace_back();
    member.clients = "tcp://n" + std::to_string(n) + ":1";
  }
  Routes routes({"tcp://a:1"});
  EXPECT_EQ(routes.learn(many).added.size(), kNodesMax - 1);
  EXPECT_EQ(routes.all().size(), kNodesMax);
}

} // namespace
} // namespace kindred::client
