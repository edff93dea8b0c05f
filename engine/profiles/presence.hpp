#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/ids.hpp"

namespace kindred::profiles {

/// Who may have anything stored: a Bloom filter over hashes of users (Bloom 1970), for a partition to look for nobody in
/// its store of whom nothing was ever written. What it says is missing is missing; of those missing it takes one to
/// four in a hundred for present, the more the more filters there are.
///
/// Grows by one more filter, twice as large as the last, whenever that is full (Almeida et al. 2007, without their tighter
/// bounds for later ones: there are few). Cost: a probe of each, of one cache line (Putze et al. 2007). Memory: 12 to 24 bits
/// a user. Value type.
class Presence {
public:
  void add(const Id128& user);
  bool may_have(const Id128& user) const;
  std::size_t footprint() const; ///< bytes on the heap

private:
  static constexpr std::size_t kLineBits = 512;
  static constexpr std::size_t kUsersPerLine = 42; ///< 12 bits each
  static constexpr std::size_t kFirstLines = 32;
  struct Line {
    std::uint64_t words[kLineBits / 64] = {};
  };
  struct Filter {
    std::vector<Line> lines; ///< a power of two
    std::size_t users = 0;
  };
  std::vector<Filter> filters_;
};

} // namespace kindred::profiles
