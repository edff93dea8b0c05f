#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace kindred::adapters {

/// Owners of what librdkafka hands out: each ends with the function that the library names for it.
/// Topics and queues end before the client they are of: declare them after it.
template <auto destroy>
struct KafkaEnd {
  void operator()(auto* held) const { destroy(held); }
};
using KafkaClient = std::unique_ptr<rd_kafka_t, KafkaEnd<rd_kafka_destroy>>;
using KafkaConf = std::unique_ptr<rd_kafka_conf_t, KafkaEnd<rd_kafka_conf_destroy>>;
using KafkaTopic = std::unique_ptr<rd_kafka_topic_t, KafkaEnd<rd_kafka_topic_destroy>>;
using KafkaQueue = std::unique_ptr<rd_kafka_queue_t, KafkaEnd<rd_kafka_queue_destroy>>;
using KafkaEvent = std::unique_ptr<rd_kafka_event_t, KafkaEnd<rd_kafka_event_destroy>>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, KafkaEnd<rd_kafka_message_destroy>>;

} // namespace kindred::adapters
