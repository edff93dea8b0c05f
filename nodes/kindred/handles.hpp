#pragma once

#include <mutex>
#include <utility>

namespace kindred::node {

/// The present handle of an actor that may be made again. Thread-safe; `get` costs a lock and a reference count.
template <class Handle>
class HandleCell {
public:
  void set(Handle handle) {
    const std::lock_guard lock(mutex_);
    std::swap(handle_, handle);
  }
  Handle get() const {
    const std::lock_guard lock(mutex_);
    return handle_;
  }
  /// Sends the message to whoever is there; to no one before the first `set`.
  template <class Send>
  void with(Send&& send) const {
    const Handle handle = get();
    if (handle) send(handle);
  }

private:
  mutable std::mutex mutex_;
  Handle handle_;
};

} // namespace kindred::node
