#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace kindred::demo {

/// What a number is drawn for. A new purpose gets a new number; none is ever used for two things.
enum class Purpose : std::uint64_t {
  kCategory = 1,
  kBrand,
  kTrait,
  kQuality,
  kPrice,
  kShelfLife,
  kPublication,
  kFashionPeriod,
  kFashionPhase,
  kStyleDirection,
  kBrandDirection,
  kCountryDirection,
  kStyleWave,
  kCountry,
  kDevice,
  kFavourite,
  kTasteNoise,
  kBudget,
  kVisitRate,
  kOnce,
  kLifetime,
  kArrival,
  kSessionStart,
  kSessionLength,
  kOrganic,
  kMoment,
  kConsider,
  kOrganicChoice,
  kListChoice,
  kNothing,
  kPurchase,
  kChanceArm,
};

/// Counter-based chance: a number is a pure function of (seed, who, when, purpose, index), so that every arm's copy of
/// the world meets the same users with the same luck, in whatever order the arms are driven.
///
/// The mixing step is the finalizer of SplitMix64 (Steele, Lea, Flood 2014), applied once per key.
/// Value type, no state: any thread. Shares nothing with the engine's seeded randomness, by intention.
struct Dice {
  std::uint64_t seed = 0;

  std::uint64_t bits(std::uint64_t who, std::uint64_t when, Purpose purpose, std::uint64_t index = 0) const {
    std::uint64_t h = mix(seed + 0x9E3779B97F4A7C15u);
    h = mix(h ^ (who + 0x9E3779B97F4A7C15u));
    h = mix(h ^ (when + 0xD1B54A32D192ED03u));
    h = mix(h ^ (static_cast<std::uint64_t>(purpose) * 0x8CB92BA72F3D8DD7u));
    return mix(h ^ (index + 0xAEF17502108EF2D9u));
  }

  /// In (0, 1), never 0 and never 1, so that its logarithm is finite.
  double uniform(std::uint64_t who, std::uint64_t when, Purpose purpose, std::uint64_t index = 0) const {
    return (static_cast<double>(bits(who, when, purpose, index) >> 11) + 0.5) * 0x1p-53;
  }

  /// Mean 0, variance 1 (Box and Muller 1958, the cosine half).
  double normal(std::uint64_t who, std::uint64_t when, Purpose purpose, std::uint64_t index = 0) const {
    const double radius = std::sqrt(-2.0 * std::log(uniform(who, when, purpose, 2 * index)));
    return radius * std::cos(2.0 * std::numbers::pi * uniform(who, when, purpose, 2 * index + 1));
  }

  /// Standard Gumbel: the noise that makes the greatest utility a logit choice.
  double gumbel(std::uint64_t who, std::uint64_t when, Purpose purpose, std::uint64_t index = 0) const {
    return -std::log(-std::log(uniform(who, when, purpose, index)));
  }

private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
};

} // namespace kindred::demo
