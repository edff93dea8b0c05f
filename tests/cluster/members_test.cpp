// Nodes that know each other: real servers with keys, links and a control log on a real broker.

#include <csignal>

#include "tests/cluster/cluster_nodes.hpp"

namespace kindred {
namespace {

using namespace std::chrono_literals;
/// A lease of 5 s, a beat of 1 s, and what a busy machine of two cores needs to fold it.
constexpr auto kOutWithin = 9s;

TEST_F(Cluster, ThreeNodesSeeEachOtherAndOneMap) {
  start_three();
  ASSERT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "b", "c"}); })) << logs();
  const auto cluster = seen_by("b");
  EXPECT_EQ(cluster->id, "shop");
  EXPECT_EQ(cluster->replicas, 2);
  std::uint32_t first = 0, second = 0;
  for (const auto& one : cluster->members) {
    first += one.first;
    second += one.second;
    EXPECT_EQ(one.zone, "zone-" + one.name);
  }
  EXPECT_EQ(first, kPartitions);
  EXPECT_EQ(second, kPartitions);
  EXPECT_TRUE(wait_until([&] { // what it has by the map, and nothing else
    const auto seen = seen_by("a");
    const auto* c = seen ? member(*seen, "c") : nullptr;
    return c != nullptr && c->caught_up == c->first + c->second;
  })) << logs();

  const std::string at = "kindredctl --endpoint " + nodes_["a"].process->endpoint();
  const Ran table = run(at + " cluster status");
  EXPECT_EQ(table.code, 0) << table.out;
  EXPECT_NE(table.out.find("zone-c"), std::string::npos) << table.out;
  const Ran json = run(at + " --json cluster status");
  EXPECT_EQ(json.code, 0);
  for (const auto* field : {"\"mapDigest\"", "\"heardMsAgo\"", "\"first\"", "\"second\"", "\"link\": \"up\""})
    EXPECT_NE(json.out.find(field), std::string::npos) << field << " in " << json.out;
}

TEST_F(Cluster, WhoDiesIsOutOfTheMapWithinHisLeaseAndBackWhenHeIsBack) {
  start_three();
  ASSERT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "b", "c"}); })) << logs();
  api::Track track; // not idle: a lease is 5 s, and not 15
  track.event.user_id = "ada";
  track.event.type = records::EventType::kView;
  track.event.item = "lamp";
  track.event.message_id = "m1";
  ASSERT_TRUE(nodes_["c"].client->ask(track).ok());
  nodes_["c"].process->kill();
  const auto took = wait_until([&] { return agree({"a", "b"}, {"a", "b"}); });
  ASSERT_TRUE(took) << logs();
  EXPECT_LE(*took, kOutWithin);
  EXPECT_EQ(member(*seen_by("a"), "c")->state, "silent");
  EXPECT_EQ(member(*seen_by("a"), "c")->link, "silent");
  begin(nodes_["c"], "c");
  ASSERT_TRUE(nodes_["c"].process->wait_ready(kPatience)) << logs();
  EXPECT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "b", "c"}); })) << logs();
}

TEST_F(Cluster, WhoIsStoppedIsOutAndBackWithoutAHand) {
  start_three();
  ASSERT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "b", "c"}); })) << logs();
  ::kill(nodes_["c"].process->pid(), SIGSTOP);
  EXPECT_TRUE(wait_until([&] { return agree({"a", "b"}, {"a", "b"}); })) << logs();
  ::kill(nodes_["c"].process->pid(), SIGCONT);
  EXPECT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "b", "c"}); })) << logs();
}

TEST_F(Cluster, AFourthWithAWrongKeyIsRefusedByNameAndChangesNothing) {
  start_three();
  ASSERT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "b", "c"}); })) << logs();
  const auto before = seen_by("a");
  Node& fourth = start("d", {"a", "b", "c"}); // knows them; none of them knows it
  const auto refused = [&] {
    const auto cluster = seen_by("d");
    if (!cluster) return false;
    for (const auto* name : {"a", "b", "c"}) {
      const auto* peer = member(*cluster, name);
      if (peer == nullptr || peer->link != "refused" || !peer->link_reason.starts_with("wrongKey"))
        return false;
    }
    return true;
  };
  ASSERT_TRUE(wait_until(refused)) << logs();
  ASSERT_TRUE(wait_until([&] { // its shards have folded; what is left is the cluster
    const auto body = fourth.client->ask(api::GetStatus{});
    const auto* status = body.ok() ? std::get_if<api::Status>(&body.value()) : nullptr;
    if (status == nullptr || status->ready || status->not_ready_because.empty()) return false;
    return std::all_of(
        status->not_ready_because.begin(), status->not_ready_because.end(), [](const auto& why) {
          return why.starts_with("cluster: refused by peer") && why.find("wrongKey") != std::string::npos;
        });
  })) << logs();
  const auto after = seen_by("a");
  EXPECT_EQ(after->map_digest, before->map_digest);
  EXPECT_EQ(after->members.size(), 3u);
  EXPECT_NE(nodes_["a"].process->log().find("peerDenied"), std::string::npos) << nodes_["a"].process->log();
}

TEST_F(Cluster, WhoIsDrainedLeavesTheMapAndJoinsAgain) {
  start_three();
  ASSERT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "b", "c"}); })) << logs();
  const std::string at = "kindredctl --endpoint " + nodes_["a"].process->endpoint();
  EXPECT_EQ(run(at + " cluster drain b").code, 0);
  ASSERT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "c"}); })) << logs();
  EXPECT_EQ(member(*seen_by("c"), "b")->state, "draining");
  EXPECT_EQ(member(*seen_by("c"), "b")->first, 0u);
  EXPECT_EQ(run(at + " cluster join b").code, 0);
  EXPECT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "b", "c"}); })) << logs();
  EXPECT_EQ(run(at + " cluster drain nobody 2>/dev/null").code, 3);

  // Another weight, another share; it says so again when it starts anew. Exit code 0: all has moved.
  const auto share = [&](const std::string& name) {
    const auto seen = seen_by("a");
    const auto* one = member(*seen, name);
    return one->first + one->second;
  };
  const auto before = share("b");
  EXPECT_EQ(run(at + " cluster rebalance b --weight 1").code, 0);
  EXPECT_LT(share("b"), before);
  EXPECT_EQ(member(*seen_by("c"), "b")->weight, 1);
  EXPECT_EQ(member(*seen_by("c"), "b")->caught_up, share("b")) << "it was waited for";
  nodes_["b"].process->stop();
  begin(nodes_["b"], "b");
  ASSERT_TRUE(nodes_["b"].process->wait_ready(kPatience)) << logs();
  ASSERT_TRUE(wait_until([&] { return agree({"a", "b", "c"}, {"a", "b", "c"}); })) << logs();
  EXPECT_EQ(member(*seen_by("c"), "b")->weight, 1);
  EXPECT_EQ(run(at + " cluster rebalance b").code, 0);
  EXPECT_EQ(share("b"), before);
  EXPECT_EQ(run(at + " cluster rebalance b --weight 0 2>/dev/null").code, 2);
}

} // namespace
} // namespace kindred
