#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "schemas/api.hpp"
#include "schemas/codec/codec_error.hpp"

namespace kindred::schemas {

// Bytes <-> API values. Bytes are one Cap'n Proto message in the standard stream framing (segment table first).
// Traversal limit 4 × the message, nesting limit 16. Unaligned input is copied into a word buffer of the thread. A request
// ends at every bound of codec/bounds.hpp, an answer (our server's) only at kAnswerBytesMax. Any thread; no state.

Bytes encode_request(const api::Request& request);
/// A query that cannot be understood (unknown union member, bad text) becomes a failed slot, not a failed request:
/// `broken` names the query index and the failure; its slot in `request.queries` is a default Track never to be used.
struct DecodedRequest {
  api::Request request;
  std::vector<std::pair<std::uint32_t, CodecFailure>> broken;
};
Result<DecodedRequest, CodecFailure> decode_request(BytesView bytes);
/// The same into what an earlier call left, whose memory is used again (at most that of kQueriesKeptMax queries).
/// After a failure `into` means nothing but may be used again.
Result<Done, CodecFailure> decode_request(BytesView bytes, DecodedRequest& into);
inline constexpr std::size_t kQueriesKeptMax = 16;

Bytes encode_answer(const api::Answer& answer);
Result<api::Answer, CodecFailure> decode_answer(BytesView bytes);

Bytes encode_notification(const api::Notification& notification);
Result<api::Notification, CodecFailure> decode_notification(BytesView bytes);

/// What routing needs, without decoding queries into values: the zero-copy peek of the gateway.
struct RequestPeek {
  std::uint16_t version = 0;
  std::uint64_t request_id = 0;
  std::int64_t deadline_us = 0;
  std::uint32_t remaining_ms = 0;
  std::uint32_t queries = 0;
  bool read_only_single_user = false; ///< every query is a GetProfile or Decide (none durable) of one user
  std::string_view user;              ///< then: that user (a view into `bytes` or the scratch buffer)
  std::string_view tenant;
  bool decisions_named =
      true; ///< of those queries: each Decide has a request id, so asked twice it decides alike
};
Result<RequestPeek, CodecFailure> peek_request(BytesView bytes, Bytes& scratch);

} // namespace kindred::schemas
