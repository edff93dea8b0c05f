#include "engine/learners/factorization/item_neighbours.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/records/bodies.hpp"
#include "tests/engine/learners/factorization/neighbours.hpp"

namespace kindred::learners {
namespace {

using Neighbour = ItemNeighbours::Neighbour;

std::vector<Neighbour> row(const ItemNeighbours& model, std::uint64_t item) {
  const auto of = model.of(model.slot_of({item}));
  return {of.begin(), of.end()};
}

ItemNeighbours some(std::uint64_t seed) {
  Random random(seed);
  Pairs pairs;
  for (std::uint64_t left = random.below(60); left > 0; --left) {
    const ItemId from{1 + random.below(12) * 1'000}, to{1 + random.below(12) * 1'000};
    if (from != to) pairs[{from, to}] = static_cast<float>(random.uniform() * 5 - 2.5);
  }
  return neighbours_of(pairs);
}

/// A body whose checksum is right, whatever else is wrong with it.
Bytes sealed(ByteWriter body) {
  ByteWriter out;
  out.raw(body.view());
  out.u64(hash64(body.view()));
  return out.take();
}

TEST(ItemNeighbours, AreFoundByIdAndStandBySlot) {
  const auto model = neighbours_of({{{{7}, {3}}, 0.5f}, {{{7}, {9}}, -0.25f}, {{{3}, {7}}, 1.0f}});
  EXPECT_EQ(std::vector<ItemId>(model.items().begin(), model.items().end()),
            (std::vector<ItemId>{{3}, {7}, {9}}));
  EXPECT_EQ(model.slot_of({3}), 0u);
  EXPECT_EQ(model.slot_of({9}), 2u);
  for (const std::uint64_t unknown : {0u, 4u, 10u})
    EXPECT_EQ(model.slot_of({unknown}), ItemNeighbours::kNoSlot);
  EXPECT_EQ(row(model, 7), (std::vector<Neighbour>{{0, 8192}, {2, -4096}}));
  EXPECT_EQ(row(model, 3), (std::vector<Neighbour>{{1, 16384}}));
  EXPECT_TRUE(row(model, 9).empty());
  EXPECT_EQ(model.neighbours(), 3u);
}

TEST(ItemNeighbours, WeightsAreRoundedToTheGridClampedAndLeftOutWhereNothingIsLeft) {
  const float grid = ItemNeighbours::kGrid;
  const auto model = neighbours_of({{{{1}, {2}}, 0.4f * grid},
                                    {{{1}, {3}}, 0.6f * grid},
                                    {{{1}, {4}}, 5.0f},
                                    {{{1}, {5}}, -5.0f},
                                    {{{1}, {6}}, 2.0f},
                                    {{{1}, {7}}, 0.0f}});
  EXPECT_EQ(row(model, 1), (std::vector<Neighbour>{{2, 1}, {3, 32'767}, {4, -32'767}, {5, 32'767}}));
  EXPECT_EQ(model.items().size(), 7u) << "the item stays";
}

TEST(ItemNeighbours, SharesFallByTheSameFactorAndNeverToNothing) {
  double exact = 256;
  for (const std::int32_t share : ItemNeighbours::kShares) {
    EXPECT_NEAR(share, exact, 0.51);
    EXPECT_GT(share, 0);
    exact *= 0.85;
  }
}

TEST(ItemNeighbours, NothingIsAModelToo) {
  const ItemNeighbours empty = neighbours_of({});
  EXPECT_TRUE(empty.items().empty());
  EXPECT_EQ(empty.slot_of({1}), ItemNeighbours::kNoSlot);
  EXPECT_EQ(ItemNeighbours::from(empty.canonical()), empty);
}

RC_GTEST_PROP(ItemNeighbours, BytesComeBackWithTheirVersion, (std::uint64_t seed)) {
  const ItemNeighbours model = some(seed), other = some(seed + 1);
  const auto again = ItemNeighbours::from(model.canonical());
  RC_ASSERT(again == model);
  RC_ASSERT(again->version() == model.version());
  RC_ASSERT((model.version() == other.version()) == (model.canonical() == other.canonical()));
}

TEST(ItemNeighbours, BytesOfVersionOne) {
  ByteWriter body;
  body.u8(1);
  body.u32(2);
  for (const std::uint64_t item : {5u, 8u}) body.u64(item);
  for (const std::uint16_t count : {1, 0}) body.u16(count);
  body.u16(1);
  body.u16(static_cast<std::uint16_t>(-3));
  const Bytes bytes = sealed(body);
  const auto model = ItemNeighbours::from(bytes);
  ASSERT_TRUE(model.has_value());
  EXPECT_EQ(row(*model, 5), (std::vector<Neighbour>{{1, -3}}));
  EXPECT_EQ(model->canonical(), bytes);
}

TEST(ItemNeighbours, WhatIsCutOffOrDamagedIsRefused) {
  const Bytes good = some(4).canonical();
  ASSERT_TRUE(ItemNeighbours::from(good).has_value());
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(ItemNeighbours::from(good.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(ItemNeighbours::from(good + '\0').has_value());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(ItemNeighbours::from(bad).has_value()) << "bit " << bit;
  }
}

// A right checksum vouches for nothing: every bound is checked.
TEST(ItemNeighbours, WhatIsOutOfBoundsIsRefused) {
  struct Told {
    std::uint8_t version = 1;
    std::vector<std::uint64_t> items{5, 8, 9};
    std::vector<std::uint16_t> counts{2, 1, 0};
    std::vector<std::pair<std::uint16_t, std::int16_t>> neighbours{{1, 100}, {2, -100}, {0, 7}};
    std::string behind;
  };
  const auto taken = [](auto change) {
    Told told;
    change(told);
    ByteWriter body;
    body.u8(told.version);
    body.u32(static_cast<std::uint32_t>(told.items.size()));
    for (const auto item : told.items) body.u64(item);
    for (const auto count : told.counts) body.u16(count);
    for (const auto& [slot, weight] : told.neighbours) {
      body.u16(slot);
      body.u16(static_cast<std::uint16_t>(weight));
    }
    body.raw(told.behind);
    return ItemNeighbours::from(sealed(body)).has_value();
  };
  EXPECT_TRUE(taken([](Told&) {}));
  EXPECT_FALSE(taken([&](Told& told) { told.version = 0; }));
  EXPECT_FALSE(taken([&](Told& told) { told.version = 2; })) << "of a newer build";
  EXPECT_FALSE(taken([&](Told& told) { told.items = {5, 5, 9}; }));
  EXPECT_FALSE(taken([&](Told& told) { told.items = {5, 9, 8}; }));
  EXPECT_FALSE(taken([&](Told& told) { told.counts = {2, 1, 1}; })) << "more neighbours than there are";
  EXPECT_FALSE(taken([&](Told& told) { told.counts = {2, 0, 0}; })) << "fewer";
  EXPECT_FALSE(taken([&](Told& told) { told.counts = {257, 1, 0}; }));
  EXPECT_FALSE(taken([&](Told& told) {
    told.neighbours = {{1, 100}, {3, -100}, {0, 7}};
  })) << "an item that is not there";
  EXPECT_FALSE(taken([&](Told& told) { told.neighbours = {{0, 100}, {2, -100}, {0, 7}}; })) << "itself";
  EXPECT_FALSE(taken([&](Told& told) { told.neighbours = {{2, 100}, {1, -100}, {0, 7}}; }));
  EXPECT_FALSE(taken([&](Told& told) { told.neighbours = {{1, 100}, {1, -100}, {0, 7}}; }));
  EXPECT_FALSE(taken([&](Told& told) {
    told.neighbours = {{1, 0}, {2, -100}, {0, 7}};
  })) << "a weight of nothing";
  EXPECT_FALSE(taken([&](Told& told) { told.neighbours = {{1, INT16_MIN}, {2, -100}, {0, 7}}; }));
  EXPECT_FALSE(taken([&](Told& told) { told.behind = "x"; }));
  std::vector<std::uint64_t> many(ItemNeighbours::kItemsMax + 1);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = i;
  const std::vector<std::uint16_t> none(many.size());
  EXPECT_FALSE(taken([&](Told& told) {
    told.items = many;
    told.counts = none;
    told.neighbours = {};
  }));
  many.pop_back();
  EXPECT_TRUE(taken([&](Told& told) {
    told.items = many;
    told.counts = {none.begin() + 1, none.end()};
    told.neighbours = {};
  }));
}

TEST(ItemNeighbours, TheGreatestFitsAPublishedModelWellAndItsSumsFitAnInt32) {
  constexpr std::size_t kBytes = ItemNeighbours::kItemsMax * (10 + 4 * ItemNeighbours::kNeighboursMax) + 13;
  EXPECT_LT(kBytes, records::kModelBytesMax / 4);
  std::int64_t shares = 0;
  for (const std::int32_t share : ItemNeighbours::kShares) shares += share;
  EXPECT_LT(shares * ItemNeighbours::kWeightMax, INT32_MAX);
}

} // namespace
} // namespace kindred::learners
