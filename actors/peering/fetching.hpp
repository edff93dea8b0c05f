#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/ports/state_store.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"
#include "schemas/node_asks.hpp"

namespace kindred::actors::peering {

/// Takes checkpoints of partitions from peers into this node's store, before their shards are made.
///
/// A partition of which something is stored is left as it is: its shard folds the rest. Else, where a peer has folded at
/// least kWorthwhile entries, its stored state is copied part by part. Where the log was trimmed above what is stored here, there
/// is no other way than a copy, and it is waited for; the value that makes it a state (position, digest)
/// comes last, and until then a mark says that the space is none: after a crash it is begun anew. Each part has a checksum. A
/// peer that fails is left for the next one; a store that refuses is waited for; where nobody is left the space is emptied, and the shard folds from the log.
/// At most kCopiedAtOnce are copied at a time, a part of each in a pulse: those who serve meanwhile lose little by it.
/// A copy is what the peer itself would restart from: the same state, deltas and outbox.
/// Steps out, outcomes in; reads two values of the store. Owned by the peering state; not thread-safe.
class Fetching {
public:
  /// Peers that have the partition, the best one first, and how many entries they have folded, as far as they told.
  using Peers = std::function<std::vector<std::pair<std::string, std::uint64_t>>(PartitionId)>;
  Fetching(ports::StateStore& store, Peers peers, std::uint64_t worthwhile = kWorthwhile)
      : store_(store), peers_(std::move(peers)), worthwhile_(worthwhile) {}

  struct Ask {
    PartitionId partition;
    std::string peer;
    kindred::peers::CheckpointAsk ask;
  }; ///< outcome: answered
  struct Store {
    PartitionId partition;
    ports::StoreBatch batch;
  }; ///< outcome: stored
  struct Ended {
    PartitionId partition;
    std::string why; ///< nothing was copied; empty: a checkpoint is there
    std::size_t bytes = 0;
  }; ///< the shard may be made
  using Step = std::variant<Ask, Store, Ended>;
  using Steps = std::vector<Step>;

  Steps begin(PartitionId partition, std::uint64_t log_begin, std::int64_t steady_us);
  struct Failure {
    bool again = false; ///< the same may be asked of the same peer once more
    std::string why;
  };
  Steps answered(PartitionId partition, Result<kindred::peers::CheckpointChunk, Failure> answer);
  Steps stored(PartitionId partition, bool ok);
  Steps pulse(std::int64_t steady_us);
  std::size_t under_way() const { return jobs_.size(); }

  /// Fewer entries are folded sooner than asked for.
  static constexpr std::uint64_t kWorthwhile = 1'000;
  static constexpr Duration kLookFor{2 * kSecond.us}; ///< until peers have told how far they are
  /// With parts of 256 KiB in pulses of 50 ms, 20 MiB/s at most.
  static constexpr std::size_t kCopiedAtOnce = 4;
  static constexpr int kTriesMax = 5; ///< of one part at one peer
  static const Bytes& mark_key();

private:
  enum class At : std::uint8_t {
    kBeginning,
    kLooking,
    kClearing,
    kAsked,
    kPausing,
    kStoring,
    kEnding,
    kGivingUp
  };
  struct Job {
    At at = At::kLooking;
    std::int64_t until_us = 0, again_us = 0; ///< look for so long; not before
    bool dirty = false;                      ///< the space has a mark, or a part of a state
    std::uint64_t log_begin = 0;
    bool needed = false; ///< the log begins above what is stored
    std::string peer;
    std::set<std::string> tried;
    kindred::peers::CheckpointAsk ask;
    bool more = true;
    int tries = 0;
    std::optional<Bytes> meta;
    std::optional<ports::StoreBatch> batch; ///< being stored
    bool refused = false;                   ///< by the store: again at the next pulse
    std::string why;
    std::size_t bytes = 0;
  };
  void look(PartitionId partition, Job& job, Steps& out);
  std::size_t copied_now() const;
  void store(PartitionId partition, Job& job, At at, ports::StoreBatch batch, Steps& out);
  void ask(PartitionId partition, Job& job, Steps& out);
  void leave(PartitionId partition, Job& job, std::string why, Steps& out);
  void take(PartitionId partition, Job& job, const kindred::peers::CheckpointChunk& chunk, Steps& out);
  void end(PartitionId partition, Steps& out);

  ports::StateStore& store_;
  const Peers peers_;
  const std::uint64_t worthwhile_;
  std::int64_t steady_us_ = 0;
  std::map<PartitionId, Job> jobs_;
};

} // namespace kindred::actors::peering
