// What one decision costs in the engine, answer and reasons included, sockets and log not. Google Benchmark's own table:
//   ninja -C build/release decide_bench && build/release/bin/decide_bench
// Arguments: items, events in the user's history, co-occurring items per item of his history. Aim: 3,000 items and 50
// events ≤ 100 µs, so that the server can answer 6,000 decisions per second of its CPU time.

#include <algorithm>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/decisions/decide.hpp"
#include "engine/stats/decay.hpp"

namespace kindred::decisions {
namespace {

constexpr Instant kNow{20'000 * kDay.us};
constexpr std::uint8_t kPhone = static_cast<std::uint8_t>(records::DeviceClass::kPhone);

Duration any_span(Random& chance, Duration below) {
  return {static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(below.us)))};
}

/// A tenant with a catalog, everything learnt of it, and one user.
class Tenant {
public:
  Tenant(int items, int events, int partners) : chance_(1) {
    for (int i = 0; i < items; ++i) register_item(i);
    for (int i = 0; i < 10 * items; ++i) mark(popular());
    for (int i = events; i > 0; --i) do_something(kMinute * (3 * i), partners);
    fast_.add(learnt_, kDefaultTenant);
    context_.country = "BR";
    context_.device = records::DeviceClass::kPhone;
    placement_.exploration = Fixed::from(0.05).value();
  }

  /// The model with `more` deltas on top, of one mark each: what a decision finds when the crowd went on.
  stats::FastModel model_after(int more) {
    stats::FastModel model = fast_;
    for (int i = 0; i < more; ++i) {
      stats::FastDelta one;
      one.add_count({kDefaultTenant, stats::FastDelta::kMarks, any()}, 1);
      model.add(one, kDefaultTenant);
    }
    return model;
  }

  Question question() const {
    return {.tenant = kDefaultTenant,
            .profile = &user_,
            .consent = records::kAllPurposes,
            .catalog = *library_.catalog(kDefaultTenant),
            .fast = &fast_,
            .placement = placement_,
            .placement_name = "home",
            .context = context_,
            .as_of = kNow,
            .count = 10,
            .exclude = {},
            .request_id = "r-000000001"};
  }

private:
  void register_item(int number) {
    records::Record record;
    record.header.type = records::RecordType::kItem;
    records::Item item;
    item.item = "item-" + std::to_string(number);
    item.published = kNow - any_span(chance_, kDay * 60);
    item.attributes = {{"category", "c" + std::to_string(chance_.below(12))},
                       {"brand", "b" + std::to_string(chance_.below(30))}};
    items_.push_back(item_id(item.item));
    record.body = std::move(item);
    if (!library_.apply(record).ok()) std::abort();
  }
  // A few items get most of the attention.
  ItemId popular() {
    const double u = chance_.uniform();
    return items_[static_cast<std::size_t>(u * u * u * static_cast<double>(items_.size()))];
  }
  ItemId any() { return items_[chance_.below(items_.size())]; }

  void mark(ItemId item) {
    const Instant time = kNow - any_span(chance_, kDay * 9);
    const auto add = [&](stats::ScopeId scope, std::uint8_t half_life) {
      const Duration span = stats::kHalfLives[half_life];
      learnt_.add_trend({kDefaultTenant, scope, half_life, stats::generation_of(time, span), item},
                        stats::weight_at(time, span));
    };
    for (const std::uint8_t half_life : {0, 2, 3}) add(stats::kEverybody, half_life);
    add(stats::country_scope("BR"), 2);
    add(stats::device_scope(kPhone), 2);
    learnt_.add_count({kDefaultTenant, stats::FastDelta::kMarks, item}, 1);
  }
  void do_something(Duration ago, int partners) {
    const ItemId item = any();
    const bool bought = chance_.below(5) == 0;
    profiles::HistoryEvent event;
    event.order = {kNow - ago, 0, {0, ++user_.records}};
    event.type = bought ? records::EventType::kPurchase : records::EventType::kView;
    event.item = item;
    auto& lane = user_.personalization;
    lane.history.push_back(event);
    profiles::ItemUse use;
    use.item = item;
    use.kinds = 1u << static_cast<int>(event.type);
    use.purchases = bought ? 1 : 0;
    const auto at = std::lower_bound(lane.items.begin(), lane.items.end(), item,
                                     [](const profiles::ItemUse& one, ItemId id) { return one.item < id; });
    if (at == lane.items.end() || at->item != item) lane.items.insert(at, use);
    for (int i = 0; i < partners; ++i) {
      const ItemId other = any();
      if (other == item) continue;
      learnt_.add_pair(
          {kDefaultTenant, stats::FastDelta::kCoOccurrence, std::min(item, other), std::max(item, other), 0},
          1);
      if (i % 4 == 0) learnt_.add_pair({kDefaultTenant, stats::FastDelta::kSuccessor, item, other, 0}, 1);
    }
  }

  Random chance_;
  catalog::Library library_;
  stats::FastDelta learnt_;
  stats::FastModel fast_;
  profiles::Profile user_;
  std::vector<ItemId> items_;
  records::Placement placement_;
  records::Context context_;
};

void BM_Decide(benchmark::State& state) {
  const Tenant tenant(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)),
                      static_cast<int>(state.range(2)));
  Workspace workspace;
  const Question question = tenant.question();
  for (auto _ : state) benchmark::DoNotOptimize(decide(question, workspace));
}
BENCHMARK(BM_Decide)
    ->ArgNames({"items", "events", "partners"})
    ->Args({300, 50, 100})
    ->Args({3'000, 0, 0})
    ->Args({3'000, 50, 300})
    ->Args({3'000, 50, 1'500})
    ->Args({3'000, 2'000, 0}) // 400 items bought
    ->Args({30'000, 50, 1'500})
    ->Unit(benchmark::kMicrosecond);

/// The first decision after the model went on, when what everybody shares is computed anew.
void BM_DecideAfterADelta(benchmark::State& state) {
  Tenant tenant(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)),
                static_cast<int>(state.range(2)));
  const stats::FastModel models[] = {tenant.model_after(1), tenant.model_after(2)};
  Workspace workspace;
  std::size_t turn = 0;
  for (auto _ : state) {
    Question question = tenant.question();
    question.fast = &models[++turn % 2];
    benchmark::DoNotOptimize(decide(question, workspace));
  }
}
BENCHMARK(BM_DecideAfterADelta)
    ->ArgNames({"items", "events", "partners"})
    ->Args({3'000, 50, 1'500})
    ->Args({10'000, 50, 1'500})
    ->Unit(benchmark::kMicrosecond);

} // namespace
} // namespace kindred::decisions

BENCHMARK_MAIN();
