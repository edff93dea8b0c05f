#include "nodes/kindredctl/demo/baseline_arms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kindred::demo {

namespace {

struct Scored {
  double score;
  ItemIndex item;
  friend bool operator<(const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.item > b.item; // best first, newest first among equals
  }
};

/// The best `list_length` of all live items that the filter leaves; `score` gives an item's worth for this visit.
template <class Score>
List best(const World& world, UserIndex user, const Moment& moment, const Shoppers& shoppers, Score score) {
  std::vector<Scored> all;
  all.reserve(moment.live.size());
  for (ItemIndex item : moment.live)
    if (shoppers.may_be_shown(user, item)) all.push_back({score(item), item});
  const std::size_t length = std::min<std::size_t>(world.parameters().list_length, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length), all.end());
  List list;
  for (std::size_t n = 0; n < length; ++n) list.push_back(all[n].item);
  return list;
}

} // namespace

std::optional<Failure> ChanceArm::recommend(std::span<const Visit> visits, const Moment& moment,
                                            const Shoppers& shoppers, std::vector<List>& lists) {
  lists.clear();
  for (const Visit& visit : visits)
    lists.push_back(best(world_, visit.user, moment, shoppers, [&](ItemIndex item) {
      return world_.dice().uniform(visit.user, moment.step, Purpose::kChanceArm, item);
    }));
  return std::nullopt;
}

std::optional<Failure> OracleArm::recommend(std::span<const Visit> visits, const Moment& moment,
                                            const Shoppers& shoppers, std::vector<List>& lists) {
  lists.clear();
  for (const Visit& visit : visits)
    lists.push_back(best(world_, visit.user, moment, shoppers, [&](ItemIndex item) {
      return world_.utility(visit.user, item, moment, shoppers.past(visit.user, item));
    }));
  return std::nullopt;
}

PopularityArm::PopularityArm(const World& world, double half_life_hours)
    : world_(world), half_life_hours_(half_life_hours),
      log_weight_(world.items().size(), -std::numeric_limits<double>::infinity()) {}

std::string PopularityArm::name() const {
  if (half_life_hours_ == 0) return "popularity, no decay";
  const auto count = [](double n, const char* unit) {
    return "popularity, half-life " + std::to_string(static_cast<int>(n)) + unit;
  };
  if (half_life_hours_ < 1) return count(half_life_hours_ * 60, " min");
  return half_life_hours_ < 24 ? count(half_life_hours_, " h") : count(half_life_hours_ / 24, " d");
}

std::optional<Failure> PopularityArm::recommend(std::span<const Visit> visits, const Moment& moment,
                                                const Shoppers& shoppers, std::vector<List>& lists) {
  lists.clear();
  for (const Visit& visit : visits)
    lists.push_back(
        best(world_, visit.user, moment, shoppers, [&](ItemIndex item) { return log_weight_[item]; }));
  return std::nullopt;
}

std::optional<Failure> PopularityArm::learn(std::span<const ShopEvent> events, const Moment&) {
  for (const ShopEvent& event : events) {
    if (event.kind == ShopEvent::Kind::kShown) continue;
    const double hours = double(event.time_us - world_.time_us(0)) / 3.6e9;
    const double more = half_life_hours_ == 0 ? 0.0 : hours / half_life_hours_;
    double& weight = log_weight_[event.item];
    const double high = std::max(weight, more), low = std::min(weight, more);
    weight = high + std::log2(1.0 + std::exp2(low - high)); // exp2(-inf) is 0: the first event of an item
  }
  return std::nullopt;
}

} // namespace kindred::demo
