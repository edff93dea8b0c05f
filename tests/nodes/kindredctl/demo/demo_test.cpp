#include "nodes/kindredctl/demo/demo.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/nodes/kindredctl/demo/fake_exchange.hpp"

namespace kindred::demo {
namespace {

/// What a demo with a few shoppers prints, without its times.
std::string report_of(const DemoOptions& options) {
  FakeExchange exchange;
  std::ostringstream out;
  const auto failure = run_demo(options, exchange, out);
  EXPECT_FALSE(failure) << failure->message;
  const std::string text = out.str();
  const auto times = text.find("---- times");
  EXPECT_NE(times, std::string::npos);
  return text.substr(0, times);
}

DemoOptions few() {
  DemoOptions options;
  options.users = 120;
  return options;
}

TEST(Demo, TheSameSeedGivesTheSameReport) { EXPECT_EQ(report_of(few()), report_of(few())); }

TEST(Demo, AnotherSeedGivesAnother) {
  DemoOptions other = few();
  other.seed = 2;
  EXPECT_NE(report_of(few()), report_of(other));
}

TEST(Demo, TheReportNamesAllArmsAndExplainsADecision) {
  const std::string text = report_of(few());
  for (const char* part :
       {"Kindred", "popularity, half-life", "chance", "oracle", "Learning curve", "because it is new"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST(Demo, TheControlWorldSaysSo) {
  DemoOptions options = few();
  options.control = true;
  EXPECT_NE(report_of(options).find("Control world"), std::string::npos);
}

TEST(Demo, AServerThatRefusesEndsItWithItsWords) {
  FakeExchange exchange;
  exchange.refuses_next = api::Error{api::ErrorCode::kNotReady, "still reading its log", 100};
  std::ostringstream out;
  const auto failure = run_demo(few(), exchange, out);
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message.find("still reading its log"), std::string::npos);
  EXPECT_EQ(exit_code(failure->code), 4);
  EXPECT_TRUE(out.str().empty());
}

TEST(Demo, EveryFailureHasItsExitCode) {
  EXPECT_EQ(exit_code(FailureCode::kUnavailable), 5);
  EXPECT_EQ(exit_code(FailureCode::kRefused), 4);
  EXPECT_EQ(exit_code(FailureCode::kBadInput), 2);
  EXPECT_EQ(exit_code(FailureCode::kBadAnswer), 1);
}

} // namespace
} // namespace kindred::demo
