#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace kindred {

// std::vector doubles, so that a third of it is spare on average, and half of one that was decoded and took one more. Where
// there are millions of small ones that is most of the memory; these grow by a quarter: still amortised O(1), a tenth spare.

/// Room for so many more.
template <class T>
void grow_tight(std::vector<T>& list, std::size_t more = 1) {
  const std::size_t needed = list.size() + more;
  if (needed > list.capacity()) list.reserve(std::max(needed, list.size() + std::max<std::size_t>(2, list.size() / 4)));
}

/// As std::vector::insert.
template <class T>
typename std::vector<T>::iterator insert_tight(std::vector<T>& list,
                                               typename std::vector<T>::const_iterator before, T value) {
  const auto index = before - list.cbegin();
  grow_tight(list);
  return list.insert(list.begin() + index, std::move(value));
}

} // namespace kindred
