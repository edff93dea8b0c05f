#include <algorithm>

#include "schemas/codec/api_wire.hpp"
#include "schemas/codec/bounds.hpp"

// What the control log carries, members of the cluster; and how a node tells of them.

namespace kindred::wire {

using schemas::kNameBytesMax;

void write(Join::Builder to, const records::Join& value) {
  put(to, &Join::Builder::setNode, value.node);
  to.setLife(value.life);
  put(to, &Join::Builder::setCluster, value.cluster);
  put(to, &Join::Builder::setEndpoint, value.endpoint);
  put(to, &Join::Builder::setZone, value.zone);
  to.setWeight(value.weight);
  to.setReplicas(value.replicas);
  to.setPartitions(value.partitions);
  to.setDraining(value.draining);
  put(to, &Join::Builder::setClients, value.clients);
  to.setToldWeight(value.told_weight);
  to.setFoldOldest(value.fold_oldest);
  to.setFoldNewest(value.fold_newest);
  to.setFoldActive(value.fold_active);
  to.setSeen(value.seen);
}

void read(Reading& reading, Join::Reader from, records::Join& value) {
  reading.text(value.node, from.getNode(), kNameBytesMax, "node");
  value.life = from.getLife();
  reading.text(value.cluster, from.getCluster(), kNameBytesMax, "cluster");
  reading.text(value.endpoint, from.getEndpoint(), kNameBytesMax, "endpoint");
  reading.text(value.zone, from.getZone(), kNameBytesMax, "zone");
  value.weight = std::clamp<std::uint16_t>(from.getWeight(), 1, records::kWeightMax);
  value.replicas = std::clamp<std::uint8_t>(from.getReplicas(), 1, records::kReplicasMax);
  value.partitions = from.getPartitions();
  value.draining = from.getDraining();
  reading.text(value.clients, from.getClients(), kNameBytesMax, "clients");
  value.told_weight = std::min(from.getToldWeight(), records::kWeightMax);
  value.fold_oldest = from.getFoldOldest();
  value.fold_newest = from.getFoldNewest();
  value.fold_active = from.getFoldActive();
  value.seen = from.getSeen();
}

void write(Alive::Builder to, const records::Alive& value) {
  put(to, &Alive::Builder::setNode, value.node);
  to.setLife(value.life);
  to.setLeaseUs(value.lease.us);
}

void read(Reading& reading, Alive::Reader from, records::Alive& value) {
  reading.text(value.node, from.getNode(), kNameBytesMax, "node");
  value.life = from.getLife();
  value.lease = {std::clamp(from.getLeaseUs(), records::kLeaseMin.us, records::kLeaseMax.us)};
}

void write(CaughtUp::Builder to, const records::CaughtUp& value) {
  put(to, &CaughtUp::Builder::setNode, value.node);
  to.setLife(value.life);
  if (value.partitions.empty()) return;
  auto partitions = to.initPartitions(static_cast<unsigned>(value.partitions.size()));
  for (unsigned i = 0; i < value.partitions.size(); ++i) partitions.set(i, value.partitions[i]);
}

void read(Reading& reading, CaughtUp::Reader from, records::CaughtUp& value) {
  reading.text(value.node, from.getNode(), kNameBytesMax, "node");
  value.life = from.getLife();
  for (const auto partition : from.getPartitions()) value.partitions.push_back(partition);
}

void write(Drain::Builder to, const records::Drain& value) {
  put(to, &Drain::Builder::setNode, value.node);
  to.setDraining(value.draining);
  put(to, &Drain::Builder::setAuthor, value.author);
  to.setWeight(value.weight);
}

void read(Reading& reading, Drain::Reader from, records::Drain& value) {
  reading.text(value.node, from.getNode(), kNameBytesMax, "node");
  value.draining = from.getDraining();
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
  value.weight = from.getWeight();
  if (value.weight > records::kWeightMax && value.weight != records::Drain::kWeightConfigured)
    reading.fail(CodecError::kOutOfRange, "weight", "at most 10000");
}

namespace {

void write(ClusterMember::Builder to, const api::ClusterMember& value) {
  put(to, &ClusterMember::Builder::setName, value.name);
  put(to, &ClusterMember::Builder::setEndpoint, value.endpoint);
  put(to, &ClusterMember::Builder::setZone, value.zone);
  to.setWeight(value.weight);
  put(to, &ClusterMember::Builder::setState, value.state);
  to.setHeardMsAgo(value.heard_ms_ago);
  to.setFirst(value.first);
  to.setSecond(value.second);
  to.setCaughtUp(value.caught_up);
  put(to, &ClusterMember::Builder::setLink, value.link);
  put(to, &ClusterMember::Builder::setLinkReason, value.link_reason);
  put(to, &ClusterMember::Builder::setClients, value.clients);
  to.setToldWeight(value.told_weight);
  to.setFoldOldest(value.fold_oldest);
  to.setFoldNewest(value.fold_newest);
}

void read(Reading& reading, ClusterMember::Reader from, api::ClusterMember& value) {
  using schemas::kUnbounded;
  reading.text(value.name, from.getName(), kUnbounded, "name");
  reading.text(value.endpoint, from.getEndpoint(), kUnbounded, "endpoint");
  reading.text(value.zone, from.getZone(), kUnbounded, "zone");
  value.weight = from.getWeight();
  reading.text(value.state, from.getState(), kUnbounded, "state");
  value.heard_ms_ago = from.getHeardMsAgo();
  value.first = from.getFirst();
  value.second = from.getSecond();
  value.caught_up = from.getCaughtUp();
  reading.text(value.link, from.getLink(), kUnbounded, "link");
  reading.text(value.link_reason, from.getLinkReason(), kUnbounded, "linkReason");
  reading.text(value.clients, from.getClients(), kUnbounded, "clients");
  value.told_weight = from.getToldWeight();
  value.fold_oldest = from.getFoldOldest();
  value.fold_newest = from.getFoldNewest();
}

} // namespace

void write(Cluster::Builder to, const api::Cluster& value) {
  put(to, &Cluster::Builder::setId, value.id);
  put(to, &Cluster::Builder::setNode, value.node);
  to.setReplicas(value.replicas);
  to.setMapDigest(value.map_digest);
  to.setTenant(value.tenant.value);
  to.setFoldActive(value.fold_active);
  auto members = to.initMembers(static_cast<unsigned>(value.members.size()));
  for (unsigned i = 0; i < value.members.size(); ++i) write(members[i], value.members[i]);
  auto map = to.initMap(static_cast<unsigned>(value.map.size()));
  for (unsigned i = 0; i < value.map.size(); ++i) {
    auto places = map[i].initMembers(static_cast<unsigned>(value.map[i].size()));
    for (unsigned j = 0; j < value.map[i].size(); ++j) places.set(j, value.map[i][j]);
  }
}

void read(Reading& reading, Cluster::Reader from, api::Cluster& value) {
  reading.text(value.id, from.getId(), schemas::kUnbounded, "cluster");
  reading.text(value.node, from.getNode(), schemas::kUnbounded, "node");
  value.replicas = from.getReplicas();
  value.map_digest = from.getMapDigest();
  value.tenant = {from.getTenant()};
  value.fold_active = from.getFoldActive();
  for (const auto member : from.getMembers()) read(reading, member, value.members.emplace_back());
  for (const auto places : from.getMap()) {
    auto& partition = value.map.emplace_back();
    for (const auto member : places.getMembers()) {
      if (member >= value.members.size())
        return reading.fail(CodecError::kOutOfRange, "map", "a member that is not told");
      partition.push_back(member);
    }
  }
}

} // namespace kindred::wire
