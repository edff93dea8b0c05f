#include "engine/decisions/explore.hpp"

#include <algorithm>
#include <numeric>

#include "engine/base/bytes.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"

namespace kindred::decisions {

std::uint64_t exploration_seed(TenantId tenant, std::string_view placement, std::string_view request_id) {
  ByteWriter bytes;
  bytes.u32(tenant.value);
  bytes.text(placement);
  bytes.raw(request_id);
  return hash64(bytes.view());
}

std::uint32_t exploration_q24(Fixed rate) {
  constexpr std::int64_t kOne = std::int64_t{1} << Fixed::kFractionBits;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(rate.raw, 0, kOne)
                                    << (24 - Fixed::kFractionBits));
}

std::vector<Pick> explore(std::size_t ranked, std::size_t slots, std::uint32_t rate_q24, std::uint64_t seed) {
  Random chance(seed);
  std::vector<std::uint32_t> left(ranked);
  std::iota(left.begin(), left.end(), 0u);
  std::vector<Pick> picks;
  picks.reserve(std::min(ranked, slots));
  while (picks.size() < slots && !left.empty()) {
    const auto coin = static_cast<std::uint32_t>(chance.next() >> 40);
    const auto any = static_cast<std::size_t>(chance.below(left.size()));
    const std::size_t chosen = coin < rate_q24 ? any : 0;
    Pick pick{left[chosen], chosen != 0, kCertain_q24};
    if (left.size() > 1) {
      pick.propensity_q24 = rate_q24 / static_cast<std::uint32_t>(left.size());
      if (chosen == 0) pick.propensity_q24 += kCertain_q24 - rate_q24;
    }
    picks.push_back(pick);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
  return picks;
}

} // namespace kindred::decisions
