#pragma once

#include <array>
#include <optional>

#include "nodes/adapters/kafka/kafka_failure.hpp"
#include "nodes/adapters/kafka/kafka_reader.hpp"
#include "nodes/adapters/kafka/kafka_scribe.hpp"

namespace kindred::adapters {

/// A note of the log about itself: in the topic `life` all kinds, in every other topic one kLife at the front of partition 0.
struct LifeNote {
  enum class Kind : std::uint8_t {
    kLife = 1,  ///< value: the incarnation. The first one of a partition counts.
    kMade = 2,  ///< value: the incarnation. Every topic has its kLife by now.
    kEpoch = 3, ///< value: chance. The note's offset is the epoch.
  } kind = Kind::kLife;
  std::uint64_t value = 0;
  friend bool operator==(const LifeNote&, const LifeNote&) = default;
};
Bytes encode(const LifeNote& note);
std::optional<LifeNote> decode_life_note(BytesView bytes);

/// Which life of the log this is: how a topic that was deleted and made anew is told from the one that was.
///
/// librdkafka 2.0.2 does not show the ids that brokers give to topics, and a new topic with an old name looks the same. So
/// each topic carries the incarnation in its first record: the topic `life` names it, the others repeat it, and `made`
/// closes the making. From then on a topic that begins at offset 0 without this incarnation is another one. One that
/// begins later was trimmed, and is the old one; only its end may not go back. (Its begin may: a new leader can be one that
/// had not trimmed yet.)
/// Who opens first decides: the first kLife in `life` counts, whoever else wrote one reads it and agrees.
/// `next_epoch` from any thread; the rest from one at a time.
class KafkaLife {
public:
  /// Both must outlive it.
  KafkaLife(KafkaReader& reader, KafkaScribe& scribe, const TopicPlan& plan)
      : reader_(reader), scribe_(scribe), plan_(plan) {}

  /// Reads the incarnation; makes it (`wanted`) where all topics are empty.
  /// kLost: some topic is not of this life.
  Result<std::uint64_t, KafkaFailure> find_or_make(std::uint64_t wanted);

  /// What seems wrong. kIo: not all topics could be asked. kNoStream: one is gone. kWentBack: one is another, or shorter.
  struct Doubt {
    ports::LogError error = ports::LogError::kIo;
    bool certain = false; ///< another life's topic; else brokers say it for a while when they start
  };
  /// The topics are still those that were opened. Costs an exchange or two per topic.
  Result<Done, Doubt> verify();

  /// Writes a note and reads at which offset it stands: greater than that of every note before, on all nodes.
  /// The offset is read from the log, never taken from the delivery report, which was seen to be wrong.
  Result<std::uint64_t, ports::LogError> next_epoch();

private:
  struct Read {
    std::optional<std::uint64_t> incarnation;
    bool made = false;
  };
  Result<Read, ports::LogError> read_life();
  Result<Done, KafkaFailure> make_first(std::uint64_t wanted);
  Result<Done, KafkaFailure> mark_others(std::uint64_t incarnation);
  Result<bool, ports::LogError> is_empty(std::size_t topic);
  Result<Done, Doubt> verify_topic(std::size_t topic);

  KafkaReader& reader_;
  KafkaScribe& scribe_;
  const TopicPlan& plan_;
  std::uint64_t incarnation_ = 0;                  ///< set once, before other threads come
  std::array<std::uint64_t, kKafkaTopics> ends_{}; ///< of partition 0, as last seen: they only grow
};

} // namespace kindred::adapters
