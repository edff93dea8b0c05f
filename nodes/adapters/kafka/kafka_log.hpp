#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/ports/log.hpp"
#include "nodes/adapters/kafka/kafka_failure.hpp"
#include "nodes/adapters/kafka/kafka_probe.hpp"
#include "nodes/adapters/kafka/kafka_settings.hpp"

namespace kindred::adapters {

/// The port Log on Apache Kafka, for a cluster: durable in the replicas in sync (docs/decisions/0025_kafka_log.md).
///
/// Acknowledged means: in the memory of at least `min_in_sync` brokers. It survives every process and the loss of all
/// machines but one of these; not the loss of power of all of them at once, unless the brokers flush (flush.messages).
/// One entry is one message; the number of offsets below the end is not the number of entries.
/// `open` makes the topics if asked, and refuses settings under which what was acknowledged gets lost. While running, lost
/// brokers are waited for: appends for `message_timeout`, tails for ever. A topic that was deleted or made anew ends every
/// tail with kNoStream or kWentBack and is not written to again.
/// Three threads of its own (verdicts, tails, keeper), and those of librdkafka's clients.
/// What the port says of kDiskFull never happens: a broker without room leaves, and the others go on.
class KafkaLog final : public ports::Log {
public:
  /// Needs the brokers: waits for them up to `open_timeout`.
  static Result<std::unique_ptr<KafkaLog>, KafkaFailure> open(KafkaSettings settings);
  /// Gives every verdict, which takes at most the message timeout. Requires: no subscription is left.
  ~KafkaLog() override;

  std::uint64_t incarnation() const override;
  std::uint16_t partitions() const override;
  void produce(const records::Stream& stream, Bytes entry, OnVerdict on_verdict) override;
  std::unique_ptr<ports::Subscription> tail(const records::Stream& stream, std::uint64_t from,
                                            ports::TailSink sink) override;
  Result<Bounds, ports::LogError> bounds(const records::Stream& stream) override;
  Result<std::vector<ports::LogEntry>, ports::LogError>
  read(const records::Stream& stream, std::uint64_t from, std::size_t bytes_max) override;
  Result<Done, ports::LogError> trim(const records::Stream& stream, std::uint64_t before) override;
  Result<std::uint64_t, ports::LogError> next_epoch() override;
  Result<Done, ports::LogError> health() const override;

  /// How old what a partition's tail has delivered may be: since when it may lack something that the leader had. Looked at each
  /// `hear_again`, so up to twice that where all is well. Any thread; costs a look at the clock.
  Duration unheard_for(PartitionId partition) const;
  /// Of each partition of events: behind the last append of this log's that was acknowledged; 0: none. Any thread.
  std::vector<std::uint64_t> acked_ends() const;
  /// What other nodes say of theirs: a tail that has not come so far lacks something, whatever a leader says that leads no more.
  /// More than there are partitions: not looked at. Any thread.
  void acked_elsewhere(const std::vector<std::uint64_t>& ends);
  /// Why appends are refused, in words for an operator; empty if they are not.
  std::string why() const;
  const KafkaProbe& probe() const;
  /// The producer goes FATAL as it does after an out-of-order sequence; it is replaced. For tests.
  void break_producer();

private:
  struct Parts;
  explicit KafkaLog(std::unique_ptr<Parts> parts);
  const std::unique_ptr<Parts> parts_;
};

} // namespace kindred::adapters
