#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "nodes/adapters/kafka/kafka_log.hpp"
#include "tests/support/kafka/broker.hpp"

namespace kindred::adapters {

/// What the tests of this folder share: one broker per program, begun when first needed, and a prefix of topics for each
/// test, so that none sees what another left.
support::KafkaBroker& shared_broker();

/// The topics of one test on the shared broker. One thread.
class KafkaPlaceForTests {
public:
  KafkaPlaceForTests();
  /// Brings the broker back, if a test that failed left it stopped.
  ~KafkaPlaceForTests();

  /// Of a log on one broker, impatient.
  KafkaSettings settings() const;
  /// Opens it, or fails the test.
  std::unique_ptr<KafkaLog> open() const { return open(settings()); }
  static std::unique_ptr<KafkaLog> open(const KafkaSettings& settings);

  std::string topic(const std::string& name) const { return prefix_ + name; }
  /// Makes topics as an operator does, with these settings and one replica.
  void make(const std::vector<std::string>& names, int partitions,
            const std::vector<std::pair<std::string, std::string>>& with) const;
  /// Changes one setting of a topic; the others fall back to the broker's.
  void set(const std::string& name, const std::string& setting, const std::string& value) const;
  /// Deletes them and waits until the broker does not know them.
  void remove(const std::vector<std::string>& names) const;
  void remove_all() const { remove({"events", "control", "models", "library", "life"}); }

private:
  const std::string prefix_;
};

/// The body of a test's SetUp: skips where there is no broker.
#define KINDRED_NEEDS_KAFKA()                                                                                \
  if (!support::KafkaBroker::missing().empty())                                                              \
  GTEST_SKIP() << "no Kafka broker can be started here (2026-11-27): " << support::KafkaBroker::missing()

} // namespace kindred::adapters
