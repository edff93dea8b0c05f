#pragma once

#include <string>

#include <gtest/gtest.h>

#include "tests/support/kafka/broker.hpp"
#include "tests/support/server_process.hpp"

namespace kindred {

/// Tests of nodes that share a log: one real broker for all of them, topics of its own for each.
class OnBroker : public ::testing::Test {
protected:
  static support::KafkaBroker& broker() {
    static support::KafkaBroker one;
    return one;
  }

  void SetUp() override {
    if (const auto& missing = support::KafkaBroker::missing(); !missing.empty())
      GTEST_SKIP() << "no broker can be started here (2026-11-27): " << missing;
    if (!broker().running()) broker().start(); // a test that failed may have left it dead
    static int tests = 0;
    prefix_ = "test" + std::to_string(++tests) + ".";
  }

  /// The table [kafka] of a node's configuration.
  std::string kafka_table() const {
    return "[kafka]\nbootstrap = \"" + broker().bootstrap() + "\"\nprefix = \"" + prefix_ +
           "\"\nreplication = 1\nmin_in_sync = 1\n";
  }

  support::TemporaryFolder folder_;
  std::string prefix_;
};

} // namespace kindred
