#include "nodes/kindredctl/demo/run.hpp"

#include <algorithm>
#include <set>

namespace kindred::demo {

namespace {

constexpr std::int64_t kPurchaseAfter_us = 60'000'000; ///< a purchase follows its view by a minute

/// One arm's passage through one step.
class StepRun {
public:
  StepRun(const World& world, Shoppers& shoppers, ArmResult& result, Step step)
      : world_(world), shoppers_(shoppers), result_(result), moment_(world.at(step)) {
    for (const Slot& slot : world.slots(step))
      if (!slot.organic) visits_.push_back({slot.user});
  }

  std::optional<Failure> run(Arm& arm) {
    std::vector<List> lists;
    if (!visits_.empty()) {
      if (auto failure = arm.recommend(visits_, moment_, shoppers_, lists)) return failure;
      if (lists.size() != visits_.size())
        return Failure{FailureCode::kBadAnswer, arm.name() + " answered " + std::to_string(lists.size()) +
                                                    " lists for " + std::to_string(visits_.size())};
    }
    std::uint32_t next = 0;
    for (const Slot& slot : world_.slots(moment_.step)) {
      if (slot.organic) {
        browse(slot);
      } else {
        show(slot, lists[next], next);
        ++next;
      }
    }
    std::stable_sort(events_.begin(), events_.end(),
                     [](const ShopEvent& a, const ShopEvent& b) { return a.time_us < b.time_us; });
    return arm.learn(events_, moment_);
  }

private:
  ShopEvent event_of(ShopEvent::Kind kind, const Slot& slot, ItemIndex item,
                     std::optional<std::uint32_t> list) const {
    std::int64_t time_us = world_.time_us(moment_.step) + std::int64_t{slot.offset_ms} * 1000;
    if (kind == ShopEvent::Kind::kPurchase) time_us += kPurchaseAfter_us;
    return {kind, slot.user, item, time_us, slot.session, list};
  }

  void browse(const Slot& slot) {
    const ItemIndex item = shoppers_.find(slot.user, moment_);
    happened(event_of(ShopEvent::Kind::kView, slot, item, std::nullopt));
    ++result_.organic_views;
    if (!shoppers_.buys(slot.user, item, moment_)) return;
    happened(event_of(ShopEvent::Kind::kPurchase, slot, item, std::nullopt));
    ++result_.organic_purchases;
  }

  void show(const Slot& slot, List& list, std::uint32_t index) {
    keep_allowed(slot.user, list);
    const std::uint32_t day = moment_.step / world_.parameters().steps_per_day;
    ++result_.lists[slot.user];
    ++result_.day_lists[day];
    const auto place = shoppers_.choose(slot.user, list, moment_);
    events_.push_back(event_of(ShopEvent::Kind::kShown, slot, 0, index));
    if (!place) return;
    const ItemIndex item = list[*place];
    ++result_.clicks[slot.user];
    ++result_.day_clicks[day];
    happened(event_of(ShopEvent::Kind::kClick, slot, item, index));
    if (!shoppers_.buys(slot.user, item, moment_)) return;
    ++result_.purchases[slot.user];
    happened(event_of(ShopEvent::Kind::kPurchase, slot, item, index));
  }

  void happened(const ShopEvent& event) {
    events_.push_back(event);
    ++result_.events;
  }

  /// No arm gains by showing what the filter forbids: such items are taken out and counted.
  void keep_allowed(UserIndex user, List& list) {
    std::set<ItemIndex> shown;
    const auto forbidden = [&](ItemIndex item) {
      return !std::binary_search(moment_.live.begin(), moment_.live.end(), item) ||
             !shoppers_.may_be_shown(user, item) || !shown.insert(item).second;
    };
    result_.outside += std::erase_if(list, forbidden);
    const std::size_t length = world_.parameters().list_length;
    if (list.size() > length) list.resize(length);
    result_.short_lists += list.size() < length;
  }

  const World& world_;
  Shoppers& shoppers_;
  ArmResult& result_;
  const Moment moment_;
  std::vector<Visit> visits_;
  std::vector<ShopEvent> events_;
};

} // namespace

std::optional<Failure> run_arm(const World& world, Arm& arm, ArmResult& result, const Progress& progress) {
  const std::size_t users = world.users().size(), days = world.parameters().days;
  result = {};
  result.name = arm.name();
  result.lists.assign(users, 0.0);
  result.clicks.assign(users, 0.0);
  result.purchases.assign(users, 0.0);
  result.day_lists.assign(days, 0.0);
  result.day_clicks.assign(days, 0.0);
  Shoppers shoppers(world);
  for (Step step = 0; step < world.steps(); ++step) {
    if (!world.slots(step).empty()) {
      StepRun run(world, shoppers, result, step);
      if (auto failure = run.run(arm)) return failure;
    }
    if (progress) progress(step + 1, world.steps());
  }
  return std::nullopt;
}

} // namespace kindred::demo
