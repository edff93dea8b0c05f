#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "clients/cpp/client.hpp"
#include "tests/cluster/on_broker.hpp"
#include "tests/support/server_process.hpp"

namespace kindred {

/// What a program writes, and its exit code.
struct Ran {
  std::string out;
  int code = -1;
};
inline Ran run_shell(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return ran;
  char bytes[4096];
  for (std::size_t got; (got = fread(bytes, 1, sizeof bytes, pipe)) > 0;) ran.out.append(bytes, got);
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

/// One of our programs, with its arguments.
inline Ran run(const std::string& command) {
  return run_shell(std::string(std::getenv("KINDRED_BIN_DIR")) + "/" + command);
}

/// Nodes with keys, links and a control log on a real broker: tests start, stop and ask them by name.
class Cluster : public OnBroker {
protected:
  using ServerProcess = support::ServerProcess;
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint16_t kPartitions = 8;
  static constexpr std::chrono::seconds kPatience{60};

  struct Node {
    std::string endpoint; ///< of its links
    std::string key_file, public_key;
    std::string config;
    std::string program = "kindred"; ///< that it runs, below the folder of programs
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
         << of_all_ << kafka_table() << "[cluster]\nname = \"" << name << "\"\nid = \"shop\"\nzone = \"zone-"
         << name << "\"\nlisten = \"" << node.endpoint << "\"\nsecret_key_file = \"" << node.key_file
         << "\"\n"
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
    const std::string endpoint = node.process ? node.process->endpoint() : ""; // where clients know it
    node.process.reset();
    node.process = std::make_unique<ServerProcess>(ServerProcess::Settings{
        folder_.path() / name, partitions_, "wall", {"--config", node.config}, {}, node.program, endpoint});
  }
  void start_three() {
    for (const std::string name : {"a", "b", "c"}) start(name, {"a", "b", "c"});
    for (const std::string name : {"a", "b", "c"})
      ASSERT_TRUE(nodes_[name].process->wait_ready(kPatience)) << name << ":\n"
                                                               << nodes_[name].process->log();
  }

  /// Asks this node and no other, whoever has the user.
  client::Client& client_of(const std::string& name) {
    Node& node = nodes_.at(name);
    if (!node.client) {
      auto options = node.process->client_options();
      options.learn_nodes = false;
      node.client = std::make_unique<client::Client>(options);
    }
    return *node.client;
  }
  std::optional<api::Cluster> seen_by(const std::string& name) {
    const auto body = client_of(name).ask(api::ShowCluster{});
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
      if (!cluster || cluster->map.size() != partitions_) return false;
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
  /// The value of a series of one node, by the beginning of its line; summed where it has several.
  double metric(const std::string& name, const std::string& series) {
    const Ran page = run_shell("python3 -c \"import urllib.request as r; print(r.urlopen('http://" +
                               nodes_.at(name).process->http() + "/metrics').read().decode())\"");
    double sum = 0;
    for (std::size_t at = 0; at < page.out.size();) {
      const std::size_t end = std::min(page.out.find('\n', at), page.out.size());
      const std::string line = page.out.substr(at, end - at);
      if (line.starts_with(series)) sum += std::stod(line.substr(line.rfind(' ')));
      at = end + 1;
    }
    return sum;
  }
  /// All of them agree on a map over all of them, and have caught up with what it has them for.
  bool caught_up(const std::vector<std::string>& names) {
    if (!agree(names, names)) return false;
    for (const auto& name : names) {
      const auto cluster = seen_by(name);
      if (!cluster) return false;
      for (const auto& other : names) {
        const auto* one = member(*cluster, other);
        if (one == nullptr || one->caught_up != one->first + one->second) return false;
      }
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
  std::string of_all_; ///< lines at the top of every node's configuration
  std::uint16_t partitions_ = kPartitions;
};

} // namespace kindred
