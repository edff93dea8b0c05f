// Speed of the fold and of the fast models, without log, sockets and actors around them.
//   ./dev bench speed, or: build/bin/fold_bench --benchmark_min_time=0.5
// Goals: an ordinary event of a warm user folds in 3 µs; a model takes up one event's delta in 10 µs; seven trends over
// 3,000 items are read in 15 µs.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/speed/made_events.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/profiles/partition_state.hpp"
#include "engine/profiles/profile_codec.hpp"
#include "engine/stats/decay.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred {
namespace {

constexpr Instant kStart{1'457'000'000'000'000};
constexpr std::uint64_t kItems = 3'000;
constexpr Duration kStep = kSecond * 20; // between events, so that 500 users have nine a day each

/// Entries of `per_entry` events of `users` users, in time, one every kStep.
std::vector<records::Entry> make_entries(std::size_t events, std::size_t users, std::size_t per_entry) {
  Random random(7);
  std::vector<records::Entry> entries;
  for (std::size_t i = 0; i < events; ++i) {
    if (i % per_entry == 0) entries.push_back({{{1}, 1, entries.size() + 1}, {}});
    const auto user = random.below(users);
    const auto type = random.below(12) == 0 ? records::EventType::kAddToCart : records::EventType::kView;
    const Instant time = kStart + kStep * static_cast<std::int64_t>(i);
    entries.back().records.push_back(bench::made_event(user, random.below(kItems), i, time, type));
  }
  return entries;
}

/// Warm users with `range(0)` events each on average, then measured ones; the delta is emptied once a thousand events, as
/// a shard does once a second.
void fold_event(benchmark::State& bench) {
  constexpr std::size_t kUsers = 500, kPerEntry = 64, kMeasured = 64 * 1'000;
  const std::size_t warm = kUsers * static_cast<std::size_t>(bench.range(0)) / kPerEntry * kPerEntry;
  const auto entries = make_entries(warm + kMeasured, kUsers, kPerEntry);
  profiles::NothingStored store;
  for (auto _ : bench) {
    bench.PauseTiming();
    {
      profiles::PartitionState state({}, store);
      stats::FastDelta changes;
      std::size_t at = 0;
      for (; at < warm / kPerEntry; ++at) (void)state.apply(entries[at], at, changes);
      bench.ResumeTiming();
      for (; at < entries.size(); ++at) {
        benchmark::DoNotOptimize(state.apply(entries[at], at, changes));
        if (at % 16 == 0) changes = {};
      }
      bench.PauseTiming();
    }
    bench.ResumeTiming();
  }
  bench.SetItemsProcessed(static_cast<std::int64_t>(bench.iterations() * kMeasured));
}
BENCHMARK(fold_event)->Arg(10)->Arg(100)->Arg(1'000)->Unit(benchmark::kMillisecond);

/// What the events of `count` marks change, one delta for each.
std::vector<stats::FastDelta> make_deltas(std::size_t count) {
  profiles::NothingStored store;
  profiles::PartitionState state({}, store);
  std::vector<stats::FastDelta> deltas(count);
  const auto entries = make_entries(count, 200, 1);
  for (std::size_t i = 0; i < count; ++i) {
    (void)state.apply(entries[i], i, deltas[i]);
    deltas[i].settle();
  }
  return deltas;
}

void settle_and_encode_delta(benchmark::State& bench) {
  const auto entries = make_entries(20'000, 200, 1);
  profiles::NothingStored store;
  profiles::PartitionState state({}, store);
  std::size_t at = 0;
  for (; at < 10'000; ++at) {
    stats::FastDelta ignored;
    (void)state.apply(entries[at], at, ignored);
  }
  std::vector<stats::FastDelta> deltas(10'000);
  for (auto& delta : deltas) {
    (void)state.apply(entries[at], at, delta);
    ++at;
  }
  std::size_t i = 0;
  for (auto _ : bench) {
    const stats::FastDelta delta = deltas[i++ % deltas.size()];
    benchmark::DoNotOptimize(delta.canonical());
  }
}
BENCHMARK(settle_and_encode_delta);

void model_add_delta(benchmark::State& bench) {
  const auto deltas = make_deltas(40'000);
  stats::FastModel model;
  for (const auto& delta : deltas) model.add(delta, kDefaultTenant);
  std::size_t i = 20'000, keys = 0;
  for (auto _ : bench) {
    const auto& delta = deltas[i++ % deltas.size()];
    keys += delta.size();
    model.add(delta, kDefaultTenant);
  }
  bench.counters["keys"] = static_cast<double>(keys) / static_cast<double>(bench.iterations());
}
BENCHMARK(model_add_delta);

void model_read_seven_trends(benchmark::State& bench) {
  stats::FastModel model;
  for (const auto& delta : make_deltas(100'000)) model.add(delta, kDefaultTenant);
  const Instant now = kStart + kStep * 100'000;
  std::vector<float> out;
  for (auto _ : bench) {
    for (const int half_life : {0, 2, 3}) model.trend(stats::kEverybody, half_life, now, out);
    for (int i = 0; i < 2; ++i) model.trend(stats::country_scope("BR"), 2, now, out);
    for (int i = 0; i < 2; ++i) model.trend(stats::device_scope(2), 2, now, out);
    benchmark::DoNotOptimize(out.data());
  }
  bench.counters["slots"] = static_cast<double>(model.slots());
}
BENCHMARK(model_read_seven_trends)->Unit(benchmark::kMicrosecond);

void profile_encode_and_decode(benchmark::State& bench) {
  profiles::NothingStored store;
  profiles::PartitionState state({}, store);
  stats::FastDelta changes;
  const auto entries = make_entries(static_cast<std::size_t>(bench.range(0)), 1, 1);
  for (std::size_t i = 0; i < entries.size(); ++i) (void)state.apply(entries[i], i, changes);
  const auto found = state.find({kDefaultTenant, "user-0"});
  for (auto _ : bench) {
    const Bytes bytes = profiles::canonical(*found.value());
    benchmark::DoNotOptimize(profiles::profile_from_canonical(found.value()->key, bytes));
    bench.counters["bytes"] = static_cast<double>(bytes.size());
  }
}
BENCHMARK(profile_encode_and_decode)->Arg(50)->Arg(5'000)->Unit(benchmark::kMicrosecond);

/// Taking what a second left dirty: 1,000 users with 100 events each.
void take_dirty_users(benchmark::State& bench) {
  constexpr std::size_t kUsers = 1'000;
  profiles::NothingStored store;
  profiles::PartitionState state({}, store);
  stats::FastDelta changes;
  const auto entries = make_entries(kUsers * 200, kUsers, 500);
  std::size_t at = 0;
  for (; at < entries.size() / 2; ++at) (void)state.apply(entries[at], at, changes);
  (void)state.take_dirty();
  state.flushed();
  std::size_t values = 0;
  for (auto _ : bench) {
    bench.PauseTiming();
    if (at + 2 > entries.size()) {
      bench.SkipWithError("out of entries: give a smaller --benchmark_min_time");
      break;
    }
    for (int i = 0; i < 2; ++i, ++at) (void)state.apply(entries[at], at, changes);
    bench.ResumeTiming();
    values += state.take_dirty().changes.size();
    state.flushed();
  }
  bench.SetItemsProcessed(static_cast<std::int64_t>(values));
}
BENCHMARK(take_dirty_users)->Iterations(90)->Unit(benchmark::kMillisecond);

} // namespace
} // namespace kindred

BENCHMARK_MAIN();
