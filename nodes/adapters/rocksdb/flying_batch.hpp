#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "actors/ports/state_store.hpp"

namespace kindred::adapters {

/// A batch on its way to disk, to be looked into by key: of several changes of one key the last counts.
/// Immutable; shared by the writer and by readers.
class FlyingBatch {
public:
  explicit FlyingBatch(ports::StoreBatch batch) : batch_(std::move(batch)) {
    last_.reserve(batch_.changes.size());
    for (const auto& change : batch_.changes) last_[change.key] = &change;
  }
  FlyingBatch(const FlyingBatch&) = delete;

  /// The last change of the key, or null. O(1).
  const ports::StoreBatch::Change* find(BytesView key) const {
    const auto found = last_.find(key);
    return found == last_.end() ? nullptr : found->second;
  }
  /// The last changes of all keys with the prefix, from `from` on, in key order. O(n log n).
  std::map<BytesView, const ports::StoreBatch::Change*> with_prefix(BytesView prefix, BytesView from) const {
    std::map<BytesView, const ports::StoreBatch::Change*> found;
    for (const auto& [key, change] : last_) {
      if (key >= from && key.starts_with(prefix)) found.emplace(key, change);
    }
    return found;
  }
  const std::vector<ports::StoreBatch::Change>& changes() const { return batch_.changes; }

private:
  const ports::StoreBatch batch_;
  std::unordered_map<BytesView, const ports::StoreBatch::Change*> last_; ///< views into batch_
};

} // namespace kindred::adapters
