#include "engine/learners/prediction/ranker.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace kindred::learners {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr double kOne = 1 << 16;

std::string source_name(std::size_t source) {
  return std::string(name_of(static_cast<records::CandidateSource>(source)));
}

} // namespace

Ranker Ranker::of(const std::vector<double>& weights) {
  assert(weights.size() == kFeatures);
  Ranker ranker;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const auto weight = std::llround(std::clamp(weights[i], -kWeightMax, kWeightMax) * kOne);
    ranker.weights_q16[i] = static_cast<std::int32_t>(weight == 0 && i < kSources ? 1 : weight);
  }
  return ranker;
}

std::int32_t Ranker::weight_q16(std::size_t source, std::uint16_t newness_q8) const {
  const std::int32_t base = weights_q16[source];
  if (source < kFirstFresh) return base;
  const std::int64_t fresh = std::int64_t{weights_q16[kSources + source - kFirstFresh]} * newness_q8;
  const auto weight = static_cast<std::int32_t>(base + (fresh >> 8));
  return weight == 0 ? 1 : weight;
}

std::vector<double> Ranker::weights() const {
  std::vector<double> weights;
  for (const std::int32_t weight : weights_q16) weights.push_back(weight / kOne);
  return weights;
}

std::vector<std::string> Ranker::names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kSources; ++i) names.push_back(source_name(i));
  for (std::size_t i = kFirstFresh; i < kSources; ++i) names.push_back(source_name(i) + ".fresh");
  names.emplace_back("shown");
  names.emplace_back("place");
  return names;
}

Bytes Ranker::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u32(static_cast<std::uint32_t>(kFeatures));
  for (const std::int32_t weight : weights_q16) out.i32(weight);
  return out.take();
}

namespace {

/// Weights of a ranker with so many features, in their order; empty: it is none.
std::vector<std::int32_t> weights_in(BytesView canonical) {
  ByteReader in(canonical);
  if (in.u8() != kVersion) return {};
  const std::uint32_t features = in.count(sizeof(std::int32_t));
  if (features > Ranker::kFeaturesMax) return {};
  const auto most = static_cast<std::int32_t>(Ranker::kWeightMax * kOne);
  std::vector<std::int32_t> weights(features);
  for (std::int32_t& weight : weights) {
    weight = in.i32();
    if (weight < -most || weight > most) return {};
  }
  return in.ok() && in.at_end() ? weights : std::vector<std::int32_t>{};
}

} // namespace

std::optional<Ranker> Ranker::from(BytesView canonical) {
  const auto weights = weights_in(canonical);
  if (weights.size() != kFeatures) return std::nullopt;
  Ranker ranker;
  std::copy(weights.begin(), weights.end(), ranker.weights_q16.begin());
  return ranker;
}

bool Ranker::is_one(BytesView canonical) { return !weights_in(canonical).empty(); }

} // namespace kindred::learners
