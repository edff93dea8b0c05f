#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.hpp"

namespace kindred::json {

// Instants as JSON writes them: ISO 8601 in UTC. Any thread; no state.

/// "2026-11-23T02:53:16.123456Z", "…+01:30", a blank instead of 'T', fewer digits of a second, or only the date
/// (midnight UTC). Without a zone: UTC. None where it is no such text or no such day. Digits behind the sixth of a
/// second are cut off.
std::optional<Instant> parse_time(std::string_view text);

/// "2026-11-23T02:53:16.123456Z"; the fraction is left out where it is zero. Years beyond 0..9999 are clamped to these.
std::string time_text(Instant time);

} // namespace kindred::json
