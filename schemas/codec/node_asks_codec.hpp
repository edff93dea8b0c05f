#pragma once

#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "schemas/codec/codec_error.hpp"
#include "schemas/node_asks.hpp"
#include "schemas/node_messages.hpp"

namespace kindred::schemas {

// Bytes <-> payloads of asks between nodes: one Cap'n Proto message each in the standard stream framing, at most
// peers::kPayloadBytesMax. Queries and answers in them end at the bounds of api_codec.hpp. Any thread; no state.

Bytes encode_part_ask(const peers::PartAsk& ask);
/// As many ways as queries, else kOutOfRange; a query that cannot be understood fails the whole.
Result<peers::PartAsk, CodecFailure> decode_part_ask(BytesView bytes);
/// A PartAsk for builds that know it as one of those; others refuse it.
Bytes encode_whole_ask(const peers::WholeAsk& ask);
/// None: it is another one, or cannot be read. The request is not looked into.
std::optional<peers::WholeAsk> whole_ask_in(BytesView bytes);
Bytes encode_whole_answer(BytesView answer);
std::optional<Bytes> whole_answer_in(BytesView bytes);
Bytes encode_part_answer(const peers::PartAnswer& answer);
/// As many numbers as bodies, and ways as queries that are sent on, else kOutOfRange.
Result<peers::PartAnswer, CodecFailure> decode_part_answer(BytesView bytes);

Bytes encode_round_ask(const peers::RoundAsk& ask);
Result<peers::RoundAsk, CodecFailure> decode_round_ask(BytesView bytes);
Bytes encode_round_answer(const peers::RoundAnswer& answer);
Result<peers::RoundAnswer, CodecFailure> decode_round_answer(BytesView bytes);

Bytes encode_checkpoint_ask(const peers::CheckpointAsk& ask);
Result<peers::CheckpointAsk, CodecFailure> decode_checkpoint_ask(BytesView bytes);
/// The checksum is carried, not looked at.
Bytes encode_checkpoint_chunk(const peers::CheckpointChunk& chunk);
Result<peers::CheckpointChunk, CodecFailure> decode_checkpoint_chunk(BytesView bytes);

Bytes encode_node_standing(const peers::NodeStanding& standing);
Result<peers::NodeStanding, CodecFailure> decode_node_standing(BytesView bytes);

} // namespace kindred::schemas
