#include "nodes/kindredctl/demo/shoppers.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace kindred::demo {

const Past& Shoppers::past(UserIndex user, ItemIndex item) const {
  static const Past kNever;
  const auto found = past_[user].find(item);
  return found == past_[user].end() ? kNever : found->second;
}

std::optional<std::size_t> Shoppers::choose(UserIndex user, std::span<const ItemIndex> shown,
                                            const Moment& moment) {
  const WorldParameters& p = world_.parameters();
  const Dice& dice = world_.dice();
  double best = p.nothing_utility + dice.gumbel(user, moment.step, Purpose::kNothing);
  std::optional<std::size_t> taken;
  for (std::size_t place = 0; place < shown.size(); ++place) {
    const double liking = world_.utility(user, shown[place], moment, past(user, shown[place]));
    const double luck = dice.gumbel(user, moment.step, Purpose::kListChoice, shown[place]);
    const double value = liking - p.position_weight * std::log1p(double(place)) + luck;
    if (value <= best) continue;
    best = value;
    taken = place;
  }
  for (ItemIndex item : shown) ++past_[user][item].shown;
  if (taken) ++past_[user][shown[*taken]].viewed;
  return taken;
}

ItemIndex Shoppers::find(UserIndex user, const Moment& moment) {
  assert(!moment.live.empty());
  const Dice& dice = world_.dice();
  const std::vector<double>& until = moment.attention_until;
  ItemIndex found = moment.live.front();
  double best = -1e300;
  for (std::uint32_t n = 0; n < world_.parameters().considered; ++n) {
    const double at = until.back() * dice.uniform(user, moment.step, Purpose::kConsider, n);
    const auto place = std::upper_bound(until.begin(), until.end() - 1, at) - until.begin();
    const ItemIndex item = moment.live[static_cast<std::size_t>(place)];
    const double luck = dice.gumbel(user, moment.step, Purpose::kOrganicChoice, item);
    const double value = world_.utility(user, item, moment, past(user, item)) + luck;
    if (value <= best) continue;
    best = value;
    found = item;
  }
  ++past_[user][found].viewed;
  return found;
}

bool Shoppers::buys(UserIndex user, ItemIndex item, const Moment& moment) {
  const WorldParameters& p = world_.parameters();
  const double utility = world_.utility(user, item, moment, past(user, item));
  const double chance = 1.0 - std::exp(-std::exp(p.purchase_offset + p.purchase_slope * utility));
  if (world_.dice().uniform(user, moment.step, Purpose::kPurchase, item) >= chance) return false;
  ++past_[user][item].bought;
  return true;
}

} // namespace kindred::demo
