#include "engine/profiles/presence.hpp"

namespace kindred::profiles {
namespace {

constexpr int kBits = 6; ///< of a user, in one line: 9 bits of his hash each

template <class Each>
void for_each_bit(const Id128& user, Each each) {
  std::uint64_t left = user.low;
  for (int bit = 0; bit < kBits; ++bit, left >>= 9) each((left >> 6) & 7u, std::uint64_t{1} << (left & 63u));
}

} // namespace

void Presence::add(const Id128& user) {
  if (may_have(user)) return;
  if (filters_.empty()) filters_.push_back({std::vector<Line>(kFirstLines)});
  if (filters_.back().users >= kUsersPerLine * filters_.back().lines.size())
    filters_.push_back({std::vector<Line>(2 * filters_.back().lines.size())});
  Filter& last = filters_.back();
  ++last.users;
  Line& line = last.lines[user.high & (last.lines.size() - 1)];
  for_each_bit(user, [&](std::size_t word, std::uint64_t bit) { line.words[word] |= bit; });
}

bool Presence::may_have(const Id128& user) const {
  for (auto filter = filters_.rbegin(); filter != filters_.rend(); ++filter) {
    const Line& line = filter->lines[user.high & (filter->lines.size() - 1)];
    bool all = true;
    for_each_bit(user, [&](std::size_t word, std::uint64_t bit) { all &= (line.words[word] & bit) != 0; });
    if (all) return true;
  }
  return false;
}

std::size_t Presence::footprint() const {
  std::size_t bytes = filters_.capacity() * sizeof(Filter);
  for (const Filter& filter : filters_) bytes += filter.lines.capacity() * sizeof(Line);
  return bytes;
}

} // namespace kindred::profiles
