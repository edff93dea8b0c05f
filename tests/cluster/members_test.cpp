// Nodes that know each other: real servers with keys, links and a control log on a real broker.

#include <csignal>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "clients/cpp/client.hpp"
#include "tests/cluster/on_broker.hpp"
#include "tests/support/server_process.hpp"

namespace kindred {
namespace {

using namespace std::chrono_literals;
using support::ServerProcess;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPartitions = 8;
constexpr auto kPatience = 60s;
/// A lease of 5 s, a beat of 1 s, and what a busy machine of two cores needs to fold it.
constexpr auto kOutWithin = 9s;

/// What a program of ours writes, and its exit code.
struct Ran {
  std::string out;
  int code = -1;
};
Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((std::string(std::getenv("KINDRED_BIN_DIR")) + "/" + command).c_str(), "r");
  if (pipe == nullptr) return ran;
  char bytes[4096];
  for (std::size_t got; (got = fread(bytes, 1, sizeof bytes, pipe)) > 0;) ran.out.append(bytes, got);
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

class Cluster : public OnBroker {
protected:
  struct Node {
    std::string endpoint; ///< of its links
    std::string key_file, public_key;
    std::string config;
    std::unique_ptr<ServerProcess> process;
    std::unique_ptr<client::Client> client;
  };

  Node& named(const std::string& name) {
    Node& node = nodes_[name];
    if (!node.endpoint.empty()) return node;
    node.endpoint = "tcp://127.0.0.1:" + std::to_string(support::free_port());
    node.key_file = (folder_.path() / (name + ".key")).string();
    const Ran keys = run("kindred keys --out " + node.key_file);
    EXPECT_EQ(keys.code, 0);
    node.public_key = keys.out.substr(0, keys.out.find('\n'));
    return node;
  }

  /// Starts it with the peers it is to know.
  Node& start(const std::string& name, const std::vector<std::string>& peers, const std::string& more = "") {
    Node& node = named(name);
    static const std::map<std::string, int> kNumbers{{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}};
    node.config = (folder_.path() / (name + ".toml")).string();
    std::ofstream file(node.config);
    file << "node = " << kNumbers.at(name) << "\n"
         << kafka_table() << "[cluster]\nname = \"" << name << "\"\nid = \"shop\"\nzone = \"zone-" << name
         << "\"\nlisten = \"" << node.endpoint << "\"\nsecret_key_file = \"" << node.key_file << "\"\n"
         << more << "peers = [\n";
    for (const auto& peer : peers)
      file << "  {name = \"" << peer << "\", endpoint = \"" << named(peer).endpoint << "\", public_key = \""
           << named(peer).public_key << "\"},\n";
    file << "]\n";
    file.close();
    begin(node, name);
    return node;
  }
  void begin(Node& node, const std::string& name) {
    node.client.reset();
    node.process = std::make_unique<ServerProcess>(
        ServerProcess::Settings{folder_.path() / name, kPartitions, "wall", {"--config", node.config}, {}});
  }
  void start_three() {
    for (const std::string name : {"a", "b", "c"}) start(name, {"a", "b", "c"});
    for (const std::string name : {"a", "b", "c"})
      ASSERT_TRUE(nodes_[name].process->wait_ready(kPatience)) << name << ":\n"
                                                               << nodes_[name].process->log();
  }

  std::optional<api::Cluster> seen_by(const std::string& name) {
    Node& node = nodes_[name];
    if (!node.client) node.client = std::make_unique<client::Client>(node.process->client_options());
    const auto body = node.client->ask(api::ShowCluster{});
    const auto* cluster = body.ok() ? std::get_if<api::Cluster>(&body.value()) : nullptr;
    return cluster == nullptr ? std::nullopt : std::optional(*cluster);
  }
  static const api::ClusterMember* member(const api::Cluster& cluster, const std::string& name) {
    for (const auto& one : cluster.members)
      if (one.name == name) return &one;
    return nullptr;
  }
  /// Looks again and again until it holds; how long that took, nothing where it never did.
  template <class Condition>
  std::optional<Clock::duration> wait_until(Condition&& holds) {
    const auto begin = Clock::now();
    do {
      if (holds()) return Clock::now() - begin;
    } while (broker().look_again() && Clock::now() - begin < kPatience);
    return std::nullopt;
  }
  /// All of `viewers` see exactly `present`, have a link to each other, and one and the same map over them.
  bool agree(const std::vector<std::string>& viewers, const std::vector<std::string>& present) {
    std::optional<std::uint64_t> digest;
    for (const auto& viewer : viewers) {
      const auto cluster = seen_by(viewer);
      if (!cluster || cluster->map.size() != kPartitions) return false;
      std::vector<std::string> there;
      for (const auto& one : cluster->members) {
        if (one.state == "present") there.push_back(one.name);
        const bool other = one.name != viewer && std::count(present.begin(), present.end(), one.name) != 0;
        if (other && one.link != "up") return false;
      }
      if (there != present || (digest && *digest != cluster->map_digest)) return false;
      digest = cluster->map_digest;
    }
    return true;
  }
  std::string logs() const {
    std::string all;
    for (const auto& [name, node] : nodes_)
      if (node.process) all += name + ":\n" + node.process->log() + "\n";
    return all;
  }

  std::map<std::string, Node> nodes_;
};

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
  EXPECT_TRUE(wait_until([&] { return member(*seen_by("a"), "c")->caught_up == kPartitions; }));

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
}

} // namespace
} // namespace kindred
