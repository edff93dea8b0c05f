#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.hpp"
#include "nodes/adapters/kafka/handles.hpp"
#include "nodes/adapters/kafka/kafka_failure.hpp"
#include "nodes/adapters/kafka/kafka_settings.hpp"

namespace kindred::adapters {

/// What a client of the brokers is for: each has options of its own.
enum class KafkaRole : std::uint8_t {
  kProducer = 1, ///< entries: idempotent, reports as events
  kScribe = 2,   ///< the few records of the log about itself, one at a time
  kReader = 3,   ///< synchronous calls, administration
  kTails = 4,    ///< subscriptions
};

/// The longest message a topic must take: an entry at its bound with the frame around it.
inline constexpr std::size_t kKafkaMessageBytesMax = records::kEntryBytesMax + (64 << 10);

/// The library waits so long before it sends a message again (later versions: up to a fifth less, by chance). So the report
/// of a message younger than kKafkaOneAttempt is of one that was sent once.
inline constexpr std::chrono::milliseconds kKafkaRetryAfter{500};
/// How often tails ask who leads.
inline constexpr std::chrono::milliseconds kKafkaLeadersAsked{2'000};
inline constexpr std::chrono::milliseconds kKafkaOneAttempt{400};

/// Versions before it send a SCRAM answer that Kafka 4 (and 3.7.2, 3.8.1, 3.9) takes for a wrong password: the client's
/// nonce stands in it twice. Debian 12 has 2.0.2.
inline constexpr int kKafkaScramMended = 0x020601ff;

/// Every option that is set, as (name, value), in order. The password stands in it. Pure but for the password's file.
/// Every unbounded, silent or slow default of librdkafka 2.0.2 is set; the reasons stand beside them.
Result<std::vector<std::pair<std::string, std::string>>, KafkaFailure>
kafka_options(const KafkaSettings& settings, KafkaRole role);

/// Of a list of HOST:PORT one entry alone, another one each turn; turn 0: the whole list.
std::string brokers_of_turn(const std::string& bootstrap, std::size_t turn);

/// A client; no broker is asked for it. `settings` must outlive it: log lines go there.
Result<KafkaClient, KafkaFailure> make_client(const KafkaSettings& settings, KafkaRole role);

} // namespace kindred::adapters
