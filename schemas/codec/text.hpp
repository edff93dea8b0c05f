#pragma once

#include "engine/base/bytes.hpp"

namespace kindred::schemas {

/// Whether `bytes` are UTF-8 as Unicode defines it (table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
/// Eight bytes a step while they are ASCII. Any thread.
bool is_utf8(BytesView bytes);

} // namespace kindred::schemas
