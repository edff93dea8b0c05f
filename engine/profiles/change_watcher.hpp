#pragma once

#include <cstddef>

#include "engine/profiles/profile.hpp"

namespace kindred::profiles {

/// Hears of a tenant's users before they change (copy on write), so that what is summed over them can be kept up by who
/// changed alone (records.md §5). Called from within a fold: it must be quick, and never fail.
class ChangeWatcher {
public:
  virtual ~ChangeWatcher() = default;
  /// Before the first change of a user since the watch began; again where he left memory in between. `profile`: as he is
  /// still; null: he has none. Both are good until the call returns.
  virtual void before_change(const UserKey& user, const Profile* profile) = 0;
  /// He was erased. What comes under his name later is told like the first change of somebody new.
  virtual void erased(const UserKey& user) = 0;
};

inline constexpr std::size_t kWatchesMax =
    4; ///< at once in a partition: of so many tenants and learners whose sums are kept up

} // namespace kindred::profiles
