#include "tests/simulation/refold.hpp"

#include <set>

#include "engine/profiles/marks.hpp"
#include "engine/profiles/partition_state.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::simulation {

namespace {

/// Folds one partition from its first entry; adds what its users' profiles contribute, by the slow and obvious way.
std::string fold_partition(const support::MemoryLogDisk::Tape& tape, PartitionId partition, Refold& into) {
  profiles::NothingStored nothing;
  profiles::PartitionState::Settings settings;
  settings.partition = partition;
  profiles::PartitionState state(settings, nothing);
  std::set<std::string> users;
  stats::FastDelta ignored;
  for (const auto& [offset, bytes] : tape.entries) {
    const auto entry = schemas::decode_entry(bytes);
    if (!entry.ok()) return "an entry cannot be read: " + entry.error().what;
    const auto applied = state.apply(entry.value(), offset, ignored);
    if (!applied.ok()) return "fold error " + std::to_string(static_cast<int>(applied.error()));
    for (const auto& record : entry.value().records) {
      if (const auto user = records::user_of(record.body); !user.empty()) users.emplace(user);
    }
  }
  stats::FastDelta sum;
  for (const std::string& user : users) {
    const auto profile = state.find({kDefaultTenant, user});
    if (!profile.ok()) return "a profile cannot be read";
    if (profile.value() == nullptr) continue;
    profiles::contribute(profile.value()->training, kDefaultTenant, sum);
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
