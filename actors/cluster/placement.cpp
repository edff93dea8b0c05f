#include "actors/cluster/placement.hpp"

#include <algorithm>
#include <array>

#include "engine/base/bytes.hpp"
#include "engine/base/hash.hpp"

namespace kindred::actors::cluster {

namespace {

bool has_caught_up(const Members& members, const std::string& node, PartitionId partition) {
  const Member* member = members.find(node);
  return member != nullptr &&
         std::binary_search(member->caught_up.begin(), member->caught_up.end(), partition.value);
}

std::vector<std::string> replicas_of(const PartitionMap& map, PartitionId partition) {
  std::vector<std::string> nodes;
  if (partition.value < map.replicas.size())
    for (const auto replica : map.replicas[partition.value]) nodes.push_back(map.nodes[replica]);
  return nodes;
}

} // namespace

std::vector<std::string> others_with(const Standing& standing, const std::string& self,
                                     PartitionId partition) {
  std::vector<std::string> nodes;
  const auto add = [&](const std::string& node) {
    if (node == self || std::find(nodes.begin(), nodes.end(), node) != nodes.end()) return;
    if (standing.members.is_present(node) && has_caught_up(standing.members, node, partition))
      nodes.push_back(node);
  };
  for (const auto& node : replicas_of(standing.map, partition)) add(node);
  for (const auto& [node, member] : standing.members.all()) add(node);
  return nodes;
}

std::vector<bool> to_hold(const Standing& standing, const std::string& self, const std::vector<bool>& held,
                          const std::function<bool(PartitionId)>& stored) {
  if (!standing.ready || standing.map.replicas.size() != held.size()) return held;
  std::vector<bool> hold(held.size());
  for (std::size_t i = 0; i < held.size(); ++i) {
    const PartitionId partition{static_cast<std::uint16_t>(i)};
    const auto replicas = replicas_of(standing.map, partition);
    const bool mine = std::find(replicas.begin(), replicas.end(), self) != replicas.end();
    const bool awaited =
        replicas.empty() || std::any_of(replicas.begin(), replicas.end(), [&](const auto& node) {
          return !has_caught_up(standing.members, node, partition);
        });
    hold[i] = mine || (awaited && (held[i] || stored(partition)));
  }
  return hold;
}

std::string runner_of(const Standing& standing, std::string_view learner) {
  std::string best;
  std::uint64_t most = 0;
  for (const auto& node : standing.map.nodes) {
    ByteWriter both;
    both.text(learner);
    both.text(node);
    const std::uint64_t weight = hash64(both.view());
    if (!best.empty() && weight <= most) continue;
    best = node;
    most = weight;
  }
  return best;
}

bool is_before(const Standing& standing, const std::string& peer, const std::string& self,
               PartitionId partition) {
  const auto replicas = replicas_of(standing.map, partition);
  const auto its = std::find(replicas.begin(), replicas.end(), peer);
  return its != replicas.end() && its < std::find(replicas.begin(), replicas.end(), self);
}

std::optional<std::uint64_t> stored_by_all(const Standing& standing, const std::string& self,
                                           PartitionId partition,
                                           const std::map<std::string, std::uint64_t>& stored) {
  const auto replicas = replicas_of(standing.map, partition);
  if (!standing.ready || replicas.empty() || replicas.front() != self) return std::nullopt;
  std::optional<std::uint64_t> least;
  for (const auto& node : replicas) {
    const auto told = stored.find(node);
    if (told == stored.end() || !has_caught_up(standing.members, node, partition)) return std::nullopt;
    least = std::min(least.value_or(told->second), told->second);
  }
  return least;
}

std::string role_of(const Standing& standing, const std::string& self, PartitionId partition) {
  static constexpr std::array<const char*, 8> kRoles{"first", "second", "third",   "fourth",
                                                     "fifth", "sixth",  "seventh", "eighth"};
  const auto replicas = replicas_of(standing.map, partition);
  const auto at = std::find(replicas.begin(), replicas.end(), self);
  if (at == replicas.end()) return "leaving";
  const auto place = static_cast<std::size_t>(at - replicas.begin());
  return place < kRoles.size() ? kRoles[place] : "further";
}

} // namespace kindred::actors::cluster
