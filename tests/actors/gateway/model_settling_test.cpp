#include "actors/gateway/model_settling.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::gateway {
namespace {

using Step = ModelSettling::Step;

const Step kNone{}, kPassed{true, {}};
Step ask(const std::string& learner) { return {false, learner}; }

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

// One after another, so that what they append stands in the logs in the same order in every run.
TEST(ModelSettling, AtFirstEveryLearnerIsAskedByName) {
  ModelSettling settling({"segments", "ranker"});
  EXPECT_EQ(settling.open(4, Instant{10}), "ranker");
  EXPECT_EQ(settling.ticket(), 4u);
  EXPECT_EQ(settling.now(), Instant{10});
  EXPECT_EQ(settling.on(settled(4, "segments")), kNone) << "it was not asked yet";
  EXPECT_EQ(settling.on(settled(4, "ranker")), ask("segments"));
  EXPECT_EQ(settling.on(settled(4, "ranker")), kNone) << "twice is once";
  EXPECT_EQ(settling.on(settled(4, "segments")), kPassed);
  EXPECT_EQ(settling.ticket(), 0u);
  EXPECT_EQ(settling.on(settled(4, "segments")), kNone) << "it is passed once";
}

TEST(ModelSettling, WithoutLearnersThereIsNoBarrier) {
  ModelSettling settling({});
  EXPECT_EQ(settling.open(1, Instant{10}), std::nullopt);
  EXPECT_EQ(settling.ticket(), 0u);
}

TEST(ModelSettling, WithoutACadenceItIsNotAskedAgain) {
  ModelSettling settling = fresh();
  EXPECT_EQ(settling.open(2, Instant{INT64_MAX}), std::nullopt);
  EXPECT_EQ(settling.ticket(), 0u);
}

TEST(ModelSettling, OnlyWhatIsDueIsAsked) {
  ModelSettling settling({"ranker", "segments"});
  settling.open(1, {});
  settling.on(settled(1, "ranker", Instant{1000}));
  ASSERT_EQ(settling.on(settled(1, "segments", Instant{2000})), kPassed);
  EXPECT_EQ(settling.open(2, Instant{999}), std::nullopt);
  EXPECT_EQ(settling.open(3, Instant{1000}), "ranker");
  EXPECT_EQ(settling.on(settled(3, "ranker", Instant{3000})), kPassed);
  EXPECT_EQ(settling.open(4, Instant{2999}), "segments");
  EXPECT_EQ(settling.on(settled(4, "segments", Instant{2000})), kPassed) << "whatever it says";
  EXPECT_EQ(settling.open(5, Instant{3000}), "ranker");
  EXPECT_EQ(settling.on(settled(5, "ranker", Instant{4000})), ask("segments"));
  EXPECT_EQ(settling.on(settled(5, "segments", Instant{4000})), kPassed);
}

TEST(ModelSettling, ARoundThatWasAskedForIsWaitedFor) {
  ModelSettling settling = fresh(Instant{1000});
  settling.unsettle("ranker");
  settling.unsettle("segments"); // not here
  EXPECT_EQ(settling.open(2, Instant{1}), "ranker");
  EXPECT_EQ(settling.on(settled(2, "ranker", Instant{1000})), kPassed);
  EXPECT_EQ(settling.open(3, Instant{1}), std::nullopt);
}

TEST(ModelSettling, AnAbandonedBarrierIsNotPassedLater) {
  ModelSettling settling = fresh(Instant{1000});
  settling.open(2, Instant{1000});
  settling.abandon();
  EXPECT_EQ(settling.ticket(), 0u);
  EXPECT_EQ(settling.on(settled(2, "ranker", Instant{2000})), kNone);
  EXPECT_EQ(settling.open(3, Instant{1999}), std::nullopt) << "but what it says counts";
}

TEST(ModelSettling, AnAnswerToAFormerBarrierDoesNotPassThisOne) {
  ModelSettling settling = fresh(Instant{1000});
  settling.open(2, Instant{1000});
  settling.abandon();
  EXPECT_EQ(settling.open(3, Instant{1000}), "ranker");
  EXPECT_EQ(settling.on(settled(2, "ranker", Instant{2000})), kNone);
  EXPECT_EQ(settling.on(settled(3, "ranker", Instant{2000})), kPassed);
}

// It may have been sent before the actor heard that a round was asked for.
TEST(ModelSettling, AnAnswerToAFormerBarrierDoesNotTellOfARoundAskedForSince) {
  ModelSettling settling = fresh(Instant{1000});
  settling.open(2, Instant{1000});
  settling.abandon();
  settling.unsettle("ranker");
  settling.on(settled(2, "ranker", Instant{2000}));
  EXPECT_EQ(settling.open(3, Instant{1001}), "ranker");
}

TEST(ModelSettling, ABarrierThatNothingAnsweredIsOpenedAnew) {
  ModelSettling settling = fresh(Instant{1000});
  EXPECT_EQ(settling.open(2, Instant{1000}), "ranker");
  EXPECT_EQ(settling.open(3, Instant{1000}), "ranker");
  EXPECT_EQ(settling.ticket(), 3u);
  EXPECT_EQ(settling.open(4, Instant{999}), std::nullopt);
  EXPECT_EQ(settling.ticket(), 0u) << "a barrier that is none leaves none open";
}

TEST(ModelSettling, ALearnerThatIsNoneIsIgnored) {
  ModelSettling settling = fresh();
  EXPECT_TRUE(settling.has("ranker"));
  EXPECT_FALSE(settling.has("segments"));
  settling.unsettle("ranker");
  settling.open(2, {});
  EXPECT_EQ(settling.on(settled(2, "segments")), kNone);
  EXPECT_FALSE(settling.has("segments"));
  EXPECT_EQ(settling.on(settled(2, "ranker")), kPassed);
}

} // namespace
} // namespace kindred::actors::gateway
