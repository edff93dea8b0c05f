// The canonical bytes of a Library: version, tenants by name, then per tenant number its items by ordinal and its
// placements by name. Little-endian, no padding (engine/base/bytes.hpp).

#include <utility>

#include "engine/base/bytes.hpp"
#include "engine/catalog/library.hpp"

namespace kindred::catalog {

namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kRecordBytesMin = 8; ///< no tenant, item, placement, property or source is shorter

void write(ByteWriter& out, const Money& money) {
  out.i64(money.minor);
  out.u8(money.exponent);
  out.raw({money.currency.data(), money.currency.size()});
}

/// A flag has one form: any byte but 0 and 1 was not written here.
bool read_flag(ByteReader& in, bool& flag) {
  const std::uint8_t value = in.u8();
  flag = value == 1;
  return value <= 1;
}

Money read_money(ByteReader& in) {
  Money money;
  money.minor = in.i64();
  money.exponent = in.u8();
  const BytesView currency = in.raw(money.currency.size());
  if (in.ok()) std::copy(currency.begin(), currency.end(), money.currency.begin());
  return money;
}

// One overload per alternative of PropertyValue.
void put(ByteWriter& out, bool value) { out.u8(value ? 1 : 0); }
void put(ByteWriter& out, std::int64_t value) { out.i64(value); }
void put(ByteWriter& out, Fixed value) { out.i64(value.raw); }
void put(ByteWriter& out, const std::string& value) { out.text(value); }
void put(ByteWriter& out, Instant value) { out.instant(value); }
void put(ByteWriter& out, const records::Place& value) {
  out.i32(value.latitude_e7);
  out.i32(value.longitude_e7);
}
void put(ByteWriter& out, const std::vector<std::string>& value) {
  out.u32(static_cast<std::uint32_t>(value.size()));
  for (const auto& element : value) out.text(element);
}

void write(ByteWriter& out, const records::Property& property) {
  out.text(property.name);
  out.u8(static_cast<std::uint8_t>(property.value.index()));
  std::visit([&](const auto& value) { put(out, value); }, property.value);
}

std::vector<std::string> read_texts(ByteReader& in) {
  std::vector<std::string> texts(in.count(sizeof(std::uint32_t)));
  for (auto& text : texts) text = in.text();
  return texts;
}

/// False: an alternative that this version does not know, or a bool that is none.
bool read_value(ByteReader& in, records::PropertyValue& value) {
  switch (in.u8()) {
  case 0: return read_flag(in, value.emplace<bool>());
  case 1: value = in.i64(); return true;
  case 2: value = Fixed{in.i64()}; return true;
  case 3: value = std::string(in.text()); return true;
  case 4: value = read_texts(in); return true;
  case 5: value = in.instant(); return true;
  case 6: {
    const std::int32_t latitude_e7 = in.i32();
    value = records::Place{latitude_e7, in.i32()};
    return true;
  }
  }
  return false;
}

void write(ByteWriter& out, const records::Item& item) {
  out.text(item.item);
  out.u8(item.automatic ? 1 : 0);
  out.u8(item.removed ? 1 : 0);
  out.u8(item.available ? 1 : 0);
  out.instant(item.published);
  out.text(item.title);
  write(out, item.price);
  out.u32(static_cast<std::uint32_t>(item.attributes.size()));
  for (const auto& attribute : item.attributes) write(out, attribute);
  out.text(item.author);
}

bool read(ByteReader& in, records::Item& item) {
  item.item = in.text();
  if (!read_flag(in, item.automatic) || !read_flag(in, item.removed) || !read_flag(in, item.available))
    return false;
  item.published = in.instant();
  item.title = in.text();
  item.price = read_money(in);
  item.attributes.resize(in.count(sizeof(std::uint32_t) + 2)); // a name, a kind, a bool
  for (auto& attribute : item.attributes) {
    attribute.name = in.text();
    if (!read_value(in, attribute.value)) return false;
  }
  item.author = in.text();
  return in.ok();
}

void write(ByteWriter& out, const records::Placement& placement) {
  out.text(placement.placement);
  out.u32(static_cast<std::uint32_t>(placement.sources.size()));
  for (const auto& source : placement.sources) {
    out.text(source.source);
    out.i64(source.weight.raw);
  }
  out.u8(static_cast<std::uint8_t>(placement.filter));
  out.i64(placement.exploration.raw);
  out.u16(placement.count_default);
  out.u16(placement.count_max);
  out.u32(placement.budget_us);
  out.text(placement.author);
}

bool read(ByteReader& in, records::Placement& placement) {
  placement.placement = in.text();
  placement.sources.resize(in.count(kRecordBytesMin));
  for (auto& source : placement.sources) {
    source.source = in.text();
    source.weight = Fixed{in.i64()};
  }
  const std::uint8_t filter = in.u8();
  if (filter > static_cast<std::uint8_t>(records::Filter::kNeverBought)) return false;
  placement.filter = static_cast<records::Filter>(filter);
  placement.exploration = Fixed{in.i64()};
  placement.count_default = in.u16();
  placement.count_max = in.u16();
  placement.budget_us = in.u32();
  placement.author = in.text();
  return in.ok();
}

void write(ByteWriter& out, const records::Tenant& tenant) {
  out.u32(tenant.id);
  out.text(tenant.name);
  out.u8(tenant.removed ? 1 : 0);
  out.u32(tenant.consent_default.bits);
  out.text(tenant.base_currency);
  out.i64(tenant.cart_abandoned_after.us);
  out.text(tenant.author);
}

bool read(ByteReader& in, records::Tenant& tenant) {
  tenant.id = in.u32();
  tenant.name = in.text();
  if (!read_flag(in, tenant.removed)) return false;
  tenant.consent_default.bits = in.u32();
  tenant.base_currency = in.text();
  tenant.cart_abandoned_after.us = in.i64();
  tenant.author = in.text();
  return in.ok();
}

} // namespace

Bytes Library::canonical() const {
  ByteWriter out;
  out.u32(kVersion);
  out.u32(static_cast<std::uint32_t>(tenants_.size()));
  for (const auto& [name, tenant] : tenants_) write(out, tenant);
  for (const auto& [id, catalog] : catalogs_) {
    out.u32(id.value);
    out.u32(static_cast<std::uint32_t>(catalog.entries_.size()));
    for (const auto& entry : catalog.entries_) write(out, entry->item);
    out.u32(static_cast<std::uint32_t>(catalog.placements_.size()));
    for (const auto& [name, placement] : catalog.placements_) write(out, placement);
  }
  return out.take();
}

/// What `canonical` writes and nothing else: names, numbers and placements ascend, so that no library has two forms.
Result<Library, LibraryError> Library::restore(BytesView canonical) {
  ByteReader in(canonical);
  const std::uint32_t version = in.u32();
  if (!in.ok() || version == 0) return LibraryError::kMalformed;
  if (version > kVersion) return LibraryError::kNewerVersion;
  Library library;
  library.tenants_.clear();
  library.catalogs_.clear();
  const std::uint32_t tenants = in.count(kRecordBytesMin);
  std::string last_name;
  for (std::uint32_t i = 0; i < tenants; ++i) {
    records::Tenant tenant;
    if (!read(in, tenant) || (i > 0 && tenant.name <= last_name)) return LibraryError::kMalformed;
    if (!library.put_tenant(tenant).ok()) return LibraryError::kMalformed;
    last_name = tenant.name;
  }
  for (auto& [id, catalog] : library.catalogs_) {
    if (in.u32() != id.value || !library.restore_catalog(in, catalog)) return LibraryError::kMalformed;
  }
  if (!in.ok() || !in.at_end()) return LibraryError::kMalformed;
  return library;
}

bool Library::restore_catalog(ByteReader& in, Catalog& catalog) {
  const std::uint32_t items = in.count(kRecordBytesMin);
  for (std::uint32_t row = 0; row < items; ++row) {
    records::Item item;
    if (!read(in, item) || !catalog.restore_item(std::move(item))) return false;
  }
  const std::uint32_t placements = in.count(kRecordBytesMin);
  std::string last_name;
  for (std::uint32_t row = 0; row < placements; ++row) {
    records::Placement placement;
    if (!read(in, placement) || (row > 0 && placement.placement <= last_name)) return false;
    last_name = placement.placement;
    if (!catalog.set(placement).ok()) return false;
  }
  return catalog.placements_.size() == placements; // `default` among them: no catalog is without it
}

} // namespace kindred::catalog
