#pragma once

#include "actors/ports/log.hpp"
#include "engine/base/time.hpp"

namespace kindred::actors::log_keeper {

/// The offset below which a stream's entries were all stamped before `than`; at most `below`, at least the log's begin.
/// By bisection, which needs stamps that grow with the offset; gateways' clocks differ by a second (records.md §3), and so may
/// the answer. An entry that cannot be read counts as young. Cost: log2 of the offsets many reads of one entry each.
Result<std::uint64_t, ports::LogError> first_not_before(ports::Log& log, const records::Stream& stream,
                                                        Instant than, std::uint64_t below);

} // namespace kindred::actors::log_keeper
