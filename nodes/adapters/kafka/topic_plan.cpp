#include "nodes/adapters/kafka/topic_plan.hpp"

#include <charconv>

#include "nodes/adapters/kafka/client_conf.hpp"

namespace kindred::adapters {

namespace {
/// Erasure waits for the end of a segment (records.md §10): at most a day.
constexpr std::int64_t kSegmentMsMax = 24LL * 60 * 60 * 1000;

/// 0 where it is no number: every bound that is asked for is positive.
std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}
} // namespace

TopicPlan::TopicPlan(const KafkaSettings& settings)
    : names_{settings.prefix + "events", settings.prefix + "control", settings.prefix + "models",
             settings.prefix + "library", settings.prefix + "life"},
      events_partitions_(settings.partitions), replication_(settings.replication),
      min_in_sync_(settings.min_in_sync) {}

bool TopicPlan::knows(const records::Stream& stream) const {
  const auto topic = static_cast<std::size_t>(stream.topic);
  return topic < kLifeTopic && stream.partition.value < partitions(topic);
}

KafkaPlace TopicPlan::place_of(const records::Stream& stream) {
  return {static_cast<std::size_t>(stream.topic), stream.partition.value};
}

std::vector<std::pair<std::string, std::string>> TopicPlan::wanted() const {
  return {
      {"cleanup.policy", "delete"},
      {"retention.ms", "-1"},
      {"retention.bytes", "-1"},
      {"min.insync.replicas", std::to_string(min_in_sync_)},
      {"max.message.bytes", std::to_string(kKafkaMessageBytesMax)},
      {"unclean.leader.election.enable", "false"},
      {"segment.ms", std::to_string(kSegmentMsMax)},
  };
}

std::vector<std::string> TopicPlan::unsafe(std::size_t topic, const Found& found) const {
  std::vector<std::string> findings;
  const auto value = [&](const std::string& setting) {
    const auto at = found.settings.find(setting);
    return at == found.settings.end() ? std::string("unknown") : at->second;
  };
  const auto add = [&](const std::string& setting, const std::string& want, const char* why) {
    findings.push_back("topic " + name(topic) + ": " + setting + " is " + value(setting) + ", set it to " +
                       want + " (" + why + ")");
  };
  if (found.replication < replication_) {
    findings.push_back("topic " + name(topic) + ": it has " + std::to_string(found.replication) +
                       " replicas, give it " + std::to_string(replication_) +
                       " (or ask for fewer), by reassigning its partitions");
  }
  if (number(value("min.insync.replicas")) < min_in_sync_) {
    add("min.insync.replicas", std::to_string(min_in_sync_), "fewer replicas may hold what was acknowledged");
  }
  if (value("cleanup.policy") != "delete") {
    add("cleanup.policy", "delete", "compaction removes entries that were not trimmed");
  }
  if (value("retention.ms") != "-1") {
    add("retention.ms", "-1", "Kindred trims; the broker would remove what no checkpoint holds yet");
  }
  if (value("retention.bytes") != "-1") {
    add("retention.bytes", "-1", "Kindred trims; the broker would remove what no checkpoint holds yet");
  }
  if (number(value("max.message.bytes")) < static_cast<std::int64_t>(kKafkaMessageBytesMax)) {
    add("max.message.bytes", std::to_string(kKafkaMessageBytesMax) + " or more",
        "an entry may be that large");
  }
  if (value("unclean.leader.election.enable") != "false") {
    add("unclean.leader.election.enable", "false", "a replica without the last entries could become the log");
  }
  if (const auto segment = number(value("segment.ms")); segment <= 0 || segment > kSegmentMsMax) {
    add("segment.ms", std::to_string(kSegmentMsMax) + " or less",
        "what is erased stays on disk until its segment ends");
  }
  return findings;
}

} // namespace kindred::adapters
