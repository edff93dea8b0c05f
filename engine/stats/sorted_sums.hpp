#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/base/tight_vector.hpp"

namespace kindred::stats {

/// Sparse exact integer sums by key: an element of the free abelian group over the keys. What every sparse statistic is
/// made of.
///
/// `SortedSums{}` is zero; entries that became zero are absent, so equal sums have equal entries. Additions are appended
/// and settled (sorted and merged) when somebody looks or many have gathered: `add` is amortised O(log n) and a few ns.
/// Requires of callers: no sum leaves int64 (statistics clamp what one user adds).
/// Value type. Looking settles, so even const use by two threads at once needs a `settle()` before.
template <class Key>
class SortedSums {
public:
  struct Entry {
    Key key;
    std::int64_t amount = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  void add(const Key& key, std::int64_t amount) {
    if (amount == 0) return;
    pending_.push_back({key, amount});
    if (pending_.size() >= kPendingMin && pending_.size() > entries_.size() / 2) settle();
  }

  /// Adds sign × every entry of the other, which may be this one.
  void add_all(const SortedSums& other, std::int64_t sign) {
    if (&other == this) { // adding settles, which moves the entries that are read
      const SortedSums copy = other;
      return add_all(copy, sign);
    }
    for (const Entry& entry : other.entries()) add(entry.key, sign * entry.amount);
  }

  /// By key, no zeros.
  const std::vector<Entry>& entries() const {
    settle();
    return entries_;
  }
  bool empty() const { return entries().empty(); }

  std::int64_t at(const Key& key) const {
    settle();
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), key, before);
    return found != entries_.end() && found->key == key ? found->amount : 0;
  }

  void clear() {
    entries_.clear();
    pending_.clear();
  }

  void settle() const {
    if (pending_.empty()) return;
    std::sort(pending_.begin(), pending_.end(), [](const Entry& a, const Entry& b) { return a.key < b.key; });
    fold_equal_keys(pending_);
    if (entries_.empty())
      entries_ = std::vector<Entry>(pending_.begin(), pending_.end());
    else
      merge_pending();
    if (pending_.capacity() > kPendingMin)
      std::vector<Entry>().swap(pending_); // `= {}` would keep the room
    else
      pending_.clear();
  }

  /// Room taken, also what is not used.
  std::size_t held_bytes() const { return (entries_.capacity() + pending_.capacity()) * sizeof(Entry); }

  friend bool operator==(const SortedSums& a, const SortedSums& b) { return a.entries() == b.entries(); }

private:
  static constexpr std::size_t kPendingMin = 4096;

  static bool before(const Entry& entry, const Key& key) { return entry.key < key; }

  static void fold_equal_keys(std::vector<Entry>& sorted) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < sorted.size();) {
      Entry sum = sorted[i++];
      while (i < sorted.size() && sorted[i].key == sum.key) sum.amount += sorted[i++].amount;
      if (sum.amount != 0) sorted[kept++] = sum;
    }
    sorted.resize(kept);
  }

  /// From the back, into room for exactly the keys that are new: a delta of 16 partitions each is most of what sums hold.
  void merge_pending() const {
    std::size_t both = 0;
    for (std::size_t i = 0, j = 0; i < entries_.size() && j < pending_.size();) {
      const bool first = entries_[i].key < pending_[j].key;
      both += !first && entries_[i].key == pending_[j].key;
      first ? ++i : ++j;
    }
    std::size_t left = entries_.size(), added = pending_.size(), to = left + added - both;
    grow_tight(entries_, to - left);
    entries_.resize(to);
    bool zero = false;
    while (added > 0) {
      const Entry& one = pending_[added - 1];
      Entry& merged = entries_[--to];
      if (left > 0 && !(entries_[left - 1].key < one.key)) {
        merged = entries_[--left];
        if (merged.key != one.key) continue;
        merged.amount += one.amount;
        zero = zero || merged.amount == 0;
      } else {
        merged = one;
      }
      --added;
    }
    if (zero) std::erase_if(entries_, [](const Entry& entry) { return entry.amount == 0; });
  }

  mutable std::vector<Entry> entries_; ///< by key, no zeros
  mutable std::vector<Entry> pending_; ///< additions not yet merged, in order of arrival
};

} // namespace kindred::stats
