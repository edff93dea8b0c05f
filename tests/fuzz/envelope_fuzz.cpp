// Any bytes as a request, an answer, a notification or what a node says to another: a value or a typed failure, and what was understood can be said again.

#include <cstdint>
#include <cstdlib>

#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/node_codec.hpp"

namespace {

using namespace kindred;

void must(bool holds) {
  if (!holds) std::abort();
}

void try_request(BytesView bytes) {
  Bytes scratch;
  const auto peek = schemas::peek_request(bytes, scratch);
  const auto decoded = schemas::decode_request(bytes);
  if (!decoded.ok()) return;
  must(peek.ok() || decoded.value().request.queries.empty() || !decoded.value().broken.empty());
  must(decoded.value().request.queries.size() <= api::kQueriesMax);
  if (!decoded.value().broken.empty()) return;
  const auto again = schemas::decode_request(schemas::encode_request(decoded.value().request));
  if (!again.ok()) return; // a packed original may unfold over the bound
  must(again.value().request == decoded.value().request);
}

void try_answer(BytesView bytes) {
  const auto decoded = schemas::decode_answer(bytes);
  if (!decoded.ok()) return;
  const auto again = schemas::decode_answer(schemas::encode_answer(decoded.value()));
  must(!again.ok() || again.value() == decoded.value());
}

void try_notification(BytesView bytes) {
  const auto decoded = schemas::decode_notification(bytes);
  if (!decoded.ok()) return;
  const auto again = schemas::decode_notification(schemas::encode_notification(decoded.value()));
  must(!again.ok() || again.value() == decoded.value());
}

void try_node_envelope(BytesView bytes) {
  const auto decoded = schemas::decode_node_envelope(bytes);
  if (!decoded.ok()) return;
  const auto again = schemas::decode_node_envelope(schemas::encode_node_envelope(decoded.value()));
  must(!again.ok() || again.value() == decoded.value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  try_request(bytes);
  try_answer(bytes);
  try_notification(bytes);
  try_node_envelope(bytes);
  return 0;
}
