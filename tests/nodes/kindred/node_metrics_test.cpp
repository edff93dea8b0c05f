#include "nodes/kindred/node_metrics.hpp"

#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "nodes/adapters/kafka/kafka_probe.hpp"
#include "nodes/adapters/rocksdb/rocks_log.hpp"
#include "tests/support/hand_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace kindred::node {
namespace {

struct Nowhere final : ports::Link {
  void reply(std::vector<Outgoing>) override {}
  void publish(std::string, Bytes) override {}
};

/// Everything that metrics are read from, with actors that were never started: all counts are zero unless a test counts.
struct NodeMetrics : testing::Test {
  const support::TempDir place;
  std::unique_ptr<adapters::RocksLog> log;
  std::unique_ptr<adapters::RocksStateStore> store;
  Nowhere link;
  support::HandClock clock;
  adapters::ZmqProbe zmq;
  adapters::HttpProbe http;
  std::unique_ptr<Actors> actors;
  bool ready = false;

  void SetUp() override {
    adapters::RocksLog::Settings log_settings;
    log_settings.directory = place.path() / "log";
    log_settings.partitions = 2;
    log = adapters::RocksLog::open(log_settings).take();
    adapters::RocksStateStore::Settings store_settings;
    store_settings.directory = place.path() / "state";
    store = adapters::RocksStateStore::open(store_settings).take();
    actors = std::make_unique<Actors>(Actors::Settings{2, 1, 1, 1000},
                                      Actors::Ports{*log, *store, link, clock, [] { return api::Status{}; }});
    for (const auto& shard : actors->shards())
      shard->standing.publish(std::make_shared<const kindred::actors::user_shard::Standing>());
  }

  std::string text(const adapters::HttpProbe* with_http) {
    const adapters::Metrics::Labels fixed{{"node", "7"}};
    adapters::Metrics metrics(fixed);
    describe({*actors, *log, &log->probe(), nullptr, *store, zmq, with_http, clock, [this] { return ready; }},
             metrics);
    return metrics.text();
  }
  /// The value of a series, its labels as they are written; -1: it is not there.
  static double value_in(const std::string& text, const std::string& series) {
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }
};

std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("# TYPE ")) names.insert(line.substr(7, line.find(' ', 7) - 7));
  return names;
}

TEST_F(NodeMetrics, NamesWhatDashboardsAndAlertsAreWrittenFor) {
  const auto names = names_in(text(&http));
  for (const char* name : {"kindred_ready",
                           "kindred_actor_restarts_total",
                           "kindred_requests_total",
                           "kindred_queries_total",
                           "kindred_errors_total",
                           "kindred_rejects_total",
                           "kindred_request_duration_seconds",
                           "kindred_requests_under_way",
                           "kindred_log_entries_total",
                           "kindred_log_commit_duration_seconds",
                           "kindred_log_available",
                           "kindred_state_available",
                           "kindred_state_write_seconds",
                           "kindred_state_stalls_total",
                           "kindred_memory_free_bytes",
                           "kindred_fold_records_total",
                           "kindred_fold_lag_entries",
                           "kindred_fold_lag_max_entries",
                           "kindred_users",
                           "kindred_decisions_total",
                           "kindred_decisions_unlogged_total",
                           "kindred_decision_duration_seconds",
                           "kindred_decided_items_total",
                           "kindred_decisions_by_fallback_total",
                           "kindred_fast_models_age_seconds",
                           "kindred_items",
                           "kindred_replays_different_total",
                           "kindred_zmq_refused_total",
                           "kindred_http_replies_total"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST_F(NodeMetrics, WithoutHttpThereIsNoSeriesOfIt) {
  for (const std::string& name : names_in(text(nullptr)))
    EXPECT_EQ(name.find("kindred_http_"), std::string::npos) << name;
  EXPECT_GT(names_in(text(&http)).size(), names_in(text(nullptr)).size());
}

TEST_F(NodeMetrics, EveryKindCodeOutcomeSourceAndFallbackHasASeries) {
  const std::string all = text(&http);
  const auto has = [&](const std::string& series) { return value_in(all, series) == 0; };
  for (const char* kind : {"track", "decide", "getProfile", "listRejects"})
    EXPECT_TRUE(has("kindred_queries_total{node=\"7\",kind=\"" + std::string(kind) + "\"}")) << kind;
  for (std::uint16_t code = 1; code <= 29; ++code) {
    const std::string name(api::name_of(api::ErrorCode{code}));
    EXPECT_TRUE(has("kindred_errors_total{node=\"7\",code=\"" + name + "\"}")) << name;
    EXPECT_TRUE(has("kindred_rejects_total{node=\"7\",code=\"" + name + "\"}")) << name;
  }
  for (const char* outcome : {"applied", "seenBefore", "tooOld", "erased", "noConsent", "ignored"})
    EXPECT_TRUE(has("kindred_fold_records_total{node=\"7\",outcome=\"" + std::string(outcome) + "\"}"))
        << outcome;
  for (const char* source : {"trending1h", "newest", "successors", "buyAgain"})
    EXPECT_TRUE(has("kindred_decided_items_total{node=\"7\",source=\"" + std::string(source) + "\"}"))
        << source;
  for (const char* fallback : {"none", "noConsent", "context", "trending", "newest", "empty"})
    EXPECT_TRUE(
        has("kindred_decisions_by_fallback_total{node=\"7\",fallback=\"" + std::string(fallback) + "\"}"))
        << fallback;
}

TEST_F(NodeMetrics, SeriesOfShardsAreTheSumOfTheirsAndLagsAreApart) {
  auto& first = actors->shards()[0]->probe;
  auto& second = actors->shards()[1]->probe;
  first.decisions = 3;
  second.decisions = 4;
  first.log_end = 10;
  first.applied_end = 4;
  second.log_end = 5;
  second.applied_end = 9; // read between two writes: never below zero
  first.users = 11;
  for (auto* shard : {&first, &second}) shard->decisions_took.saw(2'000);
  const std::string all = text(nullptr);
  EXPECT_EQ(value_in(all, "kindred_decisions_total{node=\"7\"}"), 7);
  EXPECT_EQ(value_in(all, "kindred_decision_duration_seconds_count{node=\"7\"}"), 2);
  EXPECT_NEAR(value_in(all, "kindred_decision_duration_seconds_sum{node=\"7\"}"), .004, 1e-9);
  EXPECT_EQ(value_in(all, "kindred_decision_duration_seconds_bucket{node=\"7\",le=\"0.001\"}"), 0);
  EXPECT_EQ(value_in(all, "kindred_decision_duration_seconds_bucket{node=\"7\",le=\"0.0025\"}"), 2);
  EXPECT_EQ(value_in(all, "kindred_fold_lag_entries{node=\"7\",partition=\"0\"}"), 6);
  EXPECT_EQ(value_in(all, "kindred_fold_lag_entries{node=\"7\",partition=\"1\"}"), 0);
  EXPECT_EQ(value_in(all, "kindred_fold_lag_max_entries{node=\"7\"}"), 6);
  EXPECT_EQ(value_in(all, "kindred_users{node=\"7\",partition=\"0\"}"), 11);
}

/// What it said last would stay for ever, and alert somebody.
TEST_F(NodeMetrics, APartitionThatLeftHasNoGauges) {
  for (const auto& shard : actors->shards()) {
    shard->probe.log_end = 10;
    shard->probe.delta_age_us = 2'500'000;
    shard->probe.entries = 3;
  }
  actors->shards()[0]->standing.publish(nullptr);
  actors->shards()[1]->probe.log_end = 2;
  actors->shards()[1]->probe.delta_age_us = 1'000'000;
  const std::string all = text(nullptr);
  EXPECT_EQ(value_in(all, "kindred_fold_lag_entries{node=\"7\",partition=\"0\"}"), -1) << "not exposed";
  EXPECT_EQ(value_in(all, "kindred_fold_lag_entries{node=\"7\",partition=\"1\"}"), 2);
  EXPECT_EQ(value_in(all, "kindred_fold_lag_max_entries{node=\"7\"}"), 2);
  EXPECT_EQ(value_in(all, "kindred_fast_models_wait_seconds{node=\"7\"}"), 1);
  EXPECT_EQ(value_in(all, "kindred_fold_entries_total{node=\"7\"}"), 6) << "counters count on";
}

TEST_F(NodeMetrics, ValuesAreReadWhenSomebodyScrapesInTheUnitOfTheirName) {
  actors->shards()[1]->probe.delta_age_us = 2'500'000;
  zmq.received = 5;
  http.requests = 6;
  ready = true;
  const std::string all = text(&http);
  EXPECT_EQ(value_in(all, "kindred_ready{node=\"7\"}"), 1);
  EXPECT_EQ(value_in(all, "kindred_fast_models_wait_seconds{node=\"7\"}"), 2.5);
  EXPECT_EQ(value_in(all, "kindred_zmq_requests_total{node=\"7\"}"), 5);
  EXPECT_EQ(value_in(all, "kindred_http_requests_total{node=\"7\"}"), 6);
  EXPECT_EQ(value_in(all, "kindred_log_available{node=\"7\"}"), 1);
  EXPECT_EQ(value_in(all, "kindred_fast_models_age_seconds{node=\"7\"}"), 0) << "no delta ever came";
  zmq.received = 8;
  ready = false;
  const std::string later = text(&http);
  EXPECT_EQ(value_in(later, "kindred_zmq_requests_total{node=\"7\"}"), 8);
  EXPECT_EQ(value_in(later, "kindred_ready{node=\"7\"}"), 0);
}

TEST_F(NodeMetrics, ALogOnKafkaHasItsOwnSeries) {
  adapters::KafkaProbe kafka;
  kafka.saw_acked(3, 900);
  kafka.saw_unknown(2);
  kafka.enter(adapters::KafkaProbe::State::kBrokersLost);
  const adapters::Metrics::Labels fixed{{"node", "7"}};
  adapters::Metrics metrics(fixed);
  describe({*actors, *log, nullptr, &kafka, *store, zmq, nullptr, clock, [this] { return ready; }}, metrics);
  const std::string all = metrics.text();
  EXPECT_EQ(value_in(all, "kindred_log_entries_total{node=\"7\"}"), 3);
  EXPECT_EQ(value_in(all, "kindred_log_written_bytes_total{node=\"7\"}"), 900);
  EXPECT_EQ(value_in(all, "kindred_kafka_unknown_total{node=\"7\"}"), 2);
  EXPECT_EQ(value_in(all, "kindred_kafka_state{node=\"7\"}"), 2);
  EXPECT_EQ(value_in(all, "kindred_log_reopenings_total{node=\"7\"}"), -1);
}

} // namespace
} // namespace kindred::node
