#include "tests/simulation/setter.hpp"

#include "schemas/codec/api_codec.hpp"

namespace kindred::simulation {

namespace {
constexpr std::uint32_t kRemainingMs = 3'000;
constexpr std::int64_t kMinutesMax = 10;
} // namespace

std::optional<Shopper::Outgoing> Setter::next(Instant, std::int64_t steady_us) {
  if (asked_id_) {
    if (steady_us - asked_us_ < Shopper::kPatience.us) return std::nullopt;
    asked_us_ = steady_us;
    return Shopper::Outgoing{*asked_id_, asked_};
  }
  if (!wanted_) {
    if (finishing_) return std::nullopt;
    wanted_ = kMinute * static_cast<std::int64_t>(1 + random_.below(kMinutesMax));
    ++settings_;
  }
  api::SetTenant set;
  set.tenant.name = "default";
  set.tenant.cart_abandoned_after = *wanted_;
  api::Request request;
  request.queries.emplace_back(std::move(set));
  request.request_id = std::uint64_t{number_} << 32 | next_request_++;
  request.idempotency_key = "s" + std::to_string(number_) + "-" + std::to_string(settings_);
  request.remaining_ms = kRemainingMs;
  asked_id_ = request.request_id;
  asked_ = schemas::encode_request(request);
  asked_us_ = steady_us;
  return Shopper::Outgoing{*asked_id_, asked_};
}

std::vector<std::string> Setter::take(const api::Answer& answer) {
  if (!asked_id_ || answer.request_id != *asked_id_) return {}; // of an earlier try
  asked_id_.reset();
  if (answer.bodies.size() != 1) return {"settings: an answer that does not fit"};
  const auto& body = answer.bodies.front();
  if (std::holds_alternative<api::Accepted>(body)) {
    accepted_ = *wanted_;
    wanted_.reset();
    return {};
  }
  const auto* error = std::get_if<api::Error>(&body);
  if (error == nullptr || !Shopper::explained_by_faults(error->code)) return {"settings: not accepted"};
  return {};
}

} // namespace kindred::simulation
