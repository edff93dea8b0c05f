// A rolling upgrade between two versions of the fold, and back until it is activated: real servers of this build and of the
// next one (tests/cluster/next), a real broker, and clients that write and read all the time.
#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "nodes/adapters/kafka/kafka_log.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/cluster/cluster_nodes.hpp"
#include "tests/cluster/next/next_records.hpp"

namespace kindred {
namespace {

using namespace std::chrono_literals;

/// A client that knows all the nodes, on a thread of its own: an event of some user, then his profile with the position.
class Load {
public:
  explicit Load(client::Options options) : client_(std::move(options)), thread_([this] { run(); }) {}
  ~Load() { end(); }
  void end() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::uint64_t told() const { return told_; }
  std::uint64_t errors() const { return errors_; }
  std::uint64_t stale() const { return stale_; }
  /// By user, once it has ended.
  const std::map<std::string, std::uint64_t>& acknowledged() const { return acknowledged_; }
  std::string first_error() const { return first_error_; }

private:
  void run() {
    for (int n = 0; !ending_; ++n) {
      const std::string user = "loaded" + std::to_string(n % 40);
      api::Track track;
      track.event.user_id = user;
      track.event.type = records::EventType::kView;
      track.event.item = "item" + std::to_string(n % 7);
      track.event.message_id = "load" + std::to_string(n);
      const auto body = client_.ask(track);
      if (!is<api::Accepted>(body)) continue;
      ++told_;
      ++acknowledged_[user];
      api::GetProfile query;
      query.user_id = user;
      const auto seen = client_.ask(query);
      if (!is<api::Profile>(seen)) continue;
      if (std::get<api::Profile>(seen.value()).events < acknowledged_[user]) ++stale_;
    }
  }
  template <class Body, class Outcome>
  bool is(const Outcome& outcome) {
    if (outcome.ok() && std::holds_alternative<Body>(outcome.value())) return true;
    if (errors_++ == 0) {
      const auto* error = outcome.ok() ? std::get_if<api::Error>(&outcome.value()) : nullptr;
      first_error_ = error != nullptr ? error->message
                     : outcome.ok()   ? "another answer"
                                      : outcome.error().message;
    }
    return false;
  }

  client::Client client_;
  std::atomic<bool> ending_{false};
  std::atomic<std::uint64_t> told_{0}, errors_{0}, stale_{0};
  std::map<std::string, std::uint64_t> acknowledged_;
  std::string first_error_;
  std::thread thread_;
};

class Upgrade : public Cluster {
protected:
  const std::vector<std::string> names_{"a", "b", "c"};

  /// In order, while others go on; and waits until all is whole again.
  void run_on(const std::string& name, const std::string& program) {
    Node& node = nodes_.at(name);
    ASSERT_TRUE(node.process->stop()) << name << "\n" << node.process->log();
    node.program = program;
    begin(node, name);
    ASSERT_TRUE(node.process->wait_ready(kPatience)) << name << "\n" << node.process->log();
  }
  void roll(const std::string& program, const std::vector<std::string>& names = {"a", "b", "c"}) {
    for (const auto& name : names) {
      run_on(name, program);
      ASSERT_TRUE(wait_until([&] { return caught_up(names_); })) << logs();
    }
  }
  api::AnswerBody activate(const std::string& through, std::uint32_t version) {
    const auto body = client_of(through).ask(api::ActivateFold{version, "ada"});
    return body.ok() ? body.value() : api::AnswerBody(api::Error{});
  }
  /// Appends a record to a partition's log as a gateway of the next build would.
  void append(records::Record record, PartitionId partition) {
    records::Entry entry;
    entry.author = {{0x7e57}, 1, ++sequence_[partition.value]};
    entry.records.push_back(std::move(record));
    std::promise<ports::Verdict> verdict;
    log().produce({records::Topic::kEvents, partition}, schemas::encode_entry(entry),
                  [&](ports::Verdict told) { verdict.set_value(told); });
    ASSERT_EQ(verdict.get_future().get().kind, ports::Verdict::Kind::kAcked);
  }
  adapters::KafkaLog& log() {
    if (!log_) {
      adapters::KafkaSettings settings;
      settings.bootstrap = broker().bootstrap();
      settings.prefix = prefix_;
      settings.partitions = kPartitions;
      settings.replication = settings.min_in_sync = 1;
      auto opened = adapters::KafkaLog::open(settings);
      EXPECT_TRUE(opened.ok());
      log_ = opened.take();
    }
    return *log_;
  }
  std::set<std::string> traits(const std::string& through, const std::string& user) {
    api::GetProfile query;
    query.user_id = user;
    const auto body = client_of(through).ask(query);
    std::set<std::string> names;
    if (const auto* profile = body.ok() ? std::get_if<api::Profile>(&body.value()) : nullptr)
      for (const auto& trait : profile->traits) names.insert(trait.name);
    return names;
  }
  /// Versions that the partitions of a node are at.
  std::set<std::uint32_t> versions(const std::string& name) {
    std::set<std::uint32_t> all;
    const auto body = client_of(name).ask(api::GetStatus{});
    if (const auto* status = body.ok() ? std::get_if<api::Status>(&body.value()) : nullptr)
      for (const auto& partition : status->partitions) all.insert(partition.fold_version);
    return all;
  }
  double differing() {
    double all = 0;
    for (const auto& name : names_) all += metric(name, "kindred_peer_digests_differ_total");
    return all;
  }

  std::map<std::uint16_t, std::uint64_t> sequence_;
  std::unique_ptr<adapters::KafkaLog> log_;
};

TEST_F(Upgrade, RollsForwardAndBackUnderLoadUntilItIsActivated) {
  start_three();
  ASSERT_TRUE(wait_until([&] { return caught_up(names_); })) << logs();
  client::Options options;
  options.endpoint.clear();
  for (const auto& name : names_)
    options.endpoint += (options.endpoint.empty() ? "" : ",") + nodes_[name].process->endpoint();
  Load load(options);

  // One node of the next build among two of this one: nothing changes, and nothing can be activated.
  run_on("a", "next/kindred");
  ASSERT_TRUE(wait_until([&] { return caught_up(names_); })) << logs();
  EXPECT_EQ(std::get<api::Error>(activate("a", next::kVersion)).code, api::ErrorCode::kConflict);
  EXPECT_EQ(std::get<api::Error>(activate("b", next::kVersion)).code, api::ErrorCode::kInvalidValue);
  // All of them, and all the way back.
  roll("next/kindred", {"b", "c"});
  roll("kindred");
  for (const auto& name : names_) EXPECT_EQ(versions(name), std::set<std::uint32_t>{records::kFoldFirst});
  // Forward for good.
  roll("next/kindred");
  const Ran activated =
      run("next/kindredctl --endpoint " + nodes_["b"].process->endpoint() + " cluster activate");
  EXPECT_EQ(activated.code, 0) << activated.out;
  ASSERT_TRUE(wait_until([&] {
    return std::all_of(names_.begin(), names_.end(), [&](const auto& name) {
      return versions(name) == std::set<std::uint32_t>{next::kVersion};
    });
  })) << logs();

  // What only the next build knows takes effect, at every node.
  const std::string user = "ann";
  const PartitionId partition = partition_of(slot_of(kDefaultTenant, user), kPartitions);
  append(next::preference({user, "boats", true}, {91, 1}, {1'764'000'000'000'000}), partition);
  append(next::named_update({user, "Bergen", "Nan"}, {91, 2}, {1'764'000'000'000'000}), partition);
  const std::set<std::string> all{"city", "nickname", "topic boats"};
  for (const auto& name : names_)
    EXPECT_TRUE(wait_until([&] { return traits(name, user) == all; })) << name << logs();

  load.end();
  EXPECT_EQ(load.errors(), 0u) << load.first_error();
  EXPECT_EQ(load.stale(), 0u);
  EXPECT_GT(load.told(), 500u);
  for (const auto& [name, acknowledged] : load.acknowledged()) {
    api::GetProfile query;
    query.user_id = name;
    for (const auto& node : names_) {
      const auto body = client_of(node).ask(query);
      ASSERT_TRUE(body.ok());
      EXPECT_EQ(std::get<api::Profile>(body.value()).events, acknowledged) << node << " of " << name;
    }
  }
  EXPECT_EQ(differing(), 0);
}

/// Who comes with the build before is told apart and harms nobody.
TEST_F(Upgrade, ThereIsNoWayBackBehindTheActivation) {
  for (const auto& name : names_) named(name).program = "next/kindred";
  start_three();
  ASSERT_TRUE(wait_until([&] { return caught_up(names_); })) << logs();
  ASSERT_TRUE(std::holds_alternative<api::Accepted>(activate("c", 0)));
  ASSERT_TRUE(wait_until([&] {
    const auto cluster = seen_by("a");
    return cluster && cluster->fold_active == next::kVersion;
  })) << logs();
  EXPECT_EQ(versions("a"), std::set<std::uint32_t>{next::kVersion});
  EXPECT_EQ(std::get<api::Error>(activate("a", records::kFoldFirst)).code, api::ErrorCode::kConflict);

  Node& old = nodes_["b"];
  ASSERT_TRUE(old.process->stop());
  old.program = "kindred";
  begin(old, "b");
  // Out of the map by name; the others hold everything.
  ASSERT_TRUE(wait_until([&] {
    const auto cluster = seen_by("a");
    const auto* one = cluster ? member(*cluster, "b") : nullptr;
    return one != nullptr && one->state == "tooOld" && one->first + one->second == 0 &&
           one->fold_newest == records::kFoldFirst && cluster->fold_active == next::kVersion;
  })) << logs();
  const Ran status =
      run("kindredctl --endpoint " + nodes_["a"].process->endpoint() + " --json cluster status");
  EXPECT_EQ(status.code, 6) << status.out;
  EXPECT_NE(status.out.find("\"tooOld\""), std::string::npos) << status.out;
  api::Track track;
  track.event.user_id = "ann";
  track.event.type = records::EventType::kView;
  track.event.item = "boots";
  ASSERT_TRUE(wait_until([&] {
    const auto body = client_of("c").ask(track);
    return body.ok() && std::holds_alternative<api::Accepted>(body.value());
  })) << logs();
  // With the newer one again it takes its share.
  ASSERT_TRUE(old.process->stop());
  old.program = "next/kindred";
  begin(old, "b");
  ASSERT_TRUE(wait_until([&] { return caught_up(names_); })) << logs();
  EXPECT_EQ(differing(), 0);
}

} // namespace
} // namespace kindred
