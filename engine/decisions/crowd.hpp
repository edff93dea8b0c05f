#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/catalog/library.hpp"
#include "engine/decisions/blend.hpp"
#include "engine/decisions/slot_map.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::decisions {

/// The moment that trends and newness are read at: as-of cut to 2^20 µs (1.05 s), so that decisions within it share them.
constexpr Instant crowd_moment(Instant as_of) { return {as_of.us >> 20 << 20}; }

/// What a decision takes from everybody: scores of trends and newness of all items, which depend on nothing of the user.
///
/// Kept between decisions: columns are good as long as catalog, model and moment stay what they were (told by their
/// versions), and are computed when first asked for. Equal questions get equal columns whatever was kept.
/// Spans are good until the next `trends` or `follow`.
/// Memory: kBytesMax for trends and for sums each, or what one decision needs where that is more (7 and 1 columns of 4
/// bytes per item); least recently asked goes first. Owned by a Scorer; not thread-safe.
class Crowd {
public:
  static constexpr std::size_t kTrendsMax = 96; ///< scopes × half-lives kept
  static constexpr std::size_t kSumsMax = 16;   ///< contexts × blends kept
  static constexpr std::size_t kBytesMax = 16 << 20;
  static_assert(kTrendsMax > kTrendCount);

  /// Requires: `map` is true for both. References must outlive what is asked until the next `follow`.
  void follow(const catalog::Catalog& catalog, const stats::FastModel* fast, const SlotMap& map,
              Instant as_of);

  /// log2(30 days / (age + 1 minute)) by ordinal; 0 from an age of 30 days on.
  std::span<const float> newest();

  /// One trend of a sum; weight 0: not in it, and its column is empty.
  struct Part {
    stats::ScopeId scope;
    std::uint8_t half_life = 0;
    float weight = 0;
    friend bool operator==(const Part&, const Part&) = default;
  };
  struct Trends {
    std::array<std::span<const float>, kTrendCount> each; ///< log2(1 + 32 · D) by ordinal; empty: all 0
    std::span<const float> sum;                           ///< Σ weight · each, in order; empty: all 0
  };
  Trends trends(const std::array<Part, kTrendCount>& parts);
  /// One trend more, that is in no sum: log2(1 + 32 · D) by ordinal; empty: all 0. Good until the next `trend`.
  std::span<const float> trend(stats::ScopeId scope, std::uint8_t half_life);

private:
  template <class Key>
  struct Column {
    Key key;
    std::vector<float> values;
    std::uint64_t asked = 0; ///< when last, by asks_
  };
  /// Columns that are good, then ones whose memory is kept for the next.
  template <class Key>
  struct Columns {
    std::vector<Column<Key>> columns;
    std::size_t good = 0;
    std::size_t most = 0; ///< for catalogs of this size
  };
  template <class Key>
  static void start(Columns<Key>& kept, std::size_t least, std::size_t most, std::size_t items);
  struct TrendKey {
    stats::ScopeId scope;
    std::uint8_t half_life = 0;
    friend bool operator==(const TrendKey&, const TrendKey&) = default;
  };
  template <class Key>
  std::vector<float>& column(Columns<Key>& kept, const Key& key, bool& found);
  std::span<const float> trend(const Part& part);

  const catalog::Catalog* catalog_ = nullptr; // of the last follow, like the next two
  const stats::FastModel* fast_ = nullptr;
  const SlotMap* map_ = nullptr;
  Instant moment_;
  std::uint64_t catalog_version_ = 0;
  std::uint64_t fast_version_ = 0;
  bool has_fast_ = false;
  bool has_newest_ = false;
  std::vector<float> newest_;
  Columns<TrendKey> trends_;
  Columns<std::array<Part, kTrendCount>> sums_;
  std::uint64_t asks_ = 0;
  std::vector<float> scratch_; // what a column is made from: by slot, or by ordinal
};

} // namespace kindred::decisions
