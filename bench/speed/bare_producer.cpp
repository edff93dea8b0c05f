#include "bench/speed/bare_producer.hpp"

#include <chrono>

#include "nodes/adapters/kafka/client_conf.hpp"

namespace kindred::bench {

double bare_producer_entries_per_second(const adapters::KafkaSettings& settings, std::size_t bytes,
                                        std::size_t depth, double seconds) {
  using Clock = std::chrono::steady_clock;
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

} // namespace kindred::bench
