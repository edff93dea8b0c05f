#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/key_changes.hpp"
#include "engine/base/result.hpp"

namespace kindred::ports {

/// Closed list of what a state store may answer.
enum class StoreError : std::uint8_t {
  kDiskFull = 1,
  kIo = 2,
  kCorrupt = 3,      ///< checksum or version wrong
  kNewerVersion = 4, ///< written by a newer build
  kClosed = 5,
  kBusy =
      6, ///< the space has a batch in flight, or the queue is at its bound: keep the values dirty, try again
};
std::string_view name_of(StoreError error);

/// Changes to be written in one atomic step. A missing value deletes the key; of several changes of one key the last counts.
/// Immutable: copies share the changes, so that who keeps a batch to write it again holds it once with the store.
class StoreBatch {
public:
  using Change = KeyChange;
  StoreBatch(std::vector<Change> changes) : changes_(std::move(changes)) {}
  static StoreBatch sharing(KeyChanges changes) {
    StoreBatch batch(std::vector<Change>{});
    batch.changes_ = std::move(changes);
    return batch;
  }
  /// Everything that the space had goes first.
  static StoreBatch replacing(std::vector<Change> changes) {
    StoreBatch batch(std::move(changes));
    batch.replaces_ = true;
    return batch;
  }

  const std::vector<Change>& changes() const { return changes_.all(); }
  bool replaces() const { return replaces_; }

private:
  KeyChanges changes_;
  bool replaces_ = false;
};

/// A space as it was stored when it was frozen: what one prefix of its batches made. Goes before its store.
class FrozenSpace {
public:
  virtual ~FrozenSpace() = default;
  /// Calls `each` for every key from `from` on, in key order, until it returns false. kClosed: the store was opened anew since.
  virtual Result<Done, StoreError> scan(BytesView from,
                                        const std::function<bool(BytesView key, BytesView value)>& each) = 0;
};

/// Key-value state, ordered by key bytes. The log is the truth: what is lost here is folded again.
/// Thread-safe. `write` is asynchronous and atomic per batch. After a crash a space holds what some prefix of its
/// batches made, possibly an old one.
///
/// One batch of a space is in flight at a time: a write before the last one's verdict is refused with kBusy. Otherwise a
/// batch could be refused while its successor, which counts on it, is written.
class StateStore {
public:
  virtual ~StateStore() = default;

  /// A space is a partition's state ("p/7") or a node's ("models", "catalog").
  using Space = std::string; ///< at most kSpaceBytesMax bytes
  /// Once per batch, on any thread, also before write returns. Refused: keep the values dirty and put them into a later
  /// batch; `get` no longer sees them.
  using OnWritten = std::function<void(Result<Done, StoreError>)>;
  virtual void write(const Space& space, StoreBatch batch, OnWritten on_written) = 0;

  /// Synchronous, a few µs from cache. Sees what was written before, also if still queued.
  virtual Result<std::optional<Bytes>, StoreError> get(const Space& space, BytesView key) = 0;

  /// Calls `each` for every key with the prefix, from `from` on, in key order, until it returns false. `each` does not call
  /// the store.
  virtual Result<Done, StoreError> scan(const Space& space, BytesView prefix,
                                        const std::function<bool(BytesView key, BytesView value)>& each,
                                        BytesView from = {}) = 0;

  /// What is stored of a space now; a batch in flight is not in it. Costs next to nothing while it is held, but what is
  /// overwritten meanwhile stays on disk.
  virtual Result<std::unique_ptr<FrozenSpace>, StoreError> freeze(const Space& space) = 0;
};

inline constexpr std::size_t kSpaceBytesMax = 255;
inline constexpr std::size_t kFlushQueueMax = 64; ///< batches waiting per store

} // namespace kindred::ports
