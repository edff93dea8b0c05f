// The fold where users do not fit into memory: partitions over one RocksStateStore beside the same partitions that replay
// by turns, and the same that keep everything; same events, one run.
//   build/bin/state_bench [users] (1,000,000 by default; some three minutes, 3 GB in $TMPDIR)
// Two events of each user, in an order of chance each: the first finds nobody, the second who was let go. Processor time
// is the process's: fold, encoding, the store's writer and RocksDB's own threads.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <future>
#include <optional>
#include <thread>

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
    const std::size_t percent =
        replays_ ? actors::user_shard::kReplayFullPercent : actors::user_shard::kFullPercent;
    const bool full = 100 * state_.memory() > percent * state_.memory_max();
    const bool many = folded_ >= actors::user_shard::kFlushRecordsMax && !replays_;
    if (store_ != nullptr && (many || full)) flush();
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
    while (state_.let_go(actors::user_shard::kLetGoSlice)) {
    }
  }
  /// As a shard does while it has its turn to replay; at its end everything is written and let go.
  void begin_turn() {
    replays_ = true;
    state_.set_memory_max(kMemory / actors::user_shard::kReplaysAtOnce);
  }
  void end_turn(std::size_t memory_max) {
    replays_ = false;
    state_.set_memory_max(memory_max);
    flush();
    settle();
  }
  Id128 digest() { return state_.digest(); }
  bool restore() { return state_.restore().ok(); }

private:
  const std::uint16_t number_;
  ports::StateStore* const store_;
  profiles::PartitionState state_;
  records::Entry entry_;
  stats::FastDelta changes_;
  std::uint64_t offset_ = 0;
  std::size_t folded_ = 0;
  bool replays_ = false;
  std::future<bool> written_;
};

struct Row { // seconds
  double folding = 0, process = 0, wall = 0;
};
Row operator+(const Row& a, const Row& b) {
  return {a.folding + b.folding, a.process + b.process, a.wall + b.wall};
}
Row operator-(const Row& a, const Row& b) {
  return {a.folding - b.folding, a.process - b.process, a.wall - b.wall};
}
Row spent() {
  return {seconds_of(CLOCK_THREAD_CPUTIME_ID), seconds_of(CLOCK_PROCESS_CPUTIME_ID),
          seconds_of(CLOCK_MONOTONIC)};
}

std::size_t partition_of(const records::Record& record) {
  return hash64(std::get<records::Event>(record.body).user_id) % kPartitions;
}

/// Whose event comes when in a turn, the same for the same turn; of one partition's users where it is told.
struct Coming {
  std::uint32_t place = 0, user = 0;
};
class Order {
public:
  explicit Order(std::size_t users) : users_(users), partition_(users) {
    for (std::size_t user = 0; user < users; ++user)
      partition_[user] = static_cast<std::uint8_t>(partition_of(made_event(user, 0, 0, kStart)));
  }
  std::size_t users() const { return users_; }
  std::vector<Coming> of(std::size_t turn, std::optional<std::size_t> only) const {
    std::vector<Coming> all(users_);
    for (std::uint32_t i = 0; i < users_; ++i) all[i].user = i;
    Random random(turn + 1);
    for (std::size_t i = users_; i > 1; --i) std::swap(all[i - 1], all[random.below(i)]);
    for (std::uint32_t i = 0; i < users_; ++i) all[i].place = i;
    if (only) std::erase_if(all, [&](const Coming& one) { return partition_[one.user] != *only; });
    return all;
  }

private:
  const std::size_t users_;
  std::vector<std::uint8_t> partition_;
};

/// One event of each user. Making the events is not in the times.
Row once_each(std::vector<Partition>& partitions, const Order& order, std::size_t turn,
              std::optional<std::size_t> only = {}) {
  const auto coming = order.of(turn, only);
  std::vector<records::Record> some;
  Row row;
  for (std::size_t at = 0; at < coming.size();) {
    for (some.clear(); at < coming.size() && some.size() < 4'096; ++at) {
      const std::size_t number = turn * order.users() + coming[at].place;
      some.push_back(made_event(coming[at].user, hash64(std::to_string(number)) % kItems, number,
                                kStart + kStep * static_cast<std::int64_t>(number)));
    }
    const Row before = spent();
    for (auto& record : some) {
      const std::size_t partition = partition_of(record);
      partitions[partition].take(std::move(record));
    }
    row = row + (spent() - before);
  }
  return row;
}

/// Both events of each user, a partition after the other, each with the memory of a turn.
Row by_turns(std::vector<Partition>& partitions, const Order& order) {
  Row row;
  for (std::size_t n = 0; n < kPartitions; ++n) {
    partitions[n].begin_turn();
    for (const std::size_t turn : {0u, 1u}) row = row + once_each(partitions, order, turn, n);
    const Row before = spent();
    partitions[n].end_turn(kMemory / kPartitions);
    row = row + (spent() - before);
  }
  return row;
}

/// What the store has still to do behind, until it does nothing for half a second: processor time alone.
Row rest() {
  Row row;
  for (double did = 1; did > .005;) {
    const Row before = spent();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    did = (spent() - before).process;
    row.process += did;
  }
  return row;
}

/// Events a second and core.
double print(const char* what, const Row& row, std::size_t events) {
  const double each = 1e6 / static_cast<double>(events), rate = static_cast<double>(events) / row.process;
  std::printf("%-34s %10.2f %10.2f %10.2f %14.0f\n", what, row.folding * each, row.process * each,
              row.wall * each, rate);
  std::fflush(stdout);
  return rate;
}

/// Partitions over a store of their own, in a directory of their own.
struct OnDisk {
  OnDisk() {
    adapters::RocksStateStore::Settings settings;
    settings.directory = folder.path() / "state";
    settings.group_of = profiles::values_prefix_size;
    store = adapters::RocksStateStore::open(settings).take();
    for (std::uint16_t n = 0; n < kPartitions; ++n) {
      cold.push_back(
          std::make_unique<actors::user_shard::ColdStore>(*store, actors::user_shard::space_of({n})));
      partitions.emplace_back(n, *cold.back(), store.get(), kMemory / kPartitions);
      if (!partitions.back().restore()) std::abort();
    }
  }
  std::vector<Id128> digests() {
    std::vector<Id128> all;
    for (auto& partition : partitions) {
      partition.settle();
      all.push_back(partition.digest());
    }
    return all;
  }
  const support::TempDir folder;
  std::unique_ptr<adapters::RocksStateStore> store;
  std::vector<std::unique_ptr<actors::user_shard::ColdStore>> cold;
  std::vector<Partition> partitions;
};

int run(std::size_t users) {
  std::printf("%zu users, two events each, %zu partitions, %zu MiB for users; us of an event\n", users,
              kPartitions, kMemory >> 20);
  std::printf("%-34s %10s %10s %10s %14s\n", "", "folding", "process", "clock", "per s and core");
  const Order order(users);
  std::vector<std::vector<Id128>> digests;
  {
    OnDisk disk;
    print("first event, on disk", once_each(disk.partitions, order, 0), users);
    print("second event, on disk", once_each(disk.partitions, order, 1) + rest(), users);
    digests.push_back(disk.digests());
  }
  double rate = 0;
  {
    OnDisk disk;
    rate = print("both, on disk, by turns", by_turns(disk.partitions, order) + rest(), 2 * users);
    digests.push_back(disk.digests());
  }
  profiles::NothingStored nothing;
  std::vector<Partition> partitions;
  for (std::uint16_t n = 0; n < kPartitions; ++n)
    partitions.emplace_back(n, nothing, nullptr, std::size_t{1} << 40);
  print("first event, all in memory", once_each(partitions, order, 0), users);
  print("second event, all in memory", once_each(partitions, order, 1), users);
  for (const auto& others : digests)
    for (std::size_t n = 0; n < kPartitions; ++n)
      if (partitions[n].digest() != others[n]) {
        std::printf("partition %zu: the folds differ\n", n);
        return 1;
      }
  std::printf("both, on disk, by turns: %.0f per second and core, >= %.0f %s\n", rate, kGoal,
              rate < kGoal ? "below" : "");
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
