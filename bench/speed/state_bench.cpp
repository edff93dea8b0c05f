// The fold where users do not fit into memory: partitions over one RocksStateStore beside the same partitions that keep
// everything, same entries, one run.
//   build/bin/state_bench [users] (1,000,000 by default; some two minutes, 3 GB in $TMPDIR)
// Two events of each user, in an order of chance each: the first finds nobody, the second who was let go. Processor time
// is the process's: fold, encoding, the store's writer and RocksDB's own threads.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <future>
#include <numeric>

#include "actors/user_shard/cold_store.hpp"
#include "actors/user_shard/contract.hpp"
#include "actors/user_shard/effects.hpp"
#include "bench/speed/made_events.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/profiles/state_keys.hpp"
#include "nodes/adapters/rocksdb/rocks_state_store.hpp"
#include "tests/support/temp_dir.hpp"

namespace kindred::bench {
namespace {

constexpr std::size_t kPartitions = 16;
constexpr std::size_t kMemory = 256 << 20; // of users, all partitions together: the server's default
constexpr std::size_t kPerEntry = 64;
constexpr std::uint64_t kItems = 3'000;
constexpr Instant kStart{1'457'000'000'000'000};
constexpr Duration kStep = kMillisecond * 40; // between events
constexpr double kGoal = 100'000;             // events a second and core

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// One partition as a shard keeps it, with its batches written one at a time.
class Partition {
public:
  Partition(std::uint16_t number, profiles::ColdState& cold, ports::StateStore* store, std::size_t memory_max)
      : number_(number), store_(store), state_({{number}, memory_max}, cold) {}

  void take(records::Record record) {
    entry_.records.push_back(std::move(record));
    if (entry_.records.size() < kPerEntry) return;
    entry_.author = {{1}, 1, offset_ + 1};
    if (!state_.apply(entry_, offset_++, changes_).ok()) std::abort();
    changes_ = {};
    folded_ += entry_.records.size();
    entry_.records.clear();
    const bool crowded = state_.memory() > actors::user_shard::kCrowdedTimes * memory_max_;
    if (store_ != nullptr && (folded_ >= actors::user_shard::kFlushRecordsMax || crowded)) flush();
  }

  void flush() {
    settle();
    folded_ = 0;
    const auto batch = state_.take_dirty();
    if (batch.empty()) return;
    auto done = std::make_shared<std::promise<bool>>();
    written_ = done->get_future();
    store_->write(actors::user_shard::space_of({number_}), ports::StoreBatch::sharing(batch.changes),
                  [done](const auto& verdict) { done->set_value(verdict.ok()); });
  }
  void settle() {
    if (!written_.valid()) return;
    if (!written_.get()) std::abort();
    state_.flushed();
  }
  Id128 digest() { return state_.digest(); }

private:
  const std::uint16_t number_;
  ports::StateStore* const store_;
  const std::size_t memory_max_ = kMemory / kPartitions;
  profiles::PartitionState state_;
  records::Entry entry_;
  stats::FastDelta changes_;
  std::uint64_t offset_ = 0;
  std::size_t folded_ = 0;
  std::future<bool> written_;
};

struct Row {
  double folding_us = 0, process_us = 0, wall_us = 0; // of an event
};

/// One event of each user.
Row once_each(std::vector<Partition>& partitions, std::size_t users, std::size_t turn) {
  std::vector<std::uint32_t> order(users);
  std::iota(order.begin(), order.end(), 0);
  Random random(turn + 1);
  for (std::size_t i = users; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::vector<records::Record> some;
  Row row;
  for (std::size_t at = 0; at < users;) {
    for (some.clear(); at < users && some.size() < 4'096; ++at)
      some.push_back(made_event(order[at], random.below(kItems), turn * users + at,
                                kStart + kStep * static_cast<std::int64_t>(turn * users + at)));
    const double thread = seconds_of(CLOCK_THREAD_CPUTIME_ID), process = seconds_of(CLOCK_PROCESS_CPUTIME_ID),
                 wall = seconds_of(CLOCK_MONOTONIC);
    for (auto& record : some) {
      const auto& user = std::get<records::Event>(record.body).user_id;
      partitions[hash64(user) % kPartitions].take(std::move(record));
    }
    row.folding_us += seconds_of(CLOCK_THREAD_CPUTIME_ID) - thread;
    row.process_us += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - process;
    row.wall_us += seconds_of(CLOCK_MONOTONIC) - wall;
  }
  const double each = 1e6 / static_cast<double>(users);
  return {row.folding_us * each, row.process_us * each, row.wall_us * each};
}

void print(const char* what, const Row& row) {
  std::printf("%-34s %10.2f %10.2f %10.2f %14.0f\n", what, row.folding_us, row.process_us, row.wall_us,
              1e6 / row.process_us);
  std::fflush(stdout);
}

int run(std::size_t users) {
  std::printf("%zu users, two events each, %zu partitions, %zu MiB for users; us of an event\n", users,
              kPartitions, kMemory >> 20);
  std::printf("%-34s %10s %10s %10s %14s\n", "", "folding", "process", "clock", "per s and core");
  std::vector<Id128> digests;
  double both = 0;
  {
    const support::TempDir folder;
    adapters::RocksStateStore::Settings settings;
    settings.directory = folder.path() / "state";
    settings.group_of = profiles::values_prefix_size;
    const auto store = adapters::RocksStateStore::open(settings).take();
    std::vector<std::unique_ptr<actors::user_shard::ColdStore>> cold;
    std::vector<Partition> partitions;
    for (std::uint16_t n = 0; n < kPartitions; ++n) {
      cold.push_back(
          std::make_unique<actors::user_shard::ColdStore>(*store, actors::user_shard::space_of({n})));
      partitions.emplace_back(n, *cold.back(), store.get(), kMemory / kPartitions);
    }
    const Row first = once_each(partitions, users, 0);
    print("first event, on disk", first);
    const Row second = once_each(partitions, users, 1);
    print("second event, on disk", second);
    both = 2e6 / (first.process_us + second.process_us);
    for (auto& partition : partitions) {
      partition.settle();
      digests.push_back(partition.digest());
    }
  }
  profiles::NothingStored nothing;
  std::vector<Partition> partitions;
  for (std::uint16_t n = 0; n < kPartitions; ++n)
    partitions.emplace_back(n, nothing, nullptr, std::size_t{1} << 40);
  print("first event, all in memory", once_each(partitions, users, 0));
  print("second event, all in memory", once_each(partitions, users, 1));
  for (std::size_t n = 0; n < kPartitions; ++n)
    if (partitions[n].digest() != digests[n]) {
      std::printf("partition %zu: the two folds differ\n", n);
      return 1;
    }
  std::printf("both events, on disk: %.0f per second and core, >= %.0f %s\n", both, kGoal,
              both < kGoal ? "below" : "");
  return 0;
}

} // namespace
} // namespace kindred::bench

int main(int argc, char** argv) {
  const std::size_t users = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (users == 0) {
    std::fprintf(stderr, "state_bench [users]\n");
    return 2;
  }
  return kindred::bench::run(users);
}
