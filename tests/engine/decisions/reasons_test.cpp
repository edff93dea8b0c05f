#include "engine/decisions/reasons.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::SizeIs;

/// The reasons of the item in an answer where `source` alone counts.
std::vector<std::string> reasons(Shop& shop, std::string source, const std::string& item, double weight = 1) {
  shop.placement.sources = {{std::move(source), Fixed::from(weight).value()}};
  for (const Choice& choice : shop.ask().choices) {
    if (choice.item->item.item == item) return choice.reasons;
  }
  return {};
}

TEST(Reasons, TrendsNameTheirSpanOrScope) {
  Shop shop;
  const ItemId a = shop.item("a");
  shop.context.device = records::DeviceClass::kPhone;
  shop.trend(a, kMinute);
  shop.trend(a, kMinute, 1, stats::country_scope("BR"));
  shop.trend(a, kMinute, 1, stats::device_scope(2));
  EXPECT_THAT(reasons(shop, "trending1h", "a"), ElementsAre("much used in the last hour"));
  EXPECT_THAT(reasons(shop, "trending1d", "a"), ElementsAre("much used in the last day"));
  EXPECT_THAT(reasons(shop, "trending7d", "a"), ElementsAre("much used in the last week"));
  EXPECT_THAT(reasons(shop, "trendingCountry", "a"), ElementsAre("much used in BR"));
  EXPECT_THAT(reasons(shop, "trendingDevice", "a"), ElementsAre("much used on phones"));
}

TEST(Reasons, NewnessNamesTheAge) {
  Shop shop;
  shop.item("hours", kHour * 2);
  shop.item("new", {0});
  EXPECT_THAT(reasons(shop, "newest", "hours"), ElementsAre("new: published 2 hours ago"));
  EXPECT_THAT(reasons(shop, "newest", "new"), ElementsAre("new: published moments ago"));
}

TEST(Reasons, ItemItemNamesTheItemThatSpokeLoudest) {
  Shop shop;
  records::Item lamp = catalog::item_of("lamp", 1);
  lamp.title = "A lamp";
  const ItemId titled = shop.put(lamp), other = shop.item("other"), x = shop.item("x");
  shop.goes_with(titled, x, 0.5f);
  shop.goes_with(other, x, 0.3125f);
  shop.did(titled, kMinute * 20);
  EXPECT_THAT(reasons(shop, "itemItem", "x"), ElementsAre("goes with A lamp"));
  shop.did(other, kMinute);
  EXPECT_THAT(reasons(shop, "itemItem", "x"), ElementsAre("goes with A lamp")) << "218 / 256 of .5 is more";
  shop.goes_with(other, x, 0.5f);
  EXPECT_THAT(reasons(shop, "itemItem", "x"), ElementsAre("goes with other"));
}

TEST(Reasons, NeighboursNameTheItemThatSpokeLoudest) {
  Shop shop;
  records::Item lamp = catalog::item_of("lamp", 1);
  lamp.title = "A lamp";
  const ItemId titled = shop.put(lamp), other = shop.item("other"), x = shop.item("x");
  shop.follows(titled, x, 9);
  shop.follows(other, x, 1);
  shop.follows(other, titled, 9);
  shop.together(other, x, 8);
  shop.together(titled, x, 1);
  shop.did(titled, kMinute * 3);
  shop.did(other, kMinute * 2);
  EXPECT_THAT(reasons(shop, "successors", "x"), ElementsAre("often comes next after A lamp"));
  EXPECT_THAT(reasons(shop, "coOccurrence", "x"), ElementsAre("used by those who used other"));
}

TEST(Reasons, NeighbourThatLeftTheCatalogHasNoName) {
  Shop shop;
  const ItemId stranger = item_id("stranger"), x = shop.item("x");
  shop.follows(stranger, x, 9);
  shop.did(stranger, kMinute);
  EXPECT_THAT(reasons(shop, "successors", "x"), ElementsAre("often comes next after what was used lately"));
}

TEST(Reasons, AffinityNamesTheStrongestAttribute) {
  Shop shop;
  for (int i = 0; i < 3; ++i) {
    shop.did(
        shop.item("seen" + std::to_string(i), kDay, {{"brand", "acme"}, {"category", std::to_string(i)}}),
        kDay);
  }
  for (int i = 0; i < 9; ++i)
    shop.item("not seen" + std::to_string(i), kDay, {{"brand", "other"}, {"category", "0"}});
  shop.item("x", kDay, {{"category", "0"}, {"brand", "acme"}});
  EXPECT_THAT(reasons(shop, "affinity", "x"), ElementsAre("3 items used lately with brand acme"));
  shop.item("y", kDay, {{"category", "2"}});
  EXPECT_THAT(reasons(shop, "affinity", "y"), ElementsAre("1 item used lately with category 2"));
}

/// With a weight below 0 what he passes by comes first, and is not said to be like what he used.
TEST(Reasons, AffinityThatSpeaksAgainstIsNotCalledLikeness) {
  Shop shop;
  shop.did(shop.item("seen", kDay, {{"brand", "acme"}}), kDay);
  shop.item("x", kDay, {{"brand", "other"}});
  EXPECT_THAT(reasons(shop, "affinity", "x", -1), ElementsAre("unlike what was used lately"));
  EXPECT_THAT(reasons(shop, "affinity", "x"), ElementsAre("nothing is known about it yet"));
}

TEST(Reasons, BuyAgainCountsPurchases) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b");
  shop.did(a, kDay * 2, records::EventType::kPurchase);
  shop.did(b, kDay * 2, records::EventType::kPurchase);
  shop.did(b, kDay, records::EventType::kPurchase);
  EXPECT_THAT(reasons(shop, "buyAgain", "a"), ElementsAre("bought 1 time before"));
  EXPECT_THAT(reasons(shop, "buyAgain", "b"), ElementsAre("bought 2 times before"));
}

TEST(Reasons, StrongestFirstAndAtMostThree) {
  Shop shop;
  const ItemId a = shop.item("a", kHour);
  shop.trend(a, kMinute, 2);
  shop.placement.sources = {{"trending1h", Fixed::from(0.1).value()},
                            {"trending1d", Fixed::from(0.2).value()},
                            {"trending7d", Fixed::from(0.3).value()},
                            {"newest", Fixed::from(5).value()}};
  EXPECT_THAT(
      shop.ask().choices[0].reasons,
      ElementsAre("new: published 1 hour ago", "much used in the last week", "much used in the last day"));
}

TEST(Reasons, WithoutEvidenceThatIsSaid) {
  Shop shop;
  shop.item("a");
  EXPECT_THAT(shop.ask().choices[0].reasons, ElementsAre("nothing is known about it yet"));
}

TEST(Reasons, ChanceIsNamedFirst) {
  Shop shop;
  for (int i = 0; i < 30; ++i) shop.item("item" + std::to_string(i), kHour * i);
  shop.placement.exploration = Fixed::from(1).value();
  int explored = 0;
  for (const Choice& choice : shop.ask().choices) {
    const bool said = choice.reasons[0] == "put here by chance, to learn how it is received";
    EXPECT_EQ(said, choice.explored);
    explored += choice.explored ? 1 : 0;
  }
  EXPECT_GT(explored, 0);
}

TEST(SpanInWords, LargestWholeUnit) {
  EXPECT_EQ(span_in_words({-5}), "moments");
  EXPECT_EQ(span_in_words(kSecond * 59), "moments");
  EXPECT_EQ(span_in_words(kMinute), "1 minute");
  EXPECT_EQ(span_in_words(kMinute * 119), "1 hour");
  EXPECT_EQ(span_in_words(kHour * 23), "23 hours");
  EXPECT_EQ(span_in_words(kDay * 400), "400 days");
}

TEST(Quantized, RoundsToTheNearestAndClamps) {
  EXPECT_EQ(quantized_q8(0), 0);
  EXPECT_EQ(quantized_q8(1), 256);
  EXPECT_EQ(quantized_q8(0.00195f), 0);
  EXPECT_EQ(quantized_q8(0.001954f), 1);
  EXPECT_EQ(quantized_q8(-1.5f), -384);
  EXPECT_EQ(quantized_q8(1e20f), std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(quantized_q8(-1e20f), -std::numeric_limits<std::int32_t>::max());
}

TEST(Reasons, EveryDeviceClassHasItsWord) {
  const std::pair<records::DeviceClass, const char*> words[] = {
      {records::DeviceClass::kDesktop, "desktops"}, {records::DeviceClass::kPhone, "phones"},
      {records::DeviceClass::kTablet, "tablets"},   {records::DeviceClass::kTv, "television sets"},
      {records::DeviceClass::kWatch, "watches"},    {records::DeviceClass::kOther, "such devices"}};
  for (const auto& [device, word] : words) {
    Shop shop;
    shop.context.device = device;
    shop.trend(shop.item("a"), kMinute, 1, stats::device_scope(static_cast<std::uint8_t>(device)));
    EXPECT_THAT(reasons(shop, "trendingDevice", "a"), ElementsAre("much used on " + std::string(word)));
  }
}

TEST(Reasons, TheWordsOfALiveCountryAreThoseOfTheContextUsed) {
  Shop shop;
  shop.context.country = "";
  shop.user.personalization.last_context.country = "PT";
  shop.trend(shop.item("a"), kMinute, 1, stats::country_scope("PT"));
  EXPECT_THAT(reasons(shop, "trendingCountry", "a"), ElementsAre("much used in PT"));
}

TEST(Reasons, SourcesThatCountAgainstAnItemAreNoReason) {
  Shop shop;
  shop.trend(shop.item("a", kHour), kMinute, 5);
  shop.placement.sources = {{"trending1h", Fixed::from(-3).value()}, {"newest", Fixed::from(1).value()}};
  EXPECT_THAT(shop.ask().choices[0].reasons, ElementsAre("new: published 1 hour ago"));
  shop.placement.sources = {{"trending1h", Fixed::from(-3).value()}};
  EXPECT_THAT(shop.ask().choices[0].reasons, ElementsAre("nothing is known about it yet"));
}

TEST(Reasons, EqualSourcesStandInTheirWrittenOrder) {
  Shop shop;
  const ItemId a = shop.item("a");
  shop.trend(a, {0}, 1); // no time has passed, so that no half-life has made a difference
  shop.placement.sources = {{"trending7d", Fixed::from(1).value()},
                            {"trending1d", Fixed::from(1).value()},
                            {"trending1h", Fixed::from(1).value()}};
  const Answer answer = shop.ask();
  ASSERT_EQ(answer.source_scores_q8[0], answer.source_scores_q8[2]);
  EXPECT_THAT(answer.choices[0].reasons, SizeIs(3));
  EXPECT_THAT(answer.choices[0].reasons, Contains("much used in the last hour"));
}

TEST(Reasons, AListIsAsTellingAsAText) {
  Shop shop;
  const auto tagged = [&](const std::string& id, std::vector<std::string> tags) {
    records::Item item = catalog::item_of(id, (kNow - kDay * 40).us);
    item.attributes = {{"tags", std::move(tags)}, {"brand", std::string("acme")}};
    return shop.put(std::move(item));
  };
  shop.did(tagged("seen", {"red", "warm"}), kDay);
  shop.did(tagged("seen, too", {"warm"}), kDay);
  tagged("x", {"red", "warm"});
  tagged("not seen", {"cold"});
  EXPECT_THAT(reasons(shop, "affinity", "x"), ElementsAre("2 items used lately with tags warm"))
      << "all are of brand acme, which tells nothing";
}

TEST(Reasons, AnExploredItemWithoutEvidenceSaysOnlyThat) {
  Shop shop;
  for (int i = 0; i < 5; ++i) shop.item("item" + std::to_string(i));
  shop.placement.exploration = Fixed::from(1).value();
  std::size_t explored = 0;
  for (const Choice& choice : shop.ask().choices) {
    if (!choice.explored) continue;
    ++explored;
    EXPECT_THAT(choice.reasons, ElementsAre("put here by chance, to learn how it is received"));
  }
  EXPECT_GT(explored, 0u);
}

TEST(Reasons, AnItemIsCalledByItsTitleElseByItsId) {
  catalog::Entry entry;
  entry.item.item = "id-7";
  EXPECT_EQ(name_of(entry), "id-7");
  entry.item.title = "A lamp";
  EXPECT_EQ(name_of(entry), "A lamp");
}

TEST(Quantized, IsMonotoneAndHalvesGoUp) {
  EXPECT_EQ(quantized_q8(0.5f / 256), 1);
  EXPECT_EQ(quantized_q8(-0.5f / 256), 0);
  EXPECT_EQ(quantized_q8(1.5f / 256), 2);
  EXPECT_EQ(quantized_q8(-1.5f / 256), -1);
  std::int32_t last = std::numeric_limits<std::int32_t>::min();
  for (float score = -9; score < 9; score += 0.0007f) {
    const std::int32_t quantized = quantized_q8(score);
    ASSERT_GE(quantized, last) << score;
    ASSERT_LE(std::abs(quantized / 256.0 - static_cast<double>(score)), 0.5 / 256) << score;
    last = quantized;
  }
}

} // namespace
} // namespace kindred::decisions
