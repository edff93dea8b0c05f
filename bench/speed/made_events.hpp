#pragma once

#include <cstdint>

#include "engine/records/record.hpp"

namespace kindred::bench {

/// An event of "user-<user>" with "item-<item>", of the default tenant; `number` is its message id and client sequence.
records::Record made_event(std::uint64_t user, std::uint64_t item, std::uint64_t number, Instant time,
                           records::EventType type = records::EventType::kView);

} // namespace kindred::bench
