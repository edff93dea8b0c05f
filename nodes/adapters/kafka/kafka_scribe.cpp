#include "nodes/adapters/kafka/kafka_scribe.hpp"

#include "nodes/adapters/kafka/client_conf.hpp"

namespace kindred::adapters {

using Clock = std::chrono::steady_clock;

namespace {
constexpr char kNoteKey[] = "kindred";

/// Waits for the report of the one message under way.
bool reported_written(rd_kafka_queue_t* reports, Clock::time_point until) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    const KafkaEvent event(rd_kafka_queue_poll(reports, static_cast<int>(left)));
    if (!event || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) continue;
    const auto* message = rd_kafka_event_message_next(event.get());
    return message != nullptr && message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
  }
}
} // namespace

bool KafkaScribe::write(const KafkaPlace& place, BytesView note) {
  const std::lock_guard lock(mutex_);
  if (!client_) {
    auto client = make_client(settings_, KafkaRole::kScribe);
    if (!client.ok()) return false;
    client_ = client.take();
  }
  bool written = false;
  {
    const KafkaTopic topic(rd_kafka_topic_new(client_.get(), plan_.name(place.topic).c_str(), nullptr));
    const KafkaQueue reports(rd_kafka_queue_get_main(client_.get()));
    const int taken =
        rd_kafka_produce(topic.get(), place.partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(note.data()),
                         note.size(), kNoteKey, sizeof kNoteKey - 1, nullptr);
    written = taken == 0 && reported_written(reports.get(), Clock::now() + settings_.request_timeout +
                                                                std::chrono::seconds(1));
  }
  if (!written) {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    client_.reset(); // a late report would be taken for that of the next note
  }
  return written;
}

} // namespace kindred::adapters
