#include "nodes/adapters/kafka/client_conf.hpp"

#include <algorithm>
#include <fstream>

namespace kindred::adapters {

namespace {
using Options = std::vector<std::pair<std::string, std::string>>;

std::string ms(std::chrono::milliseconds time) { return std::to_string(time.count()); }

void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  const auto* settings = static_cast<const KafkaSettings*>(rd_kafka_opaque(client));
  if (settings == nullptr || !settings->on_log_line) return;
  settings->on_log_line(level, std::string(rd_kafka_name(client)) + " " + facility + ": " + text);
}

std::optional<KafkaFailure> add_security(const KafkaSettings& settings, Options& options) {
  options.emplace_back("security.protocol", settings.security);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) options.emplace_back(name, value);
  };
  add("sasl.mechanisms", settings.sasl_mechanism);
  add("sasl.username", settings.user);
  if (!settings.password.empty() && !settings.password_file.empty())
    return KafkaFailure{KafkaOpenError::kSettings, "give a password or a password file, not both"};
  std::string password = settings.password;
  if (!settings.password_file.empty()) {
    std::ifstream file(settings.password_file);
    if (!std::getline(file, password) || password.empty())
      return KafkaFailure{KafkaOpenError::kSettings,
                          "no password can be read from " + settings.password_file};
  }
  add("sasl.password", password);
  add("ssl.ca.location", settings.ca_file);
  add("ssl.certificate.location", settings.certificate_file);
  add("ssl.key.location", settings.key_file);
  return std::nullopt;
}

void add_producer(const KafkaSettings& settings, Options& options) {
  const Options all{
      {"enable.idempotence", "true"},
      {"acks", "all"},
      // Ours is the deadline (kafka_writer.hpp): the library's own leaves gaps, since what is behind a message that timed
      // out is still sent.
      {"message.timeout.ms", "0"},
      {"request.timeout.ms", ms(settings.socket_timeout)}, // the leader's patience with its followers
      {"linger.ms", "0"},
      {"retry.backoff.ms", ms(kKafkaRetryAfter)},
      // Ours is the bound: the library's only must not be smaller.
      {"queue.buffering.max.messages", std::to_string(settings.queue_max + 1)},
      {"queue.buffering.max.kbytes", std::to_string(settings.queue_bytes_max / 1024 * 2 + 16 * 1024)},
  };
  options.insert(options.end(), all.begin(), all.end());
}

void add_consumer(KafkaRole role, Options& options) {
  const Options all{
      {"auto.offset.reset", "error"}, // the default jumps to the end in silence
      {"enable.auto.offset.store", "false"},
      {"enable.auto.commit", "false"},
      {"isolation.level", "read_uncommitted"}, // nobody writes in transactions: the end is the end
      {"check.crcs", "true"},
      {"enable.partition.eof", "true"}, // says on_caught_up
      // A new position waits for the fetch under way. Tails change theirs seldom, and an empty fetch costs both sides.
      {"fetch.wait.max.ms", role == KafkaRole::kTails ? "100" : "10"},
      {"fetch.error.backoff.ms", "100"},
      // Memory of one partition: what is fetched ahead.
      {"queued.max.messages.kbytes", role == KafkaRole::kTails ? "4096" : "2048"},
      {"queued.min.messages", "10000"},
      {"topic.metadata.propagation.max.ms", "0"}, // a topic that is not there is not there
  };
  options.insert(options.end(), all.begin(), all.end());
  // A leader that was cut off from the other brokers does not know that it is none any more, and goes on answering. Not for
  // readers: with this and a topic that was deleted, librdkafka 2.0.2 does not come to an end (measured).
  if (role == KafkaRole::kTails)
    options.emplace_back("topic.metadata.refresh.interval.ms", ms(kKafkaLeadersAsked));
}
} // namespace

std::string_view name_of(KafkaOpenError error) {
  switch (error) {
  case KafkaOpenError::kSettings: return "settings";
  case KafkaOpenError::kUnreachable: return "unreachable";
  case KafkaOpenError::kNoTopics: return "no_topics";
  case KafkaOpenError::kOtherPartitions: return "other_partitions";
  case KafkaOpenError::kUnsafe: return "unsafe";
  case KafkaOpenError::kLost: return "lost";
  case KafkaOpenError::kIo: return "io";
  }
  return "unnamed";
}

Result<Options, KafkaFailure> kafka_options(const KafkaSettings& settings, KafkaRole role) {
  Options options{
      {"bootstrap.servers", settings.bootstrap},
      {"client.id", settings.client_id},
      {"socket.timeout.ms", ms(settings.socket_timeout)}, // default: a stopped leader stalls for a minute
      {"socket.connection.setup.timeout.ms",
       ms(settings.socket_timeout)}, // default: 30 s where packets are dropped
      {"socket.keepalive.enable", "true"},
      {"socket.nagle.disable", "true"},
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "250"},
      {"message.max.bytes", std::to_string(kKafkaMessageBytesMax)},
      {"allow.auto.create.topics", "false"}, // a topic that was deleted must not come back empty by itself
  };
  if (const auto failure = add_security(settings, options)) return *failure;
  switch (role) {
  case KafkaRole::kProducer: add_producer(settings, options); break;
  case KafkaRole::kScribe:
    options.emplace_back("acks", "all");
    options.emplace_back("linger.ms", "0");
    options.emplace_back("message.timeout.ms", ms(settings.request_timeout));
    options.emplace_back("request.timeout.ms", ms(settings.socket_timeout));
    break;
  case KafkaRole::kReader:
  case KafkaRole::kTails: add_consumer(role, options); break;
  }
  return options;
}

std::string brokers_of_turn(const std::string& bootstrap, std::size_t turn) {
  std::vector<std::string> entries;
  for (std::size_t at = 0; at < bootstrap.size();) {
    const auto comma = std::min(bootstrap.find(',', at), bootstrap.size());
    if (comma > at) entries.push_back(bootstrap.substr(at, comma - at));
    at = comma + 1;
  }
  return turn == 0 || entries.empty() ? bootstrap : entries[(turn - 1) % entries.size()];
}

Result<KafkaClient, KafkaFailure> make_client(const KafkaSettings& settings, KafkaRole role) {
  const auto options = kafka_options(settings, role);
  if (!options.ok()) return options.error();
  KafkaConf conf(rd_kafka_conf_new());
  char why[512] = "";
  for (const auto& [name, value] : options.value()) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
      return KafkaFailure{KafkaOpenError::kSettings, std::string("Kafka settings: ") + why};
  }
  rd_kafka_conf_set_log_cb(conf.get(), log_line);
  rd_kafka_conf_set_opaque(conf.get(), const_cast<KafkaSettings*>(&settings));
  const bool produces = role == KafkaRole::kProducer || role == KafkaRole::kScribe;
  if (produces) rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  KafkaClient client(
      rd_kafka_new(produces ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf.get(), why, sizeof why));
  if (!client) return KafkaFailure{KafkaOpenError::kSettings, std::string("Kafka settings: ") + why};
  (void)conf.release(); // the client's now
  return client;
}

} // namespace kindred::adapters
