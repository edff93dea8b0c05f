#include "nodes/adapters/kafka/client_conf.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "tests/support/temp_dir.hpp"

namespace kindred::adapters {
namespace {

constexpr KafkaRole kRoles[] = {KafkaRole::kProducer, KafkaRole::kScribe, KafkaRole::kReader,
                                KafkaRole::kTails};

std::map<std::string, std::string> options(const KafkaSettings& settings, KafkaRole role) {
  const auto listed = kafka_options(settings, role);
  EXPECT_TRUE(listed.ok());
  if (!listed.ok()) return {};
  return {listed.value().begin(), listed.value().end()};
}

KafkaSettings somewhere() {
  KafkaSettings settings;
  settings.bootstrap = "one:9092,two:9092";
  return settings;
}

TEST(ClientConf, TheLibraryTakesEveryOptionOfEveryRole) {
  const auto settings = somewhere();
  for (const auto role : kRoles) {
    const auto client = make_client(settings, role);
    EXPECT_TRUE(client.ok()) << static_cast<int>(role) << ": " << client.error().what;
  }
}

TEST(ClientConf, NothingIsLostBySilentDefaults) {
  const auto producer = options(somewhere(), KafkaRole::kProducer);
  EXPECT_EQ(producer.at("enable.idempotence"), "true");
  EXPECT_EQ(producer.at("acks"), "all");
  EXPECT_EQ(producer.at("message.timeout.ms"), "0") << "a message that times out by itself leaves a gap";
  for (const auto role : {KafkaRole::kReader, KafkaRole::kTails}) {
    const auto consumer = options(somewhere(), role);
    EXPECT_EQ(consumer.at("auto.offset.reset"), "error");
    EXPECT_EQ(consumer.at("check.crcs"), "true");
    EXPECT_FALSE(consumer.contains("group.id"));
  }
  for (const auto role : kRoles)
    EXPECT_EQ(options(somewhere(), role).at("allow.auto.create.topics"), "false");
}

TEST(ClientConf, EverySettingReachesTheLibrary) {
  auto settings = somewhere();
  settings.client_id = "node-7";
  settings.socket_timeout = std::chrono::milliseconds(4'321);
  settings.security = "SASL_SSL";
  settings.sasl_mechanism = "SCRAM-SHA-512";
  settings.user = "kindred";
  settings.password = "secret";
  settings.ca_file = "ca.pem";
  settings.certificate_file = "node.pem";
  settings.key_file = "node.key";
  for (const auto role : kRoles) {
    const auto all = options(settings, role);
    EXPECT_EQ(all.at("bootstrap.servers"), "one:9092,two:9092");
    EXPECT_EQ(all.at("client.id"), "node-7");
    EXPECT_EQ(all.at("socket.timeout.ms"), "4321");
    EXPECT_EQ(all.at("security.protocol"), "SASL_SSL");
    EXPECT_EQ(all.at("sasl.mechanisms"), "SCRAM-SHA-512");
    EXPECT_EQ(all.at("sasl.username"), "kindred");
    EXPECT_EQ(all.at("sasl.password"), "secret");
    EXPECT_EQ(all.at("ssl.ca.location"), "ca.pem");
    EXPECT_EQ(all.at("ssl.certificate.location"), "node.pem");
    EXPECT_EQ(all.at("ssl.key.location"), "node.key");
  }
}

TEST(ClientConf, EachTurnAsksAnotherBroker) {
  EXPECT_EQ(brokers_of_turn("a:1,b:2,,c:3", 0), "a:1,b:2,,c:3");
  EXPECT_EQ(brokers_of_turn("a:1,b:2,,c:3", 1), "a:1");
  EXPECT_EQ(brokers_of_turn("a:1,b:2,,c:3", 3), "c:3");
  EXPECT_EQ(brokers_of_turn("a:1,b:2,,c:3", 4), "a:1");
  EXPECT_EQ(brokers_of_turn("a:1", 7), "a:1");
  EXPECT_EQ(brokers_of_turn(",", 2), ",") << "what is no list is left to the library to refuse";
}

TEST(ClientConf, APasswordComesFromAFileToo) {
  const support::TempDir place;
  auto settings = somewhere();
  settings.password_file = (place.path() / "password").string();
  auto refused = kafka_options(settings, KafkaRole::kReader);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, KafkaOpenError::kSettings);
  std::ofstream(settings.password_file) << "from a file\n";
  EXPECT_EQ(options(settings, KafkaRole::kReader).at("sasl.password"), "from a file");
  settings.password = "and another";
  EXPECT_FALSE(kafka_options(settings, KafkaRole::kReader).ok());
}

TEST(ClientConf, WhatTheLibraryRefusesIsSaid) {
  auto settings = somewhere();
  settings.security = "TELEPATHY";
  const auto client = make_client(settings, KafkaRole::kProducer);
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().code, KafkaOpenError::kSettings);
  EXPECT_NE(client.error().what.find("security.protocol"), std::string::npos) << client.error().what;
}

} // namespace
} // namespace kindred::adapters
