#include "nodes/adapters/kafka/topic_plan.hpp"

#include <gtest/gtest.h>

#include "nodes/adapters/kafka/client_conf.hpp"

namespace kindred::adapters {
namespace {

TopicPlan plan() {
  KafkaSettings settings;
  settings.prefix = "shop.";
  settings.partitions = 16;
  return TopicPlan(settings);
}

TopicPlan::Found as_wanted() {
  TopicPlan::Found found{16, 3, {}};
  for (const auto& [name, value] : plan().wanted()) found.settings[name] = value;
  return found;
}

TEST(TopicPlan, NamesAndSizes) {
  EXPECT_EQ(plan().name(0), "shop.events");
  EXPECT_EQ(plan().name(kLifeTopic), "shop.life");
  EXPECT_EQ(plan().partitions(0), 16);
  for (std::size_t topic = 1; topic < kKafkaTopics; ++topic) EXPECT_EQ(plan().partitions(topic), 1);
}

TEST(TopicPlan, OnlyTheStreamsOfThePortAreKnown) {
  using records::Topic;
  EXPECT_TRUE(plan().knows({Topic::kEvents, {15}}));
  EXPECT_FALSE(plan().knows({Topic::kEvents, {16}}));
  EXPECT_TRUE(plan().knows({Topic::kLibrary, {0}}));
  EXPECT_FALSE(plan().knows({Topic::kLibrary, {1}}));
  EXPECT_FALSE(plan().knows({static_cast<Topic>(kLifeTopic), {0}})) << "the log's own";
  EXPECT_EQ(TopicPlan::place_of({Topic::kModels, {0}}), (KafkaPlace{2, 0}));
}

TEST(TopicPlan, WhatItMakesIsSafe) { EXPECT_TRUE(plan().unsafe(0, as_wanted()).empty()); }

TEST(TopicPlan, MoreThanAskedForIsSafe) {
  auto found = as_wanted();
  found.replication = 5;
  found.settings["min.insync.replicas"] = "3";
  found.settings["max.message.bytes"] = "100000000";
  found.settings["segment.ms"] = "3600000";
  EXPECT_TRUE(plan().unsafe(0, found).empty());
}

TEST(TopicPlan, EverySettingThatLosesEntriesIsNamedWithItsCure) {
  const std::pair<const char*, const char*> unsafe[] = {
      {"cleanup.policy", "compact"},   {"cleanup.policy", "compact,delete"},
      {"retention.ms", "604800000"},   {"retention.bytes", "1073741824"},
      {"min.insync.replicas", "1"},    {"max.message.bytes", "1048588"},
      {"segment.ms", "604800000"},     {"unclean.leader.election.enable", "true"},
      {"max.message.bytes", "absent"}, {"unclean.leader.election.enable", "absent"},
  };
  for (const auto& [name, value] : unsafe) {
    auto found = as_wanted();
    if (value == std::string("absent")) {
      found.settings.erase(name);
    } else {
      found.settings[name] = value;
    }
    const auto findings = plan().unsafe(0, found);
    ASSERT_EQ(findings.size(), 1u) << name;
    EXPECT_EQ(findings.front().rfind(std::string("topic shop.events: ") + name + " is ", 0), 0u)
        << findings.front();
    EXPECT_NE(findings.front().find("set it to "), std::string::npos) << findings.front();
  }
}

TEST(TopicPlan, TooFewReplicasAreNamed) {
  auto found = as_wanted();
  found.replication = 2;
  const auto findings = plan().unsafe(1, found);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_NE(findings.front().find("topic shop.control: it has 2 replicas, give it 3"), std::string::npos);
}

TEST(TopicPlan, AnEntryAtItsBoundFitsWithItsFrame) {
  EXPECT_GT(kKafkaMessageBytesMax, records::kEntryBytesMax + 1024);
}

} // namespace
} // namespace kindred::adapters
