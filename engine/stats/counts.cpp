#include "engine/stats/counts.hpp"

namespace kindred::stats {
namespace {
constexpr std::uint8_t kVersion = 1;
}

Counts& Counts::add(const Counts& other) {
  sums_.add_all(other.sums_, 1);
  return *this;
}

Counts& Counts::subtract(const Counts& other) {
  sums_.add_all(other.sums_, -1);
  return *this;
}

std::int64_t Counts::total() const {
  std::int64_t total = 0;
  for (const auto& entry : sums_.entries()) total += entry.amount;
  return total;
}

Bytes Counts::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u32(static_cast<std::uint32_t>(sums_.entries().size()));
  for (const auto& entry : sums_.entries()) {
    out.u64(entry.key);
    out.i64(entry.amount);
  }
  return out.take();
}

Result<Counts, Counts::DecodeError> Counts::from_canonical(BytesView bytes) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (in.ok() && version > kVersion) return DecodeError::kNewerVersion;
  if (version != kVersion) return DecodeError::kMalformed;
  Counts counts;
  std::uint64_t last = 0;
  for (std::uint32_t n = in.count(16), i = 0; i < n; ++i) {
    const std::uint64_t key = in.u64();
    const std::int64_t amount = in.i64();
    if (amount == 0 || (i > 0 && key <= last)) return DecodeError::kMalformed; // one form per value
    counts.count(key, amount);
    last = key;
  }
  if (!in.ok() || !in.at_end()) return DecodeError::kMalformed;
  return counts;
}

} // namespace kindred::stats
