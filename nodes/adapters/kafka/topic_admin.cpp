#include "nodes/adapters/kafka/topic_admin.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include "nodes/adapters/kafka/broker_errors.hpp"

namespace kindred::adapters {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {
constexpr milliseconds kAskAgain{50};

using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, KafkaEnd<rd_kafka_AdminOptions_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, KafkaEnd<rd_kafka_NewTopic_destroy>>;
using Resource = std::unique_ptr<rd_kafka_ConfigResource_t, KafkaEnd<rd_kafka_ConfigResource_destroy>>;

AdminOptions options_of(rd_kafka_t* client, rd_kafka_admin_op_t operation, milliseconds timeout) {
  AdminOptions options(rd_kafka_AdminOptions_new(client, operation));
  char why[256];
  const int time = static_cast<int>(timeout.count());
  rd_kafka_AdminOptions_set_request_timeout(options.get(), time, why, sizeof why);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), time, why,
                                              sizeof why); // refused where it has none
  return options;
}

template <class Owners>
auto raw_of(const Owners& owners) {
  std::vector<typename Owners::value_type::pointer> raw;
  for (const auto& owner : owners) raw.push_back(owner.get());
  return raw;
}

KafkaFailure unreachable(rd_kafka_resp_err_t error) {
  return {KafkaOpenError::kUnreachable,
          std::string("no Kafka broker answered: ") + rd_kafka_err2str(error) +
              ". Check the bootstrap servers, the network, and user, password and certificates; "
              "librdkafka's log lines say which it was"};
}
} // namespace

Result<TopicAdmin::Looked, KafkaFailure> TopicAdmin::look_at(std::size_t topic, milliseconds left) {
  const KafkaTopic handle(rd_kafka_topic_new(client_, plan_.name(topic).c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto asked = rd_kafka_metadata(client_, 0, handle.get(), &metadata, static_cast<int>(left.count()));
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) return unreachable(asked);
  const std::unique_ptr<const rd_kafka_metadata_t, KafkaEnd<rd_kafka_metadata_destroy>> owner(metadata);
  if (metadata->topic_cnt != 1) return Looked{};
  const auto& answer = metadata->topics[0];
  if (says_gone(answer.err)) return Looked{};
  if (answer.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) return Looked{false, {}};
  if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return KafkaFailure{KafkaOpenError::kIo, "the brokers do not show topic " + plan_.name(topic) + ": " +
                                                 rd_kafka_err2str(answer.err)};
  }
  TopicPlan::Found found{
      answer.partition_cnt, answer.partition_cnt > 0 ? answer.partitions[0].replica_cnt : 0, {}};
  bool led = answer.partition_cnt > 0;
  for (int i = 0; i < answer.partition_cnt; ++i) {
    found.replication = std::min(found.replication, answer.partitions[i].replica_cnt);
    led &= answer.partitions[i].leader >= 0;
  }
  return Looked{led, std::move(found)};
}

Result<TopicAdmin::Found, KafkaFailure> TopicAdmin::look() {
  const auto until = Clock::now() + timeout_;
  Found found;
  for (std::size_t topic = 0; topic < kKafkaTopics;) {
    const auto left = std::max(std::chrono::ceil<milliseconds>(until - Clock::now()), milliseconds(1));
    auto looked = look_at(topic, left);
    if (!looked.ok()) return looked.error();
    if (looked.value().settled) {
      found[topic++] = std::move(looked.value().topic);
      continue;
    }
    if (Clock::now() >= until) {
      return KafkaFailure{KafkaOpenError::kUnreachable,
                          "topic " + plan_.name(topic) +
                              " has partitions without a leader; bring its brokers back"};
    }
    std::this_thread::sleep_for(kAskAgain); // an election; nothing tells when it is over
  }
  if (const auto failure = read_settings(found)) return *failure;
  return found;
}

Result<Done, KafkaFailure> TopicAdmin::make(const Found& found) {
  std::vector<NewTopic> topics;
  char why[256];
  for (std::size_t i = 0; i < kKafkaTopics; ++i) {
    if (found[i]) continue;
    NewTopic topic(rd_kafka_NewTopic_new(plan_.name(i).c_str(), plan_.partitions(i), plan_.replication(), why,
                                         sizeof why));
    if (!topic) return KafkaFailure{KafkaOpenError::kSettings, "topic " + plan_.name(i) + ": " + why};
    for (const auto& [name, value] : plan_.wanted())
      rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
    topics.push_back(std::move(topic));
  }
  if (topics.empty()) return Done{};
  const auto options = options_of(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_);
  const KafkaQueue answers(rd_kafka_queue_new(client_));
  auto raw = raw_of(topics);
  rd_kafka_CreateTopics(client_, raw.data(), raw.size(), options.get(), answers.get());
  const KafkaEvent event(rd_kafka_queue_poll(answers.get(), static_cast<int>(2 * timeout_.count())));
  if (!event) return unreachable(RD_KAFKA_RESP_ERR__TIMED_OUT);
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // The brokers may be at it: making topics takes longer than an exchange may, and the connection is given up. Who asked
    // looks again.
    if (log_error_of(error) == ports::LogError::kIo) return Done{};
    return unreachable(error);
  }
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    return KafkaFailure{KafkaOpenError::kIo,
                        std::string("topic ") + rd_kafka_topic_result_name(results[i]) +
                            " cannot be made: " + (text != nullptr ? text : rd_kafka_err2str(error))};
  }
  return Done{};
}

std::optional<KafkaFailure> TopicAdmin::read_settings(Found& found) {
  std::vector<Resource> topics;
  for (std::size_t i = 0; i < kKafkaTopics; ++i) {
    if (found[i])
      topics.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, plan_.name(i).c_str()));
  }
  if (topics.empty()) return std::nullopt;
  const auto options = options_of(client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_);
  const KafkaQueue answers(rd_kafka_queue_new(client_));
  auto raw = raw_of(topics);
  rd_kafka_DescribeConfigs(client_, raw.data(), raw.size(), options.get(), answers.get());
  const KafkaEvent event(rd_kafka_queue_poll(answers.get(), static_cast<int>(2 * timeout_.count())));
  if (!event) return unreachable(RD_KAFKA_RESP_ERR__TIMED_OUT);
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return unreachable(error);
  return read_answer(event.get(), found);
}

std::optional<KafkaFailure> TopicAdmin::read_answer(rd_kafka_event_t* event, Found& found) {
  std::size_t count = 0;
  const auto* resources =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
  for (std::size_t r = 0; r < count; ++r) {
    const std::string name = rd_kafka_ConfigResource_name(resources[r]);
    const auto error = rd_kafka_ConfigResource_error(resources[r]);
    for (std::size_t topic = 0; topic < kKafkaTopics; ++topic) {
      if (plan_.name(topic) != name || !found[topic]) continue;
      if (says_gone(error)) {
        found[topic].reset();
        continue;
      }
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return KafkaFailure{KafkaOpenError::kIo,
                            "the settings of topic " + name + " cannot be read: " + rd_kafka_err2str(error)};
      }
      std::size_t entries = 0;
      const auto* configs = rd_kafka_ConfigResource_configs(resources[r], &entries);
      for (std::size_t i = 0; i < entries; ++i) {
        const char* value = rd_kafka_ConfigEntry_value(configs[i]);
        found[topic]->settings[rd_kafka_ConfigEntry_name(configs[i])] = value != nullptr ? value : "";
      }
    }
  }
  return std::nullopt;
}

std::optional<KafkaFailure> TopicAdmin::check(const Found& found) const {
  std::string findings;
  for (std::size_t i = 0; i < kKafkaTopics; ++i) {
    if (found[i]->partitions != plan_.partitions(i)) {
      return KafkaFailure{KafkaOpenError::kOtherPartitions,
                          "topic " + plan_.name(i) + " has " + std::to_string(found[i]->partitions) +
                              " partitions, asked for are " + std::to_string(plan_.partitions(i)) +
                              ": the number is fixed when a log is made, start with the one it has"};
    }
    for (const auto& finding : plan_.unsafe(i, *found[i]))
      findings += (findings.empty() ? "" : "; ") + finding;
  }
  if (findings.empty()) return std::nullopt;
  return KafkaFailure{KafkaOpenError::kUnsafe, findings};
}

} // namespace kindred::adapters
