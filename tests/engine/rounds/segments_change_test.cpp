// Segments from one round to the next: who keeps which id, what is split and merged, and that nothing changes without need.

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/engine/rounds/parted_users.hpp"

namespace kindred::rounds {
namespace {

using learners::Segmentation;
using Ids = std::vector<std::uint32_t>;

const Limits kLimits{.segment_users = 20};
const std::vector<Group> kThree{{0, -6, 60}, {0, 6, 50}, {20, 0, 70}};
const Group kFar{20, 30, 40}; ///< keeps the axes what they are when others move

std::uint32_t id_at(const Segmentation& model, double x, double y) { return segment_at(model, x, y).id; }

Ids sorted(Ids ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(SegmentsChange, TheSameUsersAreTheSameSegments) {
  const Users users = users_of(kThree);
  const Round first = round_of(users, kLimits), again = round_of(users, kLimits, first.known);
  ASSERT_TRUE(again.model.has_value());
  EXPECT_EQ(*again.model, *first.model);
  EXPECT_NE(again.reason.find("the same groups"), std::string::npos) << again.reason;
  EXPECT_NE(again.reason.find("0.0 % of them in another than before"), std::string::npos) << again.reason;
}

TEST(SegmentsChange, OthersLikeThemKeepIdsAndAxes) {
  Round round = round_of(users_of(kThree), kLimits);
  const Segmentation first = *round.model;
  for (std::uint64_t day = 2; day < 7; ++day) {
    round = round_of(users_of(kThree, day), kLimits, round.known);
    ASSERT_TRUE(round.model.has_value());
    EXPECT_EQ(round.model->axes, first.axes) << "they did not drift";
    EXPECT_EQ(round.model->next_id, first.next_id) << "no id was given";
    for (const Group& group : kThree)
      EXPECT_EQ(id_at(*round.model, group.x, group.y), id_at(first, group.x, group.y));
    EXPECT_TRUE(round.model->splits.empty() && round.model->merges.empty());
  }
}

TEST(SegmentsChange, AxesThatDriftedAreMeasuredAnewAndIdsStay) {
  const Round first = round_of(users_of(kThree), kLimits);
  std::vector<Group> moved = kThree;
  for (Group& group : moved) {
    group.x = group.x * 2 + 3;
    group.y *= 2;
  }
  const Round next = round_of(users_of(moved), kLimits, first.known);
  ASSERT_TRUE(next.model.has_value());
  EXPECT_NE(next.model->axes, first.model->axes);
  EXPECT_EQ(next.model->segments.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(id_at(*next.model, moved[i].x, moved[i].y), id_at(*first.model, kThree[i].x, kThree[i].y));
}

TEST(SegmentsChange, ACategoryMoreChangesNoAxisATraitMoreDoes) {
  Users users = users_of(kThree);
  const Round first = round_of(users, kLimits);
  for (std::size_t i = 0; i < users.size(); ++i) {
    users[i].personalization.tastes = {{i % 3 == 0 ? "books" : "lamps", 1}};
    users[i].personalization.tastes_total = 1 + i % 2;
  }
  EXPECT_EQ(round_of(users, kLimits).model->axes.size(), 4u) << "what would be chosen now";
  EXPECT_EQ(*round_of(users, kLimits, first.known).model, *first.model);
  for (std::size_t i = 0; i < users.size(); ++i) {
    auto& traits = users[i].personalization.traits;
    traits.insert(traits.begin(), {"a", std::int64_t(i * 37 % 101)});
  }
  EXPECT_GT(round_of(users, kLimits, first.known).model->axes.size(), 2u) << "somebody told it on purpose";
}

TEST(SegmentsChange, AFeatureThatPartsNobodyAnyMoreGoes) {
  Users users = users_of(kThree);
  const Round first = round_of(users, kLimits);
  for (auto& user : users) user.personalization.traits[1].value = std::int64_t{4};
  const Round next = round_of(users, kLimits, first.known);
  ASSERT_TRUE(next.model.has_value());
  ASSERT_EQ(next.model->axes.size(), 1u);
  EXPECT_EQ(next.model->axes[0].feature, "trait:x");
}

TEST(SegmentsChange, OtherFeaturesAreOtherAxesAndMembersTellWhoIsWho) {
  const Users users = users_of(kThree);
  const Round first = round_of(users, {.segment_users = 20, .segment_features = {"trait:x"}});
  ASSERT_EQ(first.model->segments.size(), 2u);
  const Round next = round_of(
      users, {.segment_users = 20, .segments = 2, .segment_features = {"trait:x", "trait:y"}}, first.known);
  ASSERT_TRUE(next.model.has_value());
  EXPECT_EQ(next.model->axes.size(), 2u);
  EXPECT_EQ(next.reason.find("the same groups"), std::string::npos) << next.reason;
  EXPECT_LE(next.model->next_id, 4u);
}

TEST(SegmentsChange, AGroupThatPartsIsASplit) {
  const Round before = round_of(users_of({{0, 0, 100}, {20, 0, 70}, kFar}), kLimits);
  ASSERT_EQ(before.model->segments.size(), 3u);
  const std::uint32_t parted = id_at(*before.model, 0, 0), other = id_at(*before.model, 20, 0);
  const Round after = round_of(users_of({{0, -6, 60, parted}, {0, 6, 40, parted}, {20, 0, 70, other}, kFar}),
                               kLimits, before.known);
  ASSERT_TRUE(after.model.has_value());
  ASSERT_EQ(after.model->segments.size(), 4u) << after.reason;
  EXPECT_EQ(id_at(*after.model, 0, -6), parted) << "where most went";
  EXPECT_EQ(id_at(*after.model, 0, 6), 4u) << "a new one";
  EXPECT_EQ(id_at(*after.model, 20, 0), other);
  ASSERT_EQ(after.model->splits.size(), 1u);
  EXPECT_EQ(after.model->splits[0].from, parted);
  EXPECT_EQ(sorted(after.model->splits[0].into), (Ids{parted, 4}));
  EXPECT_TRUE(after.model->merges.empty());
  EXPECT_EQ(after.model->next_id, 5u);
  EXPECT_NE(after.reason.find("1 parted, 0 met"), std::string::npos) << after.reason;
  EXPECT_NE(after.reason.find("19.0 % of them in another"), std::string::npos) << after.reason; // 40 of 210
}

TEST(SegmentsChange, GroupsThatMeetAreAMergeAndTheIdThatWentNeverComesBack) {
  const Round before = round_of(users_of({kThree[0], kThree[1], kThree[2], kFar}), kLimits);
  ASSERT_EQ(before.model->segments.size(), 4u);
  const std::uint32_t more = id_at(*before.model, 0, -6), less = id_at(*before.model, 0, 6),
                      other = id_at(*before.model, 20, 0);
  const Round met =
      round_of(users_of({{0, 0, 60, more, 0.2}, {0, 0, 50, less, 0.2}, {20, 0, 70, other}, kFar}), kLimits,
               before.known);
  ASSERT_TRUE(met.model.has_value());
  ASSERT_EQ(met.model->segments.size(), 3u) << met.reason;
  EXPECT_EQ(id_at(*met.model, 0, 0), more);
  EXPECT_EQ(id_at(*met.model, 20, 0), other);
  ASSERT_EQ(met.model->merges.size(), 1u);
  EXPECT_EQ(met.model->merges[0].into, more);
  EXPECT_EQ(sorted(met.model->merges[0].from), sorted({more, less}));
  EXPECT_TRUE(met.model->splits.empty());
  EXPECT_EQ(met.model->next_id, before.model->next_id);

  const Round again =
      round_of(users_of({{0, -6, 60, more}, {0, 6, 50, more}, {20, 0, 70, other}, kFar}), kLimits, met.known);
  ASSERT_EQ(again.model->segments.size(), 4u);
  EXPECT_EQ(again.model->find(less), nullptr) << "nobody else is ever called so";
  EXPECT_EQ(id_at(*again.model, 0, 6), before.model->next_id);
}

TEST(SegmentsChange, ASegmentThatEverybodyLeftGoes) {
  const Round before = round_of(users_of({kThree[0], kThree[1], kThree[2], kFar}), kLimits);
  const std::uint32_t gone = id_at(*before.model, kFar.x, kFar.y);
  const Round after = round_of(users_of(kThree), kLimits, before.known);
  ASSERT_TRUE(after.model.has_value());
  EXPECT_EQ(after.model->find(gone), nullptr) << after.reason;
  EXPECT_EQ(after.model->segments.size(), 3u);
  for (const Group& group : kThree)
    EXPECT_EQ(id_at(*after.model, group.x, group.y), id_at(*before.model, group.x, group.y));
}

TEST(SegmentsChange, ANumberThatIsAskedForIsKeptTo) {
  const Users users = users_of(kThree);
  const Round before = round_of(users, {.segment_users = 20, .segments = 3});
  const Round after = round_of(users, {.segment_users = 20, .segments = 2}, before.known);
  ASSERT_TRUE(after.model.has_value());
  EXPECT_EQ(after.model->segments.size(), 2u) << "though three parted them better";
  ASSERT_EQ(after.model->merges.size(), 1u);
  EXPECT_EQ(after.model->merges[0].from.size(), 2u);
}

TEST(SegmentsChange, BetweenTheSameItFindsTheSameWhateverThePartitions) {
  const Round before = round_of(users_of(kThree), kLimits);
  const Users next = users_of({{0, -6, 60, 2}, {0, 6, 40, 3}, {20, 0, 70, 1}}, 9);
  const Round one = round_of(next, kLimits, before.known);
  for (const std::size_t partitions : {3u, 16u, 64u})
    EXPECT_EQ(round_of(next, kLimits, before.known, partitions).said, one.said);
}

} // namespace
} // namespace kindred::rounds
