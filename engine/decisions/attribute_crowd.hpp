#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/catalog/library.hpp"
#include "engine/decisions/slot_map.hpp"
#include "engine/stats/fast_model.hpp"
#include <utility>

namespace kindred::decisions {

/// What the crowd tells of attributes: how much each is used, and how much users differ in a kind of attribute (category,
/// brand …). Where all take from a kind as the crowd does, what one user took of it tells nothing of what he will take.
///
/// Kept between decisions, and computed where catalog or model are not those of the last time; equal ones give equal bits,
/// whatever was kept. Owned by a Scorer; not thread-safe.
/// Cost of computing (decide_bench): a pass over the catalog and kNeighboursRead neighbours at most.
class AttributeCrowd {
public:
  /// Rows of how many of the items with the most marks are looked at, and how many neighbours in them; a row that does not
  /// fit any more is left out.
  static constexpr std::size_t kRowsRead = 256, kNeighboursRead = 16'384;
  /// What is taken for granted, as so many pairs of uses that are alike by taste as often.
  static constexpr double kPriorPairs = 100, kPriorTelling = 0.1;
  static constexpr double kTellingMax = 0.9;

  /// Requires: `map` is true for both. `fast` null: nothing learnt.
  void follow(const catalog::Catalog& catalog, const stats::FastModel* fast, const SlotMap& map);

  /// By the catalog's numbers of attributes: its part of the uses of its kind, in (0, 1]; an item counts its marks and one
  /// more. 0 where no item has it.
  std::span<const float> shares() const { return shares_; }
  /// By kind, in [0, kTellingMax]: the chance that two uses of one user are alike in this kind because they are his; the
  /// intraclass correlation, r = (alike − by chance) ÷ (pairs − by chance), over pairs of co-occurring items. A
  /// Dirichlet-multinomial with this correlation has precision (1 − r) / r.
  std::span<const float> tellings() const { return tellings_; }

private:
  void take_shares(const catalog::Catalog& catalog, std::span<const std::int64_t> marks, const SlotMap& map);
  void take_tellings(const catalog::Catalog& catalog, const stats::FastModel* fast, const SlotMap& map);
  void read_row(const catalog::Catalog& catalog, const stats::FastModel& fast, const SlotMap& map,
                std::uint32_t ordinal);

  struct Pairs {
    std::int64_t all = 0, alike = 0;
    double by_chance = 0; ///< alike
  };
  std::uint64_t catalog_version_ = 0;
  std::uint64_t fast_version_ = 0;
  bool has_fast_ = false;
  bool has_any_ = false;
  std::vector<float> shares_, tellings_;
  std::vector<std::int64_t> uses_, of_kinds_;                    // scratch: by number, by kind
  std::vector<std::pair<std::int64_t, std::uint32_t>> by_marks_; // scratch: −marks, ordinal
  std::vector<Pairs> pairs_;                                     // scratch: by kind
};

} // namespace kindred::decisions
