#include "actors/cluster/members.hpp"

#include <algorithm>

namespace kindred::actors::cluster {

Members::Applied Members::apply(const records::Record& record, std::uint64_t end) {
  const Instant stamp = record.header.stamp;
  if (const auto* said = std::get_if<records::Join>(&record.body)) return join(*said, stamp);
  if (const auto* alive = std::get_if<records::Alive>(&record.body)) {
    Member* member = living(alive->node, alive->life);
    if (member == nullptr) return Applied::kUnknown;
    member->lease = alive->lease;
    heard(alive->node, *member, stamp);
    return Applied::kTaken;
  }
  if (const auto* caught_up = std::get_if<records::CaughtUp>(&record.body)) {
    Member* member = living(caught_up->node, caught_up->life);
    if (member == nullptr) return Applied::kUnknown;
    heard(caught_up->node, *member, stamp);
    member->caught_up = caught_up->partitions;
    return Applied::kTaken;
  }
  if (const auto* told = std::get_if<records::Drain>(&record.body)) return drain(*told, stamp, end);
  return Applied::kOther;
}

Members::Applied Members::drain(const records::Drain& drain, Instant stamp, std::uint64_t end) {
  const auto found = members_.find(drain.node);
  const bool known = found != members_.end();
  if (!known && !told_.contains(drain.node) && told_.size() >= records::kMembersMax) return Applied::kUnknown;
  Told& told = told_[drain.node];
  told.draining = drain.draining;
  if (drain.weight != 0) told.weight = drain.weight == records::Drain::kWeightConfigured ? 0 : drain.weight;
  told.end = end;
  told.stamp = stamp;
  if (!known) return Applied::kUnknown;
  found->second.join.draining = drain.draining;
  if (drain.weight != 0) found->second.join.told_weight = *told.weight;
  return Applied::kTaken;
}

Members::Applied Members::join(const records::Join& join, Instant stamp) {
  if (join.cluster != cluster_) return Applied::kForeign;
  auto found = members_.find(join.node);
  const bool fresh = found == members_.end();
  if (fresh) {
    if (members_.size() >= records::kMembersMax) return Applied::kFull;
    found = members_.emplace(join.node, Member{}).first;
    found->second.last = stamp;
  }
  Member& member = found->second;
  if (member.join.life != join.life) member.caught_up.clear();
  const auto told = told_.find(join.node);
  const bool crossed =
      told != told_.end() && join.seen < told->second.end; // it had not folded what an operator said
  bool draining = join.draining;
  std::uint16_t told_weight = join.told_weight;
  if (fresh && crossed) {
    draining = told->second.draining;
    told_weight = told->second.weight.value_or(told_weight);
  } else if (!fresh && (crossed || join.seen == 0)) { // of who is known the log has said it
    draining = member.join.draining;
    told_weight = member.join.told_weight;
  }
  const std::uint32_t fold_active =
      fresh ? join.fold_active : std::max(member.join.fold_active, join.fold_active);
  member.join = join;
  member.join.fold_active = fold_active; // there is no way back
  member.join.draining = draining;
  member.join.told_weight = told_weight;
  heard(join.node, member, stamp);
  return Applied::kTaken;
}

Member* Members::living(const std::string& node, std::uint64_t life) {
  const auto found = members_.find(node);
  return found == members_.end() || found->second.join.life != life ? nullptr : &found->second;
}

/// Who was out meanwhile has not caught up until he says so again: others went on, and trimmed what he may lack.
void Members::heard(const std::string& node, Member& member, Instant stamp) {
  if (silence(node) > member.lease) member.caught_up.clear();
  member.ran_us += std::clamp<std::int64_t>((stamp - member.last).us, 0, kBeatGapMax.us);
  member.last = stamp;
  for (const auto& [other, its] : members_)
    if (other != node) member.others_ran_us[other] = its.ran_us;
  forget(stamp);
}

void Members::forget(Instant now) {
  std::vector<std::string> gone;
  for (const auto& [node, member] : members_)
    if (silence(node) > kForgetAfter) gone.push_back(node);
  for (const auto& node : gone) {
    members_.erase(node);
    told_.erase(node);
    for (auto& [other, member] : members_) member.others_ran_us.erase(node);
  }
  std::erase_if(told_, [&](const auto& one) {
    return !members_.contains(one.first) && now - one.second.stamp > kForgetAfter;
  });
}

const Member* Members::find(const std::string& node) const {
  const auto found = members_.find(node);
  return found == members_.end() ? nullptr : &found->second;
}

Duration Members::silence(const std::string& node) const {
  const Member& member = members_.at(node);
  std::int64_t longest_us = 0;
  for (const auto& [other, its] : members_) {
    if (other == node) continue;
    const auto then = member.others_ran_us.find(other); // none: it came later, and ran since then
    longest_us = std::max(longest_us, its.ran_us - (then == member.others_ran_us.end() ? 0 : then->second));
  }
  return {longest_us};
}

bool Members::is_present(const std::string& node) const {
  const Member* member = find(node);
  return member != nullptr && silence(node) <= member->lease;
}

std::uint32_t Members::fold_active() const {
  std::uint32_t active = records::kFoldFirst;
  for (const auto& [node, member] : members_) active = std::max(active, member.join.fold_active);
  return active;
}

std::vector<const Member*> Members::mapped() const {
  std::vector<const Member*> staying, draining;
  for (const auto& [node, member] : members_)
    if (is_present(node) && !is_too_old(member))
      (member.join.draining ? draining : staying).push_back(&member);
  return staying.empty() ? draining : staying;
}

std::uint16_t Members::partitions() const {
  std::uint16_t partitions = 0;
  for (const Member* member : mapped()) partitions = std::max(partitions, member->join.partitions);
  return partitions;
}

std::uint8_t Members::replicas() const {
  std::uint8_t replicas = 0;
  for (const Member* member : mapped()) replicas = std::max(replicas, member->join.replicas);
  return replicas;
}

Members::Places Members::places() const {
  Places places;
  for (const Member* member : mapped())
    places.nodes.push_back({member->join.node, member->join.zone, member->weight()});
  places.partitions = partitions();
  places.replicas = replicas();
  return places;
}

} // namespace kindred::actors::cluster
