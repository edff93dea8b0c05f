#include "engine/decisions/add_evidence.hpp"

#include <cstdint>
#include <cstring>

namespace kindred::decisions {
namespace {

// Neither form fuses a multiplication with an addition (AVX2 alone has no such instruction, and the tree is built with
// -ffp-contract=off), so that the bits do not depend on the processor.
template <class Lanes>
[[gnu::always_inline]] inline void add_lanes(std::span<const float> x, float scale, float weight,
                                             std::span<float> out) {
  using Floats = typename Lanes::Floats;
  constexpr std::size_t kLanes = sizeof(Floats) / sizeof(float);
  constexpr std::size_t kWords = sizeof(Floats) / sizeof(std::uint64_t);
  std::size_t i = 0;
  for (; i + kLanes <= x.size(); i += kLanes) {
    Floats lanes, sum;
    std::memcpy(&lanes, x.data() + i, sizeof lanes);
    typename Lanes::Ints bits;
    std::memcpy(&bits, x.data() + i, sizeof bits);
    bits &= lanes > 0;
    std::uint64_t words[kWords], any = 0;
    std::memcpy(words, &bits, sizeof words);
    for (const std::uint64_t word : words) any |= word;
    if (any == 0) continue;
    std::memcpy(&lanes, &bits, sizeof lanes);
    lanes = 1.0f + scale * lanes;
    take_log2<Lanes>(lanes);
    std::memcpy(&sum, out.data() + i, sizeof sum);
    sum += weight * lanes;
    std::memcpy(out.data() + i, &sum, sizeof sum);
  }
  for (; i < x.size(); ++i) out[i] += weight * evidence_of(x[i], scale);
}

} // namespace

void add_evidence_narrow(std::span<const float> x, float scale, float weight, std::span<float> out) {
  add_lanes<FourLanes>(x, scale, weight, out);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void add_evidence_wide(std::span<const float> x, float scale, float weight,
                                               std::span<float> out) {
  add_lanes<EightLanes>(x, scale, weight, out);
}
bool has_wide_evidence() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}
#else
void add_evidence_wide(std::span<const float> x, float scale, float weight, std::span<float> out) {
  add_evidence_narrow(x, scale, weight, out);
}
bool has_wide_evidence() { return true; }
#endif

void add_evidence(std::span<const float> x, float scale, float weight, std::span<float> out) {
  if (has_wide_evidence())
    add_evidence_wide(x, scale, weight, out);
  else
    add_evidence_narrow(x, scale, weight, out);
}

} // namespace kindred::decisions
