#include "engine/catalog/library.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/engine/catalog/library_records.hpp"

namespace kindred::catalog {
namespace {

const Catalog& shop(const Library& library) { return *library.catalog(kDefaultTenant); }

std::vector<std::string> names_by_publication(const Catalog& catalog) {
  std::vector<std::string> names;
  for (const auto ordinal : catalog.by_publication()) names.push_back(catalog.entries()[ordinal]->item.item);
  return names;
}

TEST(Library, BeginsWithTheDefaultTenantAndItsPlacement) {
  const Library library;
  ASSERT_NE(library.tenant("default"), nullptr);
  EXPECT_EQ(library.tenant("default")->id, kDefaultTenant.value);
  EXPECT_EQ(library.tenant(kDefaultTenant)->name, "default");
  const auto& placement = shop(library).placement("default");
  EXPECT_EQ(placement.exploration.raw, 52429) << "one in twenty";
  EXPECT_EQ(placement.filter, records::Filter::kNone);
  EXPECT_TRUE(placement.sources.empty()) << "the default blend";
}

TEST(Library, FindsAnItemByTheHashOfItsId) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(item_of("lamp", 5))).ok());
  const Entry* lamp = shop(library).find(item_id("lamp"));
  ASSERT_NE(lamp, nullptr);
  EXPECT_EQ(lamp->item.item, "lamp");
  EXPECT_EQ(lamp->ordinal, 0u);
  EXPECT_EQ(shop(library).find(item_id("table")), nullptr);
}

TEST(Library, AnItemThatTellsNoPublicationTimeIsPublishedAtItsStamp) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(item_of("lamp"), {777})).ok());
  EXPECT_EQ(shop(library).find(item_id("lamp"))->item.published, Instant{777});
}

TEST(Library, TheVersionGoesOnWithEveryChangeOfARowAndOnlyThen) {
  Library library, again;
  std::set<std::uint64_t> versions{shop(library).version()};
  const auto apply = [&](records::Item item) {
    EXPECT_TRUE(library.apply(record_of(item)).ok());
    EXPECT_TRUE(again.apply(record_of(std::move(item))).ok());
    EXPECT_EQ(shop(library).version(), shop(again).version()) << "the same history";
    return versions.insert(shop(library).version()).second;
  };
  auto lamp = item_of("lamp", 5);
  EXPECT_TRUE(apply(lamp));
  EXPECT_FALSE(apply(lamp));
  EXPECT_TRUE(apply(item_of("table", 5)));
  lamp.published.us = 6;
  EXPECT_TRUE(apply(lamp));
  lamp.attributes.push_back({"brand", std::string("acme")});
  EXPECT_TRUE(apply(lamp));
  lamp.available = false;
  EXPECT_TRUE(apply(lamp));
}

TEST(Library, ApplyingTwiceChangesNothing) {
  Library library;
  const auto record = record_of(item_of("lamp"), {777});
  ASSERT_TRUE(library.apply(record).ok());
  const auto once = library.canonical();
  const EntryPtr entry = shop(library).entries()[0];
  ASSERT_TRUE(library.apply(record).ok());
  EXPECT_EQ(library.canonical(), once);
  EXPECT_EQ(shop(library).entries()[0], entry) << "not even the object changes";
}

TEST(Library, AnUpsertKeepsTheOrdinalAndTheTimeThatWasKnown) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(item_of("lamp", 5))).ok());
  ASSERT_TRUE(library.apply(record_of(item_of("table", 6))).ok());
  auto changed = item_of("lamp");
  changed.title = "A lamp";
  ASSERT_TRUE(library.apply(record_of(changed, {900})).ok());
  const Entry* lamp = shop(library).find(item_id("lamp"));
  EXPECT_EQ(lamp->ordinal, 0u);
  EXPECT_EQ(lamp->item.title, "A lamp");
  EXPECT_EQ(lamp->item.published, Instant{5});
}

TEST(Library, AToldTimeMovesAnItemAmongThePublications) {
  Library library;
  for (const auto* id : {"a", "b", "c"}) ASSERT_TRUE(library.apply(record_of(item_of(id, 10))).ok());
  EXPECT_EQ(names_by_publication(shop(library)), (std::vector<std::string>{"a", "b", "c"}))
      << "ties by ordinal";
  ASSERT_TRUE(library.apply(record_of(item_of("a", 20))).ok());
  EXPECT_EQ(names_by_publication(shop(library)), (std::vector<std::string>{"b", "c", "a"}));
  ASSERT_TRUE(library.apply(record_of(item_of("c", 1))).ok());
  EXPECT_EQ(names_by_publication(shop(library)), (std::vector<std::string>{"c", "b", "a"}));
}

TEST(Library, AnAutomaticRecordRegistersButNeverChanges) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(automatic_item("lamp", 5))).ok());
  ASSERT_TRUE(library.apply(record_of(automatic_item("lamp", 9))).ok());
  EXPECT_EQ(shop(library).find(item_id("lamp"))->item.published, Instant{5});

  auto told = item_of("lamp");
  told.title = "A lamp";
  ASSERT_TRUE(library.apply(record_of(told, {900})).ok());
  EXPECT_EQ(shop(library).find(item_id("lamp"))->item.published, Instant{5}) << "the earlier time stays";
  EXPECT_FALSE(shop(library).find(item_id("lamp"))->item.automatic);

  ASSERT_TRUE(library.apply(record_of(automatic_item("lamp", 9))).ok());
  EXPECT_EQ(shop(library).find(item_id("lamp"))->item.title, "A lamp");
}

TEST(Library, ARemovedItemKeepsItsNameAndIsNotLive) {
  Library library;
  auto lamp = item_of("lamp", 5);
  lamp.title = "A lamp";
  ASSERT_TRUE(library.apply(record_of(lamp)).ok());
  EXPECT_EQ(shop(library).live_count(), 1u);
  auto removal = item_of("lamp");
  removal.removed = true;
  removal.author = "ann";
  ASSERT_TRUE(library.apply(record_of(removal)).ok());
  const Entry* entry = shop(library).find(item_id("lamp"));
  EXPECT_FALSE(entry->live());
  EXPECT_EQ(entry->item.title, "A lamp");
  EXPECT_EQ(entry->item.author, "ann");
  EXPECT_EQ(shop(library).live_count(), 0u);
  EXPECT_EQ(shop(library).columns().live[0], 0);

  ASSERT_TRUE(library.apply(record_of(automatic_item("lamp", 9))).ok());
  EXPECT_FALSE(shop(library).find(item_id("lamp"))->live()) << "an event does not bring it back";
  ASSERT_TRUE(library.apply(record_of(lamp)).ok());
  EXPECT_TRUE(shop(library).find(item_id("lamp"))->live()) << "its owner does";
  EXPECT_EQ(shop(library).live_count(), 1u);
}

TEST(Library, RemovingWhatWasNeverThereChangesNothing) {
  Library library;
  auto removal = item_of("ghost");
  removal.removed = true;
  const auto before = library.canonical();
  ASSERT_TRUE(library.apply(record_of(removal)).ok());
  EXPECT_EQ(library.canonical(), before);
}

TEST(Library, AnUnavailableItemIsKnownButNotLive) {
  Library library;
  auto lamp = item_of("lamp", 5);
  lamp.available = false;
  ASSERT_TRUE(library.apply(record_of(lamp)).ok());
  EXPECT_FALSE(shop(library).find(item_id("lamp"))->live());
  EXPECT_EQ(shop(library).live_count(), 0u);
  lamp.available = true;
  ASSERT_TRUE(library.apply(record_of(lamp)).ok());
  EXPECT_EQ(shop(library).live_count(), 1u);
}

TEST(Library, TextsAndListsBecomeAttributesMostTellingFirst) {
  Library library;
  auto lamp = item_of("lamp", 5);
  lamp.price = {.minor = 1999, .exponent = 2, .currency = {'E', 'U', 'R'}};
  lamp.attributes = {text_of("colour", "red"),
                     {"weight", Fixed{Fixed::kFractionBits}},
                     {"tags", std::vector<std::string>{"new", "", "warm", "cosy"}},
                     text_of("publisher", "acme"),
                     text_of("category", "light")};
  ASSERT_TRUE(library.apply(record_of(lamp)).ok());
  const Entry* entry = shop(library).find(item_id("lamp"));
  std::vector<std::string> told;
  for (const auto& attribute : entry->attributes) told.push_back(attribute.name + "=" + attribute.value);
  EXPECT_EQ(told, (std::vector<std::string>{"category=light", "publisher=acme", "colour=red", "tags=new",
                                            "tags=warm", "tags=cosy"}));
  const auto& columns = shop(library).columns();
  EXPECT_EQ(columns.attributes[0][0], attribute_id("category", "light"));
  EXPECT_EQ(columns.attributes[0][3], attribute_id("tags", "new"));
  EXPECT_FLOAT_EQ(columns.price[0], 19.99f);
}

TEST(Library, AnUpsertWithFewerAttributesLeavesNoneBehind) {
  Library library;
  auto lamp = item_of("lamp", 5);
  lamp.attributes = {text_of("brand", "acme"), text_of("colour", "red")};
  ASSERT_TRUE(library.apply(record_of(lamp)).ok());
  lamp.attributes = {text_of("colour", "blue")};
  ASSERT_TRUE(library.apply(record_of(lamp)).ok());
  const auto& row = shop(library).columns().attributes[0];
  EXPECT_EQ(row[0], attribute_id("colour", "blue"));
  EXPECT_EQ(row[1], AttributeId{});
}

TEST(Library, AttributesHaveNumbersAndKinds) {
  Library library;
  auto lamp = item_of("lamp", 5), chair = item_of("chair", 5);
  lamp.attributes = {text_of("brand", "acme"), text_of("colour", "red")};
  chair.attributes = {text_of("brand", "other"), text_of("colour", "red")};
  ASSERT_TRUE(library.apply(record_of(lamp)).ok());
  ASSERT_TRUE(library.apply(record_of(chair)).ok());
  const auto& numbers = shop(library).columns().numbers;
  const AttributeNumbers& all = shop(library).attribute_numbers();
  EXPECT_EQ(all.size(), 4u) << "acme, other, red, and 0";
  EXPECT_EQ(all.kinds_end(), 3u) << "brand, colour, and 0";
  EXPECT_EQ(numbers[0][1], numbers[1][1]);
  EXPECT_NE(numbers[0][0], numbers[1][0]);
  EXPECT_EQ(numbers[0][2], 0u);
  EXPECT_EQ(all.kinds()[numbers[0][0]], all.kinds()[numbers[1][0]]);
  EXPECT_NE(all.kinds()[numbers[0][0]], all.kinds()[numbers[0][1]]);
  EXPECT_EQ(all.kinds()[0], 0u);
}

/// An item whose attribute is another each time, as a countdown: numbers that nothing has go in the end.
TEST(Library, AttributesThatCameAndWentDoNotAddUp) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(item_of("chair", 5))).ok());
  auto lamp = item_of("lamp", 5);
  std::size_t most = 0;
  for (std::size_t i = 0; i < 3 * kNumbersSpare; ++i) {
    lamp.attributes = {text_of("brand", "acme"), text_of("left", std::to_string(i))};
    const std::uint64_t version = shop(library).version();
    ASSERT_TRUE(library.apply(record_of(lamp)).ok());
    EXPECT_NE(shop(library).version(), version);
    most = std::max(most, shop(library).attribute_numbers().size());
  }
  EXPECT_LE(most, kNumbersSpare + 2 * kNumbersPerRowMax + Columns::kAttributes);
  EXPECT_GT(most, kNumbersSpare);
  const auto& row = shop(library).columns().numbers[1];
  EXPECT_LT(row[0], shop(library).attribute_numbers().size());
  EXPECT_NE(row[0], row[1]);
  EXPECT_EQ(row[2], 0u);
}

TEST(Library, RefusesOneItemTooManyButNotAChange) {
  Library library(2);
  ASSERT_TRUE(library.apply(record_of(item_of("a"))).ok());
  ASSERT_TRUE(library.apply(record_of(item_of("b"))).ok());
  EXPECT_EQ(library.apply(record_of(item_of("c"))).error(), LibraryError::kFull);
  auto changed = item_of("a");
  changed.title = "A";
  EXPECT_TRUE(library.apply(record_of(changed)).ok());
  EXPECT_EQ(shop(library).entries().size(), 2u);
}

TEST(Library, RefusesWhatBelongsElsewhere) {
  Library library;
  EXPECT_EQ(library.apply(record_of(records::Event{})).error(), LibraryError::kNotLibrary);
  EXPECT_EQ(library.apply(record_of(item_of("a"), {1}, TenantId{9})).error(), LibraryError::kUnknownTenant);
  EXPECT_EQ(library.apply(record_of(placement_of("p"), {1}, TenantId{9})).error(),
            LibraryError::kUnknownTenant);
  EXPECT_EQ(library.catalog(TenantId{9}), nullptr);
}

TEST(Library, TenantsHaveItemsOfTheirOwn) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(tenant_of(2, "north"))).ok());
  ASSERT_TRUE(library.apply(record_of(item_of("lamp", 5), {1}, TenantId{2})).ok());
  EXPECT_EQ(shop(library).find(item_id("lamp")), nullptr);
  EXPECT_NE(library.catalog(TenantId{2})->find(item_id("lamp")), nullptr);
  EXPECT_EQ(library.catalog(TenantId{2})->placement("anything").placement, "default");
}

TEST(Library, ATenantsNumberAndNameBelongTogether) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(tenant_of(2, "north"))).ok());
  EXPECT_EQ(library.apply(record_of(tenant_of(3, "north"))).error(), LibraryError::kCollision);
  EXPECT_EQ(library.apply(record_of(tenant_of(2, "south"))).error(), LibraryError::kCollision);
  EXPECT_EQ(library.apply(record_of(tenant_of(0, "zero"))).error(), LibraryError::kCollision);
  auto changed = tenant_of(2, "north");
  changed.consent_default = records::kNoPurpose;
  ASSERT_TRUE(library.apply(record_of(changed)).ok());
  EXPECT_EQ(library.tenant(TenantId{2})->consent_default, records::kNoPurpose);
}

TEST(Library, ARemovedTenantTakesNoRecordsUntilItIsBack) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(tenant_of(2, "north"))).ok());
  auto removed = tenant_of(2, "north");
  removed.removed = true;
  ASSERT_TRUE(library.apply(record_of(removed)).ok());
  EXPECT_EQ(library.apply(record_of(item_of("a"), {1}, TenantId{2})).error(), LibraryError::kUnknownTenant);
  ASSERT_TRUE(library.apply(record_of(tenant_of(2, "north"))).ok());
  EXPECT_TRUE(library.apply(record_of(item_of("a"), {1}, TenantId{2})).ok());
}

TEST(Library, RefusesOneTenantTooMany) {
  Library library;
  for (std::uint32_t id = 2; id <= kTenantsMax; ++id) {
    ASSERT_TRUE(library.apply(record_of(tenant_of(id, "t" + std::to_string(id)))).ok()) << id;
  }
  EXPECT_EQ(library.apply(record_of(tenant_of(9999, "late"))).error(), LibraryError::kFull);
}

TEST(Library, APlacementThatWasNotSetBehavesLikeDefault) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(placement_of("home", 3))).ok());
  ASSERT_TRUE(library.apply(record_of(placement_of("default", 7))).ok());
  EXPECT_EQ(shop(library).placement("home").count_default, 3);
  EXPECT_EQ(shop(library).placement("cart").count_default, 7);
  auto removal = placement_of("home");
  removal.removed = true;
  ASSERT_TRUE(library.apply(record_of(removal)).ok());
  EXPECT_EQ(shop(library).placement("home").count_default, 7);
  removal.placement = "default";
  ASSERT_TRUE(library.apply(record_of(removal)).ok());
  EXPECT_EQ(shop(library).placement("home").count_default, 10) << "as shipped";
  EXPECT_EQ(shop(library).placements().size(), 1u);
}

TEST(Library, RefusesOnePlacementTooMany) {
  Library library;
  for (std::size_t i = 1; i < kPlacementsMax; ++i) {
    ASSERT_TRUE(library.apply(record_of(placement_of("p" + std::to_string(i)))).ok()) << i;
  }
  EXPECT_EQ(library.apply(record_of(placement_of("late"))).error(), LibraryError::kFull);
  EXPECT_TRUE(library.apply(record_of(placement_of("p1", 4))).ok()) << "a known one may change";
}

TEST(Library, ACopyIsASnapshot) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(item_of("lamp", 5))).ok());
  const Library snapshot = library;
  auto changed = item_of("lamp", 6);
  changed.title = "new";
  ASSERT_TRUE(library.apply(record_of(changed)).ok());
  ASSERT_TRUE(library.apply(record_of(item_of("table", 7))).ok());
  EXPECT_EQ(shop(snapshot).find(item_id("lamp"))->item.title, "");
  EXPECT_EQ(shop(snapshot).entries().size(), 1u);
}

// Compare with the slow, obvious model: columns, order and count are what the entries say, after any history.
RC_GTEST_PROP(Library, IndexesAgreeWithTheEntries, ()) {
  Library library;
  std::map<std::string, std::uint32_t> first_seen;
  const auto steps = *rc::gen::inRange(0, 60);
  for (int step = 0; step < steps; ++step) {
    auto item = item_of("i" + std::to_string(*rc::gen::inRange(0, 12)), *rc::gen::inRange(0, 5));
    item.automatic = *rc::gen::weightedElement<bool>({{3, false}, {1, true}});
    item.removed = !item.automatic && *rc::gen::weightedElement<bool>({{4, false}, {1, true}});
    item.available = *rc::gen::weightedElement<bool>({{4, true}, {1, false}});
    RC_ASSERT(library.apply(record_of(item, {100 + step})).ok());
    if (!item.removed) first_seen.emplace(item.item, static_cast<std::uint32_t>(first_seen.size()));
  }
  const Catalog& catalog = shop(library);
  RC_ASSERT(catalog.entries().size() == first_seen.size());
  std::size_t live = 0;
  for (const auto& [name, ordinal] : first_seen) {
    const Entry* entry = catalog.find(item_id(name));
    RC_ASSERT(entry != nullptr && entry->ordinal == ordinal);
    RC_ASSERT(catalog.columns().ids[ordinal] == entry->id);
    RC_ASSERT(catalog.columns().published[ordinal] == entry->item.published);
    RC_ASSERT((catalog.columns().live[ordinal] == 1) == entry->live());
    live += entry->live();
  }
  RC_ASSERT(catalog.live_count() == live);
  std::vector<std::uint32_t> order(first_seen.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    return catalog.entries()[left]->item.published < catalog.entries()[right]->item.published;
  });
  RC_ASSERT(catalog.by_publication() == order);
}

} // namespace
} // namespace kindred::catalog
