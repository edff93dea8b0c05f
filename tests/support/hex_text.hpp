#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"

namespace kindred::tests {

// Bytes as people read and review them: two digits a byte, spaces and line ends anywhere, `#` starts a remark that lasts to
// the end of its line. What fixtures and docs/protocol.md are written in.

/// Any other character, or an odd number of digits, gives an empty result.
Bytes bytes_of_hex_text(std::string_view text);
/// Sixteen bytes a line.
std::string hex_text_of(BytesView bytes);

} // namespace kindred::tests
