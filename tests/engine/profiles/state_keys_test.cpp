#include "engine/profiles/state_keys.hpp"

#include <set>

#include <gtest/gtest.h>

namespace kindred::profiles {
namespace {

const UserKey kAnn{{1}, "ann"};

TEST(StateKeys, BytesAreFixed) {
  EXPECT_EQ(profile_key(kAnn), Bytes("u\0\0\0\1\0\3annp", 11));
  EXPECT_EQ(once_key(kAnn, 1, 2), Bytes("u\0\0\0\1\0\3anno\x80\0\0\1\0\0\0\2", 19));
  EXPECT_EQ(timer_key({5}, kAnn), Bytes("t\x80\0\0\0\0\0\0\5\0\0\0\1\0\3ann", 18));
  EXPECT_EQ(tenant_key({258}), Bytes("c\0\0\1\2", 5));
  EXPECT_EQ(decision_key(-1, {1, 2}), Bytes("d\x7f\xff\xff\xff\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2", 21));
  EXPECT_EQ(tombstone_key({1}, {1, 2}).size(), 21u);
  EXPECT_EQ(erased_ids_key({1}, {1, 2}), Bytes("e\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2", 21));
  EXPECT_EQ(erased_timer_key({5}, {1}, {1, 2}),
            Bytes("f\x80\0\0\0\0\0\0\5\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2", 29));
}

TEST(StateKeys, NoTwoThingsShareAKey) {
  std::set<Bytes> keys;
  std::size_t count = 0;
  const auto add = [&](Bytes key) {
    keys.insert(std::move(key));
    ++count;
  };
  for (const std::uint32_t tenant : {0u, 1u, 256u}) {
    add(tenant_key({tenant}));
    for (const char* name : {"", "a", "ap", "ao", "p", "o"}) {
      const UserKey user{{tenant}, name};
      add(profile_key(user));
      add(timer_key({7}, user));
      add(tombstone_key({tenant}, user_hash(user)));
      add(erased_ids_key({tenant}, user_hash(user)));
      add(watermark_key({tenant}, user_hash(user)));
      add(erased_timer_key({7}, {tenant}, user_hash(user)));
      for (const std::int32_t day : {-1, 0, 1})
        for (const std::uint32_t chunk : {0u, 1u}) add(once_key(user, day, chunk));
    }
  }
  EXPECT_EQ(keys.size(), count);
}

TEST(StateKeys, ByteOrderIsTheOrderOfTime) {
  EXPECT_LT(timer_key({-5}, kAnn), timer_key({3}, kAnn));
  EXPECT_LT(timer_key({3}, kAnn), timer_key({300}, kAnn));
  EXPECT_LT(erased_timer_key({-5}, {9}, {9, 9}), erased_timer_key({3}, {1}, {1, 1}));
  EXPECT_LT(once_key(kAnn, -2, 9), once_key(kAnn, 1, 0));
  EXPECT_LT(once_key(kAnn, 1, 255), once_key(kAnn, 1, 256));
  EXPECT_LT(decision_prefix(5), decision_prefix(600));
}

TEST(StateKeys, PrefixesSelectWhatBelongsTogether) {
  EXPECT_TRUE(once_key(kAnn, 3, 4).starts_with(once_prefix(kAnn)));
  EXPECT_FALSE(once_key({{1}, "anno"}, 3, 4).starts_with(once_prefix(kAnn))) << "a longer name";
  EXPECT_TRUE(decision_key(3, {1, 1}).starts_with(decision_prefix(3)));
  EXPECT_TRUE(timer_key({1}, kAnn).starts_with(timer_prefix()));
  EXPECT_TRUE(erased_timer_key({1}, {1}, {1, 1}).starts_with(erased_timer_prefix()));
  EXPECT_TRUE(tenant_key({1}).starts_with(tenant_prefix()));
}

TEST(StateKeys, AllValuesOfAUserHaveOnePrefixAndNobodyElseHasIt) {
  const Bytes prefix = values_prefix(kAnn);
  for (const Bytes& key : {profile_key(kAnn), once_key(kAnn, 3, 4), once_prefix(kAnn), prefix})
    EXPECT_EQ(key.substr(0, values_prefix_size(key)), prefix);
  for (const UserKey& other :
       {UserKey{{1}, "anno"}, UserKey{{1}, "an"}, UserKey{{2}, "ann"}, UserKey{{1}, ""}}) {
    EXPECT_FALSE(profile_key(other).starts_with(prefix)) << other.user;
    EXPECT_NE(values_prefix_size(profile_key(other)), 0u);
  }
  for (const Bytes& key :
       {timer_key({1}, kAnn), tombstone_key({1}, user_hash(kAnn)), tenant_key({1}), meta_key(),
        user_prefix({1}), prefix.substr(0, prefix.size() - 1), Bytes("u"), Bytes()})
    EXPECT_EQ(values_prefix_size(key), 0u);
}

TEST(StateKeys, PartsComeBack) {
  const auto timer = parse_timer_key(timer_key({-77}, kAnn));
  ASSERT_TRUE(timer.has_value());
  EXPECT_EQ(timer->due.us, -77);
  EXPECT_EQ(timer->user, kAnn);
  EXPECT_EQ(parse_erased_timer_key(erased_timer_key({-77}, {9}, {3, 4})), (ErasedAt{{-77}, {9}, {3, 4}}));
  const auto watermark = parse_watermark_key(watermark_key({9}, {3, 4}));
  ASSERT_TRUE(watermark.has_value());
  EXPECT_EQ(watermark->tenant, TenantId{9});
  EXPECT_EQ(watermark->producer, (Id128{3, 4}));
  EXPECT_TRUE(watermark_key({9}, {3, 4}).starts_with(watermark_prefix()));
  EXPECT_EQ(parse_tenant_key(tenant_key({9})), TenantId{9});
  const auto tail = parse_once_tail(BytesView(once_key(kAnn, -4, 6)).substr(once_prefix(kAnn).size()));
  ASSERT_TRUE(tail.has_value());
  EXPECT_EQ(tail->day, -4);
  EXPECT_EQ(tail->chunk, 6u);
}

TEST(StateKeys, WhatIsNoKeyIsRefused) {
  const Bytes timer = timer_key({1}, kAnn);
  for (std::size_t size = 0; size < timer.size(); ++size)
    EXPECT_EQ(parse_timer_key(timer.substr(0, size)), std::nullopt);
  EXPECT_EQ(parse_timer_key(timer + "x"), std::nullopt);
  EXPECT_EQ(parse_timer_key(profile_key(kAnn)), std::nullopt);
  const Bytes erased = erased_timer_key({1}, {1}, {1, 1});
  for (std::size_t size = 0; size < erased.size(); ++size)
    EXPECT_EQ(parse_erased_timer_key(erased.substr(0, size)), std::nullopt);
  EXPECT_EQ(parse_erased_timer_key(erased + "x"), std::nullopt);
  EXPECT_EQ(parse_erased_timer_key(timer), std::nullopt);
  const Bytes watermark = watermark_key({1}, {1, 1});
  for (std::size_t size = 0; size < watermark.size(); ++size)
    EXPECT_FALSE(parse_watermark_key(watermark.substr(0, size)).has_value());
  EXPECT_FALSE(parse_watermark_key(watermark + "x").has_value());
  EXPECT_FALSE(parse_watermark_key(tombstone_key({1}, {1, 1})).has_value());
  const Bytes tombstone = tombstone_key({1}, {1, 2});
  EXPECT_EQ(parse_tombstone_key(tombstone), (Id128{1, 2}));
  for (std::size_t size = 0; size < tombstone.size(); ++size)
    EXPECT_EQ(parse_tombstone_key(tombstone.substr(0, size)), std::nullopt);
  EXPECT_EQ(parse_tombstone_key(tombstone + "x"), std::nullopt);
  EXPECT_EQ(parse_tombstone_key(erased_ids_key({1}, {1, 2})), std::nullopt);
  const Bytes values = values_prefix(kAnn);
  EXPECT_EQ(parse_values_prefix(values), kAnn);
  for (std::size_t size = 0; size < values.size(); ++size)
    EXPECT_EQ(parse_values_prefix(values.substr(0, size)), std::nullopt);
  EXPECT_EQ(parse_values_prefix(profile_key(kAnn)), std::nullopt);
  EXPECT_EQ(parse_tenant_key("c12"), std::nullopt);
  EXPECT_EQ(parse_tenant_key("x1234"), std::nullopt);
  EXPECT_FALSE(parse_once_tail("1234567").has_value());
  EXPECT_FALSE(parse_once_tail("123456789").has_value());
}

TEST(StateKeys, NodeLocalKeysAreNamed) {
  EXPECT_TRUE(is_node_local(meta_key()));
  EXPECT_TRUE(is_node_local(decision_key(1, {1, 1})));
  for (const Bytes& key : {profile_key(kAnn), once_key(kAnn, 1, 1), timer_key({1}, kAnn), tenant_key({1}),
                           tombstone_key({1}, {1, 1}), erased_ids_key({1}, {1, 1}),
                           erased_timer_key({1}, {1}, {1, 1}), watermark_key({1}, {1, 1}), Bytes()})
    EXPECT_FALSE(is_node_local(key));
}

TEST(StateKeys, ATombstoneDoesNotNameItsUser) {
  const UserKey user{{1}, "somebody-with-a-long-name"};
  EXPECT_EQ(tombstone_key(user.tenant, user_hash(user)).find("somebody"), Bytes::npos);
  EXPECT_EQ(erased_ids_key(user.tenant, user_hash(user)).find("somebody"), Bytes::npos);
  EXPECT_NE(user_hash(user), user_hash({{2}, user.user})) << "tenants are apart";
}

} // namespace
} // namespace kindred::profiles
