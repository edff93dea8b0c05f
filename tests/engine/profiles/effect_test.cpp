#include "engine/profiles/effect.hpp"

#include <gtest/gtest.h>

namespace kindred::profiles {
namespace {

const UserKey kAda{kDefaultTenant, "ada"};

TEST(Effects, AreNumberedWithinTheirRecord) {
  Effects effects;
  effects.begin_record(3);
  effects.add(kCartAbandoned, kAda, {10}, {});
  effects.add(kConsentChanged, kAda, {11}, {});
  effects.begin_record(4);
  effects.add(kErased, kAda, {12}, {});
  const auto all = effects.take();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].index, 3u);
  EXPECT_EQ(all[0].number, 0u);
  EXPECT_EQ(all[1].index, 3u);
  EXPECT_EQ(all[1].number, 1u);
  EXPECT_EQ(all[2].index, 4u);
  EXPECT_EQ(all[2].number, 0u) << "each record counts from zero, so a repeated one gives the same ids";
}

TEST(Effects, CarryWhoWhenAndWhat) {
  Effects effects;
  effects.add(kCartAbandoned, kAda, {10}, {{"items", std::int64_t{2}}});
  const auto all = effects.take();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind, "cartAbandoned");
  EXPECT_EQ(all[0].user, kAda);
  EXPECT_EQ(all[0].time, Instant{10});
  EXPECT_EQ(std::get<std::int64_t>(all[0].details.at(0).value), 2);
}

TEST(Effects, AreTakenOnce) {
  Effects effects;
  effects.add(kErased, kAda, {1}, {});
  EXPECT_EQ(effects.take().size(), 1u);
  EXPECT_TRUE(effects.take().empty());
}

} // namespace
} // namespace kindred::profiles
