#include "tests/nodes/adapters/kafka/kafka_place.hpp"

#include <unistd.h>

#include "nodes/adapters/kafka/client_conf.hpp"

namespace kindred::adapters {

namespace {
std::string fresh_prefix() {
  static std::atomic<int> count{0};
  return "t" + std::to_string(getpid()) + "-" + std::to_string(++count) + ".";
}

constexpr int kWaitMs = 20'000;

bool knows(rd_kafka_t* client, const std::string& topic) {
  const KafkaTopic handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(client, 0, handle.get(), &metadata, kWaitMs) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return true;
  const bool there = metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_metadata_destroy(metadata);
  return there;
}
} // namespace

support::KafkaBroker& shared_broker() {
  static support::KafkaBroker broker;
  return broker;
}

KafkaPlaceForTests::KafkaPlaceForTests() : prefix_(fresh_prefix()) {}
KafkaPlaceForTests::~KafkaPlaceForTests() {
  if (!support::KafkaBroker::missing().empty()) return;
  shared_broker().thaw();
  if (!shared_broker().running()) shared_broker().start();
}

KafkaSettings KafkaPlaceForTests::settings() const {
  KafkaSettings settings;
  settings.bootstrap = shared_broker().bootstrap();
  settings.prefix = prefix_;
  settings.partitions = 4;
  settings.replication = 1;
  settings.min_in_sync = 1;
  settings.message_timeout = std::chrono::milliseconds(5'000);
  settings.request_timeout = std::chrono::milliseconds(3'000);
  settings.try_again = std::chrono::milliseconds(50);
  settings.believe_after = std::chrono::milliseconds(500);
  return settings;
}

std::unique_ptr<KafkaLog> KafkaPlaceForTests::open(const KafkaSettings& settings) {
  auto log = KafkaLog::open(settings);
  if (log.ok()) return log.take();
  ADD_FAILURE() << name_of(log.error().code) << ": " << log.error().what;
  return nullptr;
}

void KafkaPlaceForTests::make(const std::vector<std::string>& names, int partitions,
                              const std::vector<std::pair<std::string, std::string>>& with) const {
  const auto settings = this->settings();
  const auto client = make_client(settings, KafkaRole::kReader).take();
  const KafkaQueue answers(rd_kafka_queue_new(client.get()));
  for (const auto& name : names) {
    char why[256];
    auto* topic = rd_kafka_NewTopic_new(this->topic(name).c_str(), name == "events" ? partitions : 1, 1, why,
                                        sizeof why);
    for (const auto& [setting, value] : with)
      rd_kafka_NewTopic_set_config(topic, setting.c_str(), value.c_str());
    rd_kafka_CreateTopics(client.get(), &topic, 1, nullptr, answers.get());
    const KafkaEvent event(rd_kafka_queue_poll(answers.get(), kWaitMs));
    rd_kafka_NewTopic_destroy(topic);
    ASSERT_TRUE(event) << "no answer";
    std::size_t count = 0;
    const auto* results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    ASSERT_EQ(count, 1u);
    ASSERT_EQ(rd_kafka_topic_result_error(results[0]), RD_KAFKA_RESP_ERR_NO_ERROR)
        << rd_kafka_topic_result_error_string(results[0]);
    while (!knows(client.get(), this->topic(name))) ASSERT_TRUE(shared_broker().look_again());
  }
}

void KafkaPlaceForTests::set(const std::string& name, const std::string& setting,
                             const std::string& value) const {
  const auto settings = this->settings();
  const auto client = make_client(settings, KafkaRole::kReader).take();
  const KafkaQueue answers(rd_kafka_queue_new(client.get()));
  auto* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic(name).c_str());
  rd_kafka_ConfigResource_set_config(resource, setting.c_str(), value.c_str());
  rd_kafka_AlterConfigs(client.get(), &resource, 1, nullptr, answers.get());
  const KafkaEvent event(rd_kafka_queue_poll(answers.get(), kWaitMs));
  rd_kafka_ConfigResource_destroy(resource);
  ASSERT_TRUE(event) << "no answer";
  ASSERT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
}

void KafkaPlaceForTests::remove(const std::vector<std::string>& names) const {
  const auto settings = this->settings();
  const auto client = make_client(settings, KafkaRole::kReader).take();
  const KafkaQueue answers(rd_kafka_queue_new(client.get()));
  for (const auto& name : names) {
    auto* topic = rd_kafka_DeleteTopic_new(this->topic(name).c_str());
    rd_kafka_DeleteTopics(client.get(), &topic, 1, nullptr, answers.get());
    const KafkaEvent event(rd_kafka_queue_poll(answers.get(), kWaitMs));
    rd_kafka_DeleteTopic_destroy(topic);
    ASSERT_TRUE(event) << "no answer";
    while (knows(client.get(), this->topic(name))) ASSERT_TRUE(shared_broker().look_again());
  }
}

} // namespace kindred::adapters
