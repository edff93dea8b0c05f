#pragma once

#include <cstddef>
#include <vector>

#include "nodes/adapters/kafka/kafka_settings.hpp"

namespace kindred::bench {

/// The reference for appends to Kafka: the library alone, from one thread, with KafkaLog's options, to the topic of events.
/// Entries of `bytes`, round the partitions, `depth` of them under way.
double bare_producer_entries_per_second(const adapters::KafkaSettings& settings, std::size_t bytes,
                                        std::size_t depth, double seconds);

/// The reference for what reads see of appends: from handing one entry of `bytes` to the library until a consumer of this process,
/// with the options of KafkaLog's tails, has it. One at a time, round the partitions, for `seconds`; in µs.
std::vector<double> bare_produce_to_seen_us(const adapters::KafkaSettings& settings, std::size_t bytes,
                                            double seconds);

} // namespace kindred::bench
