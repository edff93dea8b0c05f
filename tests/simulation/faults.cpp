#include "tests/simulation/faults.hpp"

#include <algorithm>

#include "actors/user_shard/effects.hpp"
#include "engine/profiles/state_keys.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::simulation {

namespace {

constexpr Duration kPublishedLateMax{3 * kSecond.us};
constexpr Duration kLagMax{kSecond};
constexpr Duration kDownMax{8 * kSecond.us}; // past a lease: others take its partitions
constexpr Duration kCutMax{6 * kSecond.us};
constexpr std::uint64_t kLostBatchesMax = 6;
constexpr Duration kSkewMax{3 * kSecond.us};
constexpr Duration kSleep{kHour.us + kMinute.us * 10};

/// Below it the state of a partition is stored.
std::uint64_t stored_end(support::MemoryStoreDisk disk, const ports::StateStore::Space& space) {
  const auto& content = disk.space(space);
  const auto meta = content.find(profiles::meta_key());
  return meta == content.end() ? 0 : profiles::applied_end_of(meta->second).value_or(0);
}

bool has_manifest(BytesView entry) {
  const auto decoded = schemas::decode_entry(entry);
  if (!decoded.ok()) return false;
  const auto& records = decoded.value().records;
  return std::any_of(records.begin(), records.end(), [](const records::Record& record) {
    return record.header.type == records::RecordType::kManifest;
  });
}

} // namespace

support::MemoryLog::Fate Faults::fate(const records::Stream& stream, BytesView entry) {
  using Fate = support::MemoryLog::Fate;
  publishes_ |= stream.topic == records::Topic::kModels && has_manifest(entry);
  Fate fate;
  if (!active_) return fate;
  const auto chance = random_.below(100);
  if (chance < 3)
    fate.kind = Fate::Kind::kRefused;
  else if (chance < 6)
    fate.kind = Fate::Kind::kUnknownTaken;
  else if (chance < 9)
    fate.kind = Fate::Kind::kUnknownLost;
  else if (chance < 11)
    fate.copies = 2;
  if (random_.below(50) == 0) fate.gap = random_.below(3);
  return fate;
}

void Faults::step(World& world) {
  if (!active_) return;
  if (world.is_cluster()) start_due(world);
  if (std::exchange(publishes_, false) && random_.below(3) == 0) return die_publishing(world);
  world.is_cluster() ? step_cluster(world) : step_alone(world);
}

void Faults::step_alone(World& world) {
  const auto chance = random_.below(10'000);
  Node& node = *world.node(0);
  if (chance < 5)
    crash(world, 0);
  else if (chance < 17)
    kill_one(node);
  else if (chance < 40)
    pause_one(node);
  else if (chance < 60)
    lag_one(node);
  else if (chance < 66)
    jump();
  else if (chance < 74)
    fill_disk(world);
  else if (chance < 300)
    node.revive();
}

void Faults::step_cluster(World& world) {
  const auto chance = random_.below(10'000);
  if (chance < 8)
    crash(world, random_.below(world.size()));
  else if (chance < 30)
    kill_one(any(world));
  else if (chance < 60)
    pause_one(any(world));
  else if (chance < 85)
    lag_one(any(world));
  else if (chance < 89)
    jump();
  else if (chance < 94)
    fill_disk(world);
  else if (chance < 104)
    cut_log(world);
  else if (chance < 120)
    cut_links(world);
  else if (chance < 123)
    lose_broker(world);
  else if (chance < 130)
    drain_one(world);
  else if (chance < 140)
    world.network().tear(tears_ = !tears_);
  else if (chance < 146)
    skew_one(world);
  else if (chance < 147)
    stand_still();
  else if (chance < 600)
    any(world).revive();
}

Node& Faults::any(World& world) {
  const auto up = world.up();
  return *up[random_.below(up.size())];
}

// ---- one node's ----

void Faults::kill_one(Node& node) {
  const auto actor = random_.below(node.actors());
  hooks_.trace(who(node) + "actor " + std::to_string(actor) + " dies");
  ++report_.deaths;
  node.kill(actor);
}

void Faults::pause_one(Node& node) {
  const auto actor = random_.below(node.actors());
  node.pause(actor, clock_.steady_us() + static_cast<std::int64_t>(random_.below(kSecond.us)));
}

void Faults::lag_one(Node& node) {
  const records::Stream lagging{random_.below(3) == 0 ? records::Topic::kModels : records::Topic::kEvents,
                                {static_cast<std::uint16_t>(random_.below(plan_.partitions))}};
  const records::Stream models{records::Topic::kModels, {}};
  node.lag(lagging.topic == records::Topic::kModels ? models : lagging, within(kLagMax));
}

void Faults::jump() {
  const auto seconds = static_cast<std::int64_t>(random_.below(240)) - 120;
  hooks_.trace("the clock jumps by " + std::to_string(seconds) + " s");
  clock_.jump(kSecond * seconds);
}

void Faults::fill_disk(World& world) {
  log_fails_ = !log_fails_;
  hooks_.trace(log_fails_ ? "the disk is full" : "the disk has room");
  world.log().fail(log_fails_ ? std::optional(ports::LogError::kDiskFull) : std::nullopt);
}

/// Its manifest is in the log and seen late: its successor knows nothing of it and publishes beside it.
void Faults::die_publishing(World& world) {
  for (Node* node : world.up()) {
    if (!node->runs_learner()) continue;
    hooks_.trace(who(*node) + "the model actor dies while it publishes");
    ++report_.deaths;
    node->kill(node->model_actor());
    node->lag({records::Topic::kModels, {}}, within(kPublishedLateMax));
    return;
  }
}

void Faults::count(const Node& node) {
  report_.forwarded += node.peering_probe().parts + node.peering_probe().relayed;
  report_.fetched += node.peering_probe().fetched;
  report_.compared += node.peering_probe().digests_compared;
}

/// What is trimmed was stored long before what is not yet synced.
void Faults::lose_power(World& world, std::size_t number) {
  auto& disk = world.disk(number);
  const auto before = disk;
  const auto lost = disk.lose_last(random_.below(kLostBatchesMax));
  for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
    const auto bounds = world.log().bounds({records::Topic::kEvents, {p}});
    const auto space = user_shard::space_of({p});
    const auto had = stored_end(before, space), has = stored_end(disk, space);
    if (bounds.ok() && has < bounds.value().begin && had >= bounds.value().begin) {
      disk = before;
      return;
    }
  }
  hooks_.trace("the power goes: " + std::to_string(lost) + " unsynced batches of state are lost");
}

void Faults::crash(World& world, std::size_t number) {
  if (world.node(number) == nullptr || (world.is_cluster() && world.up().size() == 1)) return;
  ++report_.crashes;
  hooks_.trace(who(*world.node(number)) + "the node crashes");
  count(*world.node(number));
  world.crash(number);
  hooks_.crashed(number);
  log_cut_until_us_.erase(number);
  if (!world.is_cluster()) log_fails_ = false;
  if (random_.below(3) == 0) {
    lose_power(world, number);
  }
  if (world.is_cluster()) {
    lose_disk_perhaps(world, number);
    down_until_us_[number] = random_.below(2) == 0 ? 0 : within(kDownMax);
    return;
  }
  clock_.pass(Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(2 * kSecond.us)))});
  world.start(number);
}

// ---- of clusters ----

/// Where another node has it all: caught up, and what the log has forgotten is on a disk.
void Faults::lose_disk_perhaps(World& world, std::size_t number) {
  if (random_.below(3) != 0) return;
  for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
    const auto bounds = world.log().bounds({records::Topic::kEvents, {p}});
    const auto is_there = [&](Node* node) {
      return node->has(p) && bounds.ok() &&
             stored_end(world.disk(node->number()), user_shard::space_of({p})) >= bounds.value().begin;
    };
    const auto up = world.up();
    if (std::none_of(up.begin(), up.end(), is_there)) return;
  }
  hooks_.trace(Network::name_of(number) + ": its disk is lost");
  world.lose_disk(number);
}

void Faults::start(World& world, std::size_t number) {
  hooks_.trace(Network::name_of(number) + ": the node starts");
  down_until_us_.erase(number);
  world.start(number);
}

void Faults::start_due(World& world) {
  for (std::size_t number = 0; number < world.size(); ++number) {
    const auto down = down_until_us_.find(number);
    if (down != down_until_us_.end() && down->second <= clock_.steady_us()) start(world, number);
    const auto cut = log_cut_until_us_.find(number);
    if (cut == log_cut_until_us_.end() || cut->second > clock_.steady_us()) continue;
    hooks_.trace(Network::name_of(number) + ": hears the log again");
    log_cut_until_us_.erase(cut);
    if (Node* node = world.node(number)) node->log().heal();
  }
}

void Faults::cut_log(World& world) {
  Node& node = any(world);
  if (node.log().is_cut()) return;
  ++report_.cuts;
  hooks_.trace(who(node) + "is cut off from the log");
  node.log().cut();
  log_cut_until_us_[node.number()] = within(kCutMax);
}

/// The brokers are gone, for everybody.
void Faults::lose_broker(World& world) {
  ++report_.cuts;
  hooks_.trace("nobody reaches the log");
  const auto until_us = within(kCutMax);
  for (Node* node : world.up()) {
    node->log().cut();
    log_cut_until_us_[node->number()] = until_us;
  }
}

/// Between a node and one other or all others, in one direction or both.
void Faults::cut_links(World& world) {
  ++report_.cuts;
  const auto from = random_.below(world.size());
  const auto to = random_.below(world.size());
  const bool both = random_.below(2) == 0;
  const auto until_us = within(kCutMax);
  hooks_.trace(Network::name_of(from) + " is cut from " +
               (from == to ? std::string("all") : Network::name_of(to)) + (both ? "" : ", in one direction"));
  for (std::size_t other = 0; other < world.size(); ++other) {
    if (other == from || (from != to && other != to)) continue;
    world.network().cut(from, other, until_us);
    if (both) world.network().cut(other, from, until_us);
  }
}

void Faults::drain_one(World& world) {
  Node& asked = any(world);
  const std::string node = Network::name_of(random_.below(world.size()));
  const bool draining = random_.below(2) == 0;
  report_.drains += draining ? 1 : 0;
  hooks_.trace(who(asked) + (draining ? "is told to drain " : "is told to take back ") + node);
  asked.drain(node, draining);
}

/// Its clock differs, perhaps by more than nodes put up with.
void Faults::skew_one(World& world) {
  const auto number = random_.below(world.size());
  const Duration ahead{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(kSkewMax.us * 2))) -
                       kSkewMax.us};
  hooks_.trace(Network::name_of(number) + ": its clock is " + std::to_string(ahead.us / 1000) + " ms ahead");
  world.set_ahead(number, ahead);
}

/// The machines stand still for longer than anything is waited for or kept.
void Faults::stand_still() {
  hooks_.trace("all stand still for a while");
  clock_.pass(kSleep);
}

void Faults::heal(World& world) {
  active_ = false;
  if (random_.below(2) == 0) crash(world, world.is_cluster() ? random_.below(world.size()) : 0);
  world.log().fail(std::nullopt);
  for (std::size_t number = 0; number < world.size(); ++number)
    if (world.node(number) == nullptr) start(world, number);
  if (world.is_cluster()) world.network().heal();
  for (std::size_t number = 0; number < world.size() && world.is_cluster(); ++number)
    world.set_ahead(number, {});
  for (Node* node : world.up()) {
    node->log().heal();
    node->revive();
  }
  hooks_.trace("all is well from here on");
}

} // namespace kindred::simulation
