#include "tests/simulation/importer.hpp"

#include <algorithm>
#include <numeric>

#include "schemas/codec/api_codec.hpp"

namespace kindred::simulation {
namespace {

constexpr std::uint32_t kRemainingMs = 10'000;
constexpr std::uint32_t kUsers = 8; // the shoppers' plain ones, too
constexpr std::uint32_t kItems = 12;

std::string name_of_line(std::uint32_t number) { return "line-" + std::to_string(number); }

} // namespace

Importer::Importer(std::uint32_t number, std::uint64_t seed, Ledger& ledger)
    : number_(number), random_(seed ^ (0x6a09e667ULL * (number + 1))), ledger_(ledger) {}

api::Track Importer::line(std::uint32_t number) {
  api::Track track;
  track.event.user_id = "plain" + std::to_string(number % kUsers);
  track.event.item = "p" + std::to_string(number % kItems);
  track.event.type = records::EventType::kView;
  track.event.event_time = history_ - kHour * static_cast<std::int64_t>(number);
  track.event.message_id = "i" + std::to_string(++sendings_);
  track.event.producer = records::Producer{"history", 1, number};
  track.flags = records::flags::kImport;
  ledger_.sent({name_of_line(number), track.event.user_id, track.event.item, day_of(track.event.event_time),
                true, false});
  return track;
}

/// Requires: every line before has its verdict.
void Importer::begin_envelope(Instant now) {
  if (history_ == Instant{}) history_ = now - kDay * 30;
  if (finishing_) return;
  if (first_unsent_ > kLines || random_.below(10) == 0) first_unsent_ = 1;
  const auto count = std::min<std::uint32_t>(1 + static_cast<std::uint32_t>(random_.below(kEnvelopeMax)),
                                             kLines + 1 - first_unsent_);
  left_.resize(count);
  std::iota(left_.begin(), left_.end(), first_unsent_);
  first_unsent_ += count;
}

std::optional<Shopper::Outgoing> Importer::next(Instant now, std::int64_t steady_us) {
  if (asked_id_) {
    if (steady_us - asked_us_ < Shopper::kPatience.us) return std::nullopt;
    asked_us_ = steady_us;
    return Shopper::Outgoing{*asked_id_, asked_};
  }
  if (left_.empty()) begin_envelope(now);
  if (left_.empty()) return std::nullopt;
  api::Request request;
  for (const auto number : left_) request.queries.emplace_back(line(number));
  request.request_id = std::uint64_t{number_} << 32 | next_request_++;
  request.remaining_ms = kRemainingMs;
  asked_id_ = request.request_id;
  asked_ = schemas::encode_request(request);
  asked_us_ = steady_us;
  return Shopper::Outgoing{*asked_id_, asked_};
}

/// Whether the line has its verdict.
bool Importer::settle(std::uint32_t number, const api::AnswerBody& body, const records::Positions& positions,
                      std::vector<std::string>& wrong) {
  if (const auto* accepted = std::get_if<api::Accepted>(&body)) {
    ledger_.acked(name_of_line(number), positions.at(accepted->position).offset);
    return true;
  }
  const auto* error = std::get_if<api::Error>(&body);
  if (error == nullptr || !Shopper::explained_by_faults(error->code))
    wrong.push_back("import: line " + std::to_string(number) + " was not accepted");
  return false;
}

std::vector<std::string> Importer::take(const api::Answer& answer) {
  std::vector<std::string> wrong;
  if (!asked_id_ || answer.request_id != *asked_id_) return wrong; // of an earlier try
  asked_id_.reset();
  if (answer.bodies.size() != left_.size()) {
    const auto* error = answer.bodies.size() == 1 ? std::get_if<api::Error>(&answer.bodies.front()) : nullptr;
    if (error == nullptr || !Shopper::explained_by_faults(error->code))
      wrong.push_back("import: an answer that does not fit");
    return wrong;
  }
  std::vector<std::uint32_t> still;
  for (std::size_t i = 0; i < left_.size(); ++i)
    if (!settle(left_[i], answer.bodies[i], answer.positions, wrong)) still.push_back(left_[i]);
  left_ = std::move(still);
  return wrong;
}

} // namespace kindred::simulation
