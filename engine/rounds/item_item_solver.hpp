#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/rounds/gate.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "engine/rounds/item_item_sums.hpp"
#include "engine/rounds/learner.hpp"
#include "engine/stats/gram.hpp"

namespace kindred::rounds {

inline constexpr float kItemItemL2 = 100;               ///< λ of the autoencoder
inline constexpr std::size_t kItemItemNeighbours = 128; ///< kept of an item
inline constexpr double kItemItemMargin = 0.005;        ///< of the share found per user
/// Of all partitions' blocks of one pass together; a block has a row at least, and at most kItemItemBlockBytesMax.
inline constexpr std::size_t kItemItemPassBytes = 64 << 20;
inline constexpr std::size_t kItemItemBlockBytesMax = 4 << 20;
inline constexpr std::size_t kItemItemBlockBytesMin = 256 << 10;

/// The item-item model's half in the model actor: users per item, then the Gram matrix of the Limits::items items that most
/// have (ties by id), block by block; the linear autoencoder solved from it, pruned and rounded to its grid; then the gate.
///
/// With a base (item_item_sums.hpp) it asks what changed since, in one pass each, and adds it to that: the same sums, so the
/// same bytes (law `increment`). Where they do not suffice: RoundError::kNotByChanges.
/// How blocks are cut depends on the number of partitions, what is solved does not: it is a function of the sums.
/// The gate (gate.hpp): per user, how much more of what he first used after both models' cuts one of them finds. Where there
/// was none, the first must be better than nothing in this sense: it explains more of the users' rows, as generalized
/// cross-validation expects it for others (LinearAutoencoder::explained), than every item's share of users does, which says
/// the same to everybody. Where rows have no structure it does not.
/// Memory: Gram and inverse, 6 items² bytes together (600 MB for 10,000 items), between the last block and the model; of a
/// round by changes the Gram as long, and twice where an item went. What is kept for the next round adds .5 items² and more
/// where pairs have many users (stats::Gram::packed). `items_within` says how many items a budget allows.
class ItemItemSolver final : public Solver {
public:
  /// Requires: `base` is null, or what an ItemItemSolver's take_sums gave.
  ItemItemSolver(const std::map<std::string, KnownModels>& known, const Limits& limits,
                 std::unique_ptr<Sums> base = nullptr);

  Bytes parameters() const override { return pass_.canonical(); }
  Result<bool, RoundError> absorb(std::span<const Bytes> statistics) override;
  std::vector<Offer> offers() const override { return gate_.offers(); }
  std::string outcome() const override { return outcome_.empty() ? gate_.outcome() : outcome_; }
  std::vector<std::pair<std::string, std::string>> settings() const override;
  std::unique_ptr<Sums> take_sums() override { return std::move(sums_); }

private:
  using Counts = ItemCounts;
  Result<bool, RoundError> take_counts(const std::vector<ItemItemStatistic>& statistics);
  void keep_counts(const Counts& of_part);
  Result<bool, RoundError> choose_items();
  void ask_rows(std::size_t first);
  bool ask_changes();
  Result<bool, RoundError> take_rows(const std::vector<ItemItemStatistic>& statistics);
  Result<bool, RoundError> take_changes(const std::vector<ItemItemStatistic>& statistics);
  Result<bool, RoundError> solve();
  void ask_comparison();
  Result<bool, RoundError> judge(const std::vector<ItemItemStatistic>& statistics);
  void judge_first();
  Offer fresh() const;
  bool is_answer(const ItemItemStatistic& statistic) const;

  const KnownModels known_;
  const Limits limits_;
  std::unique_ptr<const ItemItemSums> base_; ///< null: the round is a full one, or they are in gram_ by now
  const bool by_changes_;
  std::size_t partitions_ = 1; ///< as many as answered last
  ItemItemPass pass_;
  std::int64_t users_ = 0;
  Counts best_;                             ///< of the parts counted so far, at most Limits::items
  std::optional<Counts> counts_ = Counts(); ///< all of them; none: more than ItemItemSums::kItemsMax
  std::vector<ItemId> items_;
  std::vector<ItemId> asked_; ///< by changes: these, and those that were chosen before
  std::optional<stats::Gram> gram_;
  std::unique_ptr<Sums> sums_;
  // what was solved
  Bytes parameters_;
  std::size_t neighbours_ = 0;
  double kept_ = 0, explained_ = 0, told_by_shares_ = 0;
  std::optional<std::size_t> verdict_; ///< the challenger's comparison
  Gate gate_;
  std::string outcome_; ///< where nothing was solved; else the gate's
};

} // namespace kindred::rounds
