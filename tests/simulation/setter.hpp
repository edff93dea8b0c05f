#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "schemas/api.hpp"
#include "tests/simulation/shopper.hpp"

namespace kindred::simulation {

/// An operator who changes a setting of the tenant again and again (how long a cart waits), each until it is accepted: so
/// Adopts of many generations are on their way into every partition, from the gateway and from the partition itself. Two
/// of them do not ask each other.
/// Owned by one run.
class Setter {
public:
  Setter(std::uint32_t number, std::uint64_t seed)
      : number_(number), random_(seed ^ (0x3c6ef372ULL * (number + 1))) {}

  /// As Shopper's.
  std::optional<Shopper::Outgoing> next(Instant now, std::int64_t steady_us);
  void only_finish() { finishing_ = true; }
  bool idle() const { return !asked_id_ && !wanted_; }
  std::vector<std::string> take(const api::Answer& answer);

  /// What was accepted last of his: holds in every partition once all is at rest, or what another one set after it.
  Duration cart_abandoned_after() const { return accepted_; }

private:
  const std::uint32_t number_;
  Random random_;
  Duration accepted_ = records::Tenant{}.cart_abandoned_after;
  std::optional<Duration> wanted_; ///< not yet accepted
  std::optional<std::uint64_t> asked_id_;
  Bytes asked_;
  std::int64_t asked_us_ = 0;
  std::uint64_t next_request_ = 1;
  std::uint64_t settings_ = 0;
  bool finishing_ = false;
};

} // namespace kindred::simulation
