#include "engine/profiles/profile_codec.hpp"

#include <algorithm>
#include <tuple>

#include "engine/profiles/value_codec.hpp"

namespace kindred::profiles {
namespace {

constexpr std::uint8_t kVersion = 5;
constexpr std::uint8_t kAliasForm = 0xff;    ///< where a profile has its version
constexpr std::uint8_t kWithoutChoices = 1;  ///< still read
constexpr std::uint8_t kWithoutSegments = 2; ///< still read
constexpr std::uint8_t kWithoutLinks = 3;    ///< still read
constexpr std::uint8_t kWithoutStamps = 4;   ///< of withdrawals; still read

// ---- writing ----

void write(ByteWriter& out, const OrderKey& order) {
  out.instant(order.time);
  out.u64(order.client_sequence);
  out.id128(order.id);
}

void write(ByteWriter& out, const std::optional<Instant>& time) {
  out.u8(time ? 1 : 0);
  if (time) out.instant(*time);
}

template <class List, class Write>
void write_list(ByteWriter& out, const List& list, Write write_one) {
  out.u32(static_cast<std::uint32_t>(list.size()));
  for (const auto& element : list) write_one(element);
}

void write(ByteWriter& out, const HistoryEvent& event) {
  write(out, event.order);
  out.u8(static_cast<std::uint8_t>(event.type));
  out.u64(event.item.value);
  out.u64(event.session_hash);
  out.id128(event.decision);
  write_money(out, event.value);
  out.i64(event.dwell.us);
}

void write(ByteWriter& out, const ItemUse& use) {
  out.u64(use.item.value);
  out.u32(use.kinds);
  out.instant(use.first);
  out.instant(use.last);
  out.u32(use.count);
  out.u32(use.purchases);
  out.i64(use.dwell.us);
}

void write(ByteWriter& out, const Membership& membership) {
  out.u32(membership.segment);
  out.u32(membership.before);
  out.instant(membership.since);
  out.u8(membership.counted ? 1 : 0);
}

void write(ByteWriter& out, const PersonalizationLane& lane) {
  out.u64(lane.events);
  write_list(out, lane.history, [&](const HistoryEvent& event) { write(out, event); });
  write_list(out, lane.items, [&](const ItemUse& use) { write(out, use); });
  write_list(out, lane.counters, [&](const CounterCell& cell) {
    out.u8(static_cast<std::uint8_t>(cell.type));
    out.u8(cell.half_life);
    out.i32(cell.generation);
    out.i64(cell.sum);
  });
  write_list(out, lane.cart, [&](const CartLine& line) {
    out.u64(line.item.value);
    out.instant(line.added);
    out.i64(line.quantity);
  });
  out.instant(lane.cart_touched);
  out.instant(lane.cart_told);
  write(out, lane.cart_due);
  out.u32(lane.carts_abandoned);
  out.u32(lane.sessions);
  out.i64(lane.dwell_total.us);
  out.text(lane.last_page);
  write_list(out, lane.paths, [&](const PathStep& path) {
    out.text(path.step);
    out.u32(path.count);
    out.instant(path.last);
  });
  write_context(out, lane.last_context);
  write_list(out, lane.traits, [&](const records::Property& trait) { write_property(out, trait); });
  out.u8(lane.default_context ? 1 : 0);
  if (lane.default_context) write_context(out, *lane.default_context);
  out.u8(lane.beyond_training ? 1 : 0);
  write_list(out, lane.tastes, [&](const Taste& taste) {
    out.text(taste.category);
    out.u32(taste.count);
  });
  out.u64(lane.tastes_total);
  out.u32(lane.orders.count);
  out.i64(lane.orders.spent.raw);
  out.instant(lane.orders.last);
  out.u64(lane.orders.last_hash);
  write(out, lane.clustered);
  write(out, lane.rfm);
}

void write(ByteWriter& out, const Mark& mark) {
  write(out, mark.order);
  out.u64(mark.item.value);
  out.u64(mark.session_hash);
  out.u64(mark.country_scope);
  out.u64(mark.device_scope);
  out.u64(mark.segment_scope);
  out.u32(mark.kinds);
}

void write(ByteWriter& out, const Choices& choices) {
  write_list(out, choices.open, [&](const OpenChoice& choice) {
    out.id128(choice.decision);
    out.text(choice.placement);
    out.text(choice.request_id);
    out.instant(choice.as_of);
    out.u16(choice.newness);
    out.u8(choice.explored ? 1 : 0);
    out.text(choice.candidates);
  });
  write_list(out, choices.examples, [&](const Example& example) {
    out.instant(example.as_of);
    out.text(example.placement);
    out.u16(example.newness);
    out.u8(example.explored ? 1 : 0);
    out.u8(example.found_elsewhere ? 1 : 0);
    out.u8(example.taken);
    out.text(example.alternatives);
  });
}

void write(ByteWriter& out, const DecisionMemory& memory) {
  out.id128(memory.decision);
  out.u8(memory.recorded ? 1 : 0);
  out.u8(memory.all_exposed ? 1 : 0);
  out.instant(memory.as_of);
  out.text(memory.placement);
  out.text(memory.request_id);
  write_list(out, memory.shown, [&](const ShownItem& slot) {
    out.u64(slot.item.value);
    out.u8(slot.happened);
  });
}

// ---- reading: a Reader remembers the first thing that was not what is written ----

class Reader {
public:
  explicit Reader(BytesView bytes) : in(bytes) {}

  void require(bool holds) { sound_ = sound_ && holds; }
  bool sound() const { return sound_ && in.ok(); }

  bool flag() {
    const std::uint8_t value = in.u8();
    require(value <= 1);
    return value == 1;
  }
  records::EventType event_type() {
    const std::uint8_t value = in.u8();
    require(value < records::kEventTypeCount);
    return static_cast<records::EventType>(value);
  }

  /// At most `most` elements of at least `bytes_min` bytes; stops at the first that is unsound.
  template <class List, class Read>
  void list(List& list, std::size_t most, std::size_t bytes_min, Read read_one) {
    const std::uint32_t count = in.count(bytes_min);
    require(count <= most);
    if (sound()) list.reserve(count);
    for (std::uint32_t i = 0; i < count && sound(); ++i) read_one(list.emplace_back());
  }
  template <class List, class Before>
  void require_order(const List& list, Before before) {
    for (std::size_t i = 1; i < list.size(); ++i) require(before(list[i - 1], list[i]));
  }

  ByteReader in;

private:
  bool sound_ = true;
};

void read(Reader& from, OrderKey& order) {
  order.time = from.in.instant();
  order.client_sequence = from.in.u64();
  order.id = from.in.id128();
}

void read(Reader& from, HistoryEvent& event) {
  read(from, event.order);
  event.type = from.event_type();
  event.item.value = from.in.u64();
  event.session_hash = from.in.u64();
  event.decision = from.in.id128();
  from.require(read_money(from.in, event.value));
  event.dwell.us = from.in.i64();
}

void read(Reader& from, ItemUse& use) {
  use.item.value = from.in.u64();
  use.kinds = from.in.u32();
  use.first = from.in.instant();
  use.last = from.in.instant();
  use.count = from.in.u32();
  use.purchases = from.in.u32();
  use.dwell.us = from.in.i64();
}

void read_activity(Reader& from, PersonalizationLane& lane) {
  lane.events = from.in.u64();
  from.list(lane.history, kHistoryMax, 84, [&](HistoryEvent& event) { read(from, event); });
  from.require_order(lane.history, [](const auto& a, const auto& b) { return a.order <= b.order; });
  from.list(lane.items, kItemsMax, 44, [&](ItemUse& use) { read(from, use); });
  from.require_order(lane.items, [](const auto& a, const auto& b) { return a.item < b.item; });
  from.list(lane.counters, 4096, 14, [&](CounterCell& cell) {
    cell.type = from.event_type();
    cell.half_life = from.in.u8();
    cell.generation = from.in.i32();
    cell.sum = from.in.i64();
  });
  from.require_order(lane.counters, [](const auto& a, const auto& b) {
    return std::tie(a.type, a.half_life, a.generation) < std::tie(b.type, b.half_life, b.generation);
  });
  from.list(lane.cart, kCartMax, 24, [&](CartLine& line) {
    line.item.value = from.in.u64();
    line.added = from.in.instant();
    line.quantity = from.in.i64();
  });
  from.require_order(lane.cart, [](const auto& a, const auto& b) { return a.item < b.item; });
}

void read(Reader& from, Membership& membership) {
  membership.segment = from.in.u32();
  membership.before = from.in.u32();
  membership.since = from.in.instant();
  membership.counted = from.flag();
}

void read_segments(Reader& from, PersonalizationLane& lane) {
  from.list(lane.tastes, kTastesMax, 8, [&](Taste& taste) {
    taste.category = from.in.text();
    taste.count = from.in.u32();
  });
  from.require_order(lane.tastes, [](const auto& a, const auto& b) { return a.category < b.category; });
  lane.tastes_total = from.in.u64();
  lane.orders.count = from.in.u32();
  lane.orders.spent.raw = from.in.i64();
  lane.orders.last = from.in.instant();
  lane.orders.last_hash = from.in.u64();
  read(from, lane.clustered);
  read(from, lane.rfm);
}

void read(Reader& from, PersonalizationLane& lane, std::uint8_t version) {
  read_activity(from, lane);
  lane.cart_touched = from.in.instant();
  lane.cart_told = from.in.instant();
  if (from.flag()) lane.cart_due = from.in.instant();
  lane.carts_abandoned = from.in.u32();
  lane.sessions = from.in.u32();
  lane.dwell_total.us = from.in.i64();
  lane.last_page = from.in.text();
  from.list(lane.paths, kPathsMax, 16, [&](PathStep& path) {
    path.step = from.in.text();
    path.count = from.in.u32();
    path.last = from.in.instant();
  });
  from.require_order(lane.paths, [](const auto& a, const auto& b) { return a.step < b.step; });
  from.require(read_context(from.in, lane.last_context));
  from.list(lane.traits, records::kTraitsMax, 6,
            [&](records::Property& trait) { from.require(read_property(from.in, trait)); });
  from.require_order(lane.traits, [](const auto& a, const auto& b) { return a.name < b.name; });
  if (from.flag()) from.require(read_context(from.in, lane.default_context.emplace()));
  if (version != kWithoutChoices) lane.beyond_training = from.flag();
  if (version > kWithoutSegments) read_segments(from, lane);
}

void read(Reader& from, Choices& choices) {
  from.list(choices.open, kOpenChoicesMax, 43, [&](OpenChoice& choice) {
    choice.decision = from.in.id128();
    choice.placement = from.in.text();
    choice.request_id = from.in.text();
    choice.as_of = from.in.instant();
    choice.newness = from.in.u16();
    choice.explored = from.flag();
    choice.candidates = from.in.text();
  });
  from.list(choices.examples, kExamplesMax, 21, [&](Example& example) {
    example.as_of = from.in.instant();
    example.placement = from.in.text();
    example.newness = from.in.u16();
    example.explored = from.flag();
    example.found_elsewhere = from.flag();
    example.taken = from.in.u8();
    example.alternatives = from.in.text();
  });
}

void read(Reader& from, TrainingLane& lane, std::uint8_t version) {
  from.list(lane.marks, kMarksMax, 68, [&](Mark& mark) {
    read(from, mark.order);
    mark.item.value = from.in.u64();
    mark.session_hash = from.in.u64();
    mark.country_scope = from.in.u64();
    mark.device_scope = from.in.u64();
    if (version > kWithoutSegments) mark.segment_scope = from.in.u64();
    mark.kinds = from.in.u32();
  });
  from.require_order(lane.marks, [](const auto& a, const auto& b) { return a.order <= b.order; });
  if (version != kWithoutChoices) read(from, lane.choices);
}

void read(Reader& from, MeasurementLane& lane) {
  from.list(lane.decisions, kDecisionsMax, 38, [&](DecisionMemory& memory) {
    memory.decision = from.in.id128();
    memory.recorded = from.flag();
    memory.all_exposed = from.flag();
    memory.as_of = from.in.instant();
    memory.placement = from.in.text();
    memory.request_id = from.in.text();
    from.list(memory.shown, records::kSlotsMax, 9, [&](ShownItem& slot) {
      slot.item.value = from.in.u64();
      slot.happened = from.in.u8();
    });
  });
  lane.exposures = from.in.u32();
  lane.clicks = from.in.u32();
  lane.purchases = from.in.u32();
  lane.reward_raw = from.in.i64();
}

void read(Reader& from, Withdrawals& withdrawals) {
  records::Purposes known;
  from.list(withdrawals, kWithdrawalsMax, 12, [&](Withdrawal& withdrawal) {
    withdrawal.stamp = from.in.instant();
    withdrawal.purposes.bits = from.in.u32();
    from.require(!withdrawal.purposes.empty() && (known & withdrawal.purposes).empty());
    known = known | withdrawal.purposes;
  });
  from.require_order(withdrawals, [](const auto& a, const auto& b) { return a.stamp < b.stamp; });
}

} // namespace

Bytes canonical(const Profile& profile) {
  ByteWriter out;
  write_canonical(profile, out);
  return out.take();
}

void write_canonical(const Profile& profile, ByteWriter& out) {
  out.u8(kVersion);
  out.instant(profile.now);
  out.u64(profile.records);
  out.u8(profile.consent_told ? 1 : 0);
  out.u32(profile.consent.bits);
  write_list(out, profile.withdrawals, [&](const Withdrawal& withdrawal) {
    out.instant(withdrawal.stamp);
    out.u32(withdrawal.purposes.bits);
  });
  out.text(profile.assignment_key);
  out.u8(profile.mixed_keys ? 1 : 0);
  write_list(out, profile.linked, [&](const std::string& id) { out.text(id); });
  write(out, profile.personalization);
  write_list(out, profile.training.marks, [&](const Mark& mark) { write(out, mark); });
  write(out, profile.training.choices);
  write_list(out, profile.measurement.decisions, [&](const DecisionMemory& memory) { write(out, memory); });
  out.u32(profile.measurement.exposures);
  out.u32(profile.measurement.clicks);
  out.u32(profile.measurement.purchases);
  out.i64(profile.measurement.reward_raw);
}

bool is_newer_profile(BytesView bytes) {
  return !bytes.empty() && static_cast<std::uint8_t>(bytes.front()) > kVersion;
}

Bytes canonical(const Alias& alias) {
  ByteWriter out;
  out.u8(kAliasForm);
  out.text(alias.to);
  return out.take();
}

bool is_alias(BytesView bytes) {
  return !bytes.empty() && static_cast<std::uint8_t>(bytes.front()) == kAliasForm;
}

std::optional<Alias> alias_from_canonical(BytesView bytes) {
  ByteReader in(bytes);
  const bool form = in.u8() == kAliasForm;
  Alias alias{std::string(in.text())};
  if (!form || !in.ok() || !in.at_end() || alias.to.empty()) return std::nullopt;
  return alias;
}

Result<Profile, CodecError> profile_from_canonical(const UserKey& key, BytesView bytes) {
  Reader from(bytes);
  const std::uint8_t version = from.in.u8();
  if (from.in.ok() && version > kVersion) return CodecError::kNewerVersion;
  if (version < kWithoutChoices) return CodecError::kMalformed;
  Profile profile;
  profile.key = key;
  profile.now = from.in.instant();
  profile.records = from.in.u64();
  profile.consent_told = from.flag();
  profile.consent.bits = from.in.u32();
  if (version > kWithoutStamps) read(from, profile.withdrawals);
  profile.assignment_key = from.in.text();
  if (version > kWithoutLinks) {
    profile.mixed_keys = from.flag();
    from.list(profile.linked, records::kLinkedMax, 4, [&](std::string& id) { id = from.in.text(); });
  }
  read(from, profile.personalization, version);
  read(from, profile.training, version);
  read(from, profile.measurement);
  if (!from.sound() || !from.in.at_end()) return CodecError::kMalformed;
  return profile;
}

} // namespace kindred::profiles
