#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "engine/base/tight_vector.hpp"

namespace kindred {

/// A vector whose first element may go in O(1): a window of the newest, contiguous, and nothing allocated while it is empty
/// (a std::deque holds 600 bytes then, which counts where there are millions).
///
/// What went is kept as room in front until it is a quarter of all, then the rest moves down: `pop_front` is amortised
/// O(1), memory at most 4/3 of what is in it, and the quarter by which it grows (tight_vector.hpp). Iterators and references are good until the next change.
/// Value type; T is default constructible and movable.
template <class T>
class SlidingVector {
  using All = std::vector<T>;

public:
  using value_type = T;
  using iterator = typename All::iterator;
  using const_iterator = typename All::const_iterator;
  using reverse_iterator = typename All::reverse_iterator;
  using const_reverse_iterator = typename All::const_reverse_iterator;

  std::size_t size() const { return all_.size() - gone_; }
  bool empty() const { return size() == 0; }
  std::size_t capacity() const { return all_.capacity(); }
  void reserve(std::size_t elements) { all_.reserve(gone_ + elements); }

  T& operator[](std::size_t index) { return all_[gone_ + index]; }
  const T& operator[](std::size_t index) const { return all_[gone_ + index]; }
  T& front() { return all_[gone_]; }
  const T& front() const { return all_[gone_]; }
  T& back() { return all_.back(); }
  const T& back() const { return all_.back(); }

  iterator begin() { return all_.begin() + offset(); }
  const_iterator begin() const { return all_.begin() + offset(); }
  iterator end() { return all_.end(); }
  const_iterator end() const { return all_.end(); }
  reverse_iterator rbegin() { return all_.rbegin(); }
  const_reverse_iterator rbegin() const { return all_.rbegin(); }
  reverse_iterator rend() { return all_.rend() - offset(); }
  const_reverse_iterator rend() const { return all_.rend() - offset(); }

  void push_back(T value) {
    grow_tight(all_);
    all_.push_back(std::move(value));
  }
  T& emplace_back() {
    grow_tight(all_);
    return all_.emplace_back();
  }
  iterator insert(const_iterator before, T value) { return insert_tight(all_, before, std::move(value)); }
  template <class From>
  iterator insert(const_iterator before, From first, From last) {
    return all_.insert(before, first, last);
  }
  iterator erase(const_iterator one) {
    if (one != std::as_const(*this).begin()) return all_.erase(one);
    pop_front();
    return begin();
  }
  iterator erase(const_iterator first, const_iterator last) { return all_.erase(first, last); }
  /// Requires: not empty.
  void pop_front() {
    all_[gone_++] = T();
    if (gone_ * 4 < all_.size()) return;
    all_.erase(all_.begin(), all_.begin() + offset());
    gone_ = 0;
  }
  void clear() {
    all_.clear();
    gone_ = 0;
  }

  friend bool operator==(const SlidingVector& a, const SlidingVector& b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
  }

private:
  std::ptrdiff_t offset() const { return static_cast<std::ptrdiff_t>(gone_); }

  All all_;
  std::size_t gone_ = 0; ///< of them, at the front
};

} // namespace kindred
