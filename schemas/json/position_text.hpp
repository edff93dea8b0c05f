#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/records/position.hpp"

namespace kindred::json {

// Positions as text that clients carry without looking inside (records.md §4): base64url, without padding, of
//   version u8 = 1 | count u16 | count × {incarnation u64, topic u8, partition u16, offset u64, index u32, writer u64,
//   epoch u64, sequence u64} | low 32 bits of XXH3-64 of all before.
// Any thread; no state.

std::string position_text(const records::Positions& positions);
/// None where it is not a text of ours, or was changed. At most kPositionsMax.
std::optional<records::Positions> parse_position(std::string_view text);

} // namespace kindred::json
