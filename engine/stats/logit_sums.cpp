#include "engine/stats/logit_sums.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace kindred::stats {

namespace {

constexpr std::uint8_t kVersion = 1;

std::size_t triangle(std::size_t n) { return n * (n + 1) / 2; }

/// Exact up to 2^40, whose units fit 64 bits; half away from zero.
__int128 in_units(double part) {
  const double bounded = std::clamp(part, -LogitSums::kPartMax, LogitSums::kPartMax);
  const double whole = std::trunc(bounded);
  constexpr double kOne = 1 << LogitSums::kFractionBits;
  return (static_cast<__int128>(whole) << LogitSums::kFractionBits) + std::llround((bounded - whole) * kOne);
}

double from_units(__int128 units) { return static_cast<double>(units) / (1 << LogitSums::kFractionBits); }

} // namespace

LogitSums::LogitSums(std::size_t features, std::uint64_t generation)
    : features_(features), generation_(generation), sums_(1 + features + triangle(features)) {
  assert(features >= 1 && features <= kFeaturesMax);
}

bool LogitSums::add(std::int64_t examples, double log_likelihood, std::span<const double> gradient,
                    std::span<const double> curvature) {
  assert(gradient.size() == features_ && curvature.size() == triangle(features_));
  const auto is_nan = [](double part) { return std::isnan(part); };
  if (is_nan(log_likelihood) || std::ranges::any_of(gradient, is_nan) ||
      std::ranges::any_of(curvature, is_nan))
    return false;
  examples_ += examples;
  auto to = sums_.begin();
  *to++ += in_units(log_likelihood);
  for (const double part : gradient) *to++ += in_units(part);
  for (const double part : curvature) *to++ += in_units(part);
  return true;
}

void LogitSums::add(const LogitSums& other) {
  assert(features_ == other.features_ && generation_ == other.generation_);
  examples_ += other.examples_;
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
}

void LogitSums::subtract(const LogitSums& other) {
  assert(features_ == other.features_ && generation_ == other.generation_);
  examples_ -= other.examples_;
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] -= other.sums_[i];
}

double LogitSums::log_likelihood() const { return from_units(sums_[0]); }
double LogitSums::gradient(std::size_t i) const { return from_units(sums_[1 + i]); }
double LogitSums::curvature(std::size_t i, std::size_t j) const {
  return from_units(sums_[1 + features_ + triangle(std::max(i, j)) + std::min(i, j)]);
}

Bytes LogitSums::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(features_));
  out.u64(generation_);
  out.i64(examples_);
  for (const __int128 sum : sums_) out.i128(sum);
  return out.take();
}

std::optional<LogitSums> LogitSums::from(BytesView bytes) {
  ByteReader in(bytes);
  const bool known = in.u8() == kVersion;
  const std::size_t features = in.u8();
  const std::uint64_t generation = in.u64();
  if (!known || !in.ok() || features < 1 || features > kFeaturesMax) return std::nullopt;
  LogitSums sums(features, generation);
  sums.examples_ = in.i64();
  for (__int128& sum : sums.sums_) sum = in.i128();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return sums;
}

} // namespace kindred::stats
