#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include "tests/actors/ports/log_world.hpp"

// What every implementation of the port Log must do, whatever is behind it. An adapter's test includes this file and
// says INSTANTIATE_TEST_SUITE_P(Name, LogConformance, testing::Values(LogMaker{make_world}));
// Include it in one file of a program: a program with two kinds of logs instantiates both there.
// Cases know nothing of dense offsets, of threads, nor of how long a verdict takes: Kafka has to pass as well.

namespace kindred::ports {

using LogMaker = std::function<std::unique_ptr<LogWorld>()>;

class LogConformance : public testing::TestWithParam<LogMaker> {
protected:
  static constexpr Stream kEvents0{records::Topic::kEvents, {0}};
  static constexpr Stream kEvents3{records::Topic::kEvents, {3}};
  static constexpr Stream kModels{records::Topic::kModels, {0}};

  void SetUp() override {
    if (const auto why = world_->missing(); !why.empty())
      GTEST_SKIP() << "this log cannot be had here (2026-11-27): " << why;
  }
  void open(LogBounds bounds = {}) { log_ = world_->open(bounds); }
  void reopen(LogBounds bounds = {}) {
    log_.reset();
    open(bounds);
  }

  /// Produces one entry and waits for its verdict.
  Verdict put(const Stream& stream, Bytes entry) {
    Verdicts verdicts;
    log_->produce(stream, std::move(entry), verdicts.taker());
    EXPECT_TRUE(verdicts.wait_for(1)) << "no verdict came";
    return verdicts.got().empty() ? Verdict{} : verdicts.got().front().second;
  }
  /// Produces until it is acknowledged, as a gateway does with the same author. Returns the offset.
  std::uint64_t insist(const Stream& stream, const Bytes& entry) {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < give_up) {
      const Verdict verdict = put(stream, entry);
      if (verdict.kind == Verdict::Kind::kAcked) return verdict.offset;
      std::this_thread::yield();
    }
    ADD_FAILURE() << "never acknowledged";
    return 0;
  }
  std::vector<std::uint64_t> put_many(const Stream& stream, int count, const std::string& prefix = "entry ") {
    Verdicts verdicts;
    for (int i = 0; i < count; ++i) log_->produce(stream, prefix + std::to_string(i), verdicts.taker());
    EXPECT_TRUE(verdicts.wait_for(count));
    std::vector<std::uint64_t> offsets;
    for (const auto& [tag, verdict] : verdicts.got()) {
      EXPECT_EQ(verdict.kind, Verdict::Kind::kAcked) << name_of(verdict.error);
      offsets.push_back(verdict.offset);
    }
    return offsets;
  }
  std::vector<Bytes> everything(const Stream& stream) {
    std::vector<Bytes> all;
    auto bounds = log_->bounds(stream);
    EXPECT_TRUE(bounds.ok());
    for (std::uint64_t at = bounds.value().begin; at < bounds.value().end;) {
      auto entries = log_->read(stream, at, 1 << 20);
      if (!entries.ok() || entries.value().empty()) break;
      at = entries.value().back().offset + 1;
      for (auto& entry : entries.value()) all.push_back(std::move(entry.bytes));
    }
    return all;
  }
  static std::vector<Bytes> bytes_of(const std::vector<LogEntry>& entries) {
    std::vector<Bytes> bytes;
    for (const auto& entry : entries) bytes.push_back(entry.bytes);
    return bytes;
  }
  static std::vector<Bytes> numbered(int count, const std::string& prefix = "entry ") {
    std::vector<Bytes> bytes;
    for (int i = 0; i < count; ++i) bytes.push_back(prefix + std::to_string(i));
    return bytes;
  }

  const std::unique_ptr<LogWorld> world_ = GetParam()();
  std::unique_ptr<Log> log_;
};

} // namespace kindred::ports

#include "tests/actors/ports/log_conformance_faults.hpp"
#include "tests/actors/ports/log_conformance_order.hpp"
