#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"

namespace kindred {

using Bytes = std::string; ///< raw bytes; owned
using BytesView = std::string_view;

static_assert(std::endian::native == std::endian::little, "canonical forms are little-endian copies");

/// Builds the canonical byte form of a value: little-endian, fixed order, no padding.
/// Value type; appends to a buffer it owns; `take` empties it.
class ByteWriter {
public:
  void u8(std::uint8_t v) { put(v); }
  void u16(std::uint16_t v) { put(v); }
  void u32(std::uint32_t v) { put(v); }
  void u64(std::uint64_t v) { put(v); }
  void i32(std::int32_t v) { put(v); }
  void i64(std::int64_t v) { put(v); }
  void id128(const Id128& v) {
    put(v.high);
    put(v.low);
  }
  void instant(Instant v) { put(v.us); }
  void i128(__int128 v) { put(v); }
  void raw(BytesView v) { bytes_.append(v); }
  /// Length (32 bit) and bytes.
  void text(BytesView v) {
    u32(static_cast<std::uint32_t>(v.size()));
    raw(v);
  }

  BytesView view() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  Bytes take() { return std::move(bytes_); }
  void clear() { bytes_.clear(); }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

private:
  template <class T>
  void put(T v) {
    bytes_.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  Bytes bytes_;
};

/// Reads what ByteWriter wrote. After any read past the end `ok()` is false and every value read is zero; callers
/// check once, at the end. Keeps a view: the bytes must outlive it.
class ByteReader {
public:
  explicit ByteReader(BytesView bytes) : rest_(bytes) {}

  std::uint8_t u8() { return get<std::uint8_t>(); }
  std::uint16_t u16() { return get<std::uint16_t>(); }
  std::uint32_t u32() { return get<std::uint32_t>(); }
  std::uint64_t u64() { return get<std::uint64_t>(); }
  std::int32_t i32() { return get<std::int32_t>(); }
  std::int64_t i64() { return get<std::int64_t>(); }
  __int128 i128() { return get<__int128>(); }
  Instant instant() { return {get<std::int64_t>()}; }
  Id128 id128() {
    const auto high = u64();
    return {high, u64()};
  }
  BytesView raw(std::size_t size) {
    if (!ok_ || rest_.size() < size) {
      ok_ = false;
      return {};
    }
    const BytesView got = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return got;
  }
  BytesView text() { return raw(u32()); }
  /// A count of things of at least `size_min` bytes each; refuses what the rest cannot hold, so that a hostile count
  /// never reserves memory.
  std::uint32_t count(std::size_t size_min) {
    const std::uint32_t n = u32();
    if (size_min != 0 && n > rest_.size() / size_min) ok_ = false;
    return ok_ ? n : 0;
  }

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

private:
  template <class T>
  T get() {
    T v{};
    if (!ok_ || rest_.size() < sizeof v) {
      ok_ = false;
      return v;
    }
    std::memcpy(&v, rest_.data(), sizeof v);
    rest_.remove_prefix(sizeof v);
    return v;
  }
  BytesView rest_;
  bool ok_ = true;
};

} // namespace kindred
