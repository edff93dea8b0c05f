#pragma once

#include <algorithm>
#include <map>

#include "engine/profiles/partition_state.hpp"

namespace kindred::support {

/// Of memory for a user with a few events, about: tests bound it by numbers of users.
inline constexpr std::size_t kSmallUserBytes = 3'000;

/// A store for a fold under test: a map. Counts what is asked; answers an error while `failing`.
/// Owned by the test; must outlive the states that read it.
class ColdMap : public profiles::ColdState {
public:
  using Loaded = Result<std::optional<Bytes>, profiles::FoldError>;
  using Prefixed = Result<std::vector<std::pair<Bytes, Bytes>>, profiles::FoldError>;

  Loaded load(BytesView key) override {
    ++loads;
    if (failing) return profiles::FoldError::kStoreFailed;
    const auto found = values.find(key);
    if (found == values.end()) return std::optional<Bytes>();
    return std::optional(found->second);
  }

  Prefixed load_prefix(BytesView prefix) override {
    ++loads;
    if (failing) return profiles::FoldError::kStoreFailed;
    std::vector<std::pair<Bytes, Bytes>> found;
    for (auto at = values.lower_bound(prefix); at != values.end() && at->first.starts_with(prefix); ++at)
      found.push_back(*at);
    return found;
  }

  Prefixed load_range(BytesView prefix, BytesView from, std::size_t most) override {
    ++loads;
    if (failing) return profiles::FoldError::kStoreFailed;
    std::vector<std::pair<Bytes, Bytes>> found;
    for (auto at = values.lower_bound(std::max(prefix, from));
         at != values.end() && at->first.starts_with(prefix) && found.size() < most; ++at)
      found.push_back(*at);
    return found;
  }

  /// Stores one batch.
  void write(const profiles::PartitionState::Batch& batch) {
    for (const auto& change : batch.changes) {
      if (change.value)
        values[change.key] = *change.value;
      else
        values.erase(change.key);
    }
  }

  std::map<Bytes, Bytes, std::less<>> values;
  std::size_t loads = 0;
  bool failing = false;
};

} // namespace kindred::support
