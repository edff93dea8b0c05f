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

void LogHistogram::take(std::int32_t bucket, std::int64_t count) {
  const auto at = buckets_.try_emplace(bucket).first;
  at->second += count;
  count_ += count;
  if (at->second == 0) buckets_.erase(at);
}

bool LogHistogram::add(double value) {
  if (std::isnan(value)) return false;
  take(bucket_of(value), 1);
  return true;
}

void LogHistogram::subtract(double value) {
  assert(!std::isnan(value));
  take(bucket_of(value), -1);
}

void LogHistogram::add(const LogHistogram& other) {
  for (const auto& [bucket, count] : other.buckets_) take(bucket, count);
}

void LogHistogram::subtract(const LogHistogram& other) {
  for (const auto& [bucket, count] : other.buckets_) take(bucket, -count);
}

std::optional<double> LogHistogram::quantile(double q) const {
  if (count_ <= 0) return std::nullopt;
  const double wanted = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_);
  std::int64_t below = 0;
  for (const auto& [bucket, count] : buckets_) {
    below += count;
    if (static_cast<double>(below) >= wanted && below > 0) return value_of(bucket);
  }
  return value_of(buckets_.rbegin()->first);
}

Bytes LogHistogram::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u32(static_cast<std::uint32_t>(buckets_.size()));
  for (const auto& [bucket, count] : buckets_) {
    out.i32(bucket);
    out.i64(count);
  }
  return out.take();
}

std::optional<LogHistogram> LogHistogram::from(BytesView bytes) {
  ByteReader in(bytes);
  const bool known = in.u8() == kVersion;
  LogHistogram histogram;
  for (std::uint32_t n = in.count(12); n > 0 && in.ok(); --n) {
    const std::int32_t bucket = in.i32();
    const std::int64_t count = in.i64();
    const bool ascending = histogram.buckets_.empty() || bucket > histogram.buckets_.rbegin()->first;
    if (!ascending || count == 0 || bucket < -kBuckets / 2 || bucket > kBuckets / 2) return std::nullopt;
    histogram.take(bucket, count);
  }
  if (!known || !in.ok() || !in.at_end()) return std::nullopt;
  return histogram;
}

} // namespace kindred::stats
