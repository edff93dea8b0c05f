#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/stats/sorted_sums.hpp"

namespace kindred::stats {

/// What a trend is about: everybody, a country, a device class, a segment. 0 is everybody; else XXH3-64 of "c:DE", "d:2"
/// (the number of the class), "s:clustered:12", so that nothing told by a client can name another kind of scope.
using ScopeId = Id<struct ScopeTag, std::uint64_t>;
inline constexpr ScopeId kEverybody{0};
ScopeId country_scope(std::string_view country);
ScopeId device_scope(std::uint8_t device_class);
ScopeId segment_scope(std::string_view kind, std::uint32_t segment);

/// The element of the group that the fast learner adds (law: group): sparse integer sums, zero entries absent.
///
/// `FastDelta{}` is zero; `add` is exact, associative and commutative; `subtract` its inverse. Bound: one user has at most
/// one mark per item and day (engine/profiles/marks.hpp), of weight 2^32 at most and doubling per half-life, so that he
/// adds less than 2^36 to any key at half-lives up to 7 days, and 2^27 users at that bound on one item fit int64.
/// Cost: adding is amortised O(log n); looking sorts what was added since. Value type; looking settles, so that even
/// const use by two threads at once needs a `settle()` before.
class FastDelta {
public:
  /// Decayed sum of an item in a scope at a half-life, kept per generation of decay (engine/stats/decay.hpp).
  struct TrendKey {
    TenantId tenant;
    ScopeId scope;
    std::uint8_t half_life = 0; ///< index into kHalfLives
    std::int32_t generation = 0;
    ItemId item;
    friend auto operator<=>(const TrendKey&, const TrendKey&) = default;
  };
  /// `to` came right after `from` in one session (successor), or both within one window (co-occurrence, from < to).
  struct PairKey {
    TenantId tenant;
    std::uint8_t kind = 0; ///< kSuccessor, kCoOccurrence
    ItemId from;
    ItemId to;
    std::int32_t generation = 0; ///< 0: pairs do not decay (others are reserved)
    friend auto operator<=>(const PairKey&, const PairKey&) = default;
  };
  static constexpr std::uint8_t kSuccessor = 0;
  static constexpr std::uint8_t kCoOccurrence = 1;
  static constexpr std::uint8_t kPairKinds = 2;
  /// How often something happened with an item, all time; or how many users there are (kMembers).
  struct CountKey {
    TenantId tenant;
    std::uint8_t kind = 0; ///< kMarks, kMembers
    ItemId item;           ///< of kMembers: the value of the segment's scope
    friend auto operator<=>(const CountKey&, const CountKey&) = default;
  };
  static constexpr std::uint8_t kMarks = 0;
  static constexpr std::uint8_t kMembers = 1; ///< users in a segment
  static constexpr std::uint8_t kCountKinds = 2;

  using Trends = SortedSums<TrendKey>;
  using Pairs = SortedSums<PairKey>;
  using Counts = SortedSums<CountKey>;

  /// Require what `from_canonical` checks: half-life and kinds known, co-occurrence with from < to, generation 0 of pairs.
  void add_trend(const TrendKey& key, std::int64_t amount);
  void add_pair(const PairKey& key, std::int64_t amount);
  void add_count(const CountKey& key, std::int64_t amount);

  FastDelta& add(const FastDelta& other);
  FastDelta& subtract(const FastDelta& other);
  bool is_zero() const { return trends_.empty() && pairs_.empty() && counts_.empty(); }
  std::size_t size() const {
    return trends_.entries().size() + pairs_.entries().size() + counts_.entries().size();
  }
  void settle() const;

  /// Entries {key, amount} by key, zeros absent.
  const std::vector<Trends::Entry>& trends() const { return trends_.entries(); }
  const std::vector<Pairs::Entry>& pairs() const { return pairs_.entries(); }
  const std::vector<Counts::Entry>& counts() const { return counts_.entries(); }

  /// Version, then trends, pairs and counts, each with their number, by key: equal sums have equal bytes.
  Bytes canonical() const;
  enum class DecodeError : std::uint8_t {
    kMalformed = 1,    ///< not what `canonical` writes: damaged, or not ours
    kNewerVersion = 2, ///< a version, half-life or kind that this build does not know
  };
  static Result<FastDelta, DecodeError> from_canonical(BytesView bytes);

  friend bool operator==(const FastDelta&, const FastDelta&) = default;

private:
  Trends trends_;
  Pairs pairs_;
  Counts counts_;
};

} // namespace kindred::stats
