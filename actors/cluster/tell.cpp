#include "actors/cluster/tell.hpp"

#include <algorithm>
#include <map>

namespace kindred::actors::cluster {

namespace {

std::string state_of(const Members& members, const std::string& node) {
  const Member* member = members.find(node);
  if (member == nullptr) return "notJoined";
  if (!members.is_present(node)) return "silent";
  if (members.is_too_old(*member)) return "tooOld";
  return member->join.draining ? "draining" : "present";
}

void tell_link(const ports::PeerStanding& peer, std::int64_t steady_us, api::ClusterMember& into) {
  into.link = name_of(peer.state);
  if (peer.heard_us != 0) into.heard_ms_ago = std::max<std::int64_t>(0, (steady_us - peer.heard_us) / 1000);
  if (peer.state != ports::PeerState::kRefused) return;
  into.link_reason = std::string(peers::name_of(peer.refusal)) + ": " + peer.why;
}

} // namespace

api::Cluster tell(const Settings& self, const Standing* standing,
                  const std::vector<ports::PeerStanding>& peers, std::int64_t steady_us) {
  static const Standing kNothing;
  const Standing& known = standing != nullptr ? *standing : kNothing;
  std::map<std::string, api::ClusterMember> all;
  for (const auto& peer : peers) {
    all[peer.name].endpoint = peer.endpoint;
    tell_link(peer, steady_us, all[peer.name]);
  }
  all[self.node].link = "self";
  all[self.node].endpoint = self.endpoint;
  for (const auto& [node, member] : known.members.all()) {
    api::ClusterMember& one = all[node];
    one.endpoint = member.join.endpoint;
    one.clients = member.join.clients;
    one.zone = member.join.zone;
    one.weight = member.weight();
    one.told_weight = member.join.told_weight;
    one.fold_oldest = member.join.fold_oldest;
    one.fold_newest = member.join.fold_newest;
    one.caught_up = static_cast<std::uint32_t>(member.caught_up.size());
    if (one.link.empty()) one.link = name_of(ports::PeerState::kUnknown);
  }
  api::Cluster cluster;
  cluster.id = self.cluster;
  cluster.node = self.node;
  cluster.replicas = known.members.replicas();
  cluster.map_digest = known.map.digest();
  cluster.fold_active = known.members.fold_active();
  std::map<std::string, std::uint16_t> numbers;
  for (auto& [node, one] : all) {
    one.name = node;
    one.state = state_of(known.members, node);
    numbers.emplace(node, static_cast<std::uint16_t>(cluster.members.size()));
    cluster.members.push_back(std::move(one));
  }
  for (const auto& replicas : known.map.replicas) {
    auto& places = cluster.map.emplace_back();
    for (const auto replica : replicas) {
      const std::uint16_t number = numbers.at(known.map.nodes[replica]);
      ++(places.empty() ? cluster.members[number].first : cluster.members[number].second);
      places.push_back(number);
    }
  }
  return cluster;
}

} // namespace kindred::actors::cluster
