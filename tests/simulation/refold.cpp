#include "tests/simulation/refold.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "actors/user_shard/outbox.hpp"
#include "engine/profiles/marks.hpp"
#include "engine/profiles/membership.hpp"
#include "engine/profiles/partition_state.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::simulation {

namespace {

/// A user is a member of his segments unless something without consent for training had a say in where he is.
void count_memberships(const profiles::PersonalizationLane& lane, stats::FastDelta& sum) {
  const auto count = [&](std::string_view kind, const profiles::Membership& membership) {
    if (membership.segment == 0 || lane.beyond_training) return;
    const ItemId scope{stats::segment_scope(kind, membership.segment).value};
    sum.add_count({kDefaultTenant, stats::FastDelta::kMembers, scope}, 1);
  };
  count(profiles::kClusteredKind, lane.clustered);
  count(profiles::kRfmKind, lane.rfm);
}

/// What a partition's log brought in for the tenant: the newest generation of a kind holds, and has one value.
struct Adopts {
  std::map<std::string, std::map<std::uint64_t, Bytes>> values; ///< by kind and generation
  std::uint64_t late = 0;
  std::string wrong;

  void see(const records::Adopt& adopt) {
    if (adopt.kind == actors::user_shard::Outbox::kKind) return; // each life may tell one of its own
    auto& known = values[adopt.kind];
    late += !known.empty() && adopt.generation < known.rbegin()->first ? 1 : 0;
    const auto [found, fresh] = known.try_emplace(adopt.generation, adopt.value);
    if (!fresh && found->second != adopt.value)
      wrong = "generation " + std::to_string(adopt.generation) + " of " + adopt.kind + " has two values";
  }

  std::string check(const profiles::TenantInputs& inputs) const {
    const auto cart = values.find(std::string(profiles::kAdoptCartAbandonedAfter));
    if (cart != values.end() &&
        profiles::adopt_value(inputs.cart_abandoned_after) != cart->second.rbegin()->second)
      return "a setting was adopted backwards";
    for (const auto& [kind, known] : values)
      if (profiles::adopted_generation(inputs, kind).value_or(known.rbegin()->first) != known.rbegin()->first)
        return kind + " was adopted backwards";
    return wrong;
  }
};

/// Folds one partition from its first entry; adds what its users' profiles contribute, by the slow and obvious way.
std::string fold_partition(const support::MemoryLogDisk::Tape& tape, PartitionId partition, Refold& into) {
  profiles::NothingStored nothing;
  profiles::PartitionState::Settings settings;
  settings.partition = partition;
  profiles::PartitionState state(settings, nothing);
  std::set<std::string> users;
  Adopts adopts;
  stats::FastDelta ignored;
  for (const auto& [offset, bytes] : tape.entries) {
    const auto entry = schemas::decode_entry(bytes);
    if (!entry.ok()) return "an entry cannot be read: " + entry.error().what;
    const auto applied = state.apply(entry.value(), offset, ignored);
    if (!applied.ok()) return "fold error " + std::to_string(static_cast<int>(applied.error()));
    for (const auto& record : entry.value().records) {
      if (const auto user = records::user_of(record.body); !user.empty()) users.emplace(user);
      if (const auto* adopt = std::get_if<records::Adopt>(&record.body)) adopts.see(*adopt);
    }
  }
  into.late_adopts += adopts.late;
  if (std::string wrong = adopts.check(state.tenant_inputs(kDefaultTenant)); !wrong.empty()) return wrong;
  stats::FastDelta sum;
  for (const std::string& user : users) {
    const auto profile = state.find({kDefaultTenant, user});
    if (!profile.ok()) return "a profile cannot be read";
    if (const auto alias = state.alias_of({kDefaultTenant, user}); alias.ok() && alias.value())
      into.aliases[user] = alias.value()->to;
    if (profile.value() == nullptr) continue;
    profiles::contribute(profile.value()->training, kDefaultTenant, sum);
    count_memberships(profile.value()->personalization, sum);
    into.events[user] = profile.value()->personalization.events;
    for (const auto& event : profile.value()->personalization.history) into.remembered.insert(event.order.id);
  }
  into.model.add(sum, kDefaultTenant);
  into.digests.push_back(state.digest());
  return {};
}

} // namespace

Refold refold(const support::MemoryLogDisk& disk, std::uint16_t partitions) {
  Refold result;
  static const support::MemoryLogDisk::Tape kEmpty;
  for (std::uint16_t p = 0; p < partitions; ++p) {
    const auto tape = disk.tapes.find({records::Topic::kEvents, {p}});
    result.failure = fold_partition(tape == disk.tapes.end() ? kEmpty : tape->second, {p}, result);
    if (!result.failure.empty()) return result;
  }
  return result;
}

} // namespace kindred::simulation
