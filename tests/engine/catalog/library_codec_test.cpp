#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/bytes.hpp"
#include "engine/catalog/library.hpp"
#include "tests/engine/catalog/library_records.hpp"

namespace kindred::catalog {
namespace {

/// A library with one of everything that can be stored.
Library furnished() {
  Library library;
  auto tenant = tenant_of(7, "north");
  tenant.consent_default = records::kMeasurement;
  tenant.base_currency = "EUR";
  tenant.cart_abandoned_after = kMinute;
  tenant.author = "ann";
  EXPECT_TRUE(library.apply(record_of(tenant)).ok());

  auto lamp = item_of("lamp", -5);
  lamp.title = "A lamp";
  lamp.price = {.minor = -7, .exponent = 2, .currency = {'E', 'U', 'R'}};
  lamp.author = "bob";
  lamp.attributes = {{"bool", true},
                     {"int", std::int64_t{-3}},
                     {"fixed", Fixed{12345}},
                     {"text", std::string("t\xc3\xa4xt")},
                     {"list", std::vector<std::string>{"a", "", "b"}},
                     {"time", Instant{-9}},
                     {"place", records::Place{523456789, -134567890}}};
  EXPECT_TRUE(library.apply(record_of(lamp)).ok());
  EXPECT_TRUE(library.apply(record_of(automatic_item("table", 3), {1}, TenantId{7})).ok());
  auto gone = item_of("lamp");
  gone.removed = true;
  EXPECT_TRUE(library.apply(record_of(gone)).ok());

  auto placement = placement_of("home", 3);
  placement.sources = {{"trending", Fixed{5}}, {"successor", Fixed{-1}}};
  placement.filter = records::Filter::kNeverBought;
  placement.exploration = Fixed{77};
  placement.count_max = 20;
  placement.budget_us = 900;
  placement.author = "eve";
  EXPECT_TRUE(library.apply(record_of(placement, {1}, TenantId{7})).ok());
  return library;
}

TEST(LibraryCodec, RestoresEverything) {
  const Library before = furnished();
  const auto after = Library::restore(before.canonical());
  ASSERT_TRUE(after.ok());
  const Library& library = after.value();
  EXPECT_EQ(library.canonical(), before.canonical());
  EXPECT_EQ(library.tenants(), before.tenants());
  for (const TenantId tenant : {kDefaultTenant, TenantId{7}}) {
    const Catalog& left = *before.catalog(tenant);
    const Catalog& right = *library.catalog(tenant);
    EXPECT_EQ(left.placements(), right.placements());
    EXPECT_EQ(left.by_publication(), right.by_publication());
    EXPECT_EQ(left.live_count(), right.live_count());
    EXPECT_EQ(left.columns().attributes, right.columns().attributes);
    ASSERT_EQ(left.entries().size(), right.entries().size());
    for (std::size_t row = 0; row < left.entries().size(); ++row) {
      EXPECT_EQ(left.entries()[row]->item, right.entries()[row]->item);
    }
  }
}

TEST(LibraryCodec, ARestoredLibraryFoldsOn) {
  auto restored = Library::restore(furnished().canonical());
  ASSERT_TRUE(restored.ok());
  Library library = restored.take();
  ASSERT_TRUE(library.apply(record_of(item_of("chair", 9))).ok());
  EXPECT_EQ(library.catalog(kDefaultTenant)->find(item_id("chair"))->ordinal, 1u);
  EXPECT_EQ(library.tenant(TenantId{7})->name, "north");
}

TEST(LibraryCodec, EqualHistoriesGiveEqualBytes) {
  EXPECT_EQ(furnished().canonical(), furnished().canonical());
  Library one;
  Library other;
  ASSERT_TRUE(one.apply(record_of(item_of("a", 1))).ok());
  ASSERT_TRUE(other.apply(record_of(item_of("a", 2))).ok());
  EXPECT_NE(one.canonical(), other.canonical());
}

TEST(LibraryCodec, RefusesEveryCutOfItsBytes) {
  const Bytes whole = furnished().canonical();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto restored = Library::restore(BytesView(whole).substr(0, size));
    ASSERT_FALSE(restored.ok()) << size;
    ASSERT_EQ(restored.error(), LibraryError::kMalformed) << size;
  }
  EXPECT_EQ(Library::restore(whole + "x").error(), LibraryError::kMalformed) << "something behind the end";
}

TEST(LibraryCodec, RefusesTheBytesOfANewerBuild) {
  Bytes bytes = Library().canonical();
  bytes[0] = 2;
  EXPECT_EQ(Library::restore(bytes).error(), LibraryError::kNewerVersion);
}

TEST(LibraryCodec, RefusesTheSameItemTwice) {
  Library one;
  ASSERT_TRUE(one.apply(record_of(item_of("aa", 1))).ok());
  ASSERT_TRUE(one.apply(record_of(item_of("bb", 1))).ok());
  Bytes bytes = one.canonical();
  const auto at = bytes.find("bb");
  ASSERT_NE(at, Bytes::npos);
  bytes.replace(at, 2, "aa");
  EXPECT_EQ(Library::restore(bytes).error(), LibraryError::kMalformed);
}

// Whatever bits flip, restore answers, and never reads past the end (the sanitizers watch).
RC_GTEST_PROP(LibraryCodec, HostileBytesAreRefusedOrRead, ()) {
  Bytes bytes = furnished().canonical();
  const auto flips = *rc::gen::inRange(1, 8);
  for (int flip = 0; flip < flips; ++flip) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] ^= static_cast<char>(*rc::gen::inRange(1, 256));
  }
  auto restored = Library::restore(bytes);
  if (restored.ok()) RC_ASSERT(Library::restore(restored.value().canonical()).ok());
}

} // namespace
} // namespace kindred::catalog
