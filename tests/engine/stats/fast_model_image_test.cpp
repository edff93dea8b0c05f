// The image of a fast model: what a checkpoint of it stores.

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/stats/decay.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::stats {
namespace {

constexpr TenantId kTenant{1};
constexpr Instant kNow{1'700'000'000'000'000};

FastModel model_of(std::uint64_t seed, std::uint64_t items, int changes) {
  Random random(seed);
  FastModel model;
  for (int part = 0; part < 4; ++part) {
    FastDelta delta;
    for (int i = 0; i < changes / 4; ++i) {
      const ItemId a{hash64(std::to_string(random.below(items)))},
          b{hash64(std::to_string(random.below(items)))};
      const auto half_life = static_cast<std::uint8_t>(random.below(kHalfLives.size()));
      const std::int32_t generation =
          generation_of(kNow, kHalfLives[half_life]) - static_cast<std::int32_t>(random.below(4));
      const ScopeId scope = random.below(2) == 0 ? kEverybody : country_scope("DE");
      delta.add_trend({kTenant, scope, half_life, generation, a},
                      static_cast<std::int64_t>(random.next() >> 20));
      delta.add_count({kTenant, FastDelta::kMarks, a}, 1);
      if (a == b) continue;
      const bool many = random.below(50) == 0;
      delta.add_pair({kTenant, FastDelta::kSuccessor, a, b, 0}, many ? std::int64_t{1} << 35 : 1);
      delta.add_pair({kTenant, FastDelta::kCoOccurrence, std::min(a, b), std::max(a, b), 0}, many ? -7 : 2);
    }
    delta.add_count({kTenant, FastDelta::kMembers, {segment_scope("clustered", 3).value}}, 5);
    model.add(delta, kTenant);
  }
  return model;
}

TEST(FastModelImage, ComesBackAsItWas) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const FastModel model = model_of(seed, 1 + seed * 3, 400);
    const auto back = FastModel::from_image(model.image());
    ASSERT_TRUE(back) << seed;
    EXPECT_EQ(back->canonical(kTenant), model.canonical(kTenant)) << seed;
    EXPECT_EQ(back->image().size(), model.image().size()) << seed;
    EXPECT_TRUE(std::equal(model.items().begin(), model.items().end(), back->items().begin()))
        << "slots are the same, too";
    std::vector<float> ours, theirs;
    model.trend(kEverybody, 2, kNow, ours);
    back->trend(kEverybody, 2, kNow, theirs);
    EXPECT_EQ(ours, theirs);
    for (std::uint32_t slot = 0; slot < model.slots(); ++slot) {
      EXPECT_EQ(back->successor_total(slot), model.successor_total(slot));
      EXPECT_EQ(back->co_occurring(slot).size(), model.co_occurring(slot).size());
    }
  }
}

TEST(FastModelImage, GoesOnAsItWould) {
  FastModel model = model_of(5, 30, 400);
  auto back = FastModel::from_image(model.image());
  ASSERT_TRUE(back);
  const FastDelta more = model_of(6, 60, 400).sum(kTenant);
  model.add(more, kTenant);
  back->add(more, kTenant);
  EXPECT_EQ(back->canonical(kTenant), model.canonical(kTenant));
}

/// The form before had rows and neighbours by their items: written here by hand, of three items met out of order.
TEST(FastModelImage, TheFormBeforeIsStillRead) {
  ByteWriter old;
  old.u8(1);
  old.u8(3); // items, with their marks
  for (const std::uint64_t item : {30u, 10u, 20u}) {
    old.u64(item);
    old.i64(static_cast<std::int64_t>(item));
  }
  old.u8(0); // members
  old.u8(0); // trends
  const auto row = [&](std::initializer_list<std::pair<std::uint8_t, std::uint8_t>> neighbours) {
    old.u8(static_cast<std::uint8_t>(neighbours.size()));
    for (const auto& [slot, folded] : neighbours) {
      old.u8(slot);
      old.u8(folded);
    }
  };
  row({{2, 2}, {0, 4}}); // after 10: 20 once, 30 twice (the count's folded form is its double)
  row({{0, 6}});         // near 10: 30
  row({});
  row({{0, 2}}); // near 20: 30
  row({});
  row({});
  const auto model = FastModel::from_image(old.view());
  ASSERT_TRUE(model);
  FastDelta expected;
  expected.add_pair({kTenant, FastDelta::kSuccessor, {10}, {20}, 0}, 1);
  expected.add_pair({kTenant, FastDelta::kSuccessor, {10}, {30}, 0}, 2);
  expected.add_pair({kTenant, FastDelta::kCoOccurrence, {10}, {30}, 0}, 3);
  expected.add_pair({kTenant, FastDelta::kCoOccurrence, {20}, {30}, 0}, 1);
  for (const std::uint64_t item : {10u, 20u, 30u})
    expected.add_count({kTenant, FastDelta::kMarks, {item}}, static_cast<std::int64_t>(item));
  EXPECT_EQ(model->canonical(kTenant), expected.canonical());
  for (std::size_t size = 0; size < old.size(); ++size)
    EXPECT_FALSE(FastModel::from_image(old.view().substr(0, size))) << size;
}

TEST(FastModelImage, OfNothingIsSmall) {
  const auto back = FastModel::from_image(FastModel().image());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->slots(), 0u);
  EXPECT_LE(FastModel().image().size(), 8u);
}

TEST(FastModelImage, APairTakesFewBytes) {
  FastDelta pairs;
  for (std::uint64_t a = 0; a < 200; ++a)
    for (std::uint64_t b = a + 1; b < 200; ++b)
      pairs.add_pair({kTenant, FastDelta::kCoOccurrence, {a}, {b}, 0}, 9);
  FastModel model;
  model.add(pairs, kTenant);
  EXPECT_LT(model.image().size(), 200u * 199 / 2 * 4);
}

/// A checkpoint has a checksum; yet nothing that was written wrongly is believed, or leads out of bounds.
TEST(FastModelImage, DamagedBytesAreRefusedOrHarmless) {
  const FastModel model = model_of(7, 12, 120);
  const Bytes image = model.image();
  for (std::size_t size = 0; size < image.size(); ++size)
    EXPECT_FALSE(FastModel::from_image(BytesView(image).substr(0, size))) << size;
  EXPECT_FALSE(FastModel::from_image(image + "x"));
  Random random(9);
  for (int i = 0; i < 5'000; ++i) {
    Bytes damaged = image;
    damaged[random.below(damaged.size())] ^= static_cast<char>(1 << random.below(8));
    if (const auto back = FastModel::from_image(damaged)) {
      (void)back->canonical(kTenant);
      for (std::uint32_t slot = 0; slot < back->slots(); ++slot)
        back->co_occurring(slot).for_each(
            [&](std::uint32_t near, std::int64_t) { EXPECT_LT(near, back->slots()); });
    }
  }
}

} // namespace
} // namespace kindred::stats
