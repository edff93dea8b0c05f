#include "bench/speed/bare_producer.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "nodes/adapters/kafka/client_conf.hpp"

namespace kindred::bench {

using Clock = std::chrono::steady_clock;

double bare_producer_entries_per_second(const adapters::KafkaSettings& settings, std::size_t bytes,
                                        std::size_t depth, double seconds) {
  const auto client = adapters::make_client(settings, adapters::KafkaRole::kProducer).take();
  const adapters::KafkaTopic topic(
      rd_kafka_topic_new(client.get(), (settings.prefix + "events").c_str(), nullptr));
  const adapters::KafkaQueue reports(rd_kafka_queue_get_main(client.get()));
  Bytes entry(bytes, 'v');
  std::size_t under_way = 0;
  std::uint64_t acked = 0;
  const auto take = [&] {
    const adapters::KafkaEvent event(rd_kafka_queue_poll(reports.get(), 100));
    if (!event || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) return;
    while (const auto* message = rd_kafka_event_message_next(event.get())) {
      --under_way;
      acked += message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    }
  };
  const auto start = Clock::now();
  const auto since = [start] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  for (std::int32_t n = 0; since() < seconds; ++n) {
    while (under_way >= depth) take();
    under_way += rd_kafka_produce(topic.get(), n % settings.partitions, 0, entry.data(), entry.size(),
                                  nullptr, 0, nullptr) == 0;
  }
  while (under_way > 0) take();
  return static_cast<double>(acked) / since();
}

namespace {
/// A consumer of every partition of events, from their ends on.
struct BareConsumer {
  explicit BareConsumer(const adapters::KafkaSettings& of)
      : settings(of), client(adapters::make_client(settings, adapters::KafkaRole::kTails).take()),
        topic(rd_kafka_topic_new(client.get(), (settings.prefix + "events").c_str(), nullptr)),
        queue(rd_kafka_queue_new(client.get())) {
    for (std::int32_t p = 0; p < settings.partitions; ++p)
      rd_kafka_consume_start_queue(topic.get(), p, RD_KAFKA_OFFSET_END, queue.get());
    for (std::int32_t at_end = 0; at_end < settings.partitions;)
      at_end += next(Clock::now() + std::chrono::seconds(30))->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  }
  ~BareConsumer() {
    for (std::int32_t p = 0; p < settings.partitions; ++p) rd_kafka_consume_stop(topic.get(), p);
  }
  adapters::KafkaMessage next(Clock::time_point until) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    adapters::KafkaMessage message(
        rd_kafka_consume_queue(queue.get(), static_cast<int>(std::max<std::int64_t>(left, 0))));
    if (!message) throw std::runtime_error("the bare consumer hears nothing");
    return message;
  }

  const adapters::KafkaSettings& settings;
  const adapters::KafkaClient client;
  const adapters::KafkaTopic topic;
  const adapters::KafkaQueue queue;
};
} // namespace

std::vector<double> bare_produce_to_seen_us(const adapters::KafkaSettings& settings, std::size_t bytes,
                                            double seconds) {
  const auto producer = adapters::make_client(settings, adapters::KafkaRole::kProducer).take();
  const adapters::KafkaTopic topic(
      rd_kafka_topic_new(producer.get(), (settings.prefix + "events").c_str(), nullptr));
  const adapters::KafkaQueue reports(rd_kafka_queue_get_main(producer.get()));
  const BareConsumer consumer(settings);
  Bytes entry(bytes, 'v');
  std::vector<double> took_us;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (std::int32_t n = 0; Clock::now() < end; ++n) {
    std::copy_n(reinterpret_cast<const char*>(&n), sizeof n, entry.begin());
    const auto begun = Clock::now();
    if (rd_kafka_produce(topic.get(), n % settings.partitions, 0, entry.data(), entry.size(), nullptr, 0,
                         nullptr) != 0)
      throw std::runtime_error("the bare producer's queue is full");
    for (bool seen = false; !seen;) {
      const auto message = consumer.next(begun + std::chrono::seconds(30));
      seen = message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->len == bytes &&
             std::equal(entry.begin(), entry.begin() + sizeof n, static_cast<const char*>(message->payload));
    }
    took_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
    while (adapters::KafkaEvent(rd_kafka_queue_poll(reports.get(), 0))) {
    }
  }
  rd_kafka_flush(producer.get(), 10'000);
  return took_us;
}

} // namespace kindred::bench
