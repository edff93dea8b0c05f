#pragma once

#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/profiles/profile.hpp"

namespace kindred::profiles {

/// A tick drops an erased user's ids no sooner than the window after his erasure has closed; the hour is for records that
/// were stamped within it and reach the log behind that tick.
inline constexpr Duration kErasedIdsKept{kOnceWindow + kHour};

/// Which record ids of a user were folded before he was erased, or dropped because he was: what comes again, under whatever
/// stamp, is known by them.
///
/// A client that sends a batch again after an erasure gives it new stamps, so that the tombstone alone lets it pass. The ids
/// are hashes without content, kept under the hash of the user, for the window and no longer
/// (docs/decisions/0011_ids_outlive_an_erased_user.md). By time, never by count: 16 bytes for each record of the last
/// week. The order of insertion leaves no trace. Cost: contains is a binary search, add sorts.
/// Value type; owned by one user's entry in PartitionState.
class ErasedIds {
public:
  void add(const std::vector<RecordId>& ids);
  bool contains(const RecordId& id) const;
  bool empty() const { return ids_.empty(); }
  std::size_t size() const { return ids_.size(); }

  /// Version, count, ids ascending.
  Bytes canonical() const;
  static std::optional<ErasedIds> from(BytesView canonical); ///< none: not what `canonical` writes

private:
  std::vector<RecordId> ids_; ///< ascending, each once
};

} // namespace kindred::profiles
