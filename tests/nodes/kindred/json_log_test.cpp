#include "nodes/kindred/json_log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kindred::node {
namespace {

TEST(JsonLog, ALineHoldsItsPartsInOrder) {
  EXPECT_EQ(
      log_line("2026-11-23T02:53:16.123456Z", LogLevel::kWarn, "slowDisk", "append took long",
               {{"ms", "512"}}),
      R"({"time":"2026-11-23T02:53:16.123456Z","level":"warn","event":"slowDisk","message":"append took long","ms":"512"})");
}

TEST(JsonLog, LevelsHaveNames) {
  for (const auto& [level, name] : {std::pair{LogLevel::kDebug, "debug"}, std::pair{LogLevel::kInfo, "info"},
                                    std::pair{LogLevel::kWarn, "warn"}, std::pair{LogLevel::kError, "error"}})
    EXPECT_EQ(nlohmann::json::parse(log_line("t", level, "e", "m", {}))["level"], name);
}

TEST(JsonLog, WhatAUserWroteCannotEndTheLine) {
  const std::string line =
      log_line("t", LogLevel::kInfo, "e", "a\"b\n{\"level\":\"error\"}", {{"user", "x\r\ny"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(line)["user"], "x\r\ny");
}

TEST(JsonLog, BytesThatAreNoTextAreReplaced) {
  const std::string line = log_line("t", LogLevel::kInfo, "e", "\xff\xfe", {{"id", "\x80"}});
  EXPECT_EQ(nlohmann::json::parse(line)["message"], "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(JsonLog, WritesFromItsLevelUpwards) {
  start_log("warn");
  testing::internal::CaptureStderr();
  log(LogLevel::kInfo, "quiet", "not this");
  log(LogLevel::kError, "loud", "this", {{"why", "because"}});
  const std::string written = testing::internal::GetCapturedStderr();
  ASSERT_EQ(std::count(written.begin(), written.end(), '\n'), 1);
  const auto line = nlohmann::json::parse(written);
  EXPECT_EQ(line["event"], "loud");
  EXPECT_EQ(line["why"], "because");
  EXPECT_EQ(line["time"].get<std::string>().back(), 'Z');
}

} // namespace
} // namespace kindred::node
