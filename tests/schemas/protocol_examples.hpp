#pragma once

#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace kindred::tests {

/// An example of docs/protocol.md: the name of its block, and the bytes that the codecs write for what the text there says.
struct ProtocolExample {
  std::string name;
  Bytes bytes;
};

/// One of every query, answer and other message, small enough to be read.
std::vector<ProtocolExample> protocol_examples();

} // namespace kindred::tests
