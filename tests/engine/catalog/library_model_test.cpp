// The library against a slow, obvious model of its rules: whatever records come, in whatever order, both hold the same
// and refuse the same for the same reason.

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/catalog/library.hpp"
#include "tests/engine/catalog/library_records.hpp"

namespace kindred::catalog {
namespace {

using Refusal = std::optional<LibraryError>;

constexpr std::size_t kItemsHere = 6; ///< items_max of the library under test, so that it is reached

/// What one tenant has: lists that are searched from the front.
struct SlowTenant {
  records::Tenant told;
  std::vector<records::Item> items; ///< in order of registration
  std::map<std::string, records::Placement> placements;

  records::Item* find(const std::string& id) {
    const auto at =
        std::find_if(items.begin(), items.end(), [&](const records::Item& item) { return item.item == id; });
    return at == items.end() ? nullptr : &*at;
  }

  Refusal put(records::Item item, Instant stamp) {
    records::Item* known = find(item.item);
    if (known == nullptr) {
      if (item.removed) return {};
      if (items.size() == kItemsHere) return LibraryError::kFull;
      if (item.published == Instant{}) item.published = stamp;
      items.push_back(item);
    } else if (item.removed && !item.automatic) {
      known->removed = true;
      known->automatic = false;
      known->author = item.author;
    } else if (!item.automatic) {
      if (item.published == Instant{}) item.published = known->published;
      *known = item;
    }
    return {};
  }

  Refusal set(const records::Placement& placement, const records::Placement& shipped) {
    if (placement.removed) placements.erase(placement.placement);
    if (placement.removed && placement.placement == "default") placements["default"] = shipped;
    if (!placement.removed) placements[placement.placement] = placement;
    return {};
  }
};

class SlowLibrary {
public:
  SlowLibrary() : shipped_(Library().catalog(kDefaultTenant)->placement("default")) {
    EXPECT_EQ(add(*Library().tenant("default")), std::nullopt);
  }

  Refusal apply(const records::Record& record) {
    if (const auto* told = std::get_if<records::Tenant>(&record.body)) return add(*told);
    const auto* item = std::get_if<records::Item>(&record.body);
    const auto* placement = std::get_if<records::Placement>(&record.body);
    if (item == nullptr && placement == nullptr) return LibraryError::kNotLibrary;
    for (SlowTenant& tenant : tenants) {
      if (tenant.told.id != record.header.tenant.value || tenant.told.removed) continue;
      return item != nullptr ? tenant.put(*item, record.header.stamp) : tenant.set(*placement, shipped_);
    }
    return LibraryError::kUnknownTenant;
  }

  std::vector<SlowTenant> tenants;

private:
  Refusal add(const records::Tenant& told) {
    for (SlowTenant& tenant : tenants) {
      const bool name = tenant.told.name == told.name, number = tenant.told.id == told.id;
      if (name != number) return LibraryError::kCollision;
      if (!name) continue;
      tenant.told = told;
      return {};
    }
    if (told.id == 0) return LibraryError::kCollision;
    tenants.push_back({told, {}, {{"default", shipped_}}});
    return {};
  }

  const records::Placement shipped_;
};

/// Attributes as the columns keep them: the told ones by rank, then lists in their order; nothing that is empty.
std::vector<AttributeId> slow_attributes(const records::Item& item) {
  std::vector<AttributeId> ids;
  const auto take = [&](const records::Property& property) {
    std::vector<std::string> texts;
    if (const auto* text = std::get_if<std::string>(&property.value)) texts = {*text};
    if (const auto* list = std::get_if<std::vector<std::string>>(&property.value)) texts = *list;
    for (const auto& text : texts)
      if (!text.empty()) ids.push_back(attribute_id(property.name, text));
  };
  for (const char* first : {"category", "brand", "publisher"})
    for (const auto& property : item.attributes)
      if (property.name == first) take(property);
  for (const auto& property : item.attributes)
    if (property.name != "category" && property.name != "brand" && property.name != "publisher")
      take(property);
  ids.resize(Columns::kAttributes);
  return ids;
}

void expect_same_items(const Catalog& catalog, const std::vector<records::Item>& items) {
  ASSERT_EQ(catalog.entries().size(), items.size());
  std::size_t live = 0;
  for (std::uint32_t row = 0; row < items.size(); ++row) {
    const Entry* entry = catalog.find(item_id(items[row].item));
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->item, items[row]);
    EXPECT_EQ(entry->ordinal, row);
    const Columns& columns = catalog.columns();
    EXPECT_EQ(columns.ids[row], entry->id);
    EXPECT_EQ(columns.published[row], items[row].published);
    EXPECT_EQ(columns.live[row] == 1, items[row].available && !items[row].removed);
    EXPECT_EQ(columns.price[row], static_cast<float>(items[row].price.to_double()));
    const std::vector<AttributeId> attributes(columns.attributes[row].begin(), columns.attributes[row].end());
    EXPECT_EQ(attributes, slow_attributes(items[row]));
    live += columns.live[row];
  }
  EXPECT_EQ(catalog.live_count(), live);
  std::vector<std::uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    return items[left].published < items[right].published;
  });
  EXPECT_EQ(catalog.by_publication(), order);
}

void expect_same(const Library& library, const SlowLibrary& slow) {
  ASSERT_EQ(library.tenants().size(), slow.tenants.size());
  for (const SlowTenant& tenant : slow.tenants) {
    ASSERT_NE(library.tenant(tenant.told.name), nullptr);
    EXPECT_EQ(*library.tenant(tenant.told.name), tenant.told);
    EXPECT_EQ(*library.tenant(TenantId{tenant.told.id}), tenant.told);
    const Catalog& catalog = *library.catalog(TenantId{tenant.told.id});
    expect_same_items(catalog, tenant.items);
    const std::map<std::string, records::Placement> placements(catalog.placements().begin(),
                                                               catalog.placements().end());
    EXPECT_EQ(placements, tenant.placements);
    EXPECT_EQ(catalog.placement("never set"), tenant.placements.at("default"));
  }
}

/// Any record that a library log may carry, and now and then one that it may not; names from small sets, so that
/// records meet.
class AnyRecord {
public:
  explicit AnyRecord(std::uint64_t seed) : random_(seed) {}

  records::Record next() {
    const Instant stamp{1'000 + static_cast<std::int64_t>(random_.below(50))};
    const TenantId tenant{static_cast<std::uint32_t>(1 + random_.below(4))};
    const auto kind = random_.below(20);
    if (kind == 0) return record_of(records::Tick{}, stamp, tenant);
    if (kind <= 2) return record_of(any_tenant(), stamp, tenant);
    if (kind <= 6) return record_of(any_placement(), stamp, tenant);
    return record_of(any_item(), stamp, tenant);
  }

private:
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }

  records::Tenant any_tenant() {
    records::Tenant tenant = tenant_of(static_cast<std::uint32_t>(random_.below(4)),
                                       one_in(3) ? "default" : "t" + std::to_string(random_.below(3)));
    tenant.removed = one_in(4);
    tenant.author = std::to_string(random_.below(3));
    return tenant;
  }
  records::Placement any_placement() {
    records::Placement placement =
        placement_of(one_in(3) ? "default" : "p" + std::to_string(random_.below(3)),
                     static_cast<std::uint16_t>(random_.below(9)));
    placement.removed = one_in(3);
    return placement;
  }
  records::Item any_item() {
    records::Item item =
        item_of("i" + std::to_string(random_.below(9)), static_cast<std::int64_t>(random_.below(4)));
    item.automatic = one_in(4);
    item.removed = one_in(5);
    item.available = !one_in(4);
    item.price = {static_cast<std::int64_t>(random_.below(500)), 2, {'E', 'U', 'R'}};
    item.title = one_in(2) ? "title" : "";
    item.author = std::to_string(random_.below(2));
    static constexpr const char* kNames[] = {"colour", "brand", "publisher", "category", "size"};
    for (auto n = random_.below(4); n > 0; --n) {
      const std::string name = kNames[random_.below(5)];
      switch (random_.below(3)) {
      case 0: item.attributes.push_back({name, std::to_string(random_.below(3))}); break;
      case 1: item.attributes.push_back({name, std::vector<std::string>{"x", "", "y"}}); break;
      default: item.attributes.push_back({name, std::int64_t{7}}); break;
      }
    }
    return item;
  }

  Random random_;
};

RC_GTEST_PROP(LibraryModel, HoldsAndRefusesWhatTheRulesSay, (std::uint64_t seed)) {
  Library library(kItemsHere);
  SlowLibrary slow;
  AnyRecord any(seed);
  for (int step = 0; step < 120; ++step) {
    const records::Record record = any.next();
    const auto taken = library.apply(record);
    const Refusal refused = slow.apply(record);
    RC_ASSERT(taken.ok() == !refused.has_value());
    if (refused) RC_ASSERT(taken.error() == *refused);
  }
  expect_same(library, slow);
  RC_ASSERT(!::testing::Test::HasFailure());
}

// Law: once, and: a record that is refused changes nothing.
RC_GTEST_PROP(LibraryModel, ARecordThatIsRefusedOrRepeatedChangesNoByte, (std::uint64_t seed)) {
  Library library(kItemsHere);
  AnyRecord any(seed);
  for (int step = 0; step < 60; ++step) {
    const records::Record record = any.next();
    const Bytes before = library.canonical();
    const bool taken = library.apply(record).ok();
    const Bytes after = library.canonical();
    if (!taken) RC_ASSERT(after == before);
    RC_ASSERT(library.apply(record).ok() == taken);
    RC_ASSERT(library.canonical() == after);
  }
}

// What a checkpoint brings back is the library, and goes on like it.
RC_GTEST_PROP(LibraryModel, ARestoredLibraryGoesOnLikeTheOneThatWasStored, (std::uint64_t seed)) {
  Library library;
  AnyRecord any(seed);
  for (int step = 0; step < 40; ++step) (void)library.apply(any.next());
  auto restored = Library::restore(library.canonical());
  RC_ASSERT(restored.ok());
  Library other = restored.take();
  for (int step = 0; step < 40; ++step) {
    const records::Record record = any.next();
    RC_ASSERT(library.apply(record).ok() == other.apply(record).ok());
  }
  RC_ASSERT(library.canonical() == other.canonical());
}

TEST(LibraryModel, HistoriesReachWhatTheyAreFor) {
  std::map<LibraryError, int> refused;
  std::size_t full = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Library library(kItemsHere);
    AnyRecord any(seed);
    for (int step = 0; step < 120; ++step)
      if (const auto taken = library.apply(any.next()); !taken.ok()) ++refused[taken.error()];
    full += library.catalog(kDefaultTenant)->entries().size() == kItemsHere ? 1 : 0;
  }
  EXPECT_GT(full, 20u);
  for (const auto error : {LibraryError::kFull, LibraryError::kCollision, LibraryError::kUnknownTenant,
                           LibraryError::kNotLibrary})
    EXPECT_GT(refused[error], 10) << static_cast<int>(error);
}

} // namespace
} // namespace kindred::catalog
