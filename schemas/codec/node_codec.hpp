#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "schemas/codec/codec_error.hpp"
#include "schemas/node_messages.hpp"

namespace kindred::schemas {

// Bytes <-> the envelope of a message between nodes: one Cap'n Proto message in the standard stream framing, at most
// peers::kEnvelopeBytesMax. A kind or a refusal that this build does not know is kOutOfRange. Any thread; no state.

Bytes encode_node_envelope(const peers::Envelope& envelope);
Result<peers::Envelope, CodecFailure> decode_node_envelope(BytesView bytes);

} // namespace kindred::schemas
