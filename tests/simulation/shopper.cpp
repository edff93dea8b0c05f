#include "tests/simulation/shopper.hpp"

#include <algorithm>
#include <utility>

#include "clients/cpp/positions.hpp"
#include "schemas/codec/api_codec.hpp"

namespace kindred::simulation {

namespace {

constexpr int kPlainUsers = 8;
constexpr int kRestlessUsers = 3;
constexpr int kLeavingUsers = 16; // many, so that one who left seldom comes back soon
constexpr int kLinkedIds = 5;
constexpr int kItemsOfAKind = 12;
constexpr int kQueriesMax = 6;
constexpr std::uint32_t kRemainingMs = 10'000;

const api::Error* error_of(const api::AnswerBody& body) { return std::get_if<api::Error>(&body); }

} // namespace

Shopper::Shopper(std::uint32_t number, std::uint64_t seed, Ledger& ledger, Shown shown)
    : number_(number), random_(seed ^ (0x51ed270bULL * (number + 1))), ledger_(ledger),
      shown_(std::move(shown)) {}

bool Shopper::explained_by_faults(api::ErrorCode code) {
  switch (code) {
  case api::ErrorCode::kOverloaded:
  case api::ErrorCode::kNotReady:
  case api::ErrorCode::kLogUnavailable:
  case api::ErrorCode::kUnknownOutcome:
  case api::ErrorCode::kDeadlineExceeded:
  case api::ErrorCode::kPositionNotReached:
  case api::ErrorCode::kDraining:
  case api::ErrorCode::kNotFound: // of a user that was never met
    return true;
  default: return false;
  }
}

std::string Shopper::some_user() {
  if (!same_as_.empty() && random_.below(4) == 0) return same_as_.begin()->first;
  const auto kind = random_.below(10);
  if (kind < 7) return "plain" + std::to_string(random_.below(kPlainUsers));
  if (kind < 8 && random_.below(2) == 0) return "linked" + std::to_string(random_.below(kLinkedIds));
  if (kind < 8) return "restless" + std::to_string(random_.below(kRestlessUsers));
  return last_leaving_ = "leaving" + std::to_string(random_.below(kLeavingUsers));
}

api::Track Shopper::make_track(Instant now) {
  api::Track track;
  track.event.user_id = some_user();
  const std::string kind = Ledger::is_plain(track.event.user_id) ? "p" : "x";
  track.event.item = kind + std::to_string(random_.below(kItemsOfAKind));
  track.event.type = random_.below(4) == 0 ? records::EventType::kClick : records::EventType::kView;
  if (kind == "x") buy_perhaps(track.event);
  // Mostly now, sometimes late by hours or days.
  const auto late_us = random_.below(5) == 0 ? static_cast<std::int64_t>(random_.below(3 * kDay.us)) : 0;
  track.event.event_time = now - Duration{late_us};
  track.event.message_id = "c" + std::to_string(number_) + "-" + std::to_string(next_message_++);
  track.event.context.country = random_.below(2) == 0 ? "DE" : "";
  // One event that may not train, and the user's decisions may not, either: half of the plain ones have none.
  const bool always = Ledger::is_plain(track.event.user_id) && track.event.user_id.back() % 2 == 0;
  const bool training = random_.below(4) != 0 || always;
  track.stated = training ? records::kAllPurposes : (records::kAllPurposes & ~records::kTraining);
  if (same_as_.contains(track.event.user_id)) ask_next_ = same_as_.at(track.event.user_id);
  ledger_.sent({track.event.message_id, track.event.user_id, track.event.item, day_of(track.event.event_time),
                training, false});
  tracks_[track.event.message_id] = track;
  sent_ids_.push_back(track.event.message_id);
  return track;
}

void Shopper::buy_perhaps(records::Event& event) {
  const auto what = random_.below(4);
  if (what == 0) event.type = records::EventType::kAddToCart;
  if (what != 1) return;
  event.type = records::EventType::kPurchase;
  event.order_id = event.message_id;
  event.value.minor = static_cast<std::int64_t>(100 + random_.below(100'000));
}

api::Query Shopper::make_query(Instant now) {
  const auto kind = random_.below(100);
  if (kind < 50) return make_track(now);
  if (kind < 60 && !sent_ids_.empty()) return again(sent_ids_[random_.below(sent_ids_.size())]);
  if (kind < 64) {
    api::SetConsent consent;
    consent.consent.user_id = "restless" + std::to_string(random_.below(kRestlessUsers));
    const bool grant = random_.below(2) == 0;
    (grant ? consent.consent.granted : consent.consent.withdrawn) =
        random_.below(2) == 0 ? records::kTraining : records::kPersonalization;
    return consent;
  }
  if (kind < 68) {
    api::EraseUser erase;
    erase.erase.user_id = last_leaving_;
    return erase;
  }
  if (kind < 69) {
    const std::uint64_t user = random_.below(kLinkedIds);
    const std::uint64_t other = (user + 1 + random_.below(kLinkedIds - 1)) % kLinkedIds;
    return api::LinkUsers{{"linked" + std::to_string(user), "linked" + std::to_string(other), ""}};
  }
  if (kind < 84) {
    api::GetProfile profile;
    profile.user_id = some_user();
    profile.history_max = 5;
    return profile;
  }
  api::Decide decide;
  decide.user_id = some_user();
  decide.count = 5;
  decide.request_id = "r" + std::to_string(number_) + "-" + std::to_string(random_.next() % 1'000'000);
  return decide;
}

api::Track Shopper::again(const std::string& message_id) const { return tracks_.at(message_id); }

api::Request Shopper::make(Instant now) {
  api::Request request;
  if (!ask_next_.empty()) { // told under one id, asked at once by the other one
    api::GetProfile profile;
    profile.user_id = std::exchange(ask_next_, {});
    request.queries.emplace_back(std::move(profile));
    return request;
  }
  const auto count = 1 + random_.below(kQueriesMax);
  for (std::uint64_t i = 0; i < count; ++i) request.queries.push_back(make_query(now));
  return request;
}

api::Request Shopper::make_finishing() {
  api::Request request;
  for (const std::string& id : sent_ids_) {
    if (!ledger_.event(id).acked && request.queries.size() < kQueriesMax)
      request.queries.emplace_back(again(id));
  }
  return request;
}

api::Request Shopper::make_careless() {
  api::Request request;
  api::GetProfile profile;
  profile.user_id = "plain" + std::to_string(random_.below(kPlainUsers));
  request.queries.emplace_back(std::move(profile));
  return request;
}

std::optional<Shopper::Outgoing> Shopper::next(Instant now, std::int64_t steady_us) {
  if (under_way_) {
    if (steady_us - under_way_->sent_us < kPatience.us) return std::nullopt;
    under_way_->sent_us =
        steady_us; // the same bytes: a deadline that passed meanwhile is the server's to see
    return Outgoing{under_way_->request.request_id, under_way_->bytes};
  }
  const bool careless = shown_ && !finishing_ && ask_next_.empty() && random_.below(8) == 0;
  api::Request request = finishing_ ? make_finishing() : careless ? make_careless() : make(now);
  if (request.queries.empty()) return std::nullopt;
  request.request_id = std::uint64_t{number_} << 32 | next_request_++;
  request.idempotency_key = "k" + std::to_string(request.request_id);
  request.remaining_ms = kRemainingMs;
  if (!careless) request.positions = positions_;
  request.consistency = careless ? api::Consistency::kAny : api::Consistency::kPosition;
  Bytes bytes = schemas::encode_request(request);
  under_way_ = UnderWay{std::move(request), bytes, steady_us, careless, acked_of_all_ids(), {}};
  if (careless) {
    const auto& user = std::get<api::GetProfile>(under_way_->request.queries.front()).user_id;
    under_way_->acked_before = {{user, shown_(user)}};
  }
  for (const auto& query : under_way_->request.queries)
    if (const auto* erase = std::get_if<api::EraseUser>(&query))
      under_way_->erased[erase->erase.user_id] = ledger_.acked_ids_of(erase->erase.user_id);
  return Outgoing{under_way_->request.request_id, std::move(bytes)};
}

void Shopper::take_track(const api::Track& query, const api::AnswerBody& body,
                         const records::Positions& positions) {
  const auto* accepted = std::get_if<api::Accepted>(&body);
  if (accepted == nullptr) return;
  const auto& event = ledger_.event(query.event.message_id);
  if (!event.acked && (Ledger::is_plain(event.user) || Ledger::is_linked(event.user)))
    ++acked_to_me_[event.user];
  ledger_.acked(query.event.message_id, positions.at(accepted->position).offset);
}

// Once it was acknowledged with its positions, whoever carries them sees one user under both ids.
void Shopper::take_link(const api::LinkUsers& query, const api::AnswerBody& body) {
  if (!std::holds_alternative<api::Accepted>(body)) return;
  const std::string a = one_of(query.link.user_id), b = one_of(query.link.to);
  if (a != b) same_as_[a] = b;
}

const std::string& Shopper::one_of(const std::string& user) const {
  const auto found = same_as_.find(user);
  return found == same_as_.end() ? user : one_of(found->second);
}

std::map<std::string, std::uint64_t> Shopper::acked_of_all_ids() const {
  std::map<std::string, std::uint64_t> together, all = acked_to_me_;
  for (const auto& [user, events] : acked_to_me_) together[one_of(user)] += events;
  for (int id = 0; id < kLinkedIds; ++id) all["linked" + std::to_string(id)] = 0;
  for (auto& [user, events] : all) events = together[one_of(user)];
  return all;
}

void Shopper::check_profile(const api::GetProfile& query, const api::AnswerBody& body,
                            std::vector<std::string>& wrong) const {
  const auto* profile = std::get_if<api::Profile>(&body);
  const auto known = under_way_->acked_before.find(query.user_id);
  const std::uint64_t at_least = known == under_way_->acked_before.end() ? 0 : known->second;
  const bool missing = error_of(body) != nullptr && error_of(body)->code == api::ErrorCode::kNotFound;
  if (missing && at_least > 0) {
    wrong.push_back("read-your-writes: " + query.user_id + " is unknown, " + std::to_string(at_least) +
                    " of his events were acknowledged to this client");
  }
  const bool linked = Ledger::is_linked(query.user_id);
  if (profile == nullptr || (!linked && !Ledger::is_plain(query.user_id))) return;
  const std::uint64_t at_most = linked ? ledger_.sent_of_linked() : ledger_.sent_of(query.user_id);
  if (profile->events < at_least) {
    wrong.push_back("read-your-writes: " + query.user_id + " has " + std::to_string(profile->events) +
                    " events, " + std::to_string(at_least) + " were acknowledged to this client");
  }
  if (profile->events > at_most) {
    wrong.push_back("once: " + query.user_id + " has " + std::to_string(profile->events) + " events, only " +
                    std::to_string(at_most) + " were ever sent");
  }
}

void Shopper::check_decision(const api::Decide& query, const api::AnswerBody& body,
                             std::vector<std::string>& wrong) const {
  const auto* decision = std::get_if<api::Decision>(&body);
  if (decision == nullptr) return;
  if (decision->items.size() > query.count) wrong.push_back("decide: more items than asked for");
  std::set<std::string> items;
  for (const auto& item : decision->items) {
    if (!items.insert(item.item).second) wrong.push_back("decide: " + item.item + " twice in one answer");
    if (!(item.propensity > 0 && item.propensity <= 1))
      wrong.push_back("decide: a propensity outside (0, 1]");
  }
}

std::vector<std::string> Shopper::take(const api::Answer& answer) {
  std::vector<std::string> wrong;
  if (!under_way_ || answer.request_id != under_way_->request.request_id) return wrong;  // of an earlier try
  if (under_way_->careless && answer.staleness_ms > 0) under_way_->acked_before.clear(); // it says so
  const auto& queries = under_way_->request.queries;
  const bool refused_whole = answer.bodies.size() == 1 && error_of(answer.bodies.front()) != nullptr;
  if (!refused_whole && answer.bodies.size() != queries.size()) {
    wrong.push_back("an answer with " + std::to_string(answer.bodies.size()) + " bodies for " +
                    std::to_string(queries.size()) + " queries");
  }
  for (std::size_t i = 0; i < answer.bodies.size(); ++i) {
    const bool links = i < queries.size() && std::holds_alternative<api::LinkUsers>(queries[i]);
    const auto* error = error_of(answer.bodies[i]);
    if (error != nullptr && links && error->code == api::ErrorCode::kConflict)
      continue; // links are at random
    if (error != nullptr && !explained_by_faults(error->code)) {
      wrong.push_back("refused as " + std::string(api::name_of(error->code)) + ": " + error->message);
    }
  }
  if (!refused_whole || queries.size() == 1) {
    for (std::size_t i = 0; i < queries.size() && i < answer.bodies.size(); ++i) {
      const auto& body = answer.bodies[i];
      if (const auto* track = std::get_if<api::Track>(&queries[i]))
        take_track(*track, body, answer.positions);
      if (const auto* link = std::get_if<api::LinkUsers>(&queries[i])) take_link(*link, body);
      const auto* erase = std::get_if<api::EraseUser>(&queries[i]);
      if (erase != nullptr && std::holds_alternative<api::Accepted>(body))
        for (const auto& id : under_way_->erased.at(erase->erase.user_id)) ledger_.erased(id);
      if (const auto* profile = std::get_if<api::GetProfile>(&queries[i]))
        check_profile(*profile, body, wrong);
      if (const auto* decide = std::get_if<api::Decide>(&queries[i])) check_decision(*decide, body, wrong);
    }
  }
  client::merge(positions_, answer.positions);
  under_way_.reset();
  return wrong;
}

} // namespace kindred::simulation
