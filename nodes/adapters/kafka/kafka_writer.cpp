#include "nodes/adapters/kafka/kafka_writer.hpp"

#include <algorithm>
#include <array>

#include "nodes/adapters/kafka/broker_errors.hpp"
#include "nodes/adapters/kafka/client_conf.hpp"
#include "nodes/adapters/threads/thread_role.hpp"

namespace kindred::adapters {

using ports::LogError;
using ports::Verdict;
using records::Stream;
using Clock = std::chrono::steady_clock;

namespace {
constexpr std::chrono::milliseconds kLook{20}; ///< between two looks at deadlines while no report comes
constexpr std::size_t kReports = 1024;         ///< taken before verdicts are given
} // namespace

struct KafkaWriter::Producer {
  KafkaClient client;
  std::array<KafkaTopic, kLifeTopic> topics;
  KafkaQueue reports;
};

KafkaWriter::KafkaWriter(const KafkaSettings& settings, const TopicPlan& plan, const KafkaReader& reader,
                         KafkaProbe& probe, std::function<void()> on_trouble, OnAcked on_acked)
    : settings_(settings), plan_(plan), reader_(reader), probe_(probe), on_trouble_(std::move(on_trouble)),
      on_acked_(std::move(on_acked)) {
  for (std::size_t topic = 0; topic < kLifeTopic; ++topic) {
    for (int i = 0; i < plan_.partitions(topic); ++i) {
      const Stream stream{static_cast<records::Topic>(topic), {static_cast<std::uint16_t>(i)}};
      lines_[stream].place = TopicPlan::place_of(stream);
    }
  }
  producer_ = make_producer(why_);
  if (!producer_) failed_ = LogError::kIo;
  thread_ = std::thread([this] { run(); });
}

KafkaWriter::~KafkaWriter() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    if (producer_) rd_kafka_queue_yield(producer_->reports.get());
  }
  changed_.notify_one();
  thread_.join();
}

std::unique_ptr<KafkaWriter::Producer> KafkaWriter::make_producer(std::string& why) const {
  auto client = make_client(settings_, KafkaRole::kProducer);
  if (!client.ok()) {
    why = client.error().what;
    return nullptr;
  }
  auto producer = std::make_unique<Producer>();
  producer->client = client.take();
  for (std::size_t i = 0; i < kLifeTopic; ++i)
    producer->topics[i].reset(rd_kafka_topic_new(producer->client.get(), plan_.name(i).c_str(), nullptr));
  producer->reports.reset(rd_kafka_queue_get_main(producer->client.get()));
  return producer;
}

std::optional<LogError> KafkaWriter::health() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

std::string KafkaWriter::why() const {
  const std::lock_guard lock(mutex_);
  return why_;
}

void KafkaWriter::resume() {
  {
    const std::lock_guard lock(mutex_);
    resume_ = true;
  }
  changed_.notify_one();
}

void KafkaWriter::refuse(std::string why) {
  const std::lock_guard lock(mutex_);
  if (!failed_) asked_to_refuse_ = std::move(why);
}

void KafkaWriter::end(LogError error, std::string why) {
  {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    over_ = true;
    failed_ = error;
    why_ = std::move(why);
  }
  changed_.notify_one();
}

void KafkaWriter::break_producer() {
  const std::lock_guard lock(mutex_);
  if (producer_) {
    rd_kafka_test_fatal_error(producer_->client.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                              "asked for by a test");
  }
}

std::optional<LogError> KafkaWriter::refusal(const Stream& stream, std::size_t bytes) const {
  if (!plan_.knows(stream)) return LogError::kNoStream;
  if (bytes > records::kEntryBytesMax) return LogError::kTooLarge;
  if (closing_) return LogError::kClosed;
  if (failed_) return failed_;
  if (outstanding_ >= settings_.queue_max || outstanding_bytes_ + bytes > settings_.queue_bytes_max)
    return LogError::kFull;
  return std::nullopt;
}

/// Under the mutex: the library must get the entries of a stream in the order in which they stand in its line.
std::optional<LogError> KafkaWriter::send(const Stream& stream, std::unique_ptr<Pending>& pending) {
  Line& line = lines_.find(stream)->second;
  Pending& entry = *pending;
  if (rd_kafka_produce(producer_->topics[line.place.topic].get(), line.place.partition, 0, entry.entry.data(),
                       entry.entry.size(), nullptr, 0, &entry) != 0) {
    const auto error = rd_kafka_last_error();
    // FATAL: it is about to be replaced. Nothing was taken, and the next try meets the new one.
    return error == RD_KAFKA_RESP_ERR__FATAL ? LogError::kFull : log_error_of(error);
  }
  ++outstanding_;
  outstanding_bytes_ += entry.entry.size();
  line.flying.push_back(std::move(pending));
  probe_.saw_queue(outstanding_, outstanding_bytes_);
  return std::nullopt;
}

void KafkaWriter::produce(const Stream& stream, Bytes entry, ports::Log::OnVerdict on_verdict) {
  auto pending =
      std::make_unique<Pending>(Pending{std::move(entry), std::move(on_verdict), Clock::now(), {}, false});
  std::optional<LogError> refused;
  {
    const std::lock_guard lock(mutex_);
    refused = refusal(stream, pending->entry.size());
    if (!refused) refused = send(stream, pending);
  }
  if (!refused) return;
  probe_.saw_refusal();
  pending->on_verdict({Verdict::Kind::kRefused, 0, *refused});
}

void KafkaWriter::run() {
  take_role("kafkaWriter", Share::kAnswers);
  while (true) {
    std::unique_lock lock(mutex_);
    if (closing_ && outstanding_ == 0) return;
    rd_kafka_queue_t* reports = producer_ ? producer_->reports.get() : nullptr;
    if (reports == nullptr) {
      lock.unlock();
      wait_to_resume();
      continue;
    }
    if (over_) {
      const auto error = *failed_;
      auto why = why_;
      lock.unlock();
      give_up(error, std::move(why), true);
      continue;
    }
    lock.unlock();
    take_reports(reports);
    settle();
    auto late = overdue();
    char dead[256] = "";
    if (rd_kafka_fatal_error(producer_->client.get(), dead, sizeof dead) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      probe_.saw_fatal();
      late = std::string("the producer is of no use any more (") + dead + ") and is replaced";
    }
    if (late) give_up(LogError::kIo, std::move(*late), false);
  }
}

void KafkaWriter::wait_to_resume() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closing_ || (resume_ && !over_); });
    if (closing_) return;
    resume_ = false;
  }
  std::string why;
  auto producer = make_producer(why);
  const std::lock_guard lock(mutex_);
  if (!producer) {
    why_ = std::move(why);
    return;
  }
  if (over_) return;
  producer_ = std::move(producer);
  asked_to_refuse_.reset();
  failed_.reset();
  why_.clear();
}

void KafkaWriter::take_reports(rd_kafka_queue_t* reports) {
  std::size_t taken = 0;
  for (int wait_ms = static_cast<int>(kLook.count()); taken < kReports; wait_ms = 0) {
    const KafkaEvent event(rd_kafka_queue_poll(reports, wait_ms));
    if (!event) break;
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR &&
        rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
      on_trouble_();
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) continue;
    const std::lock_guard lock(mutex_);
    while (const auto* message = rd_kafka_event_message_next(event.get())) {
      judge(*message);
      ++taken;
    }
  }
}

void KafkaWriter::judge(const rd_kafka_message_t& message) {
  Pending& pending = *static_cast<Pending*>(message._private);
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    pending.verdict = verdict_of_failure(message.err, rd_kafka_message_status(&message));
    return;
  }
  const auto age = std::chrono::microseconds(rd_kafka_message_latency(&message));
  pending.doubtful = message.offset < 0 || age >= kKafkaOneAttempt;
  pending.verdict = Verdict{
      Verdict::Kind::kAcked, static_cast<std::uint64_t>(std::max<std::int64_t>(message.offset, 0)), {}};
}

/// Gives the verdicts that have come, of each stream in the order of the calls.
void KafkaWriter::settle() {
  Ready ready;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [stream, line] : lines_) {
      while (!line.flying.empty() && line.flying.front()->verdict) {
        --outstanding_;
        outstanding_bytes_ -= line.flying.front()->entry.size();
        ready.emplace_back(&line, std::move(line.flying.front()));
        line.flying.pop_front();
      }
    }
    probe_.saw_queue(outstanding_, outstanding_bytes_);
  }
  if (ready.empty()) return;
  find_offsets(ready);
  give_verdicts(std::move(ready));
}

void KafkaWriter::find_offsets(Ready& ready) {
  std::map<Line*, std::optional<std::uint64_t>>
      ends; // of lines with doubtful ones; asked for after their reports
  for (auto& [line, pending] : ready) {
    Verdict& verdict = *pending->verdict;
    if (verdict.kind != Verdict::Kind::kAcked) continue;
    std::optional<std::uint64_t> end;
    if (pending->doubtful) {
      probe_.saw_doubtful(1);
      const auto [at, first] = ends.try_emplace(line);
      if (first) {
        const auto asked = reader_.end_of(line->place);
        if (asked.ok()) at->second = asked.value();
      }
      end = at->second;
    }
    if (const auto offset = offset_of(*line, *pending, end)) {
      verdict.offset = *offset;
    } else {
      verdict = {Verdict::Kind::kUnknown, 0, LogError::kIo};
      on_trouble_();
    }
  }
}

/// None: there is no telling, or the topic is not the one it was. `end`: of the stream, for a doubtful entry.
std::optional<std::uint64_t> KafkaWriter::offset_of(Line& line, const Pending& pending,
                                                    std::optional<std::uint64_t> end) {
  std::uint64_t offset = pending.verdict->offset;
  if (pending.doubtful) {
    if (!end || *end == 0 || *end < line.given_end) return std::nullopt;
    offset = *end - 1;
  } else {
    if (offset < line.reported_end) return std::nullopt;
    line.reported_end = offset + 1;
  }
  line.given_end = std::max(line.given_end, offset + 1);
  return line.given_end - 1;
}

void KafkaWriter::give_verdicts(Ready ready) {
  for (auto& [line, pending] : ready) {
    switch (pending->verdict->kind) {
    case Verdict::Kind::kAcked:
      probe_.saw_acked(1, pending->entry.size());
      on_acked_(line->place, pending->verdict->offset + 1);
      break;
    case Verdict::Kind::kRefused: probe_.saw_broker_refusal(); break;
    case Verdict::Kind::kUnknown: probe_.saw_unknown(1); break;
    }
    pending->on_verdict(*pending->verdict);
    pending.reset();
  }
}

/// Why the producer is to be given up, if it is.
std::optional<std::string> KafkaWriter::overdue() const {
  const auto before = Clock::now() - settings_.message_timeout;
  const std::lock_guard lock(mutex_);
  if (asked_to_refuse_) return asked_to_refuse_;
  for (const auto& [stream, line] : lines_) {
    if (!line.flying.empty() && line.flying.front()->taken < before) {
      return "partition " + std::to_string(line.place.partition) + " of topic " +
             plan_.name(line.place.topic) + " did not acknowledge within " +
             std::to_string(settings_.message_timeout.count()) +
             " ms: too few brokers are there or in sync. Appends go on by themselves when they are";
    }
  }
  return std::nullopt;
}

void KafkaWriter::give_up(LogError error, std::string why, bool for_good) {
  Ready all;
  std::unique_ptr<Producer> producer;
  {
    const std::lock_guard lock(mutex_);
    if (!over_ || for_good) {
      failed_ = error;
      why_ = std::move(why);
    }
    producer = std::move(producer_);
    resume_ = false;
    asked_to_refuse_.reset();
    for (auto& [stream, line] : lines_) {
      for (auto& pending : line.flying) {
        pending->verdict = Verdict{Verdict::Kind::kUnknown, 0, error};
        all.emplace_back(&line, std::move(pending));
      }
      line.flying.clear();
    }
    outstanding_ = outstanding_bytes_ = 0;
    probe_.saw_queue(0, 0);
  }
  rd_kafka_purge(producer->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  producer.reset(); // the library lets go of the entries
  probe_.saw_replaced();
  give_verdicts(std::move(all));
  on_trouble_();
}

} // namespace kindred::adapters
