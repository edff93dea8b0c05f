// Any bytes as events in JSON (one object, an array, NDJSON): events or typed errors. An event that was taken is one that
// the codec can say and that the gateway's bounds can judge: never text that is not UTF-8, never a number that is none.

#include <cstdint>
#include <cstdlib>

#include "schemas/codec/api_codec.hpp"
#include "schemas/json/read_event.hpp"

namespace {

using namespace kindred;

void must(bool holds) {
  if (!holds) std::abort();
}

void try_track(const api::Track& track) {
  api::Request request;
  request.queries.push_back(track);
  const auto decoded = schemas::decode_request(schemas::encode_request(request));
  if (!decoded.ok()) {
    must(decoded.error().code == schemas::CodecError::kTooLarge);
    return;
  }
  for (const auto& [index, failure] : decoded.value().broken)
    must(failure.code == schemas::CodecError::kTooLarge);
  if (decoded.value().broken.empty()) must(decoded.value().request == request);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView body(reinterpret_cast<const char*>(data), size);
  for (const auto& parsed : json::parse_events(body)) {
    must(parsed.line > 0);
    if (parsed.track.ok())
      try_track(parsed.track.value());
    else
      must(!parsed.track.error().message.empty());
  }
  return 0;
}
