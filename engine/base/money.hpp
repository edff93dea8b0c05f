#pragma once

#include <array>
#include <cstdint>

namespace kindred {

/// An amount of a currency in fixed point: amount = minor / 10^exponent units of `currency` (ISO 4217, three letters;
/// zeros: none stated). Never a floating-point number. Value type.
struct Money {
  std::int64_t minor = 0;
  std::uint8_t exponent = 4; ///< digits behind the point, 0..9
  std::array<char, 3> currency{};

  bool has_currency() const { return currency[0] != 0; }
  double to_double() const {
    double scale = 1;
    for (int i = 0; i < exponent; ++i) scale *= 10;
    return static_cast<double>(minor) / scale;
  }
  friend bool operator==(const Money&, const Money&) = default;
};

} // namespace kindred
