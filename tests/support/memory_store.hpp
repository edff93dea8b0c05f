#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/ports/state_store.hpp"

namespace kindred::support {

/// What stays when the process dies: the content of a MemoryStore. Owned by the test, shared by the lives of its stores.
class MemoryStoreDisk {
public:
  using Content = std::map<Bytes, Bytes>;

  /// The content of a space; to look at and to damage while no store is at work on it.
  Content& space(const ports::StateStore::Space& space) { return spaces_[space]; }

  /// Takes back the newest `batches`, of all spaces together, as a loss of power does to what was never fsynced.
  /// Returns how many were there to take back (the last kUndoMax are remembered).
  std::size_t lose_last(std::size_t batches);

  static constexpr std::size_t kUndoMax = 256;

private:
  friend class MemoryStore;
  struct Undo {
    ports::StateStore::Space space;
    std::vector<ports::StoreBatch::Change> before; ///< what makes the batch undone
  };
  void replace(const ports::StateStore::Space& space, const std::vector<ports::StoreBatch::Change>& changes);
  void apply(const ports::StateStore::Space& space, const std::vector<ports::StoreBatch::Change>& changes);

  std::map<ports::StateStore::Space, Content> spaces_;
  std::deque<Undo> undo_;
};

/// The port StateStore in memory, for tests and the simulator. In manual mode a batch is written only by `step`, which
/// chooses a space; in automatic mode before `write` returns. Reads see queued batches.
///
/// Thread-safe; callbacks run without a lock held. Destroying it is a crash: queued batches are gone without a verdict.
class MemoryStore final : public ports::StateStore {
public:
  MemoryStore(std::shared_ptr<MemoryStoreDisk> disk, bool manual) : manual_(manual), disk_(std::move(disk)) {}
  explicit MemoryStore(bool manual = false) : MemoryStore(std::make_shared<MemoryStoreDisk>(), manual) {}

  // ---- the port ----
  void write(const Space& space, ports::StoreBatch batch, OnWritten on_written) override;
  Result<std::optional<Bytes>, ports::StoreError> get(const Space& space, BytesView key) override;
  Result<Done, ports::StoreError> scan(const Space& space, BytesView prefix,
                                       const std::function<bool(BytesView key, BytesView value)>& each,
                                       BytesView from = {}) override;
  Result<std::unique_ptr<ports::FrozenSpace>, ports::StoreError> freeze(const Space& space) override;

  // ---- what moves ----
  /// Spaces with a queued batch, in order.
  std::vector<Space> ready() const;
  /// Writes the space's batch and gives its verdict; false if there is none.
  bool step(const Space& space);
  /// Writes everything queued.
  void pump();

  // ---- faults ----
  /// From now on writes are refused, queued ones too, and reads fail with kIo and kCorrupt; nullopt: all is well again.
  void fail(std::optional<ports::StoreError> error);

  /// How often something was looked for, by `get` or `scan`.
  std::size_t looks() const { return looks_; }

private:
  struct Queued {
    ports::StoreBatch batch;
    OnWritten on_written;
  };

  std::optional<ports::StoreError> read_error() const;
  MemoryStoreDisk::Content seen(const Space& space) const;

  const bool manual_;
  const std::shared_ptr<MemoryStoreDisk> disk_;
  mutable std::mutex mutex_;
  std::map<Space, Queued> queued_; ///< at most one per space: the port's rule
  std::optional<ports::StoreError> failed_;
  std::atomic<std::size_t> looks_ = 0;
};

} // namespace kindred::support
