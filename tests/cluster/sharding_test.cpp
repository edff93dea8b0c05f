// Law sharding over processes: the same events in one node with one partition and the embedded log, and over three nodes with 64
// partitions and a real broker, give the same parameters, byte for byte; also where a node dies in the middle of every
// round. A model's version is the hash of its parameters. Within one process: tests/laws/sharding_law_test.cpp.
// What the ranker learns from are decisions, which no two runs make alike: they are made by the one node, and their records are
// appended to the broker as they are.

#include <csignal>
#include <set>

#include "actors/cluster/placement.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "nodes/adapters/kafka/kafka_log.hpp"
#include "nodes/adapters/rocksdb/rocks_log.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/actors/ports/log_world.hpp"
#include "tests/cluster/cluster_nodes.hpp"

namespace kindred {
namespace {

constexpr int kUsers = 240, kEventsEach = 13, kItems = 36;
constexpr std::uint16_t kManyPartitions = 64;
constexpr int kLate = 8;                     ///< of a user's events: two days older than the one before
constexpr std::uint64_t kDecider = 0xdec1de; ///< writer of the decisions' records
constexpr int kStartsMax = 4;
constexpr std::uint32_t kAnsweredWithinMs = 60'000; ///< on a busy machine
constexpr const char* kTenants[] = {"default", "outlet"};
constexpr const char* kLearners[] = {"itemItem", "segments", "rfm"}; ///< of what clients tell alone
constexpr const char* kRanker = "ranker";

/// By tenant and learner: the champion's version; and its parameters, for people who look why two differ.
using Versions = std::map<std::pair<std::string, std::string>, std::string>;

Money euros(std::uint64_t cents) { return {static_cast<std::int64_t>(cents), 2, {'E', 'U', 'R'}}; }

/// What the client says of a user, in the order in which it says it: traits, then visits over four weeks of one of three kinds of
/// shopper, now and then a purchase, and one event late. Times are the client's, so that they are the same whenever it is sent.
/// A cart is left (a feature of segments) by the wall clock or by the next event, whichever comes first; so next events come later than
/// an hour after, the last is a view, and the late one fills no cart: then both count the same.
std::vector<api::Query> history_of(const std::string& tenant, int n, Instant begin) {
  Random random(hash64(tenant, static_cast<std::uint64_t>(n)));
  const std::string user = "user" + std::to_string(n);
  std::vector<api::Query> told;
  api::UpdateProfile update;
  update.update.user_id = user;
  update.update.traits = {{"age", static_cast<std::int64_t>(20 + 15 * (n % 3) + random.below(9))}};
  told.emplace_back(update);
  Instant time = begin;
  for (int k = 0; k < kEventsEach; ++k) {
    time = time + kHour * 2 + Duration{static_cast<std::int64_t>(random.below(2 * kDay.us))};
    api::Track track;
    records::Event& event = track.event;
    event.user_id = user;
    event.message_id = tenant + "-" + user + "-" + std::to_string(k);
    event.event_time = k == kLate ? time - kDay * 2 : time;
    event.item = "item" + std::to_string((n % 3) * 9 + random.below(random.below(6) == 0 ? kItems : 12));
    event.type = k % 5 == 3 && k != kLate ? records::EventType::kAddToCart : records::EventType::kView;
    if (k % 7 == 6 || (k == 2 && n % 2 == 0)) {
      event.type = records::EventType::kPurchase;
      event.order_id = event.message_id;
      event.lines = {{event.item,
                      1 + static_cast<std::int64_t>(random.below(3)),
                      euros(500 + random.below(9000)),
                      {},
                      {},
                      {}}};
      event.value = event.lines[0].unit_price;
    }
    told.emplace_back(track);
  }
  return told;
}

class ShardingOverProcesses : public Cluster {
protected:
  void SetUp() override {
    Cluster::SetUp();
    of_all_ = "ranker_cadence_minutes = 0\nitem_item_cadence_minutes = 0\nsegments_cadence_minutes = 0\n";
    partitions_ = kManyPartitions;
  }

  std::unique_ptr<client::Client> client_of(const ServerProcess& process, const std::string& tenant) const {
    auto options = process.client_options();
    options.learn_nodes = false;
    options.tenant = tenant;
    options.deadline_ms = kAnsweredWithinMs;
    return std::make_unique<client::Client>(options);
  }

  /// One user's part after the other, request after request: each through another of these.
  void tell(const std::vector<const ServerProcess*>& through) {
    for (const std::string tenant : kTenants) {
      std::vector<std::unique_ptr<client::Client>> clients;
      for (const auto* process : through) clients.push_back(client_of(*process, tenant));
      api::SetTenant set;
      set.tenant.name = tenant;
      set.tenant.base_currency = "EUR";
      const auto known = client_of(*through[0], "default")->ask(set);
      ASSERT_TRUE(known.ok() && std::holds_alternative<api::Accepted>(known.value())) << tenant;
      for (const auto& client : clients) ASSERT_TRUE(knows_tenant(*client));
      std::vector<std::vector<api::Query>> histories;
      for (int n = 0; n < kUsers; ++n) histories.push_back(history_of(tenant, n, begin_));
      for (std::size_t k = 0; k < histories[0].size(); ++k) {
        api::Request request;
        for (const auto& history : histories) request.queries.push_back(history[k]);
        const auto outcome = clients[k % clients.size()]->call(std::move(request));
        ASSERT_TRUE(outcome.ok()) << outcome.error().message;
        for (const auto& body : outcome.value().bodies)
          ASSERT_TRUE(std::holds_alternative<api::Accepted>(body)) << tenant << ", part " << k;
      }
    }
  }
  bool knows_tenant(client::Client& client) {
    return wait_until([&] {
             const auto body = client.ask(api::ListModels{});
             return body.ok() && std::holds_alternative<api::Models>(body.value());
           })
        .has_value();
  }

  /// The round's number; 0: it could not be asked for.
  static std::uint64_t ask_for_round(client::Client& client, const std::string& learner) {
    const auto body = client.ask(api::TrainModel{learner});
    const auto* round = body.ok() ? std::get_if<api::Round>(&body.value()) : nullptr;
    return round == nullptr ? 0 : round->number;
  }
  static std::vector<api::ModelInfo> models(client::Client& client, const std::string& learner) {
    const auto body = client.ask(api::ShowModel{learner});
    const auto* models = body.ok() ? std::get_if<api::Models>(&body.value()) : nullptr;
    return models == nullptr ? std::vector<api::ModelInfo>{} : models->models;
  }
  static std::string in_words(const api::ModelInfo& model) {
    std::string words = model.version;
    for (const auto& [name, value] : model.parameters) words += "\n    " + name + " " + std::to_string(value);
    return words + "\n";
  }
  /// Trains, waits for the end of the round, and says what serves; empty: nothing was learnt in time.
  std::string train(client::Client& client, const std::string& learner) {
    const std::uint64_t round = ask_for_round(client, learner);
    std::string version;
    wait_until([&] {
      for (const auto& model : models(client, learner))
        if (model.round >= round && model.state == "champion") version = in_words(model);
      return !version.empty();
    });
    return version;
  }

  const Versions& expected() {
    static const Versions once = of_one_node();
    for (const auto& [of, version] : once)
      EXPECT_NE(version, "") << of.first << " " << of.second << " learnt nothing";
    return once;
  }
  /// What was decided, and what clients took of each.
  struct Choices {
    std::vector<records::Record> decided;
    api::Request taken;
  };
  /// Everybody takes what his list has last: as far from the written weights as can be.
  static void choose(client::Client& client, Choices& choices) {
    for (int n = 0; n < kUsers; ++n) {
      api::Decide decide;
      decide.user_id = "user" + std::to_string(n);
      decide.count = 10;
      decide.durable = true;
      const auto body = client.ask(decide);
      const auto* decision = body.ok() ? std::get_if<api::Decision>(&body.value()) : nullptr;
      ASSERT_TRUE(decision != nullptr && decision->items.size() == decide.count) << n;
      api::Track track;
      track.event.user_id = decide.user_id;
      track.event.type = records::EventType::kClick;
      track.event.item = decision->items.back().item;
      track.event.message_id = "choice" + std::to_string(n);
      track.event.decision = decision->decision;
      track.event.event_time = begin_ + kDay * 40; // the decision is named: any time will do
      choices.taken.queries.emplace_back(track);
    }
  }
  /// The decisions in the log of a node that has ended.
  static std::vector<records::Record> decisions_in(const std::filesystem::path& data) {
    std::vector<records::Record> decided;
    adapters::RocksLog::Settings settings;
    settings.directory = data / "log";
    settings.partitions = 1;
    auto log = adapters::RocksLog::open(settings);
    EXPECT_TRUE(log.ok());
    constexpr records::Stream kEvents{records::Topic::kEvents, {0}};
    for (std::uint64_t at = 0; log.ok();) {
      const auto entries = log.value()->read(kEvents, at, 1 << 20);
      EXPECT_TRUE(entries.ok());
      if (!entries.ok() || entries.value().empty()) break;
      for (const auto& one : entries.value()) {
        auto entry = schemas::decode_entry(one.bytes);
        EXPECT_TRUE(entry.ok());
        for (auto& record : entry.value().records)
          if (record.header.type == records::RecordType::kDecided) decided.push_back(record);
        at = one.offset + 1;
      }
    }
    return decided;
  }
  void tell_choices(const ServerProcess& through) {
    const auto outcome = client_of(through, kTenants[0])->call(choices_.taken);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    for (const auto& body : outcome.value().bodies) ASSERT_TRUE(std::holds_alternative<api::Accepted>(body));
  }
  /// The records of the one node's decisions, as a writer of its own.
  void append_decisions() {
    adapters::KafkaSettings settings;
    settings.bootstrap = broker().bootstrap();
    settings.prefix = prefix_;
    settings.partitions = kManyPartitions;
    settings.make_topics = false;
    settings.replication = settings.min_in_sync = 1;
    auto log = adapters::KafkaLog::open(settings);
    ASSERT_TRUE(log.ok()) << log.error().what;
    ports::Verdicts verdicts;
    std::map<std::uint16_t, std::uint64_t> sequences;
    for (const auto& record : choices_.decided) {
      const PartitionId partition = partition_of(record.header.slot, kManyPartitions);
      schemas::EntryBuilder entry;
      entry.add(schemas::encode_record(record));
      log.value()->produce({records::Topic::kEvents, partition},
                           entry.close({WriterId{kDecider}, 1, ++sequences[partition.value]}),
                           verdicts.taker());
    }
    ASSERT_TRUE(verdicts.wait_for(choices_.decided.size()));
    for (const auto& [tag, verdict] : verdicts.got()) ASSERT_EQ(verdict.kind, ports::Verdict::Kind::kAcked);
  }

  Versions of_one_node() {
    const auto config = folder_.path() / "one.toml";
    std::ofstream(config) << of_all_;
    ServerProcess one({folder_.path() / "one", 1, "wall", {"--config", config.string()}, {}});
    EXPECT_TRUE(one.wait_ready(kPatience)) << one.log();
    tell({&one});
    Versions versions;
    for (const std::string tenant : kTenants)
      for (const std::string learner : kLearners)
        versions[{tenant, learner}] = train(*client_of(one, tenant), learner);
    choose(*client_of(one, kTenants[0]), choices_);
    EXPECT_TRUE(one.stop(kPatience));
    choices_.decided = decisions_in(folder_.path() / "one");
    EXPECT_EQ(choices_.decided.size(), std::size_t{kUsers});
    ServerProcess again({folder_.path() / "one", 1, "wall", {"--config", config.string()}, {}});
    EXPECT_TRUE(again.wait_ready(kPatience)) << again.log();
    tell_choices(again);
    versions[{kTenants[0], kRanker}] = train(*client_of(again, kTenants[0]), kRanker);
    return versions;
  }
  /// Many topics' partitions are made at the first start, which takes a busy broker longer than a node waits.
  bool gets_up(const std::string& name) {
    start(name, {"a", "b", "c"});
    for (int tries = 1; !nodes_[name].process->wait_ready(kPatience); ++tries) {
      if (tries == kStartsMax) return false;
      begin(nodes_[name], name);
    }
    return true;
  }
  void start_and_tell() {
    for (const std::string name : {"a", "b", "c"}) ASSERT_TRUE(gets_up(name)) << logs();
    ASSERT_TRUE(wait_until([&] { return caught_up({"a", "b", "c"}); })) << logs();
    tell({nodes_["a"].process.get(), nodes_["b"].process.get(), nodes_["c"].process.get()});
  }
  static std::string runner_of(const std::string& learner) {
    actors::cluster::Standing standing;
    standing.map.nodes = {"a", "b", "c"};
    return actors::cluster::runner_of(standing, learner);
  }
  double given_up(const std::string& node, const std::string& learner) {
    return metric(node, "kindred_rounds_abandoned_total{learner=\"" + learner + "\"}");
  }

  /// Asks for a round that can not end, since a node that takes part is stopped, and kills that one, or who runs the round.
  void kill_in_round(const std::string& tenant, const std::string& learner, bool the_runner) {
    const std::string runner = runner_of(learner);
    std::vector<std::string> others;
    for (const std::string name : {"a", "b", "c"})
      if (name != runner) others.push_back(name);
    const std::string &stopped = others[0], &through = others[1], &victim = the_runner ? runner : stopped;
    const double before = given_up(runner, learner);
    ::kill(nodes_[stopped].process->pid(), SIGSTOP);
    const std::uint64_t round = ask_for_round(*client_of(*nodes_[through].process, tenant), learner);
    ASSERT_NE(round, 0u);
    nodes_[victim].process->kill();
    if (the_runner)
      ::kill(nodes_[stopped].process->pid(), SIGCONT);
    else
      EXPECT_TRUE(wait_until([&] { return given_up(runner, learner) > before; })) << "it was in the middle";
    for (const auto& model : models(*client_of(*nodes_[through].process, tenant), learner))
      EXPECT_EQ(model.version, "prior") << "nothing half is published: " << in_words(model);
    begin(nodes_[victim], victim);
    ASSERT_TRUE(nodes_[victim].process->wait_ready(kPatience)) << logs();
    ASSERT_TRUE(wait_until([&] { return caught_up({"a", "b", "c"}); })) << logs();
  }

  static inline Choices choices_;           ///< of the one node, for all
  static inline const Instant begin_ = [] { // the same for all
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    return Instant{us - us % kDay.us - 60 * kDay.us};
  }();
};

TEST_F(ShardingOverProcesses, ThreeNodesSolveWhatOneDoes) {
  const Versions& one = expected();
  start_and_tell();
  Versions versions;
  int asked = 0;
  for (const std::string tenant : kTenants)
    for (const std::string learner : kLearners) {
      const std::string through(1, static_cast<char>('a' + asked++ % 3));
      versions[{tenant, learner}] = train(*client_of(*nodes_[through].process, tenant), learner);
    }
  append_decisions();
  tell_choices(*nodes_["b"].process);
  versions[{kTenants[0], kRanker}] = train(*client_of(*nodes_["c"].process, kTenants[0]), kRanker);
  EXPECT_EQ(versions, one);
}

TEST_F(ShardingOverProcesses, AlsoWhereANodeDiesInEveryRound) {
  const Versions& one = expected();
  start_and_tell();
  Versions versions;
  for (const std::string tenant : kTenants)
    for (const std::string learner : kLearners) {
      kill_in_round(tenant, learner, tenant == kTenants[0]);
      if (HasFatalFailure()) return;
      versions[{tenant, learner}] = train(*client_of(*nodes_["a"].process, tenant), learner);
    }
  append_decisions();
  tell_choices(*nodes_["b"].process);
  kill_in_round(kTenants[0], kRanker, false);
  if (HasFatalFailure()) return;
  versions[{kTenants[0], kRanker}] = train(*client_of(*nodes_["a"].process, kTenants[0]), kRanker);
  EXPECT_EQ(versions, one);
}

} // namespace
} // namespace kindred
