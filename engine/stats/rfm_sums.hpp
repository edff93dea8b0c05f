#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/stats/counts.hpp"
#include "engine/stats/log_histogram.hpp"

namespace kindred::stats {

/// How recent, how many and how dear a tenant's buyers' orders are: what recency, frequency and monetary quintiles are
/// read from. Recency is counted by the absolute UTC day of the last order, so that time passing changes no sum.
///
/// A group (law `group`): exact counts throughout. One currency: the caller converts to the tenant's base currency, with
/// the rates that events carry. Who never bought is not in it. Value type.
struct RfmSums {
  struct Buyer {
    std::int32_t last_day = 0; ///< of the last order, days since the epoch
    std::uint32_t orders = 0;  ///< > 0
    double spent = 0;          ///< in the base currency; refunds may make it negative
  };

  Counts last_days; ///< by day
  LogHistogram orders;
  LogHistogram spent;

  static std::uint64_t key_of(std::int32_t day) {
    return static_cast<std::uint64_t>(std::int64_t{day} + INT32_MAX);
  }
  static std::int32_t day_of(std::uint64_t key) {
    return static_cast<std::int32_t>(static_cast<std::int64_t>(key) - INT32_MAX);
  }

  /// False, and nothing is counted: no order, or what was spent is not a number.
  bool add(const Buyer& buyer);
  /// Requires: he was added.
  void subtract(const Buyer& buyer);
  void add(const RfmSums& other);
  void subtract(const RfmSums& other);

  std::int64_t buyers() const { return orders.count(); }

  Bytes canonical() const;
  static std::optional<RfmSums> from(BytesView bytes);

  friend bool operator==(const RfmSums&, const RfmSums&) = default;
};

} // namespace kindred::stats
