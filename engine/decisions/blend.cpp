#include "engine/decisions/blend.hpp"

#include <algorithm>
#include <cmath>

namespace kindred::decisions {
namespace {

float from_q16(std::int32_t weight_q16) { return static_cast<float>(weight_q16) / 65'536; }

Blend rounded(const Blend& blend) {
  Blend exact;
  for (std::size_t i = 0; i < kSourceCount; ++i)
    exact.weights[i] = from_q16(static_cast<std::int32_t>(
        std::lround(std::clamp(blend.weights[i], -kWeightMax, kWeightMax) * 65'536)));
  return exact;
}

Blend learnt(const learners::Ranker& ranker, std::uint16_t newness_q8) {
  Blend blend;
  for (std::size_t i = 0; i < kSourceCount; ++i)
    blend.weights[i] = from_q16(ranker.weight_q16(i, newness_q8));
  return blend;
}

} // namespace

Blend default_blend() {
  return rounded({{0.5f, 0.06f, 0.16f, 0.06f, 0.02f, 0.5f, 0.7f, 0.8f, 0.5f, 5.0f, 0.06f, 0.3f}});
}

Blend blend_of(const records::Placement& placement, const learners::Ranker* ranker,
               std::uint16_t newness_q8) {
  if (is_ranked(placement)) return ranker == nullptr ? default_blend() : learnt(*ranker, newness_q8);
  Blend blend;
  for (const auto& told : placement.sources) {
    const auto source = records::candidate_source_of(told.source);
    if (source) blend.weights[index_of(*source)] = static_cast<float>(told.weight.to_double());
  }
  return rounded(blend);
}

float trend_share(std::size_t session_items) { return 1.0f / static_cast<float>(1 + session_items); }

Blend impersonal(Blend blend) {
  for (std::size_t i = 0; i < kSourceCount; ++i) {
    if (is_personal(static_cast<Source>(i))) blend.weights[i] = 0;
  }
  return blend;
}

} // namespace kindred::decisions
