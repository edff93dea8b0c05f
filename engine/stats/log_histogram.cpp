#include "engine/stats/log_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace kindred::stats {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr double kLeast = 0x1p-20;
constexpr double kGreatest = 0x1.fffffffffffffp40; // the last number of the last octave
constexpr int kMantissaBits = 52;
constexpr int kBucketBits = 6;                                 // of the mantissa
constexpr std::int64_t kFirst = (1'023 - 20LL) << kBucketBits; // exponent and first bits of kLeast
static_assert(1 << kBucketBits == LogHistogram::kPerOctave);

/// From 1 on for positive numbers, down from −1 for negative ones, 0 for what is nearly nothing. Requires: no NaN.
std::int32_t bucket_of(double value) {
  const double size = std::min(std::fabs(value), kGreatest);
  if (size < kLeast) return 0;
  const auto bits =
      static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(size) >> (kMantissaBits - kBucketBits));
  const auto bucket = static_cast<std::int32_t>(bits - kFirst + 1);
  return value < 0 ? -bucket : bucket;
}

std::uint64_t place_of(std::int32_t bucket) {
  return static_cast<std::uint64_t>(bucket + LogHistogram::kBuckets / 2);
}
std::int32_t bucket_at(std::uint64_t place) {
  return static_cast<std::int32_t>(place) - LogHistogram::kBuckets / 2;
}

/// The middle of a bucket.
double value_of(std::int32_t bucket) {
  if (bucket == 0) return 0;
  const auto edge = [](std::int64_t number) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(number + kFirst - 1)
                                 << (kMantissaBits - kBucketBits));
  };
  const std::int32_t size = std::abs(bucket);
  const double middle = (edge(size) + edge(size + 1)) / 2;
  return bucket < 0 ? -middle : middle;
}

} // namespace

bool LogHistogram::add(double value) {
  if (std::isnan(value)) return false;
  buckets_.count(place_of(bucket_of(value)));
  return true;
}

void LogHistogram::subtract(double value) {
  assert(!std::isnan(value));
  buckets_.count(place_of(bucket_of(value)), -1);
}

void LogHistogram::add(const LogHistogram& other) { buckets_.add(other.buckets_); }
void LogHistogram::subtract(const LogHistogram& other) { buckets_.subtract(other.buckets_); }

std::optional<double> LogHistogram::quantile(double q) const {
  const std::int64_t all = count();
  if (all <= 0) return std::nullopt;
  const double wanted = std::clamp(q, 0.0, 1.0) * static_cast<double>(all);
  std::int64_t below = 0;
  for (const auto& entry : buckets_.entries()) {
    below += entry.amount;
    if (static_cast<double>(below) >= wanted && below > 0) return value_of(bucket_at(entry.key));
  }
  return value_of(bucket_at(buckets_.entries().back().key));
}

Bytes LogHistogram::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.raw(buckets_.canonical());
  return out.take();
}

std::optional<LogHistogram> LogHistogram::from(BytesView bytes) {
  if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) != kVersion) return std::nullopt;
  auto buckets = Counts::from_canonical(bytes.substr(1));
  if (!buckets.ok()) return std::nullopt;
  LogHistogram histogram;
  histogram.buckets_ = buckets.take();
  const auto& entries = histogram.buckets_.entries();
  if (!entries.empty() && entries.back().key >= static_cast<std::uint64_t>(kBuckets)) return std::nullopt;
  return histogram;
}

} // namespace kindred::stats
