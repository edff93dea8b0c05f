#include "actors/gateway/forwarding.hpp"

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "schemas/codec/api_codec.hpp"
#include "tests/support/questions.hpp"

namespace kindred::actors::gateway {
namespace {

constexpr std::uint16_t kPartitions = 4;
constexpr Instant kNow{1'700'000'000 * kSecond.us};

api::GetProfile profile_of(const std::string& user) { return {user, {}, false, 10}; }
api::Decide decide_for(const std::string& user) {
  api::Decide decide;
  decide.user_id = user;
  return decide;
}
PartitionId home_of(const std::string& user) {
  return partition_of(slot_of(kDefaultTenant, user), kPartitions);
}

class ForwardingTest : public testing::Test {
protected:
  /// What stays for the gateway, by ticket.
  std::vector<std::uint64_t> left(const std::vector<api::Request>& asked) {
    std::vector<Incoming> requests;
    for (const auto& request : asked)
      requests.push_back({{1, requests.size() + 1}, schemas::encode_request(request)});
    forwards = forwarding.take(requests, kNow, library);
    std::vector<std::uint64_t> tickets;
    for (const auto& request : requests) tickets.push_back(request.to.ticket);
    return tickets;
  }
  bool is_forwarded(const api::Request& request) { return left({request}).empty(); }

  catalog::Snapshot library;
  Probe probe;
  Forwarding forwarding{kPartitions, probe};
  Forwarding::Forwards forwards;
};

TEST_F(ForwardingTest, ReadsOfOneUserGoToHisShardWhole) {
  const auto request = support::request_of({decide_for("ann"), profile_of("ann")});
  EXPECT_TRUE(left({request}).empty());
  ASSERT_EQ(forwards.size(), 1u);
  EXPECT_EQ(forwards[0].first, home_of("ann"));
  EXPECT_EQ(forwards[0].second.now, kNow);
  ASSERT_EQ(forwards[0].second.requests.size(), 1u);
  EXPECT_EQ(forwards[0].second.requests[0].to.ticket, 1u);
  EXPECT_EQ(forwards[0].second.requests[0].tenant, kDefaultTenant);
  EXPECT_EQ(forwards[0].second.requests[0].request, schemas::encode_request(request));
  EXPECT_EQ(probe.forwarded, 1u);
}

// Its answer waits for its record, which the fast path does not: it was answered there once, before the log had it.
TEST_F(ForwardingTest, ADurableDecideStaysForTheGateway) {
  api::Decide durable = decide_for("ann");
  durable.durable = true;
  EXPECT_FALSE(is_forwarded(support::request_of({durable})));
  EXPECT_FALSE(is_forwarded(support::request_of({decide_for("ann"), durable})));
}

TEST_F(ForwardingTest, EachShardGetsOneMessageAndTheRestStaysInOrder) {
  std::vector<api::Request> asked;
  for (int n = 0; n < 20; ++n) {
    asked.push_back(support::request_of({profile_of("user" + std::to_string(n))}));
    asked.push_back(support::request_of({support::view("user" + std::to_string(n), "lamp")}));
  }
  const auto tickets = left(asked);
  ASSERT_EQ(tickets.size(), 20u);
  for (std::size_t n = 0; n < tickets.size(); ++n) EXPECT_EQ(tickets[n], 2 * n + 2);
  EXPECT_LE(forwards.size(), kPartitions);
  std::size_t requests = 0;
  for (const auto& [partition, forward] : forwards) {
    std::uint64_t before = 0;
    for (const auto& one : forward.requests) {
      EXPECT_LT(before, one.to.ticket) << "as they came in";
      before = one.to.ticket;
      EXPECT_EQ(home_of("user" + std::to_string((one.to.ticket - 1) / 2)), partition);
    }
    requests += forward.requests.size();
  }
  EXPECT_EQ(requests, 20u);
}

TEST_F(ForwardingTest, WhatOneShardCannotAnswerStays) {
  EXPECT_FALSE(is_forwarded(support::request_of({profile_of("ann"), profile_of("bob")}))) << "two users";
  EXPECT_FALSE(is_forwarded(support::request_of({support::view("ann", "lamp")}))) << "a write";
  EXPECT_FALSE(is_forwarded(support::request_of({support::view("ann", "lamp"), profile_of("ann")})));
  EXPECT_FALSE(is_forwarded(support::request_of({api::ListModels{}})));
  EXPECT_FALSE(is_forwarded(support::request_of({})));
}

TEST_F(ForwardingTest, WhatIsWrongStaysForTheGatewayToSay) {
  auto request = support::request_of({profile_of("ann")});
  request.version = api::kProtocolVersion + 1;
  EXPECT_FALSE(is_forwarded(request));
  request = support::request_of({profile_of("ann")});
  request.tenant = "nobody";
  EXPECT_FALSE(is_forwarded(request));
  request.tenant = "default";
  EXPECT_TRUE(is_forwarded(request));
  EXPECT_FALSE(is_forwarded(support::request_of({profile_of("")})));
  EXPECT_FALSE(is_forwarded(support::request_of({profile_of(std::string(5'000, 'u'))})));
  EXPECT_FALSE(
      is_forwarded(support::request_of(std::vector<api::Query>(api::kQueriesMax + 1, profile_of("ann")))));
  request = support::request_of({profile_of("ann")});
  request.deadline_us = kNow.us;
  EXPECT_FALSE(is_forwarded(request)) << "past its deadline";
  request.deadline_us = kNow.us + 1;
  EXPECT_TRUE(is_forwarded(request));
  std::vector<Incoming> broken{{{1, 1}, "not a request"}, {{1, 2}, ""}};
  EXPECT_TRUE(forwarding.take(broken, kNow, library).empty());
  EXPECT_EQ(broken.size(), 2u);
}

} // namespace
} // namespace kindred::actors::gateway
