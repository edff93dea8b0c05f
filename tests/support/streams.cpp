#include "tests/support/streams.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "engine/base/hash.hpp"

namespace kindred::support {
namespace {

using records::EventType;
using records::RecordType;

class Stream {
public:
  explicit Stream(const StreamSettings& settings) : settings_(settings), random_(settings.seed) {}

  std::vector<records::Record> make() {
    const std::int64_t step = settings_.span.us / static_cast<std::int64_t>(settings_.records + 1);
    std::vector<records::Record> all;
    all.reserve(settings_.records);
    while (all.size() < settings_.records) {
      now_ = now_ + Duration{static_cast<std::int64_t>(random_.below(2 * step))};
      all.push_back(next());
    }
    return all;
  }

private:
  bool chance(std::uint64_t of_thousand) { return random_.below(1000) < of_thousand; }
  /// Small numbers often, large ones rarely.
  std::uint64_t skewed(std::uint64_t bound) {
    const double u = random_.uniform();
    return static_cast<std::uint64_t>(u * u * u * static_cast<double>(bound));
  }

  records::Record next() {
    user_ = "user-" + std::to_string(skewed(settings_.users));
    tenant_ = {1 + static_cast<std::uint32_t>(skewed(settings_.tenants))};
    std::uint64_t draw = random_.below(1000);
    const auto falls = [&](std::uint64_t share) {
      const bool in = draw < share;
      draw -= in ? 0 : share;
      return in;
    };
    if (falls(settings_.updates)) return finish(RecordType::kProfileUpdate, update());
    if (falls(settings_.consents)) return finish(RecordType::kConsent, consent());
    if (falls(settings_.erasures)) return finish(RecordType::kErase, records::Erase{user_, "asked", ""});
    if (falls(settings_.decisions)) return finish(RecordType::kDecided, decided());
    if (falls(settings_.decisions)) return finish(RecordType::kExposed, exposed());
    if (falls(settings_.decisions)) return finish(RecordType::kReward, reward());
    if (falls(settings_.ticks)) return finish(RecordType::kTick, tick());
    if (falls(settings_.adoptions)) return finish(RecordType::kAdopt, adoption());
    return event();
  }

  records::Record finish(RecordType type, records::Body body) {
    records::Record record =
        record_of(type, std::move(body), {random_.next(), random_.next()}, stamp(), tenant_);
    record.header.stated = stated();
    return record;
  }

  /// Gateways' clocks differ a little.
  Instant stamp() {
    return chance(50) ? now_ - Duration{static_cast<std::int64_t>(random_.below(kSecond.us))} : now_;
  }

  records::Purposes stated() {
    if (!chance(settings_.partial)) return records::kAllPurposes;
    return {static_cast<std::uint32_t>(random_.below(16))};
  }

  std::string item() { return "item-" + std::to_string(skewed(settings_.items)); }

  records::Context context() {
    static constexpr std::array<const char*, 5> kCountries{"", "BR", "DE", "US", "FR"};
    records::Context context;
    context.device = static_cast<records::DeviceClass>(random_.below(4));
    context.country = kCountries[random_.below(kCountries.size())];
    if (chance(100)) context.extra = {{"daylight", chance(500)}};
    if (chance(100)) context.coordinates = records::Place{123, -456};
    if (chance(100)) context.zone_offset_minutes = std::int16_t{-120};
    return context;
  }

  EventType type() {
    static constexpr std::array<EventType, 12> kTypes{
        EventType::kView,      EventType::kView,           EventType::kView,   EventType::kView,
        EventType::kClick,     EventType::kAddToCart,      EventType::kSearch, EventType::kPurchase,
        EventType::kAddToCart, EventType::kRemoveFromCart, EventType::kHide,   EventType::kDwell};
    return chance(30) ? static_cast<EventType>(random_.below(records::kEventTypeCount))
                      : kTypes[random_.below(kTypes.size())];
  }

  records::Record event() {
    records::Event event;
    event.user_id = user_;
    event.message_id = "m" + std::to_string(++messages_);
    event.type = type();
    event.event_time = now_ - Duration{static_cast<std::int64_t>(random_.below(5 * kSecond.us))};
    if (chance(settings_.late)) event.event_time = now_ - lateness();
    event.client_sequence = messages_;
    if (event.type != EventType::kSearch) event.item = item();
    event.value = {static_cast<std::int64_t>(random_.below(100'000)), 2, {'E', 'U', 'R'}};
    if (chance(300)) event.session_id = "s" + std::to_string(now_.us / kHour.us);
    if (chance(400)) event.page = "/p" + std::to_string(random_.below(100));
    if (event.type == EventType::kDwell)
      event.dwell = kSecond * static_cast<std::int64_t>(random_.below(300));
    if (event.type == EventType::kPurchase) order(event);
    if (const auto known = decisions_.find(user_); known != decisions_.end() && chance(200))
      event.decision = known->second;
    if (settings_.taken > 0) take(event);
    event.context = context();
    records::Record record = event_record(user_, std::move(event), stamp());
    record.header.tenant = tenant_;
    record.header.slot = slot_of(tenant_, user_);
    record.header.stated = stated();
    return record;
  }

  void take(records::Event& event) {
    const auto best = best_.find({tenant_, user_});
    if (best == best_.end() || !chance(settings_.taken)) return;
    event.type = EventType::kClick;
    event.event_time = now_;
    std::tie(event.decision, event.item) = best->second;
    best_.erase(best);
  }

  Duration lateness() {
    return Duration{static_cast<std::int64_t>(random_.below(chance(100) ? 60 * kDay.us : 3 * kDay.us))};
  }

  void order(records::Event& event) {
    if (!chance(400)) return;
    event.order_id = "o" + std::to_string(messages_);
    for (std::uint64_t lines = random_.below(6); lines > 0; --lines)
      event.lines.push_back(
          {item(), 1 + static_cast<std::int64_t>(random_.below(3)), event.value, {}, {}, ""});
  }

  records::ProfileUpdate update() {
    records::ProfileUpdate update;
    update.user_id = user_;
    update.traits = {{"level", static_cast<std::int64_t>(random_.below(9))}, {"t" + item(), item()}};
    if (chance(200)) update.removed = {"level"};
    if (chance(200)) update.default_context = context();
    return update;
  }

  records::Consent consent() {
    records::Consent consent;
    consent.user_id = user_;
    consent.granted.bits = static_cast<std::uint32_t>(random_.below(16));
    consent.withdrawn.bits = static_cast<std::uint32_t>(random_.below(16));
    return consent;
  }

  records::Decided decided() {
    records::Decided decided;
    decided.decision = {random_.next(), random_.next()};
    decided.user_id = user_;
    decided.placement = "default";
    decided.request_id = "r" + std::to_string(random_.below(1'000'000));
    decided.as_of = now_;
    for (std::uint64_t slots = random_.below(12); slots > 0; --slots)
      decided.shown.push_back({item_id(item()), 0, false, 1u << 24});
    decided.assume_shown = chance(300);
    candidates(decided);
    if (chance(900)) decisions_[user_] = decided.decision;
    return decided;
  }

  void candidates(records::Decided& decided) {
    decided.sources = {"trending1h", "newest", "successors", "affinity"};
    decided.source_weights_q16 = {1 << 15, 1 << 15, 1 << 16, 1 << 14};
    decided.newness_q8 = static_cast<std::uint16_t>(256 / (1 + random_.below(9)));
    std::int32_t best = 0;
    for (std::uint64_t left = 3 + random_.below(30); left > 0; --left) {
      const std::string name = item();
      const ItemId one = item_id(name);
      const auto is_same = [&](const records::Candidate& other) { return other.item == one; };
      if (std::any_of(decided.candidates.begin(), decided.candidates.end(), is_same)) continue;
      decided.candidates.push_back({one, 100});
      for (std::size_t source = 0; source < decided.sources.size(); ++source)
        decided.source_scores_q8.push_back(chance(400) ? 0 : static_cast<std::int32_t>(random_.below(2'000)));
      if (decided.candidates.size() > 1 && decided.source_scores_q8.back() <= best) continue;
      best = decided.source_scores_q8.back();
      best_[{tenant_, user_}] = {decided.decision, name};
    }
  }

  records::Exposed exposed() {
    records::Exposed exposed;
    exposed.user_id = user_;
    exposed.decision = known_decision();
    for (std::uint64_t slots = random_.below(4); slots > 0; --slots)
      exposed.slots.push_back(static_cast<std::uint16_t>(random_.below(12)));
    exposed.shown_at = now_;
    return exposed;
  }

  records::Reward reward() {
    return {user_,
            known_decision(),
            item(),
            chance(500) ? "click" : "purchase",
            Fixed{static_cast<std::int64_t>(random_.below(1 << 22))},
            now_};
  }

  DecisionId known_decision() {
    const auto known = decisions_.find(user_);
    return known == decisions_.end() ? DecisionId{1, random_.next()} : known->second;
  }

  records::Tick tick() { return {{now_.us / records::kTickLattice.us * records::kTickLattice.us}}; }

  records::Adopt adoption() {
    ByteWriter value;
    value.u32(static_cast<std::uint32_t>(random_.below(16)) | 0xfff0u);
    return {"consentDefault", ++generation_, value.take()};
  }

  const StreamSettings settings_;
  Random random_;
  Instant now_ = kStreamStart;
  std::string user_;
  TenantId tenant_;
  std::uint64_t messages_ = 0;
  std::uint64_t generation_ = 0;
  std::map<std::string, DecisionId> decisions_; // the last of each user
  std::map<std::pair<TenantId, std::string>, std::pair<DecisionId, std::string>>
      best_; ///< of the last decision
};

} // namespace

records::Record record_of(RecordType type, records::Body body, RecordId id, Instant stamp, TenantId tenant) {
  records::Record record;
  record.header.type = type;
  record.header.tenant = tenant;
  record.header.id = id;
  record.header.stamp = stamp;
  record.body = std::move(body);
  const std::string_view user = records::user_of(record.body);
  if (!user.empty()) record.header.slot = slot_of(tenant, user);
  return record;
}

records::Record event_record(const std::string& user, records::Event event, Instant stamp) {
  event.user_id = user;
  const RecordId id = event_record_id(kDefaultTenant, user, event.message_id);
  return record_of(RecordType::kEvent, std::move(event), id, stamp);
}

std::vector<records::Record> make_stream(const StreamSettings& settings) { return Stream(settings).make(); }

std::vector<records::Entry> cut_into_entries(const std::vector<records::Record>& records, std::size_t most,
                                             Random& random, WriterId writer) {
  std::vector<records::Entry> entries;
  std::size_t at = 0;
  while (at < records.size()) {
    const std::size_t count = std::min<std::size_t>(1 + random.below(most), records.size() - at);
    const auto begin = records.begin() + static_cast<std::ptrdiff_t>(at);
    entries.push_back({{writer, 1, entries.size() + 1}, {begin, begin + static_cast<std::ptrdiff_t>(count)}});
    at += count;
  }
  return entries;
}

} // namespace kindred::support
