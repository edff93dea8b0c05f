// Verbs about the nodes that work together: cluster status, drain, join.
#include <chrono>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/verbs/verbs.hpp"

namespace kindred::ctl {

namespace {

std::string heard(const api::ClusterMember& member) {
  if (member.link == "self") return "-";
  return member.heard_ms_ago < 0 ? "never" : fmt::format("{} ms", member.heard_ms_ago);
}

void say_cluster(const api::Cluster& cluster) {
  fmt::print("cluster {}  {} partitions, {} replicas of each  map {:016x}  as {} knows it\n", cluster.id,
             cluster.map.size(), cluster.replicas, cluster.map_digest, cluster.node);
  fmt::print("{:<16} {:<26} {:<10} {:>6}  {:<10} {:<11} {:>9}  {:>5} {:>6} {:>8}\n", "node", "endpoint",
             "zone", "weight", "state", "link", "heard", "first", "second", "caughtUp");
  for (const auto& member : cluster.members) {
    fmt::print("{:<16} {:<26} {:<10} {:>6}  {:<10} {:<11} {:>9}  {:>5} {:>6} {:>8}\n", member.name,
               member.endpoint, member.zone.empty() ? "-" : member.zone, member.weight, member.state,
               member.link, heard(member), member.first, member.second, member.caught_up);
    if (!member.link_reason.empty()) fmt::print("  because: {}\n", member.link_reason);
  }
}

/// Nothing where it was refused, which is printed.
std::optional<api::Cluster> cluster_of(Session& session, api::Query query) {
  api::Request request;
  request.queries.push_back(std::move(query));
  const auto answer = session.answer_of(std::move(request));
  if (!answer) return std::nullopt;
  const api::AnswerBody& body = answer->bodies.front();
  if (const auto* error = std::get_if<api::Error>(&body)) session.say_error(*error);
  const auto* cluster = std::get_if<api::Cluster>(&body);
  return cluster == nullptr ? std::nullopt : std::optional(*cluster);
}

void print(Session& session, const api::Cluster& cluster) {
  if (session.json)
    session.print(json::to_json(cluster));
  else
    say_cluster(cluster);
}

bool is_draining(const api::Cluster& cluster, const std::string& node) {
  for (const auto& member : cluster.members)
    if (member.name == node) return member.state == "draining";
  return false;
}

/// Asks for it, and looks until the log says so.
void drain(Session& session, const records::Drain& wish) {
  const auto& [node, draining, author] = wish;
  constexpr auto kPatience = std::chrono::seconds(10);
  constexpr auto kLookAgain = std::chrono::milliseconds(100);
  auto cluster = cluster_of(session, api::DrainNode{wish});
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (cluster && is_draining(*cluster, node) != draining && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kLookAgain);
    cluster = cluster_of(session, api::ShowCluster{});
  }
  if (!cluster) return;
  print(session, *cluster);
  if (is_draining(*cluster, node) == draining) return;
  session.fail(kUnavailable);
  fmt::print(stderr,
             "kindredctl: '{}' is not {} yet: is the log there? Look with 'kindredctl cluster status'\n",
             node, draining ? "draining" : "back");
}

} // namespace

void add_cluster(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("cluster", "The nodes that work together.");
  verb->require_subcommand(1);
  CLI::App* status = verb->add_subcommand("status", "Members, links and who holds how many partitions.");
  status->footer(
      "Exit code 6 if a member is silent, or a link is not up.\nExample:\n  kindredctl cluster status");
  status->callback([&session] {
    const auto cluster = cluster_of(session, api::ShowCluster{});
    if (!cluster) return;
    print(session, *cluster);
    for (const auto& member : cluster->members)
      if (member.state == "silent" || (member.link != "up" && member.link != "self")) session.fail(kDegraded);
  });
  auto wish = std::make_shared<records::Drain>();
  CLI::App* leave =
      verb->add_subcommand("drain", "Take a node's partitions off the map; its process goes on.");
  leave->add_option("node", wish->node, "its name")->required();
  leave->add_option("--author", wish->author, "who asks for it, for the record");
  leave->footer("Exit code 3 if no node of that name has joined.\nExample:\n  kindredctl cluster drain b");
  leave->callback([&session, wish] {
    wish->draining = true;
    drain(session, *wish);
  });
  CLI::App* come = verb->add_subcommand("join", "Put a node that was drained back into the map.");
  come->add_option("node", wish->node, "its name")->required();
  come->add_option("--author", wish->author, "who asks for it, for the record");
  come->footer("Exit code 3 if no node of that name has joined.\nExample:\n  kindredctl cluster join b");
  come->callback([&session, wish] {
    wish->draining = false;
    drain(session, *wish);
  });
}

} // namespace kindred::ctl
