#pragma once

#include <cstddef>

#include "nodes/adapters/kafka/kafka_settings.hpp"

namespace kindred::bench {

/// The reference for appends to Kafka: the library alone, from one thread, with KafkaLog's options, to the topic of events.
/// Entries of `bytes`, round the partitions, `depth` of them under way.
double bare_producer_entries_per_second(const adapters::KafkaSettings& settings, std::size_t bytes,
                                        std::size_t depth, double seconds);

} // namespace kindred::bench
