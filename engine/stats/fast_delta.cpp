#include "engine/stats/fast_delta.hpp"

#include <cassert>
#include <optional>
#include <string>

#include "engine/base/hash.hpp"
#include "engine/stats/decay.hpp"

namespace kindred::stats {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kTrendBytes = 4 + 8 + 1 + 4 + 8 + 8;
constexpr std::size_t kPairBytes = 4 + 1 + 8 + 8 + 4 + 8;
constexpr std::size_t kCountBytes = 4 + 1 + 8 + 8;

bool known(const FastDelta::TrendKey& key) { return key.half_life < kHalfLives.size(); }
bool known(const FastDelta::PairKey& key) { return key.kind < FastDelta::kPairKinds && key.generation == 0; }
bool known(const FastDelta::CountKey& key) { return key.kind < FastDelta::kCountKinds; }

bool well_formed(const FastDelta::TrendKey&) { return true; }
bool well_formed(const FastDelta::PairKey& key) {
  return key.kind == FastDelta::kCoOccurrence ? key.from < key.to : key.from != key.to;
}
bool well_formed(const FastDelta::CountKey&) { return true; }

void write(ByteWriter& out, const FastDelta::TrendKey& key) {
  out.u32(key.tenant.value);
  out.u64(key.scope.value);
  out.u8(key.half_life);
  out.i32(key.generation);
  out.u64(key.item.value);
}
void write(ByteWriter& out, const FastDelta::PairKey& key) {
  out.u32(key.tenant.value);
  out.u8(key.kind);
  out.u64(key.from.value);
  out.u64(key.to.value);
  out.i32(key.generation);
}
void write(ByteWriter& out, const FastDelta::CountKey& key) {
  out.u32(key.tenant.value);
  out.u8(key.kind);
  out.u64(key.item.value);
}

void read(ByteReader& in, FastDelta::TrendKey& key) {
  key.tenant.value = in.u32();
  key.scope.value = in.u64();
  key.half_life = in.u8();
  key.generation = in.i32();
  key.item.value = in.u64();
}
void read(ByteReader& in, FastDelta::PairKey& key) {
  key.tenant.value = in.u32();
  key.kind = in.u8();
  key.from.value = in.u64();
  key.to.value = in.u64();
  key.generation = in.i32();
}
void read(ByteReader& in, FastDelta::CountKey& key) {
  key.tenant.value = in.u32();
  key.kind = in.u8();
  key.item.value = in.u64();
}

template <class Key>
void write_all(ByteWriter& out, const SortedSums<Key>& sums) {
  out.u32(static_cast<std::uint32_t>(sums.entries().size()));
  for (const auto& entry : sums.entries()) {
    write(out, entry.key);
    out.i64(entry.amount);
  }
}

/// None where all went well. Keys must ascend and amounts differ from zero: one byte form per value.
template <class Key>
std::optional<FastDelta::DecodeError> read_all(ByteReader& in, std::size_t entry_bytes,
                                               SortedSums<Key>& sums) {
  Key last{};
  for (std::uint32_t n = in.count(entry_bytes), i = 0; i < n; ++i) {
    Key key{};
    read(in, key);
    const std::int64_t amount = in.i64();
    if (!known(key)) return FastDelta::DecodeError::kNewerVersion;
    if (amount == 0 || !well_formed(key) || (i > 0 && !(last < key)))
      return FastDelta::DecodeError::kMalformed;
    sums.add(key, amount);
    last = key;
  }
  if (!in.ok()) return FastDelta::DecodeError::kMalformed;
  return std::nullopt;
}

} // namespace

ScopeId country_scope(std::string_view country) { return {hash64("c:" + std::string(country))}; }
ScopeId device_scope(std::uint8_t device_class) { return {hash64("d:" + std::to_string(device_class))}; }
ScopeId segment_scope(std::string_view kind, std::uint32_t segment) {
  return {hash64("s:" + std::string(kind) + ":" + std::to_string(segment))};
}

void FastDelta::add_trend(const TrendKey& key, std::int64_t amount) {
  assert(known(key));
  trends_.add(key, amount);
}

void FastDelta::add_pair(const PairKey& key, std::int64_t amount) {
  assert(known(key) && well_formed(key));
  pairs_.add(key, amount);
}

void FastDelta::add_count(const CountKey& key, std::int64_t amount) {
  assert(known(key));
  counts_.add(key, amount);
}

FastDelta& FastDelta::add(const FastDelta& other) {
  trends_.add_all(other.trends_, 1);
  pairs_.add_all(other.pairs_, 1);
  counts_.add_all(other.counts_, 1);
  return *this;
}

FastDelta& FastDelta::subtract(const FastDelta& other) {
  trends_.add_all(other.trends_, -1);
  pairs_.add_all(other.pairs_, -1);
  counts_.add_all(other.counts_, -1);
  return *this;
}

void FastDelta::settle() const {
  trends_.settle();
  pairs_.settle();
  counts_.settle();
}

Bytes FastDelta::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  write_all(out, trends_);
  write_all(out, pairs_);
  write_all(out, counts_);
  return out.take();
}

Result<FastDelta, FastDelta::DecodeError> FastDelta::from_canonical(BytesView bytes) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (in.ok() && version > kVersion) return DecodeError::kNewerVersion;
  if (version != kVersion) return DecodeError::kMalformed;
  FastDelta delta;
  if (const auto error = read_all(in, kTrendBytes, delta.trends_)) return *error;
  if (const auto error = read_all(in, kPairBytes, delta.pairs_)) return *error;
  if (const auto error = read_all(in, kCountBytes, delta.counts_)) return *error;
  if (!in.at_end()) return DecodeError::kMalformed;
  return delta;
}

} // namespace kindred::stats
