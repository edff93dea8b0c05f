#pragma once

#include <cstdint>
#include <map>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"

namespace kindred::stats {

/// What a trend is about: everybody, a country, a device class. 0 is everybody; else XXH3-64 of "c:DE", "d:phone".
using ScopeId = Id<struct ScopeTag, std::uint64_t>;
inline constexpr ScopeId kEverybody{0};
ScopeId country_scope(std::string_view country);
ScopeId device_scope(std::uint8_t device_class);

/// The element of the group that the fast learner adds (law: group): sparse integer sums, zero entries absent.
///
/// `FastDelta{}` is zero; `add` is exact, associative and commutative; `subtract` its inverse. Bound: a user's
/// contribution per key is clamped where it is made (engine/profiles/marks), so that 2^40 users fit int64.
/// Keys are ordered, so that `canonical` needs no sorting and iteration never depends on hashing.
/// Value type; no thread rule beyond that of its owner.
class FastDelta {
 public:
  /// Decayed sum of an item in a scope at a half-life, kept per generation of decay (engine/stats/decay.hpp).
  struct TrendKey {
    TenantId tenant;
    ScopeId scope;
    std::uint8_t half_life = 0;  ///< index into kHalfLives
    std::int32_t generation = 0;
    ItemId item;
    friend auto operator<=>(const TrendKey&, const TrendKey&) = default;
  };
  /// `to` came right after `from` in one session (successor), or both within one window (co-occurrence, from < to).
  struct PairKey {
    TenantId tenant;
    std::uint8_t kind = 0;  ///< kSuccessor, kCoOccurrence
    ItemId from;
    ItemId to;
    std::int32_t generation = 0;  ///< 0 where pairs do not decay
    friend auto operator<=>(const PairKey&, const PairKey&) = default;
  };
  static constexpr std::uint8_t kSuccessor = 0;
  static constexpr std::uint8_t kCoOccurrence = 1;
  /// Number of marks of an item, all time (also its popularity).
  struct CountKey {
    TenantId tenant;
    std::uint8_t kind = 0;  ///< what is counted; 0: marks, 1: users' first marks
    ItemId item;
    friend auto operator<=>(const CountKey&, const CountKey&) = default;
  };

  void add_trend(const TrendKey& key, std::int64_t amount);
  void add_pair(const PairKey& key, std::int64_t amount);
  void add_count(const CountKey& key, std::int64_t amount);

  FastDelta& add(const FastDelta& other);
  FastDelta& subtract(const FastDelta& other);
  bool is_zero() const { return trends_.empty() && pairs_.empty() && counts_.empty(); }
  std::size_t size() const { return trends_.size() + pairs_.size() + counts_.size(); }

  const std::map<TrendKey, std::int64_t>& trends() const { return trends_; }
  const std::map<PairKey, std::int64_t>& pairs() const { return pairs_; }
  const std::map<CountKey, std::int64_t>& counts() const { return counts_; }

  Bytes canonical() const;
  enum class DecodeError : std::uint8_t { kMalformed = 1, kNewerVersion = 2 };
  static Result<FastDelta, DecodeError> from_canonical(BytesView bytes);

  friend bool operator==(const FastDelta&, const FastDelta&) = default;

 private:
  std::map<TrendKey, std::int64_t> trends_;
  std::map<PairKey, std::int64_t> pairs_;
  std::map<CountKey, std::int64_t> counts_;
};

}  // namespace kindred::stats
