#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "engine/profiles/digest.hpp"
#include "engine/profiles/marks.hpp"
#include "engine/profiles/partition_state.hpp"
#include "engine/profiles/profile_codec.hpp"
#include "engine/profiles/state_keys.hpp"
#include "engine/stats/fast_delta.hpp"
#include "engine/stats/fast_model.hpp"
#include "tests/support/cold_map.hpp"
#include "tests/support/streams.hpp"

namespace kindred::support {

using Dump = std::vector<std::pair<Bytes, Bytes>>;

/// One partition's fold with its store, and all that it contributed; can be flushed and restarted. For law tests.
class FoldRun {
public:
  explicit FoldRun(std::size_t users = 50'000) : settings_{{0}, users * kSmallUserBytes} { restart(); }

  profiles::AppliedEntry apply(const records::Entry& entry) {
    auto applied = state_->apply(entry, offset_, changes);
    EXPECT_TRUE(applied.ok()) << "error " << static_cast<int>(applied.error());
    ++offset_;
    return applied.take();
  }
  void apply(const std::vector<records::Entry>& entries) {
    for (const records::Entry& entry : entries) apply(entry);
  }
  /// A record alone, in an entry of its own.
  profiles::AppliedEntry apply_alone(const records::Record& record) {
    return apply(records::Entry{{{1}, 1, ++sequence_}, {record}});
  }
  profiles::Outcome apply(const records::Record& record) { return apply_alone(record).outcomes.at(0); }

  void flush() {
    const auto batch = state_->take_dirty();
    if (batch.empty()) return;
    cold.write(batch);
    state_->flushed();
  }
  /// What a crash leaves is what was flushed; offset_ goes back to it.
  void restart() {
    state_ = std::make_unique<profiles::PartitionState>(settings_, cold);
    EXPECT_TRUE(state_->restore().ok());
    offset_ = state_->applied_end();
  }

  profiles::PartitionState& state() { return *state_; }
  std::uint64_t offset() const { return offset_; }
  Dump dump() {
    auto values = state_->dump();
    EXPECT_TRUE(values.ok());
    return values.take();
  }
  const profiles::Profile* profile(const std::string& user, TenantId tenant = kDefaultTenant) {
    const auto found = state_->find({tenant, user});
    EXPECT_TRUE(found.ok());
    return found.value();
  }

  ColdMap cold;
  stats::FastDelta changes;

private:
  const profiles::PartitionState::Settings settings_;
  std::unique_ptr<profiles::PartitionState> state_;
  std::uint64_t offset_ = 0;
  std::uint64_t sequence_ = 0;
};

/// The user of a profile's key in a dump; none for other keys.
inline std::optional<UserKey> user_of_profile_key(const Bytes& key) {
  if (key.size() < 8 || key.front() != 'u' || key.back() != 'p') return std::nullopt;
  UserKey user;
  for (int i = 1; i <= 4; ++i)
    user.tenant.value = user.tenant.value << 8 | static_cast<unsigned char>(key[static_cast<std::size_t>(i)]);
  user.user = key.substr(7, key.size() - 8);
  return profiles::profile_key(user) == key ? std::optional(user) : std::nullopt;
}

/// Σ f(profile) over the profiles of a dump: one full pass, as slow as can be (law increment).
inline stats::FastDelta full_pass(const Dump& dump) {
  stats::FastDelta sum;
  for (const auto& [key, value] : dump) {
    const auto user = user_of_profile_key(key);
    if (!user) continue;
    const auto profile = profiles::profile_from_canonical(*user, value);
    EXPECT_TRUE(profile.ok());
    profiles::contribute(profile.value().training, user->tenant, sum);
  }
  return sum;
}

/// The additive digest of a dump, made from nothing else.
inline Id128 digest_of(const Dump& dump) {
  profiles::Digest digest;
  for (const auto& [key, value] : dump) digest.add(profiles::Digest::part_of(key, value));
  return digest.value();
}

inline std::vector<records::Entry> one_each(const std::vector<records::Record>& records) {
  Random random(1);
  return cut_into_entries(records, 1, random);
}

} // namespace kindred::support
