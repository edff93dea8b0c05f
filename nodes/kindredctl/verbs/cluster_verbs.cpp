// Verbs about the nodes that work together: cluster status, drain, join, rebalance, activate.
#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/verbs/verbs.hpp"

namespace kindred::ctl {

namespace {

constexpr std::uint32_t kMovedPatience_s = 600;

std::string heard(const api::ClusterMember& member) {
  if (member.link == "self") return "-";
  return member.heard_ms_ago < 0 ? "never" : fmt::format("{} ms", member.heard_ms_ago);
}

void say_cluster(const api::Cluster& cluster) {
  fmt::print("cluster {}  {} partitions, {} replicas of each  map {:016x}  as {} knows it\n", cluster.id,
             cluster.map.size(), cluster.replicas, cluster.map_digest, cluster.node);
  fmt::print("version {} of the fold is active\n", cluster.fold_active);
  fmt::print("{:<16} {:<26} {:<10} {:>6}  {:<10} {:<11} {:>9}  {:>5} {:>6} {:>8}  {:>5}\n", "node",
             "endpoint", "zone", "weight", "state", "link", "heard", "first", "second", "caughtUp", "folds");
  for (const auto& member : cluster.members) {
    fmt::print("{:<16} {:<26} {:<10} {:>6}  {:<10} {:<11} {:>9}  {:>5} {:>6} {:>8}  {:>5}\n", member.name,
               member.endpoint, member.zone.empty() ? "-" : member.zone, member.weight, member.state,
               member.link, heard(member), member.first, member.second, member.caught_up,
               fmt::format("{}-{}", member.fold_oldest, member.fold_newest));
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

const api::ClusterMember* find(const api::Cluster& cluster, const std::string& node) {
  for (const auto& member : cluster.members)
    if (member.name == node) return &member;
  return nullptr;
}

/// Whether the log has it.
bool is_done(const api::Cluster& cluster, const records::Drain& wish) {
  const auto* member = find(cluster, wish.node);
  if (member == nullptr || (member->state == "draining") != wish.draining) return false;
  const bool configured = wish.weight == records::Drain::kWeightConfigured;
  return wish.weight == 0 || member->told_weight == (configured ? 0 : wish.weight);
}

/// Partitions that the map gives to members, and how many of those are where it says. What a member still holds for others,
/// until they have caught up, is one that is not.
struct Moved {
  std::uint32_t there = 0, all = 0;
  bool all_of_it() const { return there == all; }
};
Moved moved(const api::Cluster& cluster) {
  Moved moved;
  for (const auto& member : cluster.members) {
    if (member.state == "silent" || member.state == "notJoined") continue; // nothing moves there
    const std::uint32_t mapped = member.first + member.second;
    const std::uint32_t leaving = member.caught_up > mapped ? member.caught_up - mapped : 0;
    moved.all += mapped + leaving;
    moved.there += std::min(member.caught_up, mapped);
  }
  return moved;
}

/// Asks every `kLookAgain` until it holds or the time is over; the last answer, nothing where one was refused.
std::optional<api::Cluster> look_until(Session& session, api::Cluster cluster, std::chrono::seconds patience,
                                       const std::function<bool(const api::Cluster&)>& holds) {
  constexpr auto kLookAgain = std::chrono::milliseconds(100);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!holds(cluster) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kLookAgain);
    auto next = cluster_of(session, api::ShowCluster{});
    if (!next) return std::nullopt;
    cluster = std::move(*next);
  }
  return cluster;
}

/// Asks for it, looks until the log says so, and then until partitions are where the map has them.
void change(Session& session, const records::Drain& wish, std::uint32_t patience_s) {
  constexpr auto kLogPatience = std::chrono::seconds(10);
  auto cluster = cluster_of(session, api::DrainNode{wish});
  if (cluster)
    cluster = look_until(session, std::move(*cluster), kLogPatience,
                         [&](const auto& seen) { return is_done(seen, wish); });
  if (!cluster) return;
  if (!is_done(*cluster, wish)) {
    print(session, *cluster);
    session.fail(kUnavailable);
    fmt::print(stderr,
               "kindredctl: the log does not say so of '{}' yet: is it there? Look with 'kindredctl cluster "
               "status'\n",
               wish.node);
    return;
  }
  {
    Progress progress;
    cluster =
        look_until(session, std::move(*cluster), std::chrono::seconds(patience_s), [&](const auto& seen) {
          const Moved now = moved(seen);
          progress.show(now.all == 0 ? 1 : static_cast<double>(now.there) / now.all,
                        fmt::format("{} of {} partitions are where the map has them", now.there, now.all));
          return now.all_of_it();
        });
  }
  if (!cluster) return;
  print(session, *cluster);
  if (moved(*cluster).all_of_it()) return;
  session.fail(kDegraded);
  fmt::print(
      stderr,
      "kindredctl: {} of {} partitions are where the map has them; they go on moving without this command\n",
      moved(*cluster).there, moved(*cluster).all);
}

void add_activate(CLI::App& cluster, Session& session) {
  auto wish = std::make_shared<api::ActivateFold>();
  CLI::App* verb = cluster.add_subcommand(
      "activate", "End an upgrade: every partition folds by a newer version from here on. No way back.");
  verb->add_option("--fold-version", wish->version, "without it: the newest that the asked node has");
  verb->add_option("--author", wish->author, "who asks for it, for the record");
  verb->footer("Also for a node that is in no cluster. Until then nodes may go back to the build before.\n"
               "Exit code 7 if a member's build does not have the version.\nExample:\n"
               "  kindredctl cluster activate");
  verb->callback([&session, wish] {
    api::Request request;
    request.queries.push_back(*wish);
    const auto answer = session.answer_of(std::move(request));
    if (!answer) return;
    const api::AnswerBody& body = answer->bodies.front();
    if (const auto* error = std::get_if<api::Error>(&body)) return session.say_error(*error);
    if (session.json) return session.print(json::to_json(body, answer->positions));
    fmt::print("activated in {} partitions; 'kindredctl status' tells the version of each\n",
               answer->positions.size());
  });
}

} // namespace

void add_cluster(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("cluster", "The nodes that work together.");
  verb->require_subcommand(1);
  CLI::App* status = verb->add_subcommand("status", "Members, links and who holds how many partitions.");
  status->footer("Exit code 6 if a member is silent or too old, or a link is not up.\nExample:\n  kindredctl "
                 "cluster status");
  status->callback([&session] {
    const auto cluster = cluster_of(session, api::ShowCluster{});
    if (!cluster) return;
    print(session, *cluster);
    for (const auto& member : cluster->members)
      if (member.state == "silent" || member.state == "tooOld" ||
          (member.link != "up" && member.link != "self"))
        session.fail(kDegraded);
  });
  auto wish = std::make_shared<records::Drain>();
  auto patience_s = std::make_shared<std::uint32_t>(kMovedPatience_s);
  const auto about = [&](CLI::App* one, const std::string& example) {
    one->add_option("node", wish->node, "its name")->required();
    one->add_option("--author", wish->author, "who asks for it, for the record");
    one->add_option("--wait", *patience_s, "seconds until partitions have moved; 0: not waited for")
        ->capture_default_str();
    one->footer("Exit code 3 if no node of that name has joined, 6 if partitions still move.\nExample:\n  " +
                example);
    return one;
  };
  about(verb->add_subcommand("drain", "Take a node's partitions off the map; its process goes on."),
        "kindredctl cluster drain b")
      ->callback([&session, wish, patience_s] {
        wish->draining = true;
        change(session, *wish, *patience_s);
      });
  about(verb->add_subcommand("join", "Put a node that was drained back into the map."),
        "kindredctl cluster join b")
      ->callback([&session, wish, patience_s] {
        wish->draining = false;
        change(session, *wish, *patience_s);
      });
  add_activate(*verb, session);
  auto weight = std::make_shared<std::uint16_t>(0);
  CLI::App* balance =
      about(verb->add_subcommand(
                "rebalance", "Give a node another weight: its share of the partitions beside the others'."),
            "kindredctl cluster rebalance b --weight 50");
  balance->add_option("--weight", *weight, "1 to 10000; without it: as the node's configuration says")
      ->check(CLI::Range(1, int{records::kWeightMax}));
  balance->callback([&session, wish, weight, patience_s] {
    const auto now = cluster_of(session, api::ShowCluster{});
    if (!now) return;
    const auto* member = find(*now, wish->node);
    wish->draining = member != nullptr && member->state == "draining";
    wish->weight = *weight != 0 ? *weight : records::Drain::kWeightConfigured;
    change(session, *wish, *patience_s);
  });
}

} // namespace kindred::ctl
