#include "engine/stats/decay.hpp"

#include <bit>
#include <cassert>

namespace kindred::stats {
namespace {

using Wide = unsigned __int128;

constexpr std::uint64_t kOneQ62 = 1ULL << 62;
constexpr std::uint64_t kLn2Q62 = 0x2C5C85FDF473DE6BULL; // ln 2
constexpr int kFractionBits = 40;
constexpr int kTableBits = 8;
constexpr int kTables = 3; // the first 24 binary digits; the other 16 are linear: error < 0.25 · 2^-48

constexpr std::uint64_t square_root(Wide value) {
  Wide root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const Wide trial = root | (Wide{1} << bit);
    if (trial * trial <= value) root = trial;
  }
  return static_cast<std::uint64_t>(root);
}

constexpr std::uint64_t times(std::uint64_t a_q62, std::uint64_t b_q62) {
  return static_cast<std::uint64_t>((Wide{a_q62} * b_q62 + (Wide{1} << 61)) >> 62);
}

using Table = std::array<std::array<std::uint64_t, 1 << kTableBits>, kTables>;

/// table[i][j] = 2^(j / 256^(i+1)), from 2^(1/2), 2^(1/4), … by repeated integer square roots.
constexpr Table make_table() {
  Table table{};
  std::uint64_t root = 2 * kOneQ62;
  for (auto& row : table) {
    std::array<std::uint64_t, kTableBits> roots{};
    for (auto& r : roots) r = root = square_root(Wide{root} << 62);
    for (std::size_t j = 0; j < row.size(); ++j) {
      row[j] = kOneQ62;
      for (int bit = 0; bit < kTableBits; ++bit)
        if (j >> (kTableBits - 1 - bit) & 1) row[j] = times(row[j], roots[static_cast<std::size_t>(bit)]);
    }
  }
  return table;
}

constexpr Table kTable = make_table();

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  const std::int64_t q = a / b;
  return q - (a % b < 0 ? 1 : 0);
}

struct Exponent {
  std::int64_t whole = 0;
  std::uint64_t fraction_q40 = 0;
};

/// span / half_life as whole + fraction. Two steps of 20 bits, so that 64-bit division does (half-lives < 2^43 µs).
Exponent exponent_of(std::int64_t span_us, Duration half_life) {
  const std::int64_t whole = floor_div(span_us, half_life.us);
  const auto h = static_cast<std::uint64_t>(half_life.us);
  const std::uint64_t rest = static_cast<std::uint64_t>(span_us - whole * half_life.us);
  const std::uint64_t high = (rest << 20) / h;
  const std::uint64_t low = (((rest << 20) % h) << 20) / h;
  return {whole, high << 20 | low};
}

/// 2^e exactly. Requires: a normal number.
double power_of_two(std::int64_t e) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << 52);
}

} // namespace

std::int32_t generation_of(Instant t, Duration half_life) {
  assert(half_life.us > 0);
  return static_cast<std::int32_t>(floor_div(t.us, half_life.us * kGenerationHalfLives));
}

Instant generation_start(std::int32_t generation, Duration half_life) {
  return {std::int64_t{generation} * kGenerationHalfLives * half_life.us};
}

std::uint64_t exp2_q62(std::uint64_t fraction_q40) {
  assert(fraction_q40 >> kFractionBits == 0);
  const std::uint64_t coarse = times(kTable[0][fraction_q40 >> 32], kTable[1][fraction_q40 >> 24 & 255]);
  const std::uint64_t fine = times(coarse, kTable[2][fraction_q40 >> 16 & 255]);
  const auto linear = static_cast<std::uint64_t>(Wide{fraction_q40 & 0xffff} * kLn2Q62 >> kFractionBits);
  return times(fine, kOneQ62 + linear);
}

std::int64_t weight_at(Instant t, Duration half_life) {
  const Instant start = generation_start(generation_of(t, half_life), half_life);
  const Exponent x = exponent_of((t - start).us, half_life); // whole in [0, 16)
  const int shift = 46 - static_cast<int>(x.whole);
  return static_cast<std::int64_t>((exp2_q62(x.fraction_q40) + (1ULL << (shift - 1))) >> shift);
}

double read_factor(std::int32_t generation, Instant as_of, Duration half_life) {
  const std::int64_t age = std::int64_t{generation_of(as_of, half_life)} - generation;
  if (age >= kGenerationsRead || age < -1) return 0;
  const Exponent x = exponent_of((generation_start(generation, half_life) - as_of).us, half_life);
  return static_cast<double>(exp2_q62(x.fraction_q40)) * power_of_two(x.whole - 62 - 16);
}

} // namespace kindred::stats
