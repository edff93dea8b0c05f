#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "nodes/adapters/kafka/handles.hpp"
#include "nodes/adapters/kafka/kafka_failure.hpp"
#include "nodes/adapters/kafka/kafka_probe.hpp"
#include "nodes/adapters/kafka/kafka_reader.hpp"
#include "nodes/adapters/kafka/topic_plan.hpp"

namespace kindred::adapters {

/// Appends by an idempotent producer, and sees each entry to its one verdict.
///
///   taking ── an entry has no verdict in time, or the producer is FATAL ──> given up ── resume() ──> taking, anew
///     └──────────────── refuse() ──> given up          └── end() ──> over, for good
///
/// *Given up* is the whole producer: every entry it has gets kUnknown and the producer is destroyed. So what one producer
/// wrote of a stream is always a beginning of what it was given, without gaps: the library's own timeout would drop one
/// entry and send those behind it. The owner looks whether the brokers answer and the log is the same, then resumes.
///
/// *Offsets.* A delivery report's offset was seen to be wrong after a retry. The library waits
/// before a retry, so the report of a message younger than kKafkaOneAttempt is of its only attempt and is believed. Of an older one the offset is taken from the
/// log's end, asked for after the report: the greatest offset below the end is not below the entry's and it exists, so
/// whoever has read to it has read the entry, and whoever waits for it waits for something that comes. Where the end
/// cannot be had the verdict is kUnknown. Hints of a stream never go back: where a report, or the end, is not above what was
/// given before, the topic is not the one it was; the verdict is kUnknown and the owner looks.
///
/// `produce`, `health`, `why`, `resume`, `refuse`, `end` from any thread; verdicts come on the writer's own thread, or from
/// `produce` itself when refused at the door.
class KafkaWriter {
public:
  /// From the writer's thread: the partition ends there at least.
  using OnAcked = std::function<void(const KafkaPlace& place, std::uint64_t end)>;
  /// All must outlive it. `on_trouble` is called from the writer's thread when it gave up or hears that brokers are gone.
  KafkaWriter(const KafkaSettings& settings, const TopicPlan& plan, const KafkaReader& reader,
              KafkaProbe& probe, std::function<void()> on_trouble, OnAcked on_acked);
  /// Waits for every verdict, at most the message timeout.
  ~KafkaWriter();

  void produce(const records::Stream& stream, Bytes entry, ports::Log::OnVerdict on_verdict);
  std::optional<ports::LogError> health() const;
  /// Why it does not take appends, in words; empty if it does.
  std::string why() const;

  /// The brokers answer and the log is the same: a new producer takes appends. Nothing if it was not given up.
  void resume();
  /// Gives up now: the brokers are gone for too long.
  void refuse(std::string why);
  /// Gives up for good: nothing of this log can be trusted any more.
  void end(ports::LogError error, std::string why);

  /// librdkafka's own fault injection: the producer goes FATAL as it does after an out-of-order sequence. For tests.
  void break_producer();

private:
  struct Pending {
    Bytes entry; ///< the library sends from here: stays until it reported, or is destroyed
    ports::Log::OnVerdict on_verdict;
    std::chrono::steady_clock::time_point taken;
    std::optional<ports::Verdict> verdict;
    bool doubtful = false; ///< acknowledged, the offset is not to be believed
  };
  /// What is under way in one stream, oldest first.
  struct Line {
    KafkaPlace place;
    std::deque<std::unique_ptr<Pending>> flying;
    // The writer's thread only.
    std::uint64_t reported_end = 0; ///< behind the greatest offset of a report that was believed
    std::uint64_t given_end = 0;    ///< behind the greatest offset given
  };
  using Ready = std::vector<std::pair<Line*, std::unique_ptr<Pending>>>;
  struct Producer;

  std::optional<ports::LogError> refusal(const records::Stream& stream, std::size_t bytes) const;
  std::optional<ports::LogError> send(const records::Stream& stream, std::unique_ptr<Pending>& pending);
  std::unique_ptr<Producer> make_producer(std::string& why) const;
  void run();
  void wait_to_resume();
  void take_reports(rd_kafka_queue_t* reports);
  void judge(const rd_kafka_message_t& message);
  void settle();
  void find_offsets(Ready& ready);
  static std::optional<std::uint64_t> offset_of(Line& line, const Pending& pending,
                                                std::optional<std::uint64_t> end);
  void give_verdicts(Ready ready);
  std::optional<std::string> overdue() const;
  void give_up(ports::LogError error, std::string why, bool for_good);

  const KafkaSettings& settings_;
  const TopicPlan& plan_;
  const KafkaReader& reader_;
  KafkaProbe& probe_;
  const std::function<void()> on_trouble_;
  const OnAcked on_acked_;

  mutable std::mutex mutex_; ///< of all below
  std::condition_variable changed_;
  std::unique_ptr<Producer> producer_; ///< none while given up; changed by the writer's thread only
  std::map<records::Stream, Line> lines_;
  std::size_t outstanding_ = 0;
  std::size_t outstanding_bytes_ = 0;
  std::optional<ports::LogError> failed_;
  std::string why_;
  std::optional<std::string> asked_to_refuse_;
  bool over_ = false;
  bool resume_ = false;
  bool closing_ = false;
  std::thread thread_;
};

} // namespace kindred::adapters
