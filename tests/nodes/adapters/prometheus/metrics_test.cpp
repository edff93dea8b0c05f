#include "nodes/adapters/prometheus/metrics.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace kindred::adapters {
namespace {

TEST(Metrics, ReadsProbesWhenScraped) {
  std::atomic<std::uint64_t> requests{3};
  Metrics metrics(Metrics::Labels{{"node", "a"}});
  metrics.counter("kindred_requests_total", "Requests taken.", {{"link", "zmq"}},
                  [&] { return double(requests); });
  metrics.counter("kindred_requests_total", "Requests taken.", {{"link", "http"}}, [] { return 1.0; });
  metrics.gauge("kindred_queue_entries", "Entries waiting.", {}, [] { return 0.5; });
  requests = 7;
  const auto text = metrics.text();
  EXPECT_NE(text.find("# HELP kindred_requests_total Requests taken."), std::string::npos) << text;
  EXPECT_NE(text.find("# TYPE kindred_requests_total counter"), std::string::npos) << text;
  EXPECT_NE(text.find("kindred_requests_total{node=\"a\",link=\"zmq\"} 7"), std::string::npos) << text;
  EXPECT_NE(text.find("kindred_requests_total{node=\"a\",link=\"http\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("kindred_queue_entries{node=\"a\"} 0.5"), std::string::npos) << text;
  EXPECT_EQ(metrics.series(), 3u);
}

TEST(Metrics, CumulatesBuckets) {
  Metrics metrics;
  metrics.histogram("kindred_seconds", "Durations.", {}, {0.1, 1}, [] {
    return Metrics::Distribution{{5, 2, 1}, 4.25};
  });
  const auto text = metrics.text();
  for (const char* line : {"kindred_seconds_bucket{le=\"0.1\"} 5\n", "kindred_seconds_bucket{le=\"1\"} 7\n",
                           "kindred_seconds_bucket{le=\"+Inf\"} 8\n", "kindred_seconds_count 8\n",
                           "kindred_seconds_sum 4.25\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  EXPECT_EQ(metrics.series(), 5u);
}

TEST(Metrics, FamiliesKnownOnlyWhenReadAreBounded) {
  Metrics metrics;
  int models = 2;
  metrics.gauges("kindred_model_age_seconds", "Age.", [&](const Metrics::Emit& emit) {
    for (int i = 0; i < models; ++i) emit({{"model", std::to_string(i)}}, i);
  });
  metrics.counters("kindred_none_total", "Nothing.", [](const Metrics::Emit&) {});
  EXPECT_NE(metrics.text().find("{model=\"1\"} 1"), std::string::npos);
  EXPECT_EQ(metrics.text().find("kindred_none_total"), std::string::npos)
      << "a family without a series is left out";
  models = 1000;
  EXPECT_NE(metrics.text().find("{model=\"99\"}"), std::string::npos);
  EXPECT_EQ(metrics.text().find("{model=\"100\"}"), std::string::npos);
}

TEST(Metrics, EscapesWhatStandsInLabels) {
  Metrics metrics;
  metrics.gauge("kindred_x", "X.", {{"why", "a \"b\"\n\\"}}, [] { return 1.0; });
  EXPECT_NE(metrics.text().find(R"(why="a \"b\"\n\\")"), std::string::npos) << metrics.text();
}

TEST(MetricsDeathTest, WhatWouldBreakTheRulesIsOurError) {
  Metrics metrics;
  const auto zero = [] { return 0.0; };
  EXPECT_DEATH(metrics.counter("kindred_requests", "No _total.", {}, zero), "_total");
  EXPECT_DEATH(metrics.gauge("Kindred-Bad", "Bad name.", {}, zero), "well_named");
  EXPECT_DEATH(metrics.gauge("kindred_x", "", {}, zero), "help");
  EXPECT_DEATH(metrics.gauge("kindred_x", "Names a user.", {{"user", "anna"}}, zero), "allowed");
  EXPECT_DEATH(for (std::size_t i = 0; i <= Metrics::kSeriesMax; ++i)
                   metrics.gauge("kindred_x", "X.", {}, zero),
               "kSeriesMax");
}

TEST(Metrics, PassPromtool) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool is not installed (2026-11-23)";
  Metrics metrics(Metrics::Labels{{"node", "a"}});
  metrics.counter("kindred_requests_total", "Requests taken.", {{"link", "zmq"}}, [] { return 1e12; });
  metrics.gauge("kindred_queue_entries", "Entries waiting.", {}, [] { return -1; });
  metrics.histogram("kindred_request_seconds", "Durations.", {}, {0.001, 0.01}, [] {
    return Metrics::Distribution{{0, 0, 0}, 0};
  });
  std::FILE* promtool = ::popen("promtool check metrics 2>&1", "w");
  ASSERT_NE(promtool, nullptr);
  const auto text = metrics.text();
  std::fwrite(text.data(), 1, text.size(), promtool);
  EXPECT_EQ(::pclose(promtool), 0) << text;
}

} // namespace
} // namespace kindred::adapters
