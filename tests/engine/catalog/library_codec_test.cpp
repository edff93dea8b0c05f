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

/// Where the bytes of one library are another, or none: a change at a place that its text leads to.
Bytes changed(Bytes bytes, std::string_view behind, std::size_t distance, char to) {
  const auto at = bytes.find(behind);
  EXPECT_NE(at, Bytes::npos) << behind;
  bytes[at + behind.size() + distance] = to;
  return bytes;
}

TEST(LibraryCodec, TheBytesOfAnEmptyLibraryAreWhatVersionOneWrote) {
  ByteWriter out;
  out.u32(1); // version
  out.u32(1); // tenants
  out.u32(1);
  out.text("default");
  out.u8(0);
  out.u32(0xffffffff); // consents to everything
  out.text("");
  out.i64(3'600'000'000); // a cart is abandoned after an hour
  out.text("");
  out.u32(1); // tenant 1: no items, one placement
  out.u32(0);
  out.u32(1);
  out.text("default");
  out.u32(0); // sources: the default blend
  out.u8(0);
  out.i64(52429); // explores 0.05
  out.u16(10);
  out.u16(100);
  out.u32(0);
  out.text("");
  EXPECT_EQ(Library().canonical(), out.view());
}

TEST(LibraryCodec, TheBytesOfAnItemAreWhatVersionOneWrote) {
  Library library;
  records::Item item = item_of("lamp", -5);
  item.automatic = true;
  item.title = "A lamp";
  item.price = {999, 2, {'E', 'U', 'R'}};
  item.attributes = {{"lit", true}, {"tags", std::vector<std::string>{"a"}}, {"at", records::Place{1, -2}}};
  item.author = "bob";
  ASSERT_TRUE(library.apply(record_of(item)).ok());
  ByteWriter out;
  out.text("lamp");
  for (const std::uint8_t flag : {1, 0, 1}) out.u8(flag); // automatic, not removed, available
  out.i64(-5);
  out.text("A lamp");
  out.i64(999);
  out.u8(2);
  out.raw("EUR");
  out.u32(3);
  out.text("lit");
  out.u8(0); // the place of bool in PropertyValue
  out.u8(1);
  out.text("tags");
  out.u8(4);
  out.u32(1);
  out.text("a");
  out.text("at");
  out.u8(6);
  out.i32(1);
  out.i32(-2);
  out.text("bob");
  EXPECT_NE(library.canonical().find(out.view()), Bytes::npos);
}

TEST(LibraryCodec, RefusesWhatNoFieldCanBe) {
  const Bytes good = furnished().canonical();
  ASSERT_TRUE(Library::restore(good).ok());
  const std::string_view lamp("\4\0\0\0lamp", 8);
  for (const std::size_t flag : {0u, 1u, 2u})
    EXPECT_EQ(Library::restore(changed(good, lamp, flag, 2)).error(), LibraryError::kMalformed) << flag;
  EXPECT_EQ(Library::restore(changed(good, "north", 0, 2)).error(), LibraryError::kMalformed) << "removed";
  EXPECT_EQ(Library::restore(changed(good, "bool", 0, 7)).error(), LibraryError::kMalformed) << "a kind";
  EXPECT_EQ(Library::restore(changed(good, "bool", 1, 2)).error(), LibraryError::kMalformed) << "a bool";
  // Behind the last source's name stands its weight (8 bytes), then the filter.
  EXPECT_EQ(Library::restore(changed(good, "successor", 8, 3)).error(), LibraryError::kMalformed)
      << "a filter";
}

TEST(LibraryCodec, RefusesWhatIsOutOfItsOrder) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(tenant_of(2, "bb"))).ok());
  ASSERT_TRUE(library.apply(record_of(tenant_of(3, "cc"))).ok());
  const Bytes good = library.canonical();
  ASSERT_TRUE(Library::restore(good).ok());
  const auto swap_texts = [](Bytes bytes, std::string_view one, std::string_view other) {
    const auto a = bytes.find(one), b = bytes.find(other);
    EXPECT_TRUE(a != Bytes::npos && b != Bytes::npos);
    bytes.replace(a, one.size(), other);
    bytes.replace(b, other.size(), one);
    return bytes;
  };
  EXPECT_EQ(Library::restore(swap_texts(good, "bb", "cc")).error(), LibraryError::kMalformed);

  Library other;
  ASSERT_TRUE(other.apply(record_of(placement_of("pa", 1))).ok());
  ASSERT_TRUE(other.apply(record_of(placement_of("pb", 1))).ok());
  EXPECT_EQ(Library::restore(swap_texts(other.canonical(), "pa", "pb")).error(), LibraryError::kMalformed);
}

TEST(LibraryCodec, RefusesACatalogThatComesTwice) {
  Library library;
  ASSERT_TRUE(library.apply(record_of(tenant_of(2, "b"))).ok());
  Bytes bytes = library.canonical();
  // The catalog of tenant 2 is the last thing: number, no items, one placement.
  const std::string_view begins("\2\0\0\0\0\0\0\0\1\0\0\0", 12);
  const auto at = bytes.rfind(begins);
  ASSERT_NE(at, Bytes::npos);
  bytes[at] = 1;
  EXPECT_EQ(Library::restore(bytes).error(), LibraryError::kMalformed);
}

// kMalformed stands for all bytes that `canonical` did not write: no library has two forms.
TEST(LibraryCodec, AFlippedBitNeverMakesASecondForm) {
  const Bytes good = furnished().canonical();
  std::size_t read = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto restored = Library::restore(bytes);
    if (!restored.ok()) continue;
    ++read;
    ASSERT_EQ(restored.value().canonical(), bytes) << "byte " << bit / 8 << ", bit " << bit % 8;
  }
  EXPECT_GT(read, 500u) << "a flipped bit of a price or a title is another library";
}

// Whatever bytes change, restore answers, and never reads past the end (the sanitizers watch).
RC_GTEST_PROP(LibraryCodec, HostileBytesAreRefusedOrCanonical, ()) {
  Bytes bytes = furnished().canonical();
  const auto flips = *rc::gen::inRange(1, 8);
  for (int flip = 0; flip < flips; ++flip) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] ^= static_cast<char>(*rc::gen::inRange(1, 256));
  }
  const auto restored = Library::restore(bytes);
  if (restored.ok()) RC_ASSERT(restored.value().canonical() == bytes);
}

} // namespace
} // namespace kindred::catalog
