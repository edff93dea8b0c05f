#include "actors/gateway/recorder.hpp"

#include <algorithm>
#include <cassert>

#include "actors/gateway/checks.hpp"
#include "actors/gateway/contract.hpp"
#include "engine/base/hash.hpp"
#include "engine/profiles/tenant_inputs.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::gateway {

using api::Error;
using api::ErrorCode;
using records::RecordType;
using records::Stream;
using records::Topic;

namespace {

std::string id_bytes(std::string_view kind, TenantId tenant, std::string_view subject,
                     std::string_view rest) {
  ByteWriter out;
  out.text(kind);
  out.u32(tenant.value);
  out.text(subject);
  out.text(rest);
  return out.take();
}

const std::string* text_property(const records::Event& event, std::string_view name) {
  for (const auto& property : event.properties)
    if (property.name == name) return std::get_if<std::string>(&property.value);
  return nullptr;
}

const std::string* text_attribute(const records::Item& item, std::string_view name) {
  for (const auto& attribute : item.attributes)
    if (attribute.name == name) return std::get_if<std::string>(&attribute.value);
  return nullptr;
}

/// The same whenever the event is imported again.
std::string id_of(const records::Producer& producer) {
  ByteWriter out;
  out.text(producer.name);
  out.u64(producer.epoch);
  out.u64(producer.sequence);
  return to_hex(hash128(out.view()));
}

/// Attributes of an item that events may tell before its catalog record does.
constexpr std::string_view kFactNames[] = {"category", "brand", "publisher"};

std::optional<Error> too_big(const Bytes& record, std::size_t most) {
  if (record.size() <= most) return std::nullopt;
  return Error{ErrorCode::kTooLarge,
               "encoded it has " + std::to_string(record.size()) + " bytes, at most " + std::to_string(most) +
                   " are taken: leave out what is not needed",
               0};
}

Error too_old(Instant sent, Instant now) {
  const std::int64_t days = (now - sent).us / kDay.us;
  return {ErrorCode::kTooOldInput,
          "it was first sent " + std::to_string(days) +
              " days ago, but repeats are known for 7 days only: import it as history (flag import), if it "
              "was never taken",
          0};
}

} // namespace

Result<Recorded, Error> Recorder::record(api::Query&& query, const Circumstance& at) {
  assert(api::is_write(query));
  return std::visit(
      [&](auto&& one) -> Outcome {
        if constexpr (requires { of(std::move(one), at); })
          return of(std::move(one), at);
        else
          return Error{ErrorCode::kInternal, "a read was taken for a write", 0};
      },
      std::move(query));
}

Recorder::Outcome Recorder::of(api::Track&& query, const Circumstance& at) {
  records::Event& event = query.event;
  if (event.user_id.empty()) event.user_id = event.anonymous_id;
  if (auto error = check(event)) return std::move(*error);
  const bool import = (query.flags & records::flags::kImport) != 0;
  if (!import && event.producer)
    return Error{
        ErrorCode::kInvalidValue,
        "a producer with its sequence belongs to an import: set the flag import (2), or leave it out", 0};
  if (!import && event.send_time && at.now - *event.send_time > kOnceWindow)
    return too_old(*event.send_time, at.now);
  if (event.message_id.empty())
    event.message_id = event.producer ? id_of(*event.producer) : new_id(at.idempotency_key, at.query);
  if (event.event_time == Instant{}) event.event_time = at.now;
  const Instant told = event.event_time;
  event.event_time = clamped(told, query.flags, at.now);
  if (event.event_time != told) event.original_time = told;

  copy_facts(event, at);
  std::vector<Bytes> new_items;
  const bool total = event.type == records::EventType::kPurchase || event.type == records::EventType::kRefund;
  announce(event.item, total ? Money{} : event.value, event, at,
           new_items); // an order's value is no item's price
  for (const auto& line : event.lines) announce(line.item, line.unit_price, event, at, new_items);
  const RecordId id = event_record_id(at.tenant, event.user_id, event.message_id);
  const std::string user = event.user_id;
  Recorded recorded = for_user(RecordType::kEvent, user, std::move(event), id, query.stated, query.flags, at);
  if (auto error = too_big(recorded.record, records::kEventBytesMax)) {
    on_library_refused(); // its items were not announced after all
    return std::move(*error);
  }
  recorded.new_items = std::move(new_items);
  return recorded;
}

Recorder::Outcome Recorder::of(api::UpdateProfile&& query, const Circumstance& at) {
  if (auto error = check(query.update)) return std::move(*error);
  const std::string user = query.update.user_id;
  Recorded recorded = for_user(RecordType::kProfileUpdate, user, std::move(query.update),
                               record_id(RecordType::kProfileUpdate, user, at), query.stated, 0, at);
  if (auto error = too_big(recorded.record, records::kToldBytesMax)) return std::move(*error);
  return recorded;
}

Recorder::Outcome Recorder::of(api::SetConsent&& query, const Circumstance& at) {
  if (auto error = check(query.consent)) return std::move(*error);
  const std::string user = query.consent.user_id;
  return for_user(RecordType::kConsent, user, std::move(query.consent),
                  record_id(RecordType::kConsent, user, at), records::kAllPurposes, 0, at);
}

Recorder::Outcome Recorder::of(api::EraseUser&& query, const Circumstance& at) {
  if (auto error = check(query.erase)) return std::move(*error);
  const std::string user = query.erase.user_id;
  return for_user(RecordType::kErase, user, std::move(query.erase), record_id(RecordType::kErase, user, at),
                  records::kAllPurposes, 0, at);
}

Recorder::Outcome Recorder::of(api::LinkUsers&& query, const Circumstance& at) {
  if (auto error = check(query.link)) return std::move(*error);
  const std::string user = query.link.user_id;
  return for_user(RecordType::kLink, user, std::move(query.link), record_id(RecordType::kLink, user, at),
                  records::kAllPurposes, 0, at);
}

Recorder::Outcome Recorder::of(api::Expose&& query, const Circumstance& at) {
  if (auto error = check(query.exposed)) return std::move(*error);
  if (query.exposed.shown_at == Instant{}) query.exposed.shown_at = at.now;
  query.exposed.shown_at = clamped(query.exposed.shown_at, 0, at.now);
  const std::string user = query.exposed.user_id;
  Recorded recorded = for_user(RecordType::kExposed, user, std::move(query.exposed),
                               record_id(RecordType::kExposed, user, at), query.stated, 0, at);
  if (auto error = too_big(recorded.record, records::kToldBytesMax)) return std::move(*error);
  return recorded;
}

Recorder::Outcome Recorder::of(api::GiveReward&& query, const Circumstance& at) {
  if (auto error = check(query.reward)) return std::move(*error);
  if (query.reward.time == Instant{}) query.reward.time = at.now;
  query.reward.time = clamped(query.reward.time, 0, at.now);
  const std::string user = query.reward.user_id;
  return for_user(RecordType::kReward, user, std::move(query.reward),
                  record_id(RecordType::kReward, user, at), query.stated, 0, at);
}

Recorder::Outcome Recorder::of(api::PutItem&& query, const Circumstance& at) {
  records::Item& item = query.item;
  if (auto error = check(item)) return std::move(*error);
  const auto* catalog = at.library.catalog(at.tenant);
  const auto* known = catalog ? catalog->find(item_id(item.item)) : nullptr;
  if (known && known->item.item != item.item)
    return Error{ErrorCode::kCollision,
                 "item '" + item.item + "' has the same 64-bit hash as '" + known->item.item + "': rename it",
                 0};
  if (!known && catalog && catalog->entries().size() >= kindred::catalog::kItemsMax)
    return Error{ErrorCode::kFull, "the catalog holds 1,000,000 items, its most: no new item is taken", 0};
  if (!known && item.published == Instant{}) item.published = at.now;
  const RecordId id = record_id(RecordType::kItem, item.item, at);
  Recorded recorded = for_library(RecordType::kItem, std::move(item), id, at.tenant, at);
  if (auto error = too_big(recorded.record, records::kRecordBytesMax)) return std::move(*error);
  return recorded;
}

Recorder::Outcome Recorder::of(api::SetPlacement&& query, const Circumstance& at) {
  if (auto error = check(query.placement)) return std::move(*error);
  const auto* catalog = at.library.catalog(at.tenant);
  const bool known = catalog && catalog->placements().contains(query.placement.placement);
  if (!known && catalog && catalog->placements().size() >= kindred::catalog::kPlacementsMax)
    return Error{ErrorCode::kFull, "there are 1,000 placements, the most: remove one first", 0};
  const RecordId id = record_id(RecordType::kPlacement, query.placement.placement, at);
  return for_library(RecordType::kPlacement, std::move(query.placement), id, at.tenant, at);
}

Recorder::Outcome Recorder::of(api::SetTenant&& query, const Circumstance& at) {
  if (auto error = check(query.tenant)) return std::move(*error);
  const TenantId tenant = tenant_id(query.tenant.name, at.library);
  if (!at.library.tenant(tenant) && at.library.tenants().size() >= kindred::catalog::kTenantsMax)
    return Error{ErrorCode::kFull, "there are 1,000 tenants, the most: remove one first", 0};
  query.tenant.id = tenant.value;
  const RecordId id = record_id(RecordType::kTenant, query.tenant.name, at);
  records::Tenant told = query.tenant;
  Recorded recorded = for_library(RecordType::kTenant, std::move(query.tenant), id, tenant, at);
  recorded.tenant = std::move(told);
  return recorded;
}

std::vector<Bytes> Recorder::adopts(const records::Tenant& tenant, std::uint64_t generation,
                                    Instant now) const {
  const auto record = [&](std::string_view kind, Bytes value) {
    records::Record record;
    record.header.type = RecordType::kAdopt;
    record.header.tenant = {tenant.id};
    record.header.stamp = now;
    record.header.id = hash128(id_bytes("adopt", {tenant.id}, kind, std::to_string(generation)));
    record.body = records::Adopt{std::string(kind), generation, std::move(value)};
    return schemas::encode_record(record);
  };
  return {record(profiles::kAdoptConsentDefault, profiles::adopt_value(tenant.consent_default)),
          record(profiles::kAdoptCartAbandonedAfter, profiles::adopt_value(tenant.cart_abandoned_after))};
}

void Recorder::on_library(const kindred::catalog::Library& library) {
  std::erase_if(announced_, [&](const auto& one) {
    const auto* catalog = library.catalog(one.first);
    return catalog && catalog->find(one.second);
  });
  std::erase_if(tenants_, [&](const auto& one) { return library.tenant(one.second) != nullptr; });
}

void Recorder::on_library_refused() {
  announced_.clear();
  tenants_.clear();
}

std::string Recorder::new_id(std::string_view idempotency_key, std::uint32_t query) {
  if (!idempotency_key.empty()) return std::string(idempotency_key) + "#" + std::to_string(query);
  const std::uint64_t high = chance_.next();
  return to_hex({high, chance_.next()});
}

RecordId Recorder::record_id(RecordType type, std::string_view subject, const Circumstance& at) {
  return hash128(id_bytes(records::name_of(type), at.tenant, subject, new_id(at.idempotency_key, at.query)));
}

Recorded Recorder::for_user(RecordType type, const std::string& user, records::Body body, RecordId id,
                            records::Purposes stated, std::uint8_t flags, const Circumstance& at) const {
  records::Record record;
  record.header.type = type;
  record.header.flags = flags & (records::flags::kImport | records::flags::kSynthetic);
  record.header.tenant = at.tenant;
  record.header.slot = slot_of(at.tenant, user);
  record.header.id = id;
  record.header.stamp = at.now;
  record.header.stated = stated;
  record.header.trace = at.trace;
  record.body = std::move(body);
  return {{Topic::kEvents, partition_of(record.header.slot, settings_.partitions)},
          schemas::encode_record(record),
          {},
          {}};
}

Recorded Recorder::for_library(RecordType type, records::Body body, RecordId id, TenantId tenant,
                               const Circumstance& at) const {
  records::Record record;
  record.header.type = type;
  record.header.tenant = tenant;
  record.header.id = id;
  record.header.stamp = at.now;
  record.header.trace = at.trace;
  record.body = std::move(body);
  return {{Topic::kLibrary, {}}, schemas::encode_record(record), {}, {}};
}

Instant Recorder::clamped(Instant told, std::uint8_t flags, Instant now) const {
  if (settings_.follows_events || (flags & records::flags::kImport)) return told;
  return std::clamp(told, now - kClientTimePastMax, now + kClientTimeAheadMax);
}

void Recorder::copy_facts(records::Event& event, const Circumstance& at) const {
  if (event.item.empty()) return;
  records::ItemFacts facts;
  std::string* const into[] = {&facts.category, &facts.brand, &facts.publisher};
  const auto* catalog = at.library.catalog(at.tenant);
  const auto* known = catalog ? catalog->find(item_id(event.item)) : nullptr;
  if (known && known->item.item != event.item) known = nullptr; // another item with this hash
  for (std::size_t i = 0; i < std::size(kFactNames); ++i) {
    const std::string* fact = known ? text_attribute(known->item, kFactNames[i]) : nullptr;
    if (!fact) fact = text_property(event, kFactNames[i]);
    if (fact) *into[i] = *fact;
  }
  const Money price = known ? known->item.price : Money{};
  const std::string& base = at.settings.base_currency;
  if (base.empty() || base == std::string_view(price.currency.data(), price.currency.size()))
    facts.price_base = price;
  event.item_facts = std::move(facts);
}

void Recorder::announce(const std::string& item, const Money& price, const records::Event& event,
                        const Circumstance& at, std::vector<Bytes>& into) {
  if (item.empty()) return;
  const ItemId id = item_id(item);
  const auto* catalog = at.library.catalog(at.tenant);
  if (!catalog || catalog->find(id)) return;
  const bool full = catalog->entries().size() + announced_.size() >= kindred::catalog::kItemsMax;
  if (full || !announced_.emplace(at.tenant, id).second) return;
  records::Item fresh;
  fresh.item = item;
  fresh.automatic = true;
  fresh.published = event.event_time;
  if (price.minor >= 0) fresh.price = price;
  for (const auto name : kFactNames)
    if (const auto* fact = text_property(event, name)) fresh.attributes.push_back({std::string(name), *fact});
  const RecordId record = hash128(id_bytes("automaticItem", at.tenant, item, {}));
  into.push_back(for_library(RecordType::kItem, std::move(fresh), record, at.tenant, at).record);
}

TenantId Recorder::tenant_id(const std::string& name, const kindred::catalog::Library& library) {
  if (const auto* known = library.tenant(name)) return {known->id};
  if (const auto given = tenants_.find(name); given != tenants_.end()) return given->second;
  std::uint32_t last = 0;
  for (const auto& [known_name, tenant] : library.tenants()) last = std::max(last, tenant.id);
  for (const auto& [given_name, id] : tenants_) last = std::max(last, id.value);
  return tenants_.emplace(name, TenantId{last + 1}).first->second;
}

std::string_view message_id_of(const api::Query& query) {
  const auto* track = std::get_if<api::Track>(&query);
  return track ? std::string_view(track->event.message_id) : std::string_view();
}

} // namespace kindred::actors::gateway
