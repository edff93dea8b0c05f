#include "actors/gateway/model_settling.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::gateway {
namespace {

using Names = std::vector<std::string>;

model::Settled settled(std::uint64_t ticket, const std::string& learner,
                       std::optional<Instant> next_due = std::nullopt) {
  return {ticket, learner, next_due, 0};
}

/// One learner that said when it is due next.
ModelSettling fresh(std::optional<Instant> next_due = std::nullopt) {
  ModelSettling settling({"ranker"});
  settling.open(1, {});
  settling.on(settled(1, "ranker", next_due));
  return settling;
}

TEST(ModelSettling, AtFirstEveryLearnerIsAsked) {
  ModelSettling settling({"segments", "ranker"});
  EXPECT_EQ(settling.open(4, Instant{10}), (Names{"ranker", "segments"}));
  EXPECT_EQ(settling.ticket(), 4u);
  EXPECT_FALSE(settling.on(settled(4, "segments")));
  EXPECT_FALSE(settling.on(settled(4, "segments"))) << "twice is once";
  EXPECT_TRUE(settling.on(settled(4, "ranker")));
  EXPECT_EQ(settling.ticket(), 0u);
  EXPECT_FALSE(settling.on(settled(4, "ranker"))) << "it is passed once";
}

TEST(ModelSettling, WithoutLearnersThereIsNoBarrier) {
  ModelSettling settling({});
  EXPECT_TRUE(settling.open(1, Instant{10}).empty());
  EXPECT_EQ(settling.ticket(), 0u);
}

TEST(ModelSettling, WithoutACadenceItIsNotAskedAgain) {
  ModelSettling settling = fresh();
  EXPECT_TRUE(settling.open(2, Instant{INT64_MAX}).empty());
  EXPECT_EQ(settling.ticket(), 0u);
}

TEST(ModelSettling, OnlyWhatIsDueIsAsked) {
  ModelSettling settling({"ranker", "segments"});
  settling.open(1, {});
  settling.on(settled(1, "ranker", Instant{1000}));
  ASSERT_TRUE(settling.on(settled(1, "segments", Instant{2000})));
  EXPECT_TRUE(settling.open(2, Instant{999}).empty());
  EXPECT_EQ(settling.open(3, Instant{1000}), Names{"ranker"});
  EXPECT_TRUE(settling.on(settled(3, "ranker", Instant{3000})));
  EXPECT_EQ(settling.open(4, Instant{2999}), Names{"segments"});
  EXPECT_TRUE(settling.on(settled(4, "segments", Instant{2000}))) << "whatever it says";
  EXPECT_EQ(settling.open(5, Instant{3000}), (Names{"ranker", "segments"}));
}

TEST(ModelSettling, ARoundThatWasAskedForIsWaitedFor) {
  ModelSettling settling = fresh(Instant{1000});
  settling.unsettle("ranker");
  settling.unsettle("segments"); // not here
  EXPECT_EQ(settling.open(2, Instant{1}), Names{"ranker"});
  EXPECT_TRUE(settling.on(settled(2, "ranker", Instant{1000})));
  EXPECT_TRUE(settling.open(3, Instant{1}).empty());
}

TEST(ModelSettling, AnAbandonedBarrierIsNotPassedLater) {
  ModelSettling settling = fresh(Instant{1000});
  settling.open(2, Instant{1000});
  settling.abandon();
  EXPECT_EQ(settling.ticket(), 0u);
  EXPECT_FALSE(settling.on(settled(2, "ranker", Instant{2000})));
  EXPECT_TRUE(settling.open(3, Instant{1999}).empty()) << "but what it says counts";
}

TEST(ModelSettling, AnAnswerToAFormerBarrierDoesNotPassThisOne) {
  ModelSettling settling = fresh(Instant{1000});
  settling.open(2, Instant{1000});
  settling.abandon();
  EXPECT_EQ(settling.open(3, Instant{1000}), Names{"ranker"});
  EXPECT_FALSE(settling.on(settled(2, "ranker", Instant{2000})));
  EXPECT_TRUE(settling.on(settled(3, "ranker", Instant{2000})));
}

// It may have been sent before the actor heard that a round was asked for.
TEST(ModelSettling, AnAnswerToAFormerBarrierDoesNotTellOfARoundAskedForSince) {
  ModelSettling settling = fresh(Instant{1000});
  settling.open(2, Instant{1000});
  settling.abandon();
  settling.unsettle("ranker");
  settling.on(settled(2, "ranker", Instant{2000}));
  EXPECT_EQ(settling.open(3, Instant{1001}), Names{"ranker"});
}

TEST(ModelSettling, ABarrierThatNothingAnsweredIsOpenedAnew) {
  ModelSettling settling = fresh(Instant{1000});
  EXPECT_EQ(settling.open(2, Instant{1000}), Names{"ranker"});
  EXPECT_EQ(settling.open(3, Instant{1000}), Names{"ranker"});
  EXPECT_EQ(settling.ticket(), 3u);
  EXPECT_TRUE(settling.open(4, Instant{999}).empty());
  EXPECT_EQ(settling.ticket(), 0u) << "a barrier that is none leaves none open";
}

TEST(ModelSettling, ALearnerThatIsNoneIsIgnored) {
  ModelSettling settling = fresh();
  EXPECT_TRUE(settling.has("ranker"));
  EXPECT_FALSE(settling.has("segments"));
  settling.unsettle("ranker");
  settling.open(2, {});
  EXPECT_FALSE(settling.on(settled(2, "segments")));
  EXPECT_FALSE(settling.has("segments"));
  EXPECT_TRUE(settling.on(settled(2, "ranker")));
}

} // namespace
} // namespace kindred::actors::gateway
