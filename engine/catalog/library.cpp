#include "engine/catalog/library.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <utility>

namespace kindred::catalog {

namespace {

constexpr std::string_view kDefaultName = "default";
constexpr std::int64_t kDefaultExploration = 52429; // 0.05 of Fixed::kOne

records::Placement shipped_default() {
  records::Placement placement;
  placement.placement = kDefaultName;
  placement.exploration = Fixed{kDefaultExploration};
  return placement;
}

records::Tenant shipped_tenant() {
  records::Tenant tenant;
  tenant.id = kDefaultTenant.value;
  tenant.name = kDefaultName;
  return tenant;
}

/// Category, brand and publisher come first: every item then has its most telling attributes in the columns.
int rank_of(std::string_view name) {
  if (name == "category") return 0;
  if (name == "brand") return 1;
  if (name == "publisher") return 2;
  return 3;
}

std::vector<Attribute> attributes_of(const records::Item& item) {
  std::vector<const records::Property*> told;
  for (const auto& property : item.attributes) told.push_back(&property);
  std::stable_sort(told.begin(), told.end(), [](const auto* left, const auto* right) {
    return rank_of(left->name) < rank_of(right->name);
  });
  std::vector<Attribute> attributes;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) attributes.push_back({attribute_id(name, value), name, value});
  };
  for (const auto* property : told) {
    if (const auto* text = std::get_if<std::string>(&property->value)) add(property->name, *text);
    if (const auto* list = std::get_if<std::vector<std::string>>(&property->value)) {
      for (const auto& element : *list) add(property->name, element);
    }
  }
  return attributes;
}

EntryPtr make_entry(records::Item item, std::uint32_t ordinal) {
  auto entry = std::make_shared<Entry>();
  entry->id = item_id(item.item);
  entry->ordinal = ordinal;
  entry->attributes = attributes_of(item);
  entry->item = std::move(item);
  return entry;
}

} // namespace

// ---- AttributeNumbers ----

std::uint32_t AttributeNumbers::number_of(const Attribute& attribute) {
  const auto [known, fresh] = numbers_.emplace(attribute.id, static_cast<std::uint32_t>(kinds_.size()));
  if (fresh) kinds_.push_back(names_.emplace(attribute.name, kinds_end()).first->second);
  return known->second;
}

// ---- Catalog ----

const Entry* Catalog::find(ItemId id) const {
  const auto known = ordinals_.find(id);
  return known == ordinals_.end() ? nullptr : entries_[known->second].get();
}

const records::Placement& Catalog::placement(std::string_view name) const {
  auto found = placements_.find(name);
  if (found == placements_.end()) found = placements_.find(kDefaultName);
  assert(found != placements_.end());
  return found->second;
}

void Catalog::write_row(const Entry& entry) {
  const std::uint32_t row = entry.ordinal;
  columns_.ids[row] = entry.id;
  columns_.published[row] = entry.item.published;
  columns_.live[row] = entry.live() ? 1 : 0;
  columns_.price[row] = static_cast<float>(entry.item.price.to_double());
  columns_.attributes[row].fill({});
  columns_.numbers[row].fill(0);
  const std::size_t kept = std::min(entry.attributes.size(), Columns::kAttributes);
  for (std::size_t i = 0; i < kept; ++i) {
    columns_.attributes[row][i] = entry.attributes[i].id;
    columns_.numbers[row][i] = attribute_numbers_.number_of(entry.attributes[i]);
  }
}

void Catalog::number_anew() {
  attribute_numbers_ = {};
  for (const EntryPtr& entry : entries_) write_row(*entry);
}

void Catalog::row_changed(std::uint32_t ordinal) {
  const auto& attributes = columns_.attributes[ordinal];
  std::array<std::uint64_t, 6 + Columns::kAttributes> chain{
      version_,
      ordinal,
      columns_.ids[ordinal].value,
      static_cast<std::uint64_t>(columns_.published[ordinal].us),
      columns_.live[ordinal],
      std::bit_cast<std::uint32_t>(columns_.price[ordinal])};
  std::transform(attributes.begin(), attributes.end(), chain.begin() + 6,
                 [](AttributeId id) { return id.value; });
  version_ = hash64({reinterpret_cast<const char*>(chain.data()), sizeof chain});
}

// by_publication_ is sorted by (published, ordinal); columns_.published is its key and must not change in between.
void Catalog::publish(std::uint32_t ordinal) {
  const auto before = [this](std::uint32_t left, std::uint32_t right) {
    return std::pair(columns_.published[left], left) < std::pair(columns_.published[right], right);
  };
  by_publication_.insert(std::upper_bound(by_publication_.begin(), by_publication_.end(), ordinal, before),
                         ordinal);
}

void Catalog::withdraw(std::uint32_t ordinal) {
  const auto before = [this](std::uint32_t left, std::uint32_t right) {
    return std::pair(columns_.published[left], left) < std::pair(columns_.published[right], right);
  };
  const auto at = std::lower_bound(by_publication_.begin(), by_publication_.end(), ordinal, before);
  assert(at != by_publication_.end() && *at == ordinal);
  by_publication_.erase(at);
}

void Catalog::add(EntryPtr entry) {
  assert(entry->ordinal == entries_.size());
  ordinals_.emplace(entry->id, entry->ordinal);
  columns_.ids.emplace_back();
  columns_.published.emplace_back();
  columns_.live.emplace_back();
  columns_.price.emplace_back();
  columns_.attributes.emplace_back();
  columns_.numbers.emplace_back();
  write_row(*entry);
  row_changed(entry->ordinal);
  live_count_ += entry->live() ? 1 : 0;
  publish(entry->ordinal);
  entries_.push_back(std::move(entry));
}

bool Catalog::restore_item(records::Item item) {
  if (ordinals_.contains(item_id(item.item))) return false;
  add(make_entry(std::move(item), static_cast<std::uint32_t>(entries_.size())));
  return true;
}

void Catalog::replace(std::uint32_t ordinal, records::Item item) {
  const EntryPtr before = entries_[ordinal];
  entries_[ordinal] = make_entry(std::move(item), ordinal);
  const Entry& after = *entries_[ordinal];
  live_count_ += after.live() ? 1 : 0;
  live_count_ -= before->live() ? 1 : 0;
  withdraw(ordinal);
  write_row(after);
  if (attribute_numbers_.size() > kNumbersPerRowMax * entries_.size() + kNumbersSpare) number_anew();
  row_changed(ordinal); // the version goes on, also where numbers are new
  publish(ordinal);
}

Result<Done, LibraryError> Catalog::put(records::Item item, Instant stamp, std::size_t items_max) {
  const auto known = ordinals_.find(item_id(item.item));
  if (known == ordinals_.end()) {
    if (item.removed) return Done{};
    if (entries_.size() >= items_max) return LibraryError::kFull;
    if (item.published.us == 0) item.published = stamp;
    add(make_entry(std::move(item), static_cast<std::uint32_t>(entries_.size())));
    return Done{};
  }
  const std::uint32_t ordinal = known->second;
  const records::Item& before = entries_[ordinal]->item;
  if (before.item != item.item) return LibraryError::kCollision;
  if (item.automatic) return Done{};
  records::Item after = std::move(item);
  if (after.removed) {
    std::string author = std::move(after.author);
    after = before;
    after.automatic = false;
    after.removed = true;
    after.author = std::move(author);
  } else if (after.published.us == 0) {
    after.published = before.published;
  }
  if (after != before) replace(ordinal, std::move(after));
  return Done{};
}

Result<Done, LibraryError> Catalog::set(const records::Placement& placement) {
  if (placement.removed) {
    placements_.erase(placement.placement);
    if (placement.placement == kDefaultName) placements_.emplace(kDefaultName, shipped_default());
    return Done{};
  }
  if (!placements_.contains(placement.placement) && placements_.size() >= kPlacementsMax) {
    return LibraryError::kFull;
  }
  placements_.insert_or_assign(placement.placement, placement);
  return Done{};
}

// ---- Library ----

Library::Library(std::size_t items_max) : items_max_(items_max) {
  const auto made = put_tenant(shipped_tenant());
  assert(made.ok());
}

Result<Done, LibraryError> Library::put_tenant(const records::Tenant& tenant) {
  const auto known = tenants_.find(tenant.name);
  if (known != tenants_.end()) {
    if (known->second.id != tenant.id) return LibraryError::kCollision;
    known->second = tenant;
    return Done{};
  }
  if (tenant.id == 0 || this->tenant(TenantId{tenant.id}) != nullptr) return LibraryError::kCollision;
  if (tenants_.size() >= kTenantsMax) return LibraryError::kFull;
  tenants_.emplace(tenant.name, tenant);
  Catalog& catalog = catalogs_[TenantId{tenant.id}];
  catalog.placements_.emplace(kDefaultName, shipped_default());
  return Done{};
}

Result<Done, LibraryError> Library::apply(const records::Record& record) {
  if (const auto* tenant = std::get_if<records::Tenant>(&record.body)) return put_tenant(*tenant);
  const auto* item = std::get_if<records::Item>(&record.body);
  const auto* placement = std::get_if<records::Placement>(&record.body);
  if (item == nullptr && placement == nullptr) return LibraryError::kNotLibrary;
  const auto catalog = catalogs_.find(record.header.tenant);
  if (catalog == catalogs_.end() || tenant(record.header.tenant)->removed)
    return LibraryError::kUnknownTenant;
  if (item != nullptr) return catalog->second.put(*item, record.header.stamp, items_max_);
  return catalog->second.set(*placement);
}

const Catalog* Library::catalog(TenantId tenant) const {
  const auto found = catalogs_.find(tenant);
  return found == catalogs_.end() ? nullptr : &found->second;
}

const records::Tenant* Library::tenant(std::string_view name) const {
  const auto found = tenants_.find(name);
  return found == tenants_.end() ? nullptr : &found->second;
}

const records::Tenant* Library::tenant(TenantId id) const {
  for (const auto& [name, tenant] : tenants_) {
    if (tenant.id == id.value) return &tenant;
  }
  return nullptr;
}

} // namespace kindred::catalog
