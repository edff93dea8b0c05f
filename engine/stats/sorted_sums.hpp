#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

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
    if (entries_.empty()) {
      entries_.swap(pending_);
    } else {
      const auto middle = static_cast<std::ptrdiff_t>(entries_.size());
      entries_.insert(entries_.end(), pending_.begin(), pending_.end());
      std::inplace_merge(entries_.begin(), entries_.begin() + middle, entries_.end(),
                         [](const Entry& a, const Entry& b) { return a.key < b.key; });
    }
    pending_.clear();
    fold_equal_keys();
  }

  friend bool operator==(const SortedSums& a, const SortedSums& b) { return a.entries() == b.entries(); }

private:
  static constexpr std::size_t kPendingMin = 4096;

  static bool before(const Entry& entry, const Key& key) { return entry.key < key; }

  void fold_equal_keys() const {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries_.size();) {
      Entry sum = entries_[i++];
      while (i < entries_.size() && entries_[i].key == sum.key) sum.amount += entries_[i++].amount;
      if (sum.amount != 0) entries_[kept++] = sum;
    }
    entries_.resize(kept);
  }

  mutable std::vector<Entry> entries_; ///< by key, no zeros
  mutable std::vector<Entry> pending_; ///< additions not yet merged, in order of arrival
};

} // namespace kindred::stats
