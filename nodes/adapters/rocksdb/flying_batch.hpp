#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "actors/ports/state_store.hpp"

namespace kindred::adapters {

/// A batch on its way to disk, to be looked into by key. Immutable; shared by the writer and by readers.
/// Beside the batch it holds 4 bytes a change.
class FlyingBatch {
public:
  using Change = ports::StoreBatch::Change;

  /// O(n log n).
  explicit FlyingBatch(ports::StoreBatch batch) : batch_(std::move(batch)) {
    const auto& all = batch_.changes();
    by_key_.reserve(all.size());
    for (std::uint32_t i = 0; i < all.size(); ++i) by_key_.push_back(i);
    // The last of several changes of a key comes first among them, and is the one that stays.
    std::sort(by_key_.begin(), by_key_.end(), [&](std::uint32_t a, std::uint32_t b) {
      const int order = all[a].key.compare(all[b].key);
      return order != 0 ? order < 0 : a > b;
    });
    const auto same = [&](std::uint32_t a, std::uint32_t b) { return all[a].key == all[b].key; };
    by_key_.erase(std::unique(by_key_.begin(), by_key_.end(), same), by_key_.end());
  }
  FlyingBatch(const FlyingBatch&) = delete;

  /// The last change of the key, or null. O(log n).
  const Change* find(BytesView key) const {
    const auto at = at_or_behind(key);
    return at == by_key_.end() || change(at).key != key ? nullptr : &change(at);
  }
  /// The last changes of all keys with the prefix, from `from` on, in key order. O(log n) and the found.
  std::vector<const Change*> with_prefix(BytesView prefix, BytesView from) const {
    std::vector<const Change*> found;
    for (auto at = at_or_behind(std::max(prefix, from)); at != by_key_.end(); ++at) {
      if (!change(at).key.starts_with(prefix)) break;
      found.push_back(&change(at));
    }
    return found;
  }
  const std::vector<Change>& changes() const { return batch_.changes(); }
  /// What is not in it is nowhere.
  bool replaces() const { return batch_.replaces(); }

private:
  using At = std::vector<std::uint32_t>::const_iterator;
  const Change& change(At at) const { return batch_.changes()[*at]; }
  At at_or_behind(BytesView key) const {
    return std::lower_bound(by_key_.begin(), by_key_.end(), key,
                            [this](std::uint32_t i, BytesView k) { return batch_.changes()[i].key < k; });
  }

  const ports::StoreBatch batch_;
  std::vector<std::uint32_t> by_key_; ///< the last change of each key
};

} // namespace kindred::adapters
