#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/decisions/attribute_crowd.hpp"
#include "engine/decisions/blend.hpp"
#include "engine/decisions/crowd.hpp"
#include "engine/decisions/evidence.hpp"
#include "engine/decisions/slot_map.hpp"
#include "engine/records/event.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::decisions {

// Source scores. 0 without evidence; all but affinity are ≥ 0. The logarithm is portable_log2, so that every score has the same
// bits everywhere. D = decayed marks, n(j→i) = successor counts, c(j,i) = co-occurrence counts, m = marks of an item.
//
//   trending…     log2(1 + 32 · D_i) ÷ (1 + items of the session): the more it tells, the less the crowd
//   newest        log2(30 days / (age_i + 1 minute)), 0 from an age of 30 days on; in units of 2^20 µs
//   successors    log2(1 + 100 · Σ_k 0.6^k · n(j_k→i) / (n(j_k) + 1))              j_k: session's items, newest first
//   coOccurrence  log2(1 + 32 · Σ_k 0.85^k · c(j_k,i) / √m(j_k) / √(m(i) + 5))     j_k: history's items, newest first
//   affinity      Σ over the item's attributes a of log2((r · n_a / p_a + 1 − r) / (r · N + 1 − r)): how much likelier than
//                 the crowd the user takes what has a (attribute_counts.hpp); below 0 where he passes it by
//   buyAgain      log2(1 + purchases of i)
//   itemItem      log2(1 + 32 · Σ_k share_k · B(j_k, i))       j_k: history's items, newest first (item_neighbours.hpp)
//
// The trend of the segment comes right behind newest.
// D and newest are read at crowd_moment(as_of). Sums run in a written order: k ascending; attributes in the catalog's
// order; of the sources first trends, then newest, successors, co-occurrence, affinity, buy again, item-item.

inline constexpr float kTrendScale = 32;
inline constexpr float kSuccessorScale = 100;
inline constexpr float kSuccessorDecay = 0.6f;
inline constexpr float kCoOccurrenceScale = 32;
inline constexpr float kCoOccurrenceDecay = 0.85f;
inline constexpr float kCoOccurrenceMarks = 5;
inline constexpr float kItemItemScale = 32;
inline constexpr std::int32_t kNewestHorizon = 30 * 86'400'000'000 >> 20; ///< in units of 2^20 µs (1.05 s)
inline constexpr std::int32_t kNewestFloor = 60'000'000 >> 20;

/// A candidate in the ranking. Order: higher score, then published later, then registered later.
struct Ranked {
  float score = 0;
  std::uint32_t ordinal = 0;
  Instant published;
};
inline bool better(const Ranked& a, const Ranked& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.published != b.published) return a.published > b.published;
  return a.ordinal > b.ordinal;
}

/// What scoring reads, besides the scratch below. References are good during the call.
struct ScoringInput {
  const catalog::Catalog& catalog;
  const stats::FastModel* fast; ///< null: nothing learnt
  const records::Context& context;
  Instant as_of;
  Blend blend;
  const learners::ItemNeighbours* item_item = nullptr; ///< null: none was solved
};

/// Sums by slot or ordinal, most of them 0: reset and read by what was touched. Reused between decisions.
class SparseSums {
public:
  /// All 0, `slots` of them.
  void reset(std::size_t slots);
  /// Requires: amount > 0.
  void add(std::uint32_t slot, float amount) {
    if (sums_[slot] == 0) touched_.push_back(slot);
    sums_[slot] += amount;
  }
  float of(std::uint32_t slot) const { return slot < sums_.size() ? sums_[slot] : 0.0f; }
  float& at_touched(std::size_t i) { return sums_[touched_[i]]; }
  std::span<const std::uint32_t> touched() const { return touched_; } ///< each once, by first sight

private:
  std::vector<float> sums_;
  std::vector<std::uint32_t> touched_;
};

/// Sums of whole numbers by slot, of either sign: reset and read by what was touched. Reused between decisions.
class NeighbourSums {
public:
  static constexpr std::int32_t kMost = INT32_MAX / 2;
  /// All 0, `slots` of them.
  void reset(std::size_t slots);
  /// Requires: no sum passes ±kMost on its way.
  void add(std::uint32_t slot, std::int32_t amount) {
    if (sums_[slot] == 0) {
      touched_.push_back(slot);
      sums_[slot] = 1;
    }
    sums_[slot] += 2 * amount;
  }
  std::int32_t of(std::uint32_t slot) const { return slot < sums_.size() ? sums_[slot] >> 1 : 0; }
  std::span<const std::uint32_t> touched() const { return touched_; } ///< each once, by first sight

private:
  std::vector<std::int32_t> sums_; ///< 0 where untouched, else 1 + 2 · sum: odd, so never 0 again
  std::vector<std::uint32_t> touched_;
};

/// Scores all items: what everybody shares is taken from `Crowd`, what the user adds touches the items it is about alone.
/// Scratch buffers; contents mean nothing between decisions. Cost (decide_bench): 8 ns per item, 20 where attributes speak,
/// 3 ns per neighbour of the ≤ 15 rows read, 2 ns per neighbour of the ≤ 24 rows of the item-item model (at most 256 each); what Crowd computes comes to that once per moment and context. Allocates only
/// when the catalog or the model grew. Not thread-safe.
class Scorer {
public:
  Evidence evidence;                  ///< filled by the caller; empty without consent
  std::vector<std::uint8_t> eligible; ///< by ordinal; filled by the caller: what the filters leave

  /// The best `most` eligible items that are published at as_of, best first.
  void rank(const ScoringInput& input, std::size_t most, std::vector<Ranked>& into);

  /// Scores of one item by the sources that have a weight, after `rank` with the same input; 0 of the others. Weight times
  /// score, summed over the sources, is the item's score but for rounding.
  std::array<float, kSourceCount> source_scores(const ScoringInput& input, std::uint32_t ordinal) const;

private:
  void keep_best(const ScoringInput& input, std::size_t most, std::vector<Ranked>& into) const;
  void score_crowd(const ScoringInput& input);
  void score_personal(const ScoringInput& input);
  void read_successors(const ScoringInput& input);
  void read_co_occurrence(const ScoringInput& input);
  void read_item_item(const ScoringInput& input);
  void add_touched(const SparseSums& sums, float scale, float weight);
  void add_values(std::span<const std::uint32_t> touched, std::span<const std::uint32_t> ordinals,
                  float scale, float weight);
  void add_again(const ScoringInput& input);
  float affinity(const ScoringInput& input, std::uint32_t ordinal) const;

  SlotMap map_;
  Crowd crowd_;
  AttributeCrowd attribute_crowd_;
  Crowd::Trends trends_;
  std::span<const float> newest_;
  std::span<const float> of_segment_; // empty: all 0
  SparseSums successors_;             // Σ by slot
  SparseSums co_occurrence_;          // Σ ÷ √(m + 5) by slot
  SparseSums buy_again_;              // log2(1 + purchases) by ordinal
  ItemItemMap item_item_map_;
  NeighbourSums item_item_; // Σ share · B by the model's slot, in units of ItemNeighbours::kScoreGrid
  std::vector<float> values_, weighted_; // of what was touched
  std::vector<float> scores_;            // by ordinal
};

} // namespace kindred::decisions
