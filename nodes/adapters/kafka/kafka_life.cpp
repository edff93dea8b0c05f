#include "nodes/adapters/kafka/kafka_life.hpp"

#include <random>

#include "engine/base/bytes.hpp"

namespace kindred::adapters {

using ports::LogError;

namespace {
constexpr std::uint32_t kMagic = 0x4566494b; // "KIfE", little-endian
constexpr std::uint8_t kVersion = 1;
constexpr KafkaPlace kLife{kLifeTopic, 0};
constexpr std::size_t kSliceBytes = 64 << 10;

std::uint64_t chance() {
  std::random_device device;
  const std::uint64_t high = device();
  return ((high << 32) | device()) | 1; // not 0
}

KafkaFailure broken(LogError error, const std::string& doing) {
  return {error == LogError::kIo ? KafkaOpenError::kUnreachable : KafkaOpenError::kIo,
          doing + " failed (" + std::string(ports::name_of(error)) + "); see the brokers, then try again"};
}

KafkaFailure lost(const std::string& topic, const std::string& what) {
  return {KafkaOpenError::kLost, "topic " + topic + " " + what +
                                     ": it was deleted or made anew, and what it held is lost. Bring it back "
                                     "from a backup; or delete all topics "
                                     "of this prefix and the nodes' state, to begin with an empty log"};
}
} // namespace

Bytes encode(const LifeNote& note) {
  ByteWriter out;
  out.u32(kMagic);
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(note.kind));
  out.u64(note.value);
  return out.take();
}

std::optional<LifeNote> decode_life_note(BytesView bytes) {
  ByteReader in(bytes);
  if (in.u32() != kMagic || in.u8() != kVersion) return std::nullopt;
  const auto kind = in.u8();
  const LifeNote note{static_cast<LifeNote::Kind>(kind), in.u64()};
  if (!in.ok() || !in.at_end() || kind < 1 || kind > 3) return std::nullopt;
  return note;
}

Result<KafkaLife::Read, LogError> KafkaLife::read_life() {
  const auto bounds = reader_.bounds(kLife);
  if (!bounds.ok()) return bounds.error();
  if (bounds.value().begin > 0) return LogError::kOutOfRange;
  Read read;
  for (std::uint64_t at = 0; at < bounds.value().end && !read.made;) {
    const auto records = reader_.fetch(kLife, at, bounds.value().end, kSliceBytes);
    if (!records.ok()) return records.error();
    for (const auto& record : records.value()) {
      at = record.offset + 1;
      const auto note = decode_life_note(record.bytes);
      if (!note) continue;
      if (note->kind == LifeNote::Kind::kLife && !read.incarnation) read.incarnation = note->value;
      read.made |= note->kind == LifeNote::Kind::kMade;
    }
  }
  return read;
}

Result<bool, LogError> KafkaLife::is_empty(std::size_t topic) {
  const auto bounds = reader_.bounds({topic, 0});
  if (!bounds.ok()) return bounds.error();
  return bounds.value().end == 0;
}

Result<Done, KafkaFailure> KafkaLife::make_first(std::uint64_t wanted) {
  for (std::size_t topic = 0; topic < kLifeTopic; ++topic) {
    const auto empty = is_empty(topic);
    if (!empty.ok()) return broken(empty.error(), "looking at topic " + plan_.name(topic));
    if (empty.value()) continue;
    const auto again = read_life(); // another node may have begun between our two looks
    if (again.ok() && again.value().incarnation) return Done{};
    return lost(plan_.name(kLifeTopic),
                "does not say which life this is, although " + plan_.name(topic) + " holds records");
  }
  if (!scribe_.write(kLife, encode({LifeNote::Kind::kLife, wanted != 0 ? wanted : chance()})))
    return broken(LogError::kIo, "writing to topic " + plan_.name(kLifeTopic));
  return Done{};
}

Result<Done, KafkaFailure> KafkaLife::mark_others(std::uint64_t incarnation) {
  for (std::size_t topic = 0; topic < kLifeTopic; ++topic) {
    const auto empty = is_empty(topic);
    if (!empty.ok()) return broken(empty.error(), "looking at topic " + plan_.name(topic));
    if (empty.value() && !scribe_.write({topic, 0}, encode({LifeNote::Kind::kLife, incarnation})))
      return broken(LogError::kIo, "writing to topic " + plan_.name(topic));
  }
  if (!scribe_.write(kLife, encode({LifeNote::Kind::kMade, incarnation})))
    return broken(LogError::kIo, "writing to topic " + plan_.name(kLifeTopic));
  return Done{};
}

Result<std::uint64_t, KafkaFailure> KafkaLife::find_or_make(std::uint64_t wanted) {
  auto read = read_life();
  if (read.ok() && !read.value().incarnation) {
    if (const auto made = make_first(wanted); !made.ok()) return made.error();
    read = read_life();
  }
  if (!read.ok() && read.error() == LogError::kOutOfRange) return lost(plan_.name(kLifeTopic), "was trimmed");
  if (!read.ok()) return broken(read.error(), "reading topic " + plan_.name(kLifeTopic));
  if (!read.value().incarnation) return lost(plan_.name(kLifeTopic), "does not hold what was written to it");
  incarnation_ = *read.value().incarnation;
  if (!read.value().made) {
    if (const auto marked = mark_others(incarnation_); !marked.ok()) return marked.error();
  }
  for (std::size_t topic = 0; topic < kKafkaTopics; ++topic) {
    const auto verified = verify_topic(topic);
    if (verified.ok()) continue;
    if (verified.error().error == LogError::kWentBack)
      return lost(plan_.name(topic), "is not of this life of the log");
    return broken(verified.error().error, "reading topic " + plan_.name(topic));
  }
  return incarnation_;
}

Result<Done, KafkaLife::Doubt> KafkaLife::verify_topic(std::size_t topic) {
  const auto bounds = reader_.bounds({topic, 0});
  if (!bounds.ok()) return Doubt{bounds.error(), false};
  if (bounds.value().end < ends_[topic]) return Doubt{LogError::kWentBack, false};
  ends_[topic] = bounds.value().end;
  if (bounds.value().begin > 0)
    return topic == kLifeTopic ? Result<Done, Doubt>(Doubt{LogError::kWentBack, true}) : Done{};
  if (bounds.value().end == 0) return Doubt{LogError::kWentBack, false};
  const auto first = reader_.fetch({topic, 0}, 0, 1, 1);
  if (!first.ok()) // out of range: trimmed just now
    return Doubt{first.error() == LogError::kOutOfRange ? LogError::kIo : first.error(), false};
  if (first.value().empty()) return Doubt{LogError::kIo, false};
  const auto& record = first.value().front();
  const auto note = record.note ? decode_life_note(record.bytes) : std::nullopt;
  if (note != LifeNote{LifeNote::Kind::kLife, incarnation_}) return Doubt{LogError::kWentBack, true};
  return Done{};
}

Result<Done, KafkaLife::Doubt> KafkaLife::verify() {
  for (std::size_t topic = 0; topic < kKafkaTopics; ++topic) {
    if (const auto verified = verify_topic(topic); !verified.ok()) return verified.error();
  }
  return Done{};
}

Result<std::uint64_t, LogError> KafkaLife::next_epoch() {
  const auto before = reader_.bounds(kLife);
  if (!before.ok()) return before.error();
  const LifeNote mine{LifeNote::Kind::kEpoch, chance()};
  scribe_.write(kLife, encode(mine)); // where nobody knows whether it stands there, looking tells
  const auto after = reader_.bounds(kLife);
  if (!after.ok()) return after.error();
  for (std::uint64_t at = before.value().end; at < after.value().end;) {
    const auto records = reader_.fetch(kLife, at, after.value().end, kSliceBytes);
    if (!records.ok()) return records.error();
    for (const auto& record : records.value()) {
      at = record.offset + 1;
      if (decode_life_note(record.bytes) == mine) return record.offset;
    }
  }
  // Not there although it was written: a leader that leads no more was asked; or it is another topic, which `verify` finds.
  return LogError::kIo;
}

} // namespace kindred::adapters
