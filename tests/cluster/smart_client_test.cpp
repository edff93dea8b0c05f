// The client library over three real nodes: it learns the map, and goes on where a node dies or stops.

#include <csignal>

#include <set>

#include "tests/cluster/cluster_nodes.hpp"

namespace kindred {
namespace {

class SmartClient : public Cluster {
protected:
  static constexpr int kUsers = 40;
  static constexpr std::uint32_t kNever_ms = 60'000; ///< a patience that is not what mends it

  void SetUp() override {
    Cluster::SetUp();
    if (IsSkipped()) return;
    start_three();
    ASSERT_TRUE(wait_until([&] { return caught_up({"a", "b", "c"}); })) << logs();
    auto options = nodes_.at("a").process->client_options();
    options.try_ms = options.deadline_ms = kNever_ms;
    client_ = std::make_unique<client::Client>(options);
  }
  static std::string user(int n) { return "user" + std::to_string(n % kUsers); }
  bool tell(int n) {
    api::Track track;
    track.event.user_id = user(n);
    track.event.type = records::EventType::kView;
    track.event.item = "item" + std::to_string(n % 7);
    track.event.message_id = "m" + std::to_string(n);
    const auto body = client_->ask(track);
    return body.ok() && std::holds_alternative<api::Accepted>(body.value());
  }
  std::int64_t events(int n) {
    api::GetProfile query;
    query.user_id = user(n);
    const auto body = client_->ask(query);
    const auto* profile = body.ok() ? std::get_if<api::Profile>(&body.value()) : nullptr;
    return profile == nullptr ? -1 : static_cast<std::int64_t>(profile->events);
  }
  /// Each user's next event is told and read back.
  void round(int number) {
    for (int n = 0; n < kUsers; ++n) {
      ASSERT_TRUE(tell(number * kUsers + n)) << logs();
      ASSERT_EQ(events(n), number + 1) << user(n) << logs();
    }
  }
  double asked_of_peers() {
    double parts = 0;
    for (const std::string name : {"a", "b", "c"})
      parts += metric(name, "kindred_peer_parts_total") + metric(name, "kindred_peer_relayed_total");
    return parts;
  }

  std::unique_ptr<client::Client> client_;
};

TEST_F(SmartClient, GoesToTheNodeThatHasTheUser) {
  round(0);
  ASSERT_TRUE(wait_until([&] { // it has learnt where everybody is
    const double before = asked_of_peers();
    for (int n = 0; n < kUsers; ++n) EXPECT_EQ(events(n), 1);
    return asked_of_peers() == before;
  }));
  for (int number = 1; number < 4; ++number) round(number);
  EXPECT_EQ(client_->counts().moved, 0u);
}

TEST_F(SmartClient, ANodeThatDiesCostsNoCallAndNoPatience) {
  round(0);
  std::atomic<bool> over{false};
  std::atomic<int> told{kUsers};
  std::thread writer([&] {
    for (int n = kUsers; !over || n % kUsers != 0; ++n) {
      EXPECT_TRUE(tell(n)) << n;
      ++told;
    }
  });
  wait_until([&] { return told > 2 * kUsers; });
  nodes_.at("b").process->kill();
  const int when = told;
  EXPECT_TRUE(wait_until([&] { return told > when + 4 * kUsers; }));
  over = true;
  writer.join();
  for (int n = 0; n < kUsers; ++n) EXPECT_EQ(events(n), told / kUsers) << user(n);
  EXPECT_EQ(client_->counts().resends, 0u) << "no patience ran out";
}

TEST_F(SmartClient, ANodeThatStopsCostsNoCallAndNoPatience) {
  round(0);
  const pid_t stopped = nodes_.at("c").process->pid();
  ASSERT_EQ(::kill(stopped, SIGSTOP), 0);
  for (int number = 1; number < 3; ++number) round(number);
  EXPECT_EQ(client_->counts().resends, 0u) << "no patience ran out";
  EXPECT_GT(client_->counts().moved + client_->counts().hedges_won, 0u);
  ASSERT_EQ(::kill(stopped, SIGCONT), 0);
}

} // namespace
} // namespace kindred
