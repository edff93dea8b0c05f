#include "nodes/adapters/zmq/refusals.hpp"

#include <string>

#include "schemas/codec/api_codec.hpp"

namespace kindred::adapters {

namespace {

constexpr std::uint32_t kBusyRetryMs = 50;
constexpr std::uint32_t kDrainRetryMs = 1000;

api::Error error_of(Refusal refusal) {
  switch (refusal) {
  case Refusal::kTooLarge:
    return {api::ErrorCode::kTooLarge,
            "the request is over " + std::to_string(api::kRequestBytesMax) +
                " bytes: send it in smaller envelopes",
            0};
  case Refusal::kTooMany:
    return {api::ErrorCode::kOverloaded,
            "too many requests are under way on this node: try again, or put more queries "
            "into one envelope",
            kBusyRetryMs};
  case Refusal::kTooManyBytes:
    return {api::ErrorCode::kOverloaded, "the requests under way on this node hold too many bytes: try again",
            kBusyRetryMs};
  case Refusal::kDraining:
    return {api::ErrorCode::kDraining,
            "this node is stopping: nothing was taken; ask another node, or try again when "
            "it is back",
            kDrainRetryMs};
  }
  return {};
}

} // namespace

Bytes encode_refusal(Refusal refusal, BytesView request) {
  thread_local Bytes scratch;
  api::Answer answer;
  if (const auto peek = schemas::peek_request(request, scratch); peek.ok())
    answer.request_id = peek.value().request_id;
  const api::Error error = error_of(refusal);
  answer.retry_after_ms = error.retry_after_ms;
  answer.bodies.emplace_back(error);
  return schemas::encode_answer(answer);
}

} // namespace kindred::adapters
