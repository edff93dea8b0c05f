#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/fast_models/contract.hpp"
#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/records/record.hpp"

namespace kindred::actors::fast_models {

/// Which deltas of the models log count, and what each of them adds (records.md §6): the rule, in one place, for all who
/// read that log.
///
/// A delta counts only if its `from` is the last `to` of its partition; entries that stand twice are dropped by their
/// author; the parts of a large delta are held back until the last one is taken. So a fold may also begin in the middle,
/// right behind the delta that ends at the `last_to` it is given, or before it: nobody cuts a delta from an offset that
/// was not seen applied in this log, hence all that could count stands behind there, and the rest is refused.
/// Pure value; one owner; not thread-safe.
class DeltaFold {
public:
  /// The partitions it follows, and the offset of each below which all entries are in deltas that were folded before.
  /// Deltas of other partitions are ignored.
  explicit DeltaFold(std::map<PartitionId, std::uint64_t> last_to) : last_to_(std::move(last_to)) {}

  /// What one entry brought.
  struct Folded {
    std::vector<DeltaSeen> seen;         ///< applied and refused, in order
    bool foreign = false;                ///< without our magic: skipped
    bool repeated = false;               ///< of an author's sequence that was folded: skipped
    std::uint64_t ignored = 0;           ///< records of other learners or partitions, or ignorable
    std::uint64_t held = 0;              ///< parts held back
    Instant stamp;                       ///< of the last delta applied
    std::vector<records::Record> solved; ///< chunks and manifests, for SolvedFold
  };
  /// The next entry, in order of offsets. Error: why this build must not fold on; nothing may be folded after it.
  Result<Folded, std::string> fold(const ports::LogEntry& entry);

  /// Requires: it follows the partition.
  std::uint64_t last_to(PartitionId partition) const { return last_to_.at(partition); }

  /// Its part of a checkpoint, and the inverse (false: damaged, or of other partitions; then it is of no use).
  void write(ByteWriter& out) const;
  bool read(ByteReader& in);

private:
  /// A delta whose last part has not come: `group` is the causation that its parts share.
  struct Held {
    Id128 group;
    std::set<RecordId> parts;
    stats::FastDelta changes;
  };
  using Refusal = std::string; ///< empty: none

  bool is_repeated(const records::Authorship& author);
  Refusal fold_delta(const records::Delta& delta, const records::RecordHeader& header, std::uint64_t end,
                     Folded& folded);
  Refusal hold(const records::Delta& delta, const records::RecordHeader& header,
               const stats::FastDelta& changes, Folded& folded);
  stats::FastDelta with_held_parts(PartitionId partition, const Id128& group, stats::FastDelta changes);

  std::map<PartitionId, std::uint64_t> last_to_;
  std::map<WriterId, std::pair<std::uint64_t, std::uint64_t>> writers_; ///< last (epoch, sequence)
  std::map<PartitionId, Held> held_;
};

} // namespace kindred::actors::fast_models
