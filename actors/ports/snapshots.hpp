#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace kindred::ports {

/// Where one actor publishes immutable snapshots and any thread takes the newest. A snapshot that is held never changes.
/// Thread-safe; `get` costs one uncontended lock (≈ 20 ns).
template <class Snapshot>
class SnapshotCell {
public:
  using Ptr = std::shared_ptr<const Snapshot>;
  Ptr get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void publish(Ptr next) {
    Ptr retired;
    const std::lock_guard lock(mutex_);
    retired = std::exchange(current_, std::move(next));
  }

private:
  mutable std::mutex mutex_;
  Ptr current_;
};

} // namespace kindred::ports
