#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "actors/ports/log.hpp"

namespace kindred::adapters {

/// How a node reaches its Kafka cluster and what it asks of it. A value; copied by whoever needs it.
struct KafkaSettings {
  std::string bootstrap;           ///< HOST:PORT, comma between several
  std::string prefix = "kindred."; ///< of the topics' names: kindred.events, kindred.control, …
  std::string client_id = "kindred";
  std::uint16_t partitions = 16; ///< of events
  bool make_topics = true;       ///< false: an operator makes them, and they must be there
  int replication = 3;           ///< asked of the topics; more is accepted
  int min_in_sync = 2; ///< replicas that must hold an entry before it is acknowledged; more is accepted
  std::uint64_t incarnation = 0; ///< of a log made now; 0: by chance

  /// PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, as the brokers' listener says.
  std::string security = "PLAINTEXT";
  /// PLAIN (over TLS), SCRAM-SHA-256, SCRAM-SHA-512. Kafka 4 refuses SCRAM of a librdkafka before 2.6.1 (client_conf.hpp).
  std::string sasl_mechanism;
  std::string user;
  std::string password;
  std::string password_file; ///< its first line; instead of `password`
  std::string ca_file;       ///< PEM; empty: the system's
  std::string certificate_file;
  std::string key_file;

  /// Without a verdict for so long an entry is given up: it, and all that is behind it, gets kUnknown.
  std::chrono::milliseconds message_timeout{15'000};
  std::chrono::milliseconds socket_timeout{
      3'000}; ///< of one exchange with a broker; below 3 s producers went FATAL
  std::chrono::milliseconds request_timeout{5'000}; ///< of a synchronous call: bounds, read, trim, next_epoch
  std::chrono::milliseconds open_timeout{30'000};   ///< of the start: all brokers' answers together
  std::chrono::milliseconds look_again{10'000};     ///< between two looks whether the log is still this life
  std::chrono::milliseconds try_again{250};         ///< the same while something is wrong
  std::chrono::milliseconds hear_again{
      1'000}; ///< between two looks whether tails have all that the leaders have
  /// A tail that brings nothing of what is known to be acknowledged gets another client after so long (kafka_tails.hpp).
  std::chrono::milliseconds renew_after{2'000};
  /// A topic that seems to be gone, or shorter than it was, is believed to be after so long: brokers that start say so for a while.
  std::chrono::milliseconds believe_after{15'000};

  /// The same where more is known to be acknowledged than is shown: a leader that leads no more says so for as long as it is alone.
  std::chrono::milliseconds believe_denial_after{120'000};

  std::size_t queue_max = ports::kProduceQueueMax;
  std::size_t queue_bytes_max = ports::kProduceQueueBytesMax;
  std::size_t tail_bytes_max = ports::kTailBytesMax;

  /// Lines of librdkafka, with syslog's levels (3 error … 7 debug). Called from its threads. Null: dropped.
  std::function<void(int level, std::string_view line)> on_log_line;
};

} // namespace kindred::adapters
