// What an item-item round costs: of everybody, and by changes after one user in a hundred changed. The partitions' own
// states (fold, store, rounds in slices) and the learner's solver on as many threads as cores; no actors, log or sockets
// between them ("engine states").
//   build/bin/rounds_bench [USERS [EVENTS [ITEMS]]]      1,000,000 users of 50 events over 10,000 items
// Users are stored first (some 8 GB in $TMPDIR, not timed). They have one of 100 tastes: half of what they use is of that,
// half of anything; both by a power law. "Gathering and passes" is what depends on users, and what the rows judge; the
// solve is the same in both rounds.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actors/user_shard/cold_store.hpp"
#include "actors/user_shard/effects.hpp"
#include "actors/user_shard/rounds.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/profiles/partition_state.hpp"
#include "engine/profiles/profile_codec.hpp"
#include "engine/profiles/state_keys.hpp"
#include "engine/profiles/user_fold.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "engine/rounds/item_item_sums.hpp"
#include "nodes/adapters/rocksdb/rocks_state_store.hpp"
#include "tests/support/temp_dir.hpp"

namespace kindred::bench {
namespace {

using actors::user_shard::AskPass;
using actors::user_shard::Gathered;
using actors::user_shard::OpenRound;
using actors::user_shard::Passed;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPartitions = 16;
constexpr unsigned kThreads = 2;
constexpr std::size_t kTastes = 100;
constexpr std::size_t kUsersInMemory = 12'500; // of a partition, as a server has it
constexpr std::size_t kNewEvents = 5;          // of who changes
constexpr Instant kStart{1'457'000'000'000'000};
constexpr Duration kPast = kDay * 30;
constexpr TenantId kTenant = kDefaultTenant;
const std::string kLearner(rounds::kItemItem);

struct Sizes {
  std::size_t users = 1'000'000, events = 50, items = 10'000;
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Of all threads of the process: what a busy machine does not change.
double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double peak_mib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

[[noreturn]] void stop(const std::string& why) { throw std::runtime_error(why); }

std::string name_of(std::size_t user) { return "user" + std::to_string(user); }

/// Small ones often: rank r about as often as 1 / (r + 10).
std::size_t ranked(Random& random, std::size_t bound) {
  const double spread = std::log((static_cast<double>(bound) + 10) / 10);
  const auto rank = static_cast<std::size_t>(10 * std::exp(random.uniform() * spread) - 10);
  return std::min(rank, bound - 1);
}

records::Record event_of(std::size_t user, std::size_t number, Instant time, const Sizes& sizes,
                         Random& random) {
  const std::size_t of_taste = sizes.items / kTastes;
  const std::size_t item = random.below(2) == 0 && of_taste > 0
                               ? ranked(random, of_taste) * kTastes + user % kTastes
                               : ranked(random, sizes.items);
  records::Event event;
  event.user_id = name_of(user);
  event.message_id = std::to_string(number);
  event.event_time = time;
  event.item = "item" + std::to_string(item);
  records::Record record;
  record.header.type = records::RecordType::kEvent;
  record.header.tenant = kTenant;
  record.header.slot = slot_of(kTenant, event.user_id);
  record.header.stamp = time;
  record.header.id = event_record_id(kTenant, event.user_id, event.message_id);
  record.body = std::move(event);
  return record;
}

/// He as a fold of all his events would leave him.
profiles::Profile stored_user(std::size_t user, const Sizes& sizes) {
  Random random(user + 1);
  stats::FastDelta changes;
  profiles::Effects effects;
  std::vector<profiles::Use> uses;
  std::vector<records::Record> outbox;
  profiles::FoldOutput out{changes, effects, uses, outbox};
  std::optional<profiles::Profile> profile;
  const profiles::TenantInputs tenant;
  const std::int64_t step = kPast.us / static_cast<std::int64_t>(sizes.events);
  for (std::size_t i = 0; i < sizes.events; ++i)
    profiles::fold_record(
        event_of(user, i, kStart + Duration{step * static_cast<std::int64_t>(i)}, sizes, random),
        {kTenant, name_of(user)}, tenant, profile, out);
  return *profile;
}

/// One partition as a shard has it.
struct Partition {
  Partition(std::uint16_t number, ports::StateStore& store)
      : number(number), cold(store, actors::user_shard::space_of({number})),
        fold({{number}, kUsersInMemory}, cold), rounds({number}, fold) {
    if (!fold.restore().ok()) stop("a partition cannot be restored");
    fold.on_cut([this](const records::Record& record) { rounds.fold(record, offset, 0); });
  }
  void apply(records::Record record) {
    if (!fold.apply({{{1}, 1, offset + 1}, {std::move(record)}}, offset, changes).ok()) stop("a fold failed");
    ++offset;
    if (offset % 1'000 == 0) changes = {};
  }
  void open(std::uint64_t round, Instant as_of, std::uint64_t base, std::optional<Instant> since) {
    rounds.expect({kTenant, kLearner, round, as_of, base, since});
    records::Record cut;
    cut.header.type = records::RecordType::kCut;
    cut.header.tenant = kTenant;
    cut.header.stamp = as_of;
    cut.body = records::Cut{kLearner, round};
    apply(std::move(cut));
  }
  /// What comes of it, in slices as between requests.
  template <class Report>
  Report work() {
    while (rounds.busy())
      if (!rounds.work().ok()) stop("a stored user cannot be read");
    auto reports = rounds.take_reports();
    auto* report = reports.size() == 1 ? std::get_if<Report>(&reports[0]) : nullptr;
    if (report == nullptr || !report->lost.empty()) stop(report ? report->lost : "no report of a round");
    return std::move(*report);
  }

  const std::uint16_t number;
  actors::user_shard::ColdStore cold;
  profiles::PartitionState fold;
  actors::user_shard::Rounds rounds;
  std::uint64_t offset = 0;
  stats::FastDelta changes;
};

class World {
public:
  World(ports::StateStore& store, const Sizes& sizes) : store_(store), sizes_(sizes) {
    for (std::uint16_t p = 0; p < kPartitions; ++p) numbers_.push_back(p);
  }

  /// Each partition's on one thread.
  template <class Act>
  void each(Act act) {
    std::vector<std::thread> threads;
    std::vector<std::string> failures(kThreads);
    for (unsigned t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        try {
          for (std::uint16_t p = static_cast<std::uint16_t>(t); p < kPartitions;
               p = static_cast<std::uint16_t>(p + kThreads))
            act(p);
        } catch (const std::exception& failure) {
          failures[t] = failure.what();
        }
      });
    for (std::thread& thread : threads) thread.join();
    for (const std::string& failure : failures)
      if (!failure.empty()) stop(failure);
  }

  void store_users() {
    std::vector<std::vector<std::size_t>> users(kPartitions);
    for (std::size_t user = 0; user < sizes_.users; ++user)
      users[partition_of(slot_of(kTenant, name_of(user)), kPartitions).value].push_back(user);
    each([&](std::uint16_t p) {
      constexpr std::size_t kBatch = 256;
      for (std::size_t at = 0; at < users[p].size(); at += kBatch) {
        std::vector<ports::StoreBatch::Change> changes;
        for (std::size_t i = at; i < std::min(at + kBatch, users[p].size()); ++i) {
          const auto profile = stored_user(users[p][i], sizes_);
          changes.push_back({profiles::profile_key(profile.key), profiles::canonical(profile)});
        }
        write(p, std::move(changes));
      }
    });
    for (const std::uint16_t p : numbers_) partitions.push_back(std::make_unique<Partition>(p, store_));
  }

  /// One in a hundred; of these one in a hundred is erased.
  void change_users(Instant time) {
    std::vector<std::vector<std::size_t>> users(kPartitions);
    for (std::size_t user = 0; user < sizes_.users; user += 100)
      users[partition_of(slot_of(kTenant, name_of(user)), kPartitions).value].push_back(user);
    each([&](std::uint16_t p) {
      for (const std::size_t user : users[p]) {
        Random random(user + 7);
        for (std::size_t i = 0; i < kNewEvents; ++i)
          partitions[p]->apply(event_of(user, sizes_.events + i, time, sizes_, random));
        if (user % 10'000 == 0) partitions[p]->apply(erasure_of(user, time));
      }
    });
  }

  std::vector<std::unique_ptr<Partition>> partitions;

private:
  static records::Record erasure_of(std::size_t user, Instant time) {
    records::Record record;
    record.header.type = records::RecordType::kErase;
    record.header.tenant = kTenant;
    record.header.stamp = time;
    record.header.slot = slot_of(kTenant, name_of(user));
    record.header.id = hash128("erase " + name_of(user));
    record.body = records::Erase{name_of(user), "asked", ""};
    return record;
  }
  void write(std::uint16_t p, ports::StoreBatch batch) {
    std::mutex mutex;
    std::condition_variable written;
    bool done = false, ok = false;
    store_.write(actors::user_shard::space_of({p}), std::move(batch), [&](const auto& verdict) {
      const std::lock_guard lock(mutex);
      done = true;
      ok = verdict.ok();
      written.notify_one();
    });
    std::unique_lock lock(mutex);
    written.wait(lock, [&] { return done; });
    if (!ok) stop("the store refused users: is there room in $TMPDIR?");
  }

  ports::StateStore& store_;
  const Sizes sizes_;
  std::vector<std::uint16_t> numbers_;
};

struct Cost {
  double gather = 0, passes = 0, solve = 0;
  double cpu = 0; ///< of gathering and passes
  std::size_t pass_count = 0;
  bool by_changes = true;
  double of_users() const { return gather + passes; }
};

struct Round {
  Cost cost;
  std::vector<rounds::Offer> offers;
  std::string outcome;
  std::unique_ptr<rounds::Sums> sums;
};

/// What a round by changes does with the sums beside solving, which its solver does in one step: done here once more.
double take_up_seconds(const rounds::Sums& sums, const std::vector<ItemId>& items,
                       const std::vector<Bytes>& statistics) {
  const auto begin = Clock::now();
  auto gram = static_cast<const rounds::ItemItemSums&>(sums).gram_of(items);
  if (!gram) stop("the sums cannot be read");
  for (const Bytes& bytes : statistics) {
    const auto statistic = rounds::ItemItemStatistic::from(bytes);
    const auto changes = statistic ? stats::GramChanges::from(statistic->rows) : std::nullopt;
    if (!changes || !gram->add(*changes).ok()) stop("changes cannot be added");
  }
  return seconds_since(begin);
}

Round run_round(World& world, std::uint64_t number, Instant as_of, std::uint64_t base,
                std::unique_ptr<rounds::Sums> sums, const rounds::KnownModels& known) {
  Round round;
  const auto since = known.champion ? std::optional(known.champion->trained_at) : std::nullopt;
  auto begin = Clock::now();
  double cpu = cpu_seconds();
  std::vector<char> by_changes(kPartitions);
  world.each([&](std::uint16_t p) {
    world.partitions[p]->open(number, as_of, base, since);
    by_changes[p] = world.partitions[p]->work<Gathered>().by_changes;
  });
  round.cost.gather = seconds_since(begin);
  round.cost.cpu += cpu_seconds() - cpu;
  for (const char one : by_changes) round.cost.by_changes &= one != 0;
  if (round.cost.by_changes != (base != 0)) stop("the round was not gathered as it was asked for");
  std::unique_ptr<rounds::Sums> copy; // for take_up_seconds: the same bytes once more
  if (sums) copy = std::make_unique<rounds::ItemItemSums>(static_cast<rounds::ItemItemSums&>(*sums));
  const auto solver = rounds::solver_of(kLearner, {{kLearner, known}}, {}, std::move(sums));
  for (bool solved = false; !solved;) {
    begin = Clock::now();
    cpu = cpu_seconds();
    const auto parameters = std::make_shared<const Bytes>(solver->parameters());
    std::vector<Bytes> statistics(kPartitions);
    world.each([&](std::uint16_t p) {
      world.partitions[p]->rounds.ask(
          {kTenant, kLearner, number, static_cast<std::uint32_t>(round.cost.pass_count + 1), parameters});
      statistics[p] = world.partitions[p]->work<Passed>().statistic;
    });
    ++round.cost.pass_count;
    round.cost.passes += seconds_since(begin);
    const auto pass = rounds::ItemItemPass::from(*parameters);
    const bool last_rows = pass->kind == rounds::ItemItemPass::Kind::kRows &&
                           std::size_t{pass->first} + pass->rows == pass->items.size();
    const double again = last_rows && copy ? take_up_seconds(*copy, pass->items, statistics) : 0;
    round.cost.cpu += cpu_seconds() - cpu;
    begin = Clock::now();
    cpu = cpu_seconds();
    const auto done = solver->absorb(statistics);
    if (!done.ok()) stop("the solver failed with error " + std::to_string(static_cast<int>(done.error())));
    solved = done.value();
    (last_rows ? round.cost.solve : round.cost.passes) += seconds_since(begin) - again;
    if (!last_rows) round.cost.cpu += cpu_seconds() - cpu;
    round.cost.passes += again;
  }
  round.offers = solver->offers();
  round.outcome = solver->outcome();
  round.sums = solver->take_sums();
  return round;
}

void print(const char* name, const Round& round) {
  const Cost& cost = round.cost;
  std::printf("%-34s %9.2f %9.2f %6zu %9.2f %9.2f %9.2f\n", name, cost.gather, cost.passes, cost.pass_count,
              cost.solve, cost.of_users() + cost.solve, cost.cpu);
  std::fflush(stdout);
}

void judge(const char* what, double value, double most, const char* unit) {
  std::printf("%-62s %9.3f  <= %-6.2f %-3s %s\n", what, value, most, unit, value > most ? "below" : "");
}

void run(const Sizes& sizes) {
  const support::TempDir directory;
  adapters::RocksStateStore::Settings settings;
  settings.directory = directory.path();
  settings.group_of = profiles::values_prefix_size;
  auto store = adapters::RocksStateStore::open(std::move(settings));
  if (!store.ok()) stop("no store in " + directory.path().string());
  World world(*store.value(), sizes);
  auto begin = Clock::now();
  world.store_users();
  std::printf(
      "engine states: %zu users of %zu events over %zu items, %u partitions, %u threads; stored in %.0f s\n",
      sizes.users, sizes.events, sizes.items, unsigned{kPartitions}, kThreads, seconds_since(begin));
  std::printf("%-34s %9s %9s %6s %9s %9s %9s   (seconds)\n", "item-item round", "gathering", "passes",
              "count", "solve", "all", "cpu*");
  std::fflush(stdout);
  const Instant first_cut = kStart + kPast, second_cut = first_cut + kDay;
  Round first = run_round(world, 1, first_cut, 0, nullptr, {});
  print("of everybody, the first", first);
  if (first.offers.empty() || !first.sums) stop("the first round offered nothing: " + first.outcome);
  const double sums_mib = static_cast<double>(first.sums->bytes()) / (1 << 20);
  const rounds::KnownModels known{rounds::KnownModel{first.offers[0].parameters, first_cut}, {}};
  world.change_users(second_cut - kHour);
  const Round changed = run_round(world, 2, second_cut, 1, std::move(first.sums), known);
  print("by changes, 1 % of the users", changed);
  const double peak = peak_mib();
  const Round whole = run_round(world, 3, second_cut, 0, nullptr, known);
  print("of everybody, instead", whole);
  bool same = changed.offers.size() == whole.offers.size() && changed.outcome == whole.outcome;
  for (std::size_t i = 0; same && i < whole.offers.size(); ++i)
    same = changed.offers[i].parameters == whole.offers[i].parameters;
  std::printf("the same parameters and verdict: %s (%s)\n", same ? "yes" : "NO", changed.outcome.c_str());
  std::printf("sums kept between rounds: %.0f MiB; peak memory of both rounds: %.0f MiB\n", sums_mib, peak);
  std::printf("* processor time of gathering and passes, all threads; ratio %.3f\n",
              changed.cost.cpu / first.cost.cpu);
  judge("gathering and passes, of everybody, the first", first.cost.of_users(), 60, "s");
  judge("gathering and passes, by changes / of everybody", changed.cost.of_users() / first.cost.of_users(),
        0.05, "");
  if (!same) stop("a round by changes gave something else than one of everybody");
}

} // namespace
} // namespace kindred::bench

int main(int argc, char** argv) {
  try {
    kindred::bench::Sizes sizes;
    const auto told = [&](int i, std::size_t usual) {
      return argc > i ? static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)) : usual;
    };
    sizes = {told(1, sizes.users), std::max<std::size_t>(1, told(2, sizes.events)),
             std::max<std::size_t>(2, told(3, sizes.items))};
    kindred::bench::run(sizes);
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "rounds_bench: %s\n", failure.what());
    return 1;
  }
}
