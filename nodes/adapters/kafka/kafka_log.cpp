#include "nodes/adapters/kafka/kafka_log.hpp"

#include <algorithm>
#include <thread>

#include "nodes/adapters/kafka/client_conf.hpp"
#include "nodes/adapters/kafka/kafka_keeper.hpp"
#include "nodes/adapters/kafka/kafka_life.hpp"
#include "nodes/adapters/kafka/kafka_reader.hpp"
#include "nodes/adapters/kafka/kafka_scribe.hpp"
#include "nodes/adapters/kafka/kafka_tails.hpp"
#include "nodes/adapters/kafka/kafka_writer.hpp"
#include "nodes/adapters/kafka/topic_admin.hpp"

namespace kindred::adapters {

using ports::LogEntry;
using ports::LogError;
using records::Stream;
using Clock = std::chrono::steady_clock;

namespace {
constexpr std::chrono::milliseconds kAskAgain{50};

bool all_there(const TopicAdmin::Found& found) {
  return std::ranges::all_of(found, [](const auto& topic) { return topic.has_value(); });
}

KafkaFailure missing(const TopicPlan& plan, const TopicAdmin::Found& found) {
  std::string names, settings;
  for (std::size_t i = 0; i < kKafkaTopics; ++i) {
    if (!found[i])
      names += (names.empty() ? "" : ", ") + plan.name(i) +
               " (partitions: " + std::to_string(plan.partitions(i)) + ")";
  }
  for (const auto& [name, value] : plan.wanted())
    settings += (settings.empty() ? "" : ", ") + name + "=" + value;
  return {KafkaOpenError::kNoTopics, "topics are missing: " + names + ". Make them with " +
                                         std::to_string(plan.replication()) + " replicas and " + settings +
                                         ", or let Kindred make them"};
}

/// All topics with their settings; made where they are missing and that is asked for.
Result<TopicAdmin::Found, KafkaFailure> topics_of(const KafkaSettings& settings, const TopicPlan& plan,
                                                  rd_kafka_t* client) {
  const auto until = Clock::now() + settings.open_timeout;
  TopicAdmin admin(client, plan, settings.open_timeout);
  auto found = admin.look();
  if (!found.ok() || all_there(found.value())) return found;
  if (!settings.make_topics) return missing(plan, found.value());
  while (true) {
    if (const auto made = admin.make(found.value()); !made.ok()) return made.error();
    found = admin.look();
    if (!found.ok() || all_there(found.value())) return found;
    if (Clock::now() >= until) return missing(plan, found.value());
    std::this_thread::sleep_for(kAskAgain); // brokers hear of new topics one after another; none says when
  }
}

std::optional<KafkaFailure> contradiction(const KafkaSettings& settings) {
  const auto refuse = [](const char* what) { return KafkaFailure{KafkaOpenError::kSettings, what}; };
  if (settings.bootstrap.empty()) return refuse("no bootstrap servers: say HOST:PORT of at least one broker");
  if (settings.partitions == 0) return refuse("a log needs at least one partition");
  if (settings.replication < 1 || settings.min_in_sync < 1 || settings.min_in_sync > settings.replication)
    return refuse("ask for 1 <= min_in_sync <= replication");
  return std::nullopt;
}
} // namespace

/// In the order of need. The keeper tells writer and tails, so it begins after and stops before them.
struct KafkaLog::Parts {
  Parts(KafkaSettings asked) : settings(std::move(asked)), plan(settings) {}

  std::optional<KafkaFailure> open() {
    auto client = make_client(settings, KafkaRole::kReader);
    if (!client.ok()) return client.error();
    reader.emplace(client.take(), plan, settings.request_timeout);
    const auto topics = topics_of(settings, plan, reader->client());
    if (!topics.ok()) return topics.error();
    if (auto failure = TopicAdmin(reader->client(), plan, settings.open_timeout).check(topics.value()))
      return failure;
    scribe.emplace(settings, plan);
    life.emplace(*reader, *scribe, plan);
    const auto found = life->find_or_make(settings.incarnation);
    if (!found.ok()) return found.error();
    incarnation = found.value();
    keeper.emplace(settings, *life, *reader, probe);
    const auto on_trouble = [this] { keeper->hurry(); };
    tails.emplace(settings, plan, *reader, probe, on_trouble);
    writer.emplace(
        settings, plan, *reader, probe, on_trouble, [this](const KafkaPlace& place, std::uint64_t end) {
          if (place ==
              TopicPlan::place_of({records::Topic::kEvents, {static_cast<std::uint16_t>(place.partition)}}))
            tails->acked({static_cast<std::uint16_t>(place.partition)}, end);
        });
    keeper->begin(*writer, *tails);
    return std::nullopt;
  }
  ~Parts() {
    if (keeper) keeper->stop();
  }

  const KafkaSettings settings;
  const TopicPlan plan;
  KafkaProbe probe;
  std::optional<KafkaReader> reader;
  std::optional<KafkaScribe> scribe;
  std::optional<KafkaLife> life;
  std::uint64_t incarnation = 0;
  std::optional<KafkaKeeper> keeper;
  std::optional<KafkaTails> tails;
  std::optional<KafkaWriter> writer;
};

Result<std::unique_ptr<KafkaLog>, KafkaFailure> KafkaLog::open(KafkaSettings settings) {
  if (const auto failure = contradiction(settings)) return *failure;
  auto parts = std::make_unique<Parts>(std::move(settings));
  if (auto failure = parts->open()) {
    if (failure->code == KafkaOpenError::kUnreachable &&
        parts->settings.sasl_mechanism.starts_with("SCRAM") && rd_kafka_version() < kKafkaScramMended) {
      failure->what += std::string(". Kafka 4 does not take SCRAM from librdkafka ") +
                       rd_kafka_version_str() +
                       " (mended in 2.6.1), whatever the password: use PLAIN over TLS, or certificates";
    }
    return *failure;
  }
  return std::unique_ptr<KafkaLog>(new KafkaLog(std::move(parts)));
}

KafkaLog::KafkaLog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
KafkaLog::~KafkaLog() = default;

std::uint64_t KafkaLog::incarnation() const { return parts_->incarnation; }
std::uint16_t KafkaLog::partitions() const { return parts_->settings.partitions; }
std::string KafkaLog::why() const { return parts_->writer->why(); }
Duration KafkaLog::unheard_for(PartitionId partition) const {
  return {
      std::chrono::duration_cast<std::chrono::microseconds>(parts_->tails->unheard_for(partition)).count()};
}
std::vector<std::uint64_t> KafkaLog::acked_ends() const { return parts_->tails->acked_ends(); }
void KafkaLog::acked_elsewhere(const std::vector<std::uint64_t>& ends) {
  parts_->tails->acked_elsewhere(ends);
}
const KafkaProbe& KafkaLog::probe() const { return parts_->probe; }
void KafkaLog::break_producer() { parts_->writer->break_producer(); }

void KafkaLog::produce(const Stream& stream, Bytes entry, OnVerdict on_verdict) {
  parts_->writer->produce(stream, std::move(entry), std::move(on_verdict));
}

std::unique_ptr<ports::Subscription> KafkaLog::tail(const Stream& stream, std::uint64_t from,
                                                    ports::TailSink sink) {
  return parts_->tails->add(stream, from, std::move(sink));
}

Result<ports::Log::Bounds, LogError> KafkaLog::bounds(const Stream& stream) {
  if (!parts_->plan.knows(stream)) return LogError::kNoStream;
  return parts_->reader->bounds(TopicPlan::place_of(stream));
}

Result<std::vector<LogEntry>, LogError> KafkaLog::read(const Stream& stream, std::uint64_t from,
                                                       std::size_t bytes_max) {
  if (!parts_->plan.knows(stream)) return LogError::kNoStream;
  const auto place = TopicPlan::place_of(stream);
  const auto bounds = parts_->reader->bounds(place);
  if (!bounds.ok()) return bounds.error();
  if (from < bounds.value().begin) return LogError::kOutOfRange;
  if (from > bounds.value().end) // a leader that leads no more says so as well
    return parts_->tails->reached(stream) > bounds.value().end ? LogError::kIo : LogError::kWentBack;
  std::vector<LogEntry> entries;
  while (entries.empty() && from < bounds.value().end) { // again where there were only notes
    auto records = parts_->reader->fetch(place, from, bounds.value().end, bytes_max);
    if (!records.ok()) return records.error();
    for (auto& record : records.value()) {
      from = record.offset + 1;
      if (!record.note) entries.push_back({record.offset, std::move(record.bytes)});
    }
  }
  return entries;
}

Result<Done, LogError> KafkaLog::trim(const Stream& stream, std::uint64_t before) {
  if (!parts_->plan.knows(stream)) return LogError::kNoStream;
  const auto place = TopicPlan::place_of(stream);
  const auto bounds = parts_->reader->bounds(place);
  if (!bounds.ok()) return bounds.error();
  const auto to = std::min(before, bounds.value().end);
  // Not for the note alone: it names the life while it is there.
  if (to <= std::max<std::uint64_t>(bounds.value().begin, place.partition == 0 ? 1 : 0)) return Done{};
  return parts_->reader->forget(place, to);
}

Result<std::uint64_t, LogError> KafkaLog::next_epoch() { return parts_->life->next_epoch(); }

Result<Done, LogError> KafkaLog::health() const {
  if (const auto error = parts_->writer->health()) return *error;
  return Done{};
}

} // namespace kindred::adapters
