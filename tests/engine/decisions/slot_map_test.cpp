#include "engine/decisions/slot_map.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

constexpr std::uint32_t kNone = stats::FastModel::kNoSlot;

/// The slow, obvious map.
std::vector<std::uint32_t> looked_up(const catalog::Catalog& catalog, const stats::FastModel* fast) {
  std::vector<std::uint32_t> slots;
  for (const auto& entry : catalog.entries())
    slots.push_back(fast == nullptr ? kNone : fast->slot_of(entry->id));
  return slots;
}

void expect_inverse(const SlotMap& map, const catalog::Catalog& catalog, const stats::FastModel* fast) {
  ASSERT_EQ(map.ordinals().size(), fast == nullptr ? 0 : fast->slots());
  for (std::uint32_t slot = 0; slot < map.ordinals().size(); ++slot) {
    const catalog::Entry* entry = catalog.find(fast->item_at(slot));
    EXPECT_EQ(map.ordinals()[slot], entry == nullptr ? SlotMap::kNoOrdinal : entry->ordinal);
  }
}

void expect_true(SlotMap& map, const Shop& shop, const stats::FastModel* fast) {
  const catalog::Catalog& catalog = *shop.library.catalog(kDefaultTenant);
  map.follow(catalog, fast);
  EXPECT_EQ(std::vector<std::uint32_t>(map.slots().begin(), map.slots().end()), looked_up(catalog, fast));
  expect_inverse(map, catalog, fast);
}

TEST(SlotMap, IsEmptyForAnEmptyCatalog) {
  SlotMap map;
  const Shop shop;
  expect_true(map, shop, nullptr);
  expect_true(map, shop, &shop.fast);
}

TEST(SlotMap, WithoutAModelNoItemHasASlot) {
  SlotMap map;
  Shop shop;
  shop.item("a");
  expect_true(map, shop, nullptr);
  EXPECT_EQ(map.slots()[0], kNone);
}

TEST(SlotMap, FollowsWhatIsAppendedOnEitherSide) {
  SlotMap map;
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b");
  shop.trend(b, kHour);
  expect_true(map, shop, &shop.fast);
  shop.trend(item_id("c"), kHour); // the model meets it before the catalog does
  shop.trend(a, kHour);
  expect_true(map, shop, &shop.fast);
  shop.item("c");
  shop.item("d");
  expect_true(map, shop, &shop.fast);
}

TEST(SlotMap, StartsAnewForAnotherCatalogOrModel) {
  SlotMap map;
  Shop one, other;
  one.trend(one.item("a"), kHour);
  one.trend(one.item("b"), kHour);
  const ItemId b = other.item("b"), a = other.item("a");
  other.trend(a, kHour);
  other.trend(b, kHour);
  for (int round = 0; round < 2; ++round) {
    expect_true(map, one, &one.fast);
    expect_true(map, other, &other.fast);
    expect_true(map, one, &other.fast);
    expect_true(map, one, nullptr);
  }
}

TEST(SlotMap, StartsAnewForAModelThatKnowsLess) {
  SlotMap map;
  Shop shop;
  shop.trend(shop.item("a"), kHour);
  expect_true(map, shop, &shop.fast);
  const stats::FastModel empty;
  expect_true(map, shop, &empty);
}

RC_GTEST_PROP(SlotMap, AgreesWithLookingUpAfterAnyGrowth, (std::uint64_t seed)) {
  Random chance(seed);
  SlotMap map;
  Shop shop;
  for (int step = 0; step < 12; ++step) {
    for (std::uint64_t i = chance.below(4); i > 0; --i) shop.item("item" + std::to_string(chance.below(30)));
    for (std::uint64_t i = chance.below(4); i > 0; --i) {
      shop.trend(item_id("item" + std::to_string(chance.below(30))), kHour);
    }
    const catalog::Catalog& catalog = *shop.library.catalog(kDefaultTenant);
    map.follow(catalog, &shop.fast);
    const std::vector<std::uint32_t> slots(map.slots().begin(), map.slots().end());
    RC_ASSERT(slots == looked_up(catalog, &shop.fast));
    expect_inverse(map, catalog, &shop.fast);
  }
}

/// The same of the item-item model, which a round replaces as a whole.
TEST(SlotMap, FollowsTheItemItemModel) {
  using learners::ItemNeighbours;
  ItemItemMap map;
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b");
  const auto expect_true = [&](const ItemNeighbours* model) {
    const catalog::Catalog& catalog = *shop.library.catalog(kDefaultTenant);
    map.follow(catalog, model);
    ASSERT_EQ(map.slots().size(), catalog.entries().size());
    for (const auto& entry : catalog.entries())
      EXPECT_EQ(map.slots()[entry->ordinal],
                model == nullptr ? ItemNeighbours::kNoSlot : model->slot_of(entry->id));
    ASSERT_EQ(map.ordinals().size(), model == nullptr ? 0 : model->items().size());
    for (std::uint32_t slot = 0; slot < map.ordinals().size(); ++slot) {
      const catalog::Entry* entry = catalog.find(model->items()[slot]);
      EXPECT_EQ(map.ordinals()[slot], entry == nullptr ? ItemItemMap::kNoOrdinal : entry->ordinal);
    }
  };
  expect_true(nullptr);
  shop.goes_with(a, item_id("later"), 0.5f);
  const auto first = *shop.item_item;
  expect_true(&first);
  shop.item("later");
  expect_true(&first);
  shop.goes_with(b, a, 0.5f);
  expect_true(&*shop.item_item);
  expect_true(&first);
  expect_true(nullptr);
}

} // namespace
} // namespace kindred::decisions
