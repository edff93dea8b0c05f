// Law read-your-writes: a decision or a profile asked with a position never answers from before it.
#include <gtest/gtest.h>

#include "tests/support/questions.hpp"
#include "tests/support/server_process.hpp"

namespace kindred {
namespace {

using support::expect;
using support::view;

constexpr int kUsers = 20;
constexpr int kRounds = 500;

struct ReadYourWritesLaw : testing::Test {
  ReadYourWritesLaw()
      : server({.data_dir = folder.path() / "data",
                .partitions = 4,
                .clock = "wall",
                .more = {},
                .before = {}}) {}
  void SetUp() override { ASSERT_TRUE(server.wait_ready()) << server.log(); }

  support::TemporaryFolder folder;
  support::ServerProcess server;
};

api::Decide decide_for(const std::string& user) {
  api::Decide decide;
  decide.user_id = user;
  decide.placement = "unseen";
  decide.count = 100;
  return decide;
}

bool offers(const api::Decision& decision, const std::string& item) {
  for (const auto& shown : decision.items) {
    if (shown.item == item) return true;
  }
  return false;
}

TEST_F(ReadYourWritesLaw, ProfileAndDecisionHaveSeenTheEventJustAcknowledged) {
  client::Client client(server.client_options());
  records::Placement unseen;
  unseen.placement = "unseen";
  unseen.filter = records::Filter::kNeverSeen;
  expect<api::Accepted>(client, api::SetPlacement{unseen});
  for (int round = 0; round < kRounds; ++round) {
    const std::string user = "user" + std::to_string(round % kUsers);
    const std::string item = "item" + std::to_string(round % 83);
    expect<api::Accepted>(client, view(user, item));
    api::GetProfile profile;
    profile.user_id = user;
    const auto seen = expect<api::Profile>(client, profile);
    EXPECT_EQ(seen.events, static_cast<std::uint64_t>(round / kUsers + 1)) << "round " << round;
    ASSERT_FALSE(seen.history.empty());
    EXPECT_EQ(seen.history.front().item, item);
    EXPECT_FALSE(offers(expect<api::Decision>(client, decide_for(user)), item)) << "round " << round;
  }
}

TEST_F(ReadYourWritesLaw, AnotherClientReadsThemWithThePositionHandedOver) {
  client::Client writer(server.client_options());
  for (int round = 0; round < kRounds / 5; ++round) {
    const std::string user = "handed" + std::to_string(round);
    expect<api::Accepted>(writer, view(user, "lamp"));
    client::Client reader(server.client_options());
    reader.remember(writer.positions());
    EXPECT_EQ(support::events_of(reader, user), 1u) << "round " << round;
  }
}

TEST_F(ReadYourWritesLaw, TheReadsOfARequestSeeItsWrites) {
  client::Client client(server.client_options());
  for (int round = 0; round < kRounds / 5; ++round) {
    const std::string user = "both" + std::to_string(round);
    api::GetProfile profile;
    profile.user_id = user;
    const auto answer = client.call(support::request_of({view(user, "lamp"), profile, view(user, "table")}));
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer.value().bodies.size(), 3u);
    const auto* seen = std::get_if<api::Profile>(&answer.value().bodies[1]);
    ASSERT_NE(seen, nullptr);
    EXPECT_EQ(seen->events, 2u);
  }
}

TEST_F(ReadYourWritesLaw, APositionOfAnotherLogIsRefused) {
  client::Client client(server.client_options());
  expect<api::Accepted>(client, view("ada", "lamp"));
  records::Positions foreign = client.positions();
  ASSERT_FALSE(foreign.empty());
  for (auto& position : foreign) position.incarnation ^= 1;
  client::Client other(server.client_options());
  other.remember(foreign);
  api::GetProfile profile;
  profile.user_id = "ada";
  const auto body = other.ask(profile);
  ASSERT_TRUE(body.ok());
  const auto* error = std::get_if<api::Error>(&body.value());
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->code, api::ErrorCode::kForeignPosition);
}

} // namespace
} // namespace kindred
