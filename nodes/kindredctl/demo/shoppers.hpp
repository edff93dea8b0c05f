#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "nodes/kindredctl/demo/world.hpp"

namespace kindred::demo {

/// What happened in one arm's copy of the world, in the order in which that arm may learn it.
struct ShopEvent {
  enum class Kind : std::uint8_t {
    kShown,    ///< a whole list was seen; `list` names it, `item` is unused
    kView,     ///< organic: found without a list
    kClick,    ///< a page opened from the list
    kPurchase, ///< after a view or a click; `list` is set in the second case
  };
  Kind kind = Kind::kView;
  UserIndex user = 0;
  ItemIndex item = 0;
  std::int64_t time_us = 0;
  Step session = 0;                  ///< when the shopper's session began
  std::optional<std::uint32_t> list; ///< index of the list among those of the step
};

/// One arm's copy of the shoppers: what each has seen and bought there. Tastes, visits and luck are the World's, so two
/// copies that are shown the same lists stay equal for ever.
///
/// Owned by one arm's run, not thread-safe. `world` must outlive it. Memory: 12 bytes and a hash node per (user, item) met.
class Shoppers {
public:
  explicit Shoppers(const World& world) : world_(world), past_(world.users().size()) {}

  const Past& past(UserIndex user, ItemIndex item) const;

  /// Whether the filter `neverSeen` lets the item through: no view, click or purchase of it in this copy.
  bool may_be_shown(UserIndex user, ItemIndex item) const { return past(user, item).viewed == 0; }

  /// A list is shown: the greatest of utility - position_weight * log(1 + place) + Gumbel over the list and of
  /// nothing_utility + Gumbel is taken. Answers the place clicked, or nothing. `shown` may be empty.
  std::optional<std::size_t> choose(UserIndex user, std::span<const ItemIndex> shown, const Moment& moment);

  /// A page found without a list: `considered` pages are drawn by attention, the one of greatest utility + Gumbel is
  /// opened. Requires: moment.live is not empty.
  ItemIndex find(UserIndex user, const Moment& moment);

  /// Asked once after each view: whether the shopper buys what he just saw.
  bool buys(UserIndex user, ItemIndex item, const Moment& moment);

private:
  const World& world_;
  std::vector<std::unordered_map<ItemIndex, Past>> past_; ///< by user; only looked up, never iterated
};

} // namespace kindred::demo
