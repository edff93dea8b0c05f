// Whole nodes on one log: real servers, a real broker. Each node folds every partition, so that any of them answers for
// any user, as far as it has folded.

#include <fstream>
#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "clients/cpp/client.hpp"
#include "tests/cluster/on_broker.hpp"
#include "tests/support/server_process.hpp"

namespace kindred {
namespace {

using namespace std::chrono_literals;
using support::ServerProcess;

constexpr std::uint16_t kPartitions = 4;

class TwoNodes : public OnBroker {
protected:
  std::string config(const std::string& more = "") {
    const auto path = folder_.path() / ("node" + std::to_string(++configs_) + ".toml");
    std::ofstream(path) << "node = " << configs_ << "\n" << more << kafka_table();
    return path.string();
  }
  ServerProcess::Settings settings(const std::string& name, const std::string& config,
                                   std::uint16_t partitions = kPartitions) {
    return {folder_.path() / name, partitions, "wall", {"--config", config}, {}};
  }
  std::unique_ptr<ServerProcess> node(const std::string& name, const std::string& config) {
    auto started = std::make_unique<ServerProcess>(settings(name, config));
    EXPECT_TRUE(started->wait_ready(60s)) << started->log();
    return started;
  }

  static api::Query view(const std::string& user, int number) {
    api::Track track;
    track.event.user_id = user;
    track.event.type = records::EventType::kView;
    track.event.item = "item" + std::to_string(number % 7);
    track.event.message_id = user + "-" + std::to_string(number);
    return track;
  }
  static void tell(client::Client& client, const std::string& user, int number) {
    const auto body = client.ask(view(user, number));
    ASSERT_TRUE(body.ok()) << body.error().message;
    const auto* error = std::get_if<api::Error>(&body.value());
    ASSERT_EQ(error, nullptr) << user << " " << number << ": " << error->message;
  }
  /// -1: not known.
  static std::int64_t events(client::Client& client, const std::string& user) {
    api::GetProfile query;
    query.user_id = user;
    const auto body = client.ask(query);
    if (!body.ok()) return -2;
    const auto* profile = std::get_if<api::Profile>(&body.value());
    return profile == nullptr ? -1 : static_cast<std::int64_t>(profile->events);
  }

  int configs_ = 0;
};

TEST_F(TwoNodes, WhatOneTookTheOtherKnows) {
  const auto first = node("a", config()), second = node("b", config());
  client::Client one(first->client_options()), other(second->client_options());
  for (int n = 0; n < 200; ++n) {
    const std::string user = "user" + std::to_string(n % 20);
    tell(n % 2 == 0 ? one : other, user, n);
    (n % 2 == 0 ? other : one).remember((n % 2 == 0 ? one : other).positions());
    EXPECT_EQ(events(n % 2 == 0 ? other : one, user), n / 20 + 1)
        << "read your writes through the other node, " << n;
  }
  api::Decide decide;
  decide.user_id = "user3";
  decide.count = 3;
  decide.durable = true;
  const auto decided = one.ask(decide);
  ASSERT_TRUE(decided.ok());
  const auto* decision = std::get_if<api::Decision>(&decided.value());
  ASSERT_NE(decision, nullptr);
  EXPECT_EQ(decision->items.size(), 3u);
  other.remember(one.positions());
  api::Replay replay;
  replay.decision = decision->decision;
  const auto again = other.ask(replay);
  ASSERT_TRUE(again.ok());
  const auto* replayed = std::get_if<api::Replayed>(&again.value());
  ASSERT_NE(replayed, nullptr) << "the other node replays it from the log that both have";
  EXPECT_TRUE(replayed->identical);
}

TEST_F(TwoNodes, OneDiesAndNothingIsLost) {
  const std::string a = config(), b = config();
  auto first = node("a", a);
  const auto second = node("b", b);
  std::map<std::string, int> acked;
  {
    client::Client one(first->client_options());
    for (int n = 0; n < 300; ++n) {
      const std::string user = "user" + std::to_string(n % 10);
      tell(one, user, n);
      ++acked[user];
    }
    first->kill();
    client::Client other(second->client_options());
    other.remember(one.positions());
    for (const auto& [user, count] : acked)
      EXPECT_EQ(events(other, user), count) << "by the one that is left";
    for (int n = 300; n < 400; ++n) {
      const std::string user = "user" + std::to_string(n % 10);
      tell(other, user, n);
      ++acked[user];
    }
    first = node("a", a);
    client::Client back(first->client_options());
    back.remember(other.positions());
    for (const auto& [user, count] : acked)
      EXPECT_EQ(events(back, user), count) << "and by the one that is back";
  }
}

/// The broker dies under both and comes back.
TEST_F(TwoNodes, TheBrokerDiesAndNothingIsLost) {
  const auto first = node("a", config()), second = node("b", config());
  client::Client one(first->client_options()), other(second->client_options());
  for (int n = 0; n < 50; ++n) tell(one, "ada", n);
  // What is acknowledged is in the log, and folded once it comes back from there; only then the broker may go.
  ASSERT_EQ(events(one, "ada"), 50);
  broker().kill();
  EXPECT_EQ(events(one, "ada"), 50) << "what is folded is answered without a log";
  broker().start();
  int acked = 50;
  for (int n = 50; n < 100; ++n) { // sent again until the log is back, under the same ids
    for (;;) {
      const auto body = one.ask(view("ada", n));
      if (body.ok() && std::holds_alternative<api::Accepted>(body.value())) break;
      ASSERT_TRUE(broker().look_again());
    }
    ++acked;
  }
  other.remember(one.positions());
  EXPECT_EQ(events(other, "ada"), acked);
  EXPECT_EQ(events(one, "ada"), acked);
}

TEST_F(TwoNodes, IdsThatWereLinkedAtOneAreOneUserAtTheOther) {
  const auto first = node("a", config()), second = node("b", config());
  client::Client one(first->client_options()), other(second->client_options());
  tell(one, "visitor", 1);
  tell(one, "visitor", 2);
  tell(one, "ada", 3);
  const auto linked = one.ask(api::LinkUsers{{"visitor", "ada", ""}});
  ASSERT_TRUE(linked.ok());
  ASSERT_TRUE(std::holds_alternative<api::Accepted>(linked.value()));
  other.remember(one.positions());
  EXPECT_EQ(events(other, "ada"), 3);
  for (int n = 10; n < 30; ++n) {
    tell(one, "visitor", n);
    other.remember(one.positions());
    EXPECT_EQ(events(other, "ada"), n - 6) << "told of one id here, asked of the other id there";
  }
}

/// What is not as the topics are is refused at the start, by name.
TEST_F(TwoNodes, WhoDoesNotFitTheTopicsDoesNotStart) {
  const auto first = node("a", config());
  ServerProcess fewer(settings("b", config(), kPartitions * 2));
  EXPECT_EQ(fewer.wait_exit(60s), std::optional(7)) << fewer.log();
  EXPECT_NE(fewer.log().find("partitions"), std::string::npos) << fewer.log();
}

} // namespace
} // namespace kindred
