#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "actors/fast_models/contract.hpp"
#include "engine/records/record.hpp"
#include "engine/stats/fast_delta.hpp"

namespace kindred::actors::user_shard {

/// What a partition owes the fast models (records.md §6): a delta on its way (`inflight`) and what came after it (`rest`).
///
/// Invariant: contributions of all entries below the applied end = deltas applied up to `last_to` + inflight + rest.
/// Both are node-local values, written in the same atomic batch as the state, so that a restart neither loses nor doubles
/// a count. A delta seen applied, own or another's, is subtracted: a group element.
/// Pure; owned by the shard's state; not thread-safe.
class Deltas {
public:
  explicit Deltas(PartitionId partition) : partition_(partition) {}

  enum class Learnt : std::uint8_t {
    kYes = 1,
    kBehind = 2,   ///< they end in the middle of what is remembered: `catch_up`, then learn again
    kWentBack = 3, ///< the models log lost deltas that this state remembers as applied
  };
  /// At start, when the fast models have caught up: what their fold holds for this partition. Where all that is
  /// remembered was applied it is dropped; while entries below `last_to` are folded again their contributions are, too
  /// (they are in it). Where only a part was, by deltas that an earlier life had cut, these must be told one by one.
  Learnt learn(std::uint64_t last_to, std::uint64_t applied_end);
  /// The next delta that was applied since the flush, whoever cut it: subtracted.
  /// Requires: not learnt yet, `seen.applied`, `seen.from` == last_to().
  void catch_up(const fast_models::DeltaSeen& seen, std::uint64_t applied_end);
  /// All deltas that were applied behind the one that ends at `last_to()` stand in the models log from here on.
  std::uint64_t models_from() const { return models_from_; }

  /// Where the fold adds contributions.
  stats::FastDelta& rest() { return rest_; }
  /// After an entry was folded.
  void folded(std::uint64_t applied_end);

  /// The next delta up to here: becomes inflight. None: one is on its way, or nothing changed.
  bool cut(std::uint64_t applied_end);
  bool in_flight() const { return inflight_.has_value(); }
  /// Nothing is owed: all contributions are in the fast models.
  bool settled() const { return learnt_ && !inflight_ && !discarding_ && rest_.is_zero(); }
  /// Something that was folded is not in the fast models. False while that is not known, or what they have is folded again.
  bool owes() const { return learnt_ && !discarding_ && (inflight_ || !rest_.is_zero()); }
  /// The inflight delta as records, in parts of at most kPartKeysMax keys; to be appended in order, again after a failure.
  /// Requires: in_flight().
  std::vector<records::Record> records(Instant stamp) const;

  enum class Seen : std::uint8_t {
    kOwn = 1,     ///< the inflight delta is applied
    kForeign = 2, ///< another's: subtracted
    kKnown = 3,   ///< nothing new, or refused
    kMissed = 4,  ///< one in between was never told: start again
  };
  Seen see(const fast_models::DeltaSeen& seen, std::uint64_t applied_end);

  std::uint64_t last_to() const { return last_to_; }

  /// The node-local value, and its inverse (false: not what `canonical` writes).
  Bytes canonical() const;
  bool restore(BytesView canonical, std::uint64_t applied_end);

  static constexpr std::size_t kPartKeysMax =
      8192; ///< 41 bytes each at most: far below records::kRecordBytesMax

private:
  void subtract(const fast_models::DeltaSeen& seen, std::uint64_t applied_end);

  struct Inflight {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    stats::FastDelta changes;
  };

  const PartitionId partition_;
  bool learnt_ = false;
  std::uint64_t last_to_ = 0; ///< entries below are in applied deltas
  std::uint64_t models_from_ =
      0;                    ///< moved by deltas only: what a snapshot tells leaves it behind, never ahead
  bool discarding_ = false; ///< last_to_ lies ahead of the fold: what comes before it is counted already
  std::optional<Inflight> inflight_;
  stats::FastDelta rest_;
};

} // namespace kindred::actors::user_shard
