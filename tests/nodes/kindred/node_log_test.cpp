#include "nodes/kindred/node_log.hpp"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace kindred::node {
namespace {

// Over a real broker: tests/cluster.
struct NodeLogTest : testing::Test {
  const support::TempDir place;
  Config config;

  NodeLogTest() {
    config.data_dir = place.path() / "data";
    config.partitions = 2;
  }
};

TEST_F(NodeLogTest, IsTheOneInTheDirectoryUnlessABrokerIsNamed) {
  const auto directory = DataDirectory::open(config, 5);
  ASSERT_TRUE(directory.ok());
  const auto log = NodeLog::open(config, directory.value());
  ASSERT_TRUE(log.ok()) << log.error().what;
  EXPECT_NE(log.value().rocks(), nullptr);
  EXPECT_EQ(log.value().kafka(), nullptr);
  EXPECT_EQ(log.value().port().partitions(), 2);
  EXPECT_EQ(log.value().port().incarnation(), 5u);
  EXPECT_EQ(log.value().why(), "");
  EXPECT_TRUE(log.value().acked_ends().empty()) << "nobody else appends to it: nobody is told";
  log.value().acked_elsewhere({1, 2, 3});
}

TEST_F(NodeLogTest, ABrokerThatDoesNotAnswerMayComeLater) {
  const auto directory = DataDirectory::open(config, 5);
  config.kafka.bootstrap = "127.0.0.1:1";
  config.kafka.open_timeout = std::chrono::milliseconds(300);
  const auto log = NodeLog::open(config, directory.value());
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, kUnavailable);
  EXPECT_NE(log.error().what.find("127.0.0.1:1"), std::string::npos) << log.error().what;
}

TEST_F(NodeLogTest, SettingsThatContradictThemselvesAreTheOperators) {
  const auto directory = DataDirectory::open(config, 5);
  config.kafka.bootstrap = "127.0.0.1:1";
  config.kafka.replication = 1;
  config.kafka.min_in_sync = 2;
  const auto log = NodeLog::open(config, directory.value());
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, kUsage) << log.error().what;
}

} // namespace
} // namespace kindred::node
