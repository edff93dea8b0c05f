#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "actors/ports/state_store.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"
#include "schemas/node_asks.hpp"

namespace kindred::actors::peering {

/// What this node has stored of its partitions, handed out part by part: each checkpoint is one frozen space, so its parts
/// fit together while the shard goes on writing. At most kOpenMax at a time; one that nobody asked of for kForgottenAfter is
/// let go, and no sooner: the answer with its last part may be lost, too.
/// Reads the store (a ms a part). Owned by the peering state; not thread-safe.
class Checkpoints {
public:
  /// Numbers begin behind `last`.
  explicit Checkpoints(ports::StateStore& store, std::uint64_t last = 0, std::size_t part_bytes = kPartBytes)
      : store_(store), part_bytes_(part_bytes), last_(last) {}

  enum class Refusal : std::uint8_t {
    kBusy = 1,  ///< kOpenMax are open: try again later
    kGone = 2,  ///< there is no such checkpoint (any more): begin a new one
    kStore = 3, ///< the store cannot be read
    kEmpty = 4, ///< nothing of it is stored yet
  };
  Result<kindred::peers::CheckpointChunk, Refusal> read(const kindred::peers::CheckpointAsk& ask,
                                                        std::int64_t steady_us);
  void forget(std::int64_t steady_us);
  std::size_t open() const { return open_.size(); }

  static constexpr std::size_t kOpenMax = 1024;
  static constexpr Duration kForgottenAfter{30 * kSecond.us};
  static constexpr std::size_t kPartBytes =
      256 << 10; ///< of a part, or one entry where that is larger: requests wait behind it

private:
  struct Open {
    std::uint16_t partition = 0;
    std::unique_ptr<ports::FrozenSpace> space;
    std::int64_t asked_us = 0;
    std::uint32_t fold_version = 0; ///< of the state
  };
  ports::StateStore& store_;
  const std::size_t part_bytes_;
  std::uint64_t last_;
  std::map<std::uint64_t, Open> open_;
};

} // namespace kindred::actors::peering
