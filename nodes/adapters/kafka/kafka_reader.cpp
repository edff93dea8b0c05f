#include "nodes/adapters/kafka/kafka_reader.hpp"

#include <algorithm>
#include <limits>
#include <thread>

#include "nodes/adapters/kafka/broker_errors.hpp"

namespace kindred::adapters {

using ports::LogError;
using Clock = std::chrono::steady_clock;

namespace {
using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, KafkaEnd<rd_kafka_topic_partition_list_destroy>>;
constexpr std::chrono::milliseconds kAskAgain{20};
/// Of one try: a question that waits for a broker that died stays with it, also when another one leads.
constexpr std::chrono::milliseconds kTryMax{500};
constexpr std::chrono::milliseconds kTryOne{100};

int until_ms(Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}
} // namespace

KafkaReader::KafkaReader(KafkaClient client, const TopicPlan& plan, std::chrono::milliseconds timeout)
    : client_(std::move(client)), plan_(plan), timeout_(timeout) {
  for (std::size_t i = 0; i < kKafkaTopics; ++i)
    topics_[i].reset(rd_kafka_topic_new(client_.get(), plan_.name(i).c_str(), nullptr));
}

KafkaReader::~KafkaReader() { stop(); }

/// Not by rd_kafka_query_watermark_offsets: with a stopped broker it goes on waiting past its timeout (2.0.2, measured).
Result<std::uint64_t, LogError> KafkaReader::ask(const KafkaPlace& place, std::int64_t which,
                                                 Clock::time_point until) const {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  while (true) {
    rd_kafka_topic_partition_list_del_by_idx(list.get(), 0);
    auto* asked =
        rd_kafka_topic_partition_list_add(list.get(), plan_.name(place.topic).c_str(), place.partition);
    asked->offset = which;
    const int try_ms = std::clamp(until_ms(until), 1, static_cast<int>(kTryMax.count()));
    auto error = rd_kafka_offsets_for_times(client_.get(), list.get(), try_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = asked->err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && asked->offset >= 0)
      return static_cast<std::uint64_t>(asked->offset);
    // A new topic or a new leader: the brokers hear of it one after another.
    if (log_error_of(error) != LogError::kIo || Clock::now() + kAskAgain >= until) return log_error_of(error);
    std::this_thread::sleep_for(kAskAgain);
  }
}

Result<std::uint64_t, LogError> KafkaReader::end_of(const KafkaPlace& place) const {
  return ask(place, RD_KAFKA_OFFSET_END, Clock::now() + timeout_);
}

std::vector<std::optional<std::uint64_t>> KafkaReader::ends_of(const std::vector<KafkaPlace>& places) const {
  std::vector<std::optional<std::uint64_t>> ends(places.size());
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
  for (const auto& place : places)
    rd_kafka_topic_partition_list_add(list.get(), plan_.name(place.topic).c_str(), place.partition)->offset =
        RD_KAFKA_OFFSET_END;
  const auto error = rd_kafka_offsets_for_times(client_.get(), list.get(), static_cast<int>(kTryMax.count()));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto& asked = list->elems[i];
      if (asked.err == RD_KAFKA_RESP_ERR_NO_ERROR && asked.offset >= 0)
        ends[i] = static_cast<std::uint64_t>(asked.offset);
    }
    return ends;
  }
  // One leader that does not answer spoils the whole: those of the others are told one by one.
  for (std::size_t i = 0; i < places.size(); ++i)
    if (const auto end = ask(places[i], RD_KAFKA_OFFSET_END, Clock::now() + kTryOne); end.ok())
      ends[i] = end.value();
  return ends;
}

Result<ports::Log::Bounds, LogError> KafkaReader::bounds(const KafkaPlace& place) const {
  const auto until = Clock::now() + timeout_;
  const auto begin = ask(place, RD_KAFKA_OFFSET_BEGINNING, until);
  if (!begin.ok()) return begin.error();
  const auto end = ask(place, RD_KAFKA_OFFSET_END, until);
  if (!end.ok()) return end.error();
  return ports::Log::Bounds{begin.value(), end.value()};
}

bool KafkaReader::move_to(const KafkaPlace& place, std::uint64_t from) {
  if (position_ && position_->place == place && position_->next == from) return true;
  stop();
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (rd_kafka_consume_start(topic(place), place.partition,
                             static_cast<std::int64_t>(std::min(from, most))) != 0)
    return false;
  position_.emplace(Position{place, from, nullptr});
  return true;
}

void KafkaReader::stop() {
  if (!position_) return;
  position_->held.reset();
  rd_kafka_consume_stop(topic(position_->place), position_->place.partition);
  position_.reset();
}

KafkaMessage KafkaReader::next(Clock::time_point until) {
  if (position_->held) return std::move(position_->held);
  return KafkaMessage(rd_kafka_consume(topic(position_->place), position_->place.partition, until_ms(until)));
}

Result<std::vector<KafkaReader::Raw>, LogError>
KafkaReader::fetch(const KafkaPlace& place, std::uint64_t from, std::uint64_t end, std::size_t bytes_max) {
  const std::lock_guard lock(reading_);
  std::vector<Raw> records;
  std::size_t bytes = 0;
  const auto until = Clock::now() + timeout_;
  while (from < end) {
    if (!move_to(place, from)) return LogError::kIo;
    KafkaMessage message = next(until);
    if (!message) break; // late
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (Clock::now() >= until) break;
      continue; // the end moved before the fetch came there
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const LogError error = log_error_of(message->err);
      if (error == LogError::kIo && Clock::now() < until) continue; // the client tries again by itself
      stop();
      if (!records.empty()) return records;
      return error;
    }
    const auto offset = static_cast<std::uint64_t>(message->offset);
    if (offset < from) continue;
    if (!records.empty() && bytes + message->len > bytes_max) {
      position_->held = std::move(message);
      return records;
    }
    bytes += message->len;
    records.push_back(
        {offset, message->key != nullptr, Bytes(static_cast<const char*>(message->payload), message->len)});
    from = position_->next = offset + 1;
  }
  stop(); // at the end it would go on asking the broker
  if (records.empty() && from < end) return LogError::kIo;
  return records;
}

Result<Done, LogError> KafkaReader::forget(const KafkaPlace& place, std::uint64_t before) const {
  const PartitionList offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), plan_.name(place.topic).c_str(), place.partition)->offset =
      static_cast<std::int64_t>(before);
  const std::unique_ptr<rd_kafka_DeleteRecords_t, KafkaEnd<rd_kafka_DeleteRecords_destroy>> request(
      rd_kafka_DeleteRecords_new(offsets.get()));
  const std::unique_ptr<rd_kafka_AdminOptions_t, KafkaEnd<rd_kafka_AdminOptions_destroy>> options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DELETERECORDS));
  const int time = static_cast<int>(timeout_.count());
  char why[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), time, why, sizeof why);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), time, why, sizeof why);
  const KafkaQueue answers(rd_kafka_queue_new(client_.get()));
  auto* raw = request.get();
  rd_kafka_DeleteRecords(client_.get(), &raw, 1, options.get(), answers.get());
  const KafkaEvent event(rd_kafka_queue_poll(answers.get(), 2 * time));
  if (!event) return LogError::kIo;
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return log_error_of(error);
  const auto* result =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  for (int i = 0; i < result->cnt; ++i) {
    if (result->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return log_error_of(result->elems[i].err);
  }
  return Done{};
}

} // namespace kindred::adapters
