// The brokers' log is trimmed behind what all replicas have stored; who comes back with less takes a copy. Real servers and
// a real broker.
#include "tests/cluster/cluster_nodes.hpp"

namespace kindred {
namespace {

class Trimming : public Cluster {
protected:
  static constexpr int kUsers = 48;
  static std::string user(int n) { return "user" + std::to_string(n); }

  /// Another event of every user.
  void tell_all(const std::string& through) {
    ++each_;
    api::Request request;
    for (int n = 0; n < kUsers; ++n) {
      api::Track track;
      track.event.user_id = user(n);
      track.event.type = records::EventType::kView;
      track.event.item = "item" + std::to_string(n % 9);
      track.event.message_id = std::to_string(n) + "-" + std::to_string(each_);
      request.queries.emplace_back(track);
    }
    const auto outcome = client_of(through).call(request);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    for (const auto& body : outcome.value().bodies) ASSERT_TRUE(std::holds_alternative<api::Accepted>(body));
  }
  void all_are_there(const std::string& through, const std::string& teller) {
    client_of(through).remember(client_of(teller).positions());
    for (int n = 0; n < kUsers; ++n) {
      api::GetProfile query;
      query.user_id = user(n);
      const auto body = client_of(through).ask(query);
      ASSERT_TRUE(body.ok());
      const auto* profile = std::get_if<api::Profile>(&body.value());
      ASSERT_NE(profile, nullptr) << through << " of " << user(n) << logs();
      EXPECT_EQ(profile->events, static_cast<std::uint64_t>(each_)) << through << " of " << user(n);
    }
  }
  double trims() { return metric("a", "kindred_log_trims_total") + metric("b", "kindred_log_trims_total"); }

  int each_ = 0; ///< events of every user
};

TEST_F(Trimming, WhoComesBackWithLessThanTheLogStillHasTakesACopy) {
  of_all_ = "log_kept_seconds = 1\n";
  for (const std::string name : {"a", "b", "c"}) start(name, {"a", "b", "c", "d"});
  for (const std::string name : {"a", "b", "c"})
    ASSERT_TRUE(nodes_[name].process->wait_ready(kPatience)) << nodes_[name].process->log();
  ASSERT_TRUE(wait_until([&] { return caught_up({"a", "b", "c"}); })) << logs();
  tell_all("a");
  all_are_there("c", "a");
  ASSERT_TRUE(nodes_["c"].process->stop()); // what it folded is stored
  ASSERT_TRUE(wait_until([&] { return caught_up({"a", "b"}); })) << logs();

  for (int n = 0; n < 3; ++n) tell_all("a");
  // Every partition's log is trimmed above where c stopped: its events are stored after seconds, and then old at once.
  const auto begins_above = [&](std::uint64_t least) {
    for (const std::string name : {"a", "b"}) {
      const auto body = client_of(name).ask(api::GetStatus{});
      const auto* status = body.ok() ? std::get_if<api::Status>(&body.value()) : nullptr;
      if (status == nullptr) return false;
      for (const auto& partition : status->partitions)
        if (partition.flushed < least) return false;
    }
    return true;
  };
  ASSERT_TRUE(wait_until([&] { return begins_above(4); })) << logs();
  const double before = trims();
  ASSERT_TRUE(wait_until([&] { return trims() >= before + 2 * kPartitions; })) << logs();

  begin(nodes_["c"], "c"); // with its old state
  ASSERT_TRUE(nodes_["c"].process->wait_ready(kPatience)) << logs();
  start("d", {"a", "b", "c", "d"}); // with none
  ASSERT_TRUE(nodes_["d"].process->wait_ready(kPatience)) << logs();
  ASSERT_TRUE(wait_until([&] { return caught_up({"a", "b", "c", "d"}); })) << logs();
  EXPECT_GT(metric("c", "kindred_peer_checkpoints_fetched_total"), 0) << nodes_["c"].process->log();
  EXPECT_GT(metric("d", "kindred_peer_checkpoints_fetched_total"), 0) << nodes_["d"].process->log();
  tell_all("c");
  all_are_there("d", "c");
  all_are_there("c", "c");
}

} // namespace
} // namespace kindred
