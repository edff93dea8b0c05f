#include "actors/gateway/segment_list.hpp"

#include <gtest/gtest.h>

#include "actors/fast_models/solved_fold.hpp"
#include "engine/profiles/membership.hpp"
#include "tests/actors/fast_models/models_log.hpp"
#include "tests/engine/profiles/segment_models.hpp"

namespace kindred::actors::gateway {
namespace {

constexpr TenantId kOther{7};

/// What a models log holds where these were published, in their order.
class SegmentList : public testing::Test {
protected:
  void put(std::string_view name, const Bytes& parameters,
           records::ModelRole role = records::ModelRole::kChampion) {
    const std::string model(name);
    fold_.fold(fast_models::chunk_records(model, parameters)[0]);
    const auto taken = fold_.fold(
        fast_models::solved_record(fast_models::manifest_of(model, parameters, generations_[model]++, role)));
    ASSERT_EQ(taken.refusal, fast_models::SolvedRefusal::kNone);
  }
  std::vector<ListedSegment> list(TenantId tenant = kDefaultTenant) const {
    return segments_of(*fold_.lines(), tenant);
  }

private:
  fast_models::SolvedFold fold_;
  std::map<std::string, std::uint64_t> generations_;
};

TEST_F(SegmentList, ThereAreNoneWhereNothingWasSolved) {
  EXPECT_TRUE(list().empty());
  put("ranker", fast_models::parameters_of(1));
  EXPECT_TRUE(list().empty());
}

TEST_F(SegmentList, ClustersComeWithTheirMiddleInTheFeaturesOwnUnits) {
  auto model = profiles::parted_at({-2, 3});
  model.axes[0].mean = 100;
  model.axes[0].scale = 10;
  put("segments", model.canonical());
  const auto all = list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].info.id, "clustered-1");
  EXPECT_EQ(all[0].info.kind, "clustered");
  EXPECT_EQ(all[0].scope, stats::segment_scope("clustered", 1)) << "what its size is counted under";
  ASSERT_EQ(all[1].info.features.size(), 1u);
  EXPECT_EQ(all[1].info.features[0], (api::Counter{"trait:x", 130}));
  EXPECT_TRUE(list(kOther).empty()) << "tenants are apart";
}

TEST_F(SegmentList, WhatASegmentCameFromIsTold) {
  auto model = profiles::parted_at({0, 5, 9});
  model.splits = {{1, {1, 2}}};
  model.merges = {{{7, 8}, 3}};
  model.next_id = 9;
  put("segments", model.canonical());
  const auto all = list();
  EXPECT_TRUE(all[0].info.came_from.empty()) << "it goes on";
  EXPECT_EQ(all[1].info.came_from, std::vector<std::string>{"clustered-1"});
  EXPECT_EQ(all[2].info.came_from, (std::vector<std::string>{"clustered-7", "clustered-8"}));
}

TEST_F(SegmentList, AllGroupsOfBuyersAreListedOnceThereAreQuintiles) {
  put("rfm", profiles::quintiles().canonical());
  const auto all = list();
  ASSERT_EQ(all.size(), 11u);
  EXPECT_EQ(all[0].info.id, "rfm-champions");
  EXPECT_EQ(all[10].info.name, "lost");
  EXPECT_EQ(all[10].scope, stats::segment_scope("rfm", 11));
}

TEST_F(SegmentList, WhatServesIsListedNotWhatWaits) {
  put("segments", profiles::parted_at({0, 5}).canonical());
  put("segments", profiles::parted_at({0, 5, 9}).canonical(), records::ModelRole::kChallenger);
  EXPECT_EQ(list().size(), 2u);
}

} // namespace
} // namespace kindred::actors::gateway
