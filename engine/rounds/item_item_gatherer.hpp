#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/learners/factorization/item_neighbours.hpp"
#include "engine/rounds/item_item_image.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "engine/rounds/learner.hpp"
#include "engine/stats/gram_changes.hpp"
#include "engine/stats/gram_rows.hpp"

namespace kindred::rounds {

/// New items that a model is to find among so many of its best.
inline constexpr std::size_t kFoundAmong = 20;
/// Of a partition's users by changes, so that their statistic stays below 4 MiB.
inline constexpr std::size_t kItemItemChangedPairsMax = 512 << 10;

/// The item-item model's half in a partition: of every user the distinct items of his marks, and when he first used each.
///
/// A user's row has each of his items once, with weight 1, however often and how he used it: the autoencoder was published
/// for such rows, and nobody's row says more of an item than another's. Before the first statistic items are numbered by
/// id, so nothing depends on the order users are visited in.
/// kCompare, per user with items from before and from after `since`: of the latter, at most kFoundAmong, the share that a
/// model has among its best kFoundAmong, asked with the newest of the former; one model's share less the other's.
/// By changes it has of each user his row of now and of before in one, each item with where it is; what a pass answers is
/// now less before. A comparison looks at them as they are now: whoever is in it changed, or was told as if he had.
/// Memory: 8 bytes per user and item, some 64 per distinct item (kGatheredBytesMax: 8 million of the former); while vectors
/// grow, twice as much. Cost of a pass: of kRows one look at each entry and 1 ns per pair in the range, of kCompare
/// ItemNeighbours::kSeedsMax rows per model and user.
class ItemItemGatherer final : public Gatherer {
public:
  /// Requires: before the first `begin`.
  void visit(const profiles::Profile& profile) override;
  /// Requires: before the first `begin`; an image of item_item_image.
  void visit_change(BytesView before, const profiles::Profile* now) override;
  bool fits() const override { return changed_pairs_ <= kItemItemChangedPairsMax; }
  std::size_t bytes() const override;
  bool begin(BytesView parameters) override;
  bool go_on(std::size_t users) override;
  Bytes statistic() override;

private:
  using Part = stats::GramChanges::Part;
  struct Entry {
    std::uint32_t item : 30 = 0; ///< number: by first sight until the user is ordered, by id from then on
    std::uint32_t part : 2 = 0;  ///< stats::GramChanges::Part; kStays where everybody is looked at
    std::uint32_t first_s = 0;   ///< of the first use, whole seconds; 0 where it goes
    bool is(Part one) const { return part == static_cast<std::uint32_t>(one); }
  };
  /// A model of the pass, and where it has our items.
  struct Known {
    learners::ItemNeighbours model;
    std::vector<std::uint32_t> slots; ///< by number
  };
  std::span<Entry> entries_of(std::size_t user);
  std::uint32_t number_of(ItemId item);
  void put(ItemId item, Part part, std::uint32_t first_s);
  std::span<const Entry> held(std::span<const Entry> entries);
  void number_items();
  void order(std::span<Entry> entries);
  std::size_t look_at(std::size_t user); ///< answers how much work it was
  std::size_t add_rows(std::span<const Entry> entries);
  void compare(std::span<const Entry> entries);
  double share_found(const Known& known, std::span<const Entry> entries, std::uint32_t since_s);
  void score(const Known& known);
  void keep_best();

  // what was gathered
  std::vector<Entry> entries_;                        ///< user by user
  std::vector<std::size_t> ends_;                     ///< of each user's entries
  std::vector<ItemId> items_;                         ///< by number
  std::vector<std::int32_t> users_of_;                ///< by number
  std::unordered_map<ItemId, std::uint32_t> numbers_; ///< never iterated; empty once items are numbered by id
  std::vector<std::uint32_t> numbers_by_id_;          ///< by number of first sight
  std::int64_t users_ = 0;                            ///< who used anything
  bool by_changes_ = false;                           ///< it was told who changed
  std::size_t changed_pairs_ = 0;                     ///< at most so many
  bool numbered_ = false;
  std::size_t ordered_ = 0; ///< users whose entries are numbered by id, and in its order

  // the pass
  ItemItemPass pass_;
  std::size_t next_ = 0;              ///< user
  std::vector<std::uint32_t> places_; ///< kRows: by number, the place in pass_.items
  stats::GramRows rows_;
  stats::GramChanges changes_; ///< instead of them
  std::vector<Known> models_;
  std::vector<stats::Moments> differences_;

  // scratch
  std::vector<UsedItem> used_;
  std::vector<stats::Gram::Entry> row_;
  std::vector<stats::GramChanges::Entry> changed_row_;
  std::vector<Entry> held_;
  std::vector<Entry> seeds_;
  std::vector<std::int32_t> scores_; ///< by slot
  std::vector<std::uint32_t> best_;  ///< slots, best first
};

} // namespace kindred::rounds
