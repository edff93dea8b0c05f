#include "actors/model/state.hpp"

#include <gtest/gtest.h>

#include "tests/actors/model/model_world.hpp"
#include "tests/engine/rounds/tastes.hpp"

namespace kindred::actors::model {
namespace {

using user_shard::AskPass;
using user_shard::Closed;
using user_shard::CloseRound;
using user_shard::Gathered;
using user_shard::OpenRound;
using user_shard::Passed;

template <class Message>
bool is(const ToShard& message) {
  return std::holds_alternative<Message>(message.message);
}
/// Shards do not hear such messages.
template <class Message>
void mute(ModelWorld& world) {
  world.hears = [](const ToShard& message) { return !is<Message>(message); };
}

bool says(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

// ---- a whole round

TEST(ModelState, ARoundFromItsCutsToItsEnd) {
  ModelWorld world;
  world.shards.put(choosers());
  world.begin();
  const auto opens = world.sent<OpenRound>();
  ASSERT_EQ(opens.size(), ModelWorld::kPartitions);
  for (std::size_t i = 0; i < opens.size(); ++i) {
    EXPECT_EQ(world.told[i].partition.value, i);
    EXPECT_EQ(opens[i].tenant, kDefaultTenant);
    EXPECT_EQ(opens[i].learner, "ranker");
    EXPECT_EQ(opens[i].as_of, world.now);
    EXPECT_EQ(opens[i].round, opens[0].round);
  }
  EXPECT_GT(world.sent<AskPass>().size(), ModelWorld::kPartitions * 3u) << "a count, steps, a comparison";
  const auto closes = world.sent<CloseRound>();
  ASSERT_EQ(closes.size(), ModelWorld::kPartitions);
  for (const CloseRound& close : closes) {
    EXPECT_TRUE(close.accepted);
    EXPECT_EQ(close.round, opens[0].round);
    EXPECT_EQ(close.stamp, world.now);
  }
  const Rounds rounds = world.standing();
  EXPECT_EQ(rounds.last, opens[0].round);
  EXPECT_EQ(rounds.running, 0u);
  EXPECT_EQ(rounds.as_of, world.now);
  EXPECT_TRUE(rounds.published);
  EXPECT_TRUE(says(rounds.outcome, "ranker: champion, the first")) << rounds.outcome;
  ASSERT_NE(world.models.line("ranker"), nullptr);
  EXPECT_TRUE(world.models.line("ranker")->champion);
  EXPECT_TRUE(world.models.line("ranker/home")->champion);
  EXPECT_EQ(world.probe.rounds, 1u);
  EXPECT_EQ(world.probe.rounds_done, 1u);
  EXPECT_EQ(world.probe.rounds_abandoned, 0u);
  EXPECT_EQ(world.probe.published, 2u);
  EXPECT_EQ(world.probe.passes * ModelWorld::kPartitions, world.sent<AskPass>().size());
}

TEST(ModelState, WhereAnotherNodeRunsTheLearnerOnlyWhatIsAskedIsDone) {
  ModelWorld world;
  world.shards.put(choosers());
  world.mine = false;
  world.begin();
  world.pass(kDay * 3);
  EXPECT_TRUE(world.opened().empty());
  const auto asked = world.ask(api::TrainModel{.name = "ranker"});
  EXPECT_EQ(std::get<api::Round>(world.body(asked)).number, world.opened().at(0));
  EXPECT_EQ(world.probe.rounds_done, 1u);
  world.pass(kDay * 3);
  EXPECT_EQ(world.opened().size(), 1u);
  world.mine = true; // that one is gone
  world.pass(kPulse);
  EXPECT_EQ(world.opened().size(), 2u);
}

TEST(ModelState, StandingTellsOfARoundWhileItRuns) {
  ModelWorld world;
  mute<AskPass>(world);
  world.begin();
  EXPECT_EQ(world.standing().running, world.opened().at(0));
  EXPECT_EQ(world.standing().last, 0u);
  world.catch_up();
  EXPECT_EQ(world.standing().running, 0u);
  EXPECT_EQ(world.standing().last, world.opened().at(0));
}

// Law sharding: how users are dealt out does not matter to the parameters.
TEST(ModelState, TheSameUsersInMorePartitionsMakeTheSameModel) {
  std::vector<Bytes> parameters;
  for (const std::uint16_t partitions : {std::uint16_t{1}, std::uint16_t{3}}) {
    auto settings = ModelWorld::usual();
    settings.partitions = partitions;
    ModelWorld world(settings);
    world.shards.put(choosers());
    world.begin();
    ASSERT_NE(world.models.line("ranker"), nullptr);
    parameters.push_back(world.models.line("ranker")->champion->model->parameters);
  }
  EXPECT_EQ(parameters[0], parameters[1]);
}

TEST(ModelState, TheItemItemModelIsALearnerLikeTheRanker) {
  auto settings = ModelWorld::usual();
  settings.learner = "itemItem";
  ModelWorld world(settings);
  world.shards.put(rounds::users_with({}));
  world.begin();
  ASSERT_NE(world.models.line("itemItem"), nullptr) << world.standing().outcome;
  EXPECT_TRUE(world.models.line("itemItem")->champion->model->item_item);
  EXPECT_TRUE(says(world.standing().outcome, "the first: explains")) << world.standing().outcome;
}

/// Solving blocks the actor: the first pulse after it tells of a time long past, and nobody was waited for.
TEST(ModelState, SolvingMayTakeLongerThanAStepMayWait) {
  ModelWorld world;
  world.shards.put(choosers());
  world.fates = {ModelWorld::Fate::kNoVerdict};
  world.begin(); // solved; the models log has not answered
  ASSERT_EQ(world.produced.size(), 1u);
  world.state->computed_for(kStepDeadline * 3);
  world.pass(kStepDeadline * 4);
  EXPECT_EQ(world.probe.rounds_abandoned, 0u) << world.standing().outcome;
  world.pass(Duration{1});
  EXPECT_EQ(world.probe.rounds_abandoned, 1u) << "but for the log it does not wait for ever";
}

TEST(ModelState, WhereThereIsTooLittleToLearnFromNothingIsPublished) {
  ModelWorld world;
  world.begin();
  EXPECT_EQ(world.models.end(), 0u);
  EXPECT_FALSE(world.standing().published);
  EXPECT_TRUE(says(world.standing().outcome, "0 examples")) << world.standing().outcome;
  for (const CloseRound& close : world.sent<CloseRound>()) EXPECT_FALSE(close.accepted);
  EXPECT_EQ(world.probe.rounds_done, 1u) << "it was solved all the same";
}

TEST(ModelState, AnswersToSomethingElseAreNotCounted) {
  ModelWorld world;
  world.hears = [](const ToShard&) { return false; };
  world.begin();
  const std::uint64_t round = world.opened().at(0);
  const Gathered good{{0}, kDefaultTenant, "ranker", round, 5, ""};
  auto foreign = good;
  foreign.learner = "segments";
  world.deliver(foreign);
  foreign = good;
  foreign.tenant = kAcme;
  world.deliver(foreign);
  foreign = good;
  foreign.round = round - 1;
  foreign.lost = "long ago";
  world.deliver(foreign);
  for (int i = 0; i < 3; ++i) world.deliver(good);
  world.deliver(Passed{{1}, kDefaultTenant, "ranker", round, 1, "", "not asked"});
  world.deliver(Closed{{1}, kDefaultTenant, "ranker", round});
  auto second = good;
  second.partition = {1};
  world.deliver(second);
  EXPECT_TRUE(world.sent<AskPass>().empty()) << "the third partition did not answer";
  EXPECT_TRUE(world.sent<CloseRound>().empty());
  second.partition = {2};
  world.deliver(second);
  EXPECT_EQ(world.sent<AskPass>().size(), 3u);
  Passed earlier{{0}, kDefaultTenant, "ranker", round, 0, "", "of another pass"};
  world.deliver(earlier);
  EXPECT_TRUE(world.sent<CloseRound>().empty());
}

// ---- when a round begins

TEST(ModelState, NothingBeginsBeforeTheTimeIsKnown) {
  ModelWorld world;
  world.shards.put(choosers());
  world.begin_life();
  EXPECT_TRUE(world.told.empty()) << "it would be a round of 1970";
  world.pass({});
  EXPECT_EQ(world.sent<OpenRound>().at(0).as_of, rounds::kAsOf);
  EXPECT_EQ(world.models.line("ranker")->champion->model->trained_at, rounds::kAsOf);
}

TEST(ModelState, NothingBeginsBeforeLibraryAndModelsAreThere) {
  ModelWorld world;
  world.library_cell.publish(nullptr);
  const auto models = world.models_cell.get();
  world.models_cell.publish(nullptr);
  world.begin();
  world.publish_library();
  world.deliver(SnapshotsMoved{});
  EXPECT_TRUE(world.told.empty());
  world.models_cell.publish(models);
  world.deliver(SnapshotsMoved{});
  EXPECT_EQ(world.opened().size(), 1u);
}

TEST(ModelState, RoundsAreDueAtMultiplesOfTheCadenceInUtc) {
  for (const auto& [cadence, first] :
       {std::pair(kDay, kHour * 12), std::pair(kHour * 5, kHour), std::pair(kMinute * 10, kMinute * 10)}) {
    ModelWorld world(ModelWorld::usual(cadence)); // at noon, 16,863 days after 1970
    world.begin();
    EXPECT_EQ(world.opened().size(), 1u) << "at once, since there is no model";
    world.pass(first - kSecond);
    EXPECT_EQ(world.opened().size(), 1u) << cadence.us;
    world.pass(kSecond);
    EXPECT_EQ(world.opened().size(), 2u) << cadence.us;
    EXPECT_EQ(world.standing().as_of.us % cadence.us, 0);
    world.pass(cadence - Duration{1});
    EXPECT_EQ(world.opened().size(), 2u);
    world.pass(Duration{1});
    EXPECT_EQ(world.opened().size(), 3u);
    world.pass(cadence * 3 + kSecond);
    EXPECT_EQ(world.opened().size(), 4u) << "what was missed is not made up for";
  }
}

TEST(ModelState, AModelThatIsThereIsAsOldAsItsTraining) {
  ModelWorld world;
  world.shards.put(choosers());
  world.begin();
  world.pass(kHour);
  world.begin(); // knows nothing but the models
  EXPECT_EQ(world.opened().size(), 1u);
  world.pass(kHour * 11);
  EXPECT_EQ(world.opened().size(), 2u);
}

TEST(ModelState, AClockThatWasPutBackHoldsUpNoRound) {
  ModelWorld world(ModelWorld::usual(kHour));
  world.shards.put(choosers());
  world.begin();
  ASSERT_TRUE(world.standing().published) << world.standing().outcome;
  world.now = world.now - kDay * 30;
  world.pass(kMinute);
  EXPECT_EQ(world.opened().size(), 1u) << "a cadence has not passed since the last one";
  world.pass(kHour - kMinute);
  EXPECT_EQ(world.opened().size(), 2u);
  world.now = world.now - kDay * 30;
  world.begin(); // knows nothing but the models, which are of a time to come
  EXPECT_EQ(world.opened().size(), 3u);
  world.pass(kHour - kMinute);
  EXPECT_EQ(world.opened().size(), 3u);
  world.pass(kMinute);
  EXPECT_EQ(world.opened().size(), 4u);
}

TEST(ModelState, WithoutACadenceThereAreNoRoundsButThoseAskedFor) {
  ModelWorld world(ModelWorld::usual({}));
  world.begin();
  world.pass(kDay * 400);
  EXPECT_TRUE(world.told.empty());
  world.ask(api::TrainModel{"ranker"});
  EXPECT_EQ(world.opened().size(), 1u);
  world.pass(kDay * 400);
  EXPECT_EQ(world.opened().size(), 1u);
}

TEST(ModelState, TenantsHaveTheirRoundsOneAfterAnother) {
  ModelWorld world;
  world.put_tenant(kAcme, "acme");
  world.put_tenant(kBeta, "beta");
  world.put_tenant({9}, "gone");
  world.put_tenant({9}, "gone", true);
  world.shards.put(choosers(1), kAcme);
  world.shards.put(choosers(2));
  world.begin();
  std::vector<std::uint32_t> tenants;
  for (const ToShard& message : world.told) {
    const TenantId tenant = std::visit([](const auto& one) { return one.tenant; }, message.message);
    if (tenants.empty() || tenants.back() != tenant.value) tenants.push_back(tenant.value);
  }
  EXPECT_EQ(tenants, (std::vector<std::uint32_t>{kAcme.value, kBeta.value, kDefaultTenant.value}))
      << "all of one, then all of the next; none of who is removed";
  EXPECT_TRUE(world.standing(kAcme).published);
  EXPECT_FALSE(world.standing(kBeta).published);
  EXPECT_TRUE(world.standing().published);
  ASSERT_NE(world.models.line("ranker", kAcme), nullptr);
  EXPECT_EQ(world.models.line("ranker", kBeta), nullptr);
  EXPECT_NE(world.models.line("ranker", kAcme)->champion->model->version,
            world.models.line("ranker")->champion->model->version);
}

// ---- what goes wrong on the way

/// A round of a world that is well but for what the test did to it; then all is well, and the next one comes.
struct GivenUp : testing::Test {
  ModelWorld world;

  void SetUp() override { world.shards.put(choosers()); }
  void expect_given_up(const std::string& why) {
    const Rounds rounds = world.standing();
    EXPECT_EQ(rounds.running, 0u);
    EXPECT_EQ(rounds.last, world.opened().at(0));
    EXPECT_TRUE(says(rounds.outcome, "given up: " + why)) << rounds.outcome;
    EXPECT_FALSE(rounds.published);
    EXPECT_EQ(world.models.line("ranker"), nullptr);
    for (const CloseRound& close : world.sent<CloseRound>()) EXPECT_FALSE(close.accepted);
    EXPECT_EQ(world.sent<CloseRound>().size(), ModelWorld::kPartitions) << "who gathered may let go";
    EXPECT_EQ(world.probe.rounds_abandoned, 1u);
    EXPECT_EQ(world.probe.rounds_done, 0u);
  }
  /// Not at once, and not a cadence later.
  void expect_another_try() {
    ASSERT_EQ(world.opened().size(), 1u);
    world.pass(kTryAgain - kSecond);
    EXPECT_EQ(world.opened().size(), 1u) << "not yet";
    world.pass(kSecond);
    ASSERT_EQ(world.opened().size(), 2u);
    EXPECT_GT(world.opened()[1], world.opened()[0]);
    EXPECT_TRUE(world.standing().published) << world.standing().outcome;
  }
};

TEST_F(GivenUp, ALostCut) {
  world.shards.lost_cuts[1] = "the log refused its cut";
  world.begin();
  expect_given_up("partition 1: the log refused its cut");
  EXPECT_TRUE(world.sent<AskPass>().empty());
  world.shards.lost_cuts.clear();
  expect_another_try();
}

TEST_F(GivenUp, ALostPass) {
  world.shards.lost_passes[2] = "this partition does not hold the cut any more";
  world.begin();
  expect_given_up("partition 2: this partition does not hold the cut any more");
  world.shards.lost_passes.clear();
  expect_another_try();
}

TEST_F(GivenUp, AStatisticOfAnotherBuild) {
  world.shards.foreign_statistic = "not one of ours";
  world.begin();
  expect_given_up("a statistic was not one of this build");
  world.shards.foreign_statistic.reset();
  expect_another_try();
}

TEST_F(GivenUp, AShardThatIsSilentAfterItsCut) {
  world.hears = [](const ToShard& message) { return message.partition.value != 2; };
  world.begin();
  world.hears = nullptr;
  world.pass(kStepDeadline);
  EXPECT_TRUE(world.sent<CloseRound>().empty()) << "just in time";
  world.pass(Duration{1});
  expect_given_up("no answer for 60 seconds");
  expect_another_try();
}

TEST_F(GivenUp, AShardThatIsSilentAfterAPass) {
  world.hears = [](const ToShard& message) { return message.partition.value != 0 || !is<AskPass>(message); };
  world.begin();
  world.hears = nullptr;
  world.pass(kStepDeadline + Duration{1});
  expect_given_up("no answer for 60 seconds");
  const auto late = std::exchange(world.unanswered, {});
  ASSERT_EQ(late.size(), 1u);
  world.deliver(std::get<Passed>(world.shards.answer(late[0])));
  EXPECT_EQ(world.opened().size(), 1u) << "a late answer changes nothing";
  expect_another_try();
}

TEST_F(GivenUp, SoonerWhereTheCadenceIsShort) {
  ModelWorld often(ModelWorld::usual(kSecond * 10));
  often.shards.lost_cuts[0] = "gone";
  often.begin();
  often.pass(kSecond * 9);
  EXPECT_EQ(often.opened().size(), 1u);
  often.pass(kSecond);
  EXPECT_EQ(often.opened().size(), 2u) << "at the next multiple";
}

TEST_F(GivenUp, AndTheClockWasPutBack) {
  world.shards.lost_cuts[1] = "the log refused its cut";
  world.begin();
  world.shards.lost_cuts.clear();
  world.now = world.now - kHour;
  expect_another_try();
}

TEST_F(GivenUp, OneThatWasAskedForWithoutACadenceIsNotTriedAgain) {
  ModelWorld asked(ModelWorld::usual({}));
  asked.shards.lost_cuts[0] = "gone";
  asked.begin();
  asked.ask(api::TrainModel{"ranker"});
  asked.pass(kDay);
  EXPECT_EQ(asked.opened().size(), 1u);
}

TEST(ModelState, AnyAnswerKeepsARoundAlive) {
  ModelWorld world;
  world.hears = [](const ToShard&) { return false; };
  world.begin();
  const std::uint64_t round = world.opened().at(0);
  for (std::uint16_t partition = 0; partition < ModelWorld::kPartitions; ++partition) {
    world.pass(kStepDeadline);
    world.deliver(Gathered{{partition}, kDefaultTenant, "ranker", round, 5, ""});
  }
  EXPECT_EQ(world.sent<AskPass>().size(), 3u);
  EXPECT_EQ(world.probe.rounds_abandoned, 0u);
}

// What was published is published, whoever does not hear of it.
TEST(ModelState, AShardThatIsSilentAtTheEndTakesNothingBack) {
  ModelWorld world;
  world.shards.put(choosers());
  world.hears = [](const ToShard& message) {
    return message.partition.value != 1 || !is<CloseRound>(message);
  };
  world.begin();
  EXPECT_NE(world.standing().running, 0u);
  ASSERT_NE(world.models.line("ranker"), nullptr);
  world.pass(kStepDeadline + Duration{1});
  EXPECT_EQ(world.standing().running, 0u);
  EXPECT_TRUE(world.standing().published);
  EXPECT_TRUE(says(world.standing().outcome, "champion")) << world.standing().outcome;
  EXPECT_TRUE(says(world.standing().outcome, "no answer for 60 seconds")) << world.standing().outcome;
  EXPECT_EQ(world.probe.rounds_abandoned, 0u);
  EXPECT_EQ(world.probe.rounds_done, 1u);
  world.pass(kTryAgain * 2);
  EXPECT_EQ(world.opened().size(), 1u) << "there is nothing to try again";
}

TEST(ModelState, TheFirstReasonStandsWhereTheEndIsSilentToo) {
  auto settings = ModelWorld::usual();
  settings.step_deadline = kSecond * 10;
  ModelWorld world(settings);
  world.shards.lost_cuts[0] = "gone";
  mute<CloseRound>(world);
  world.begin();
  EXPECT_NE(world.standing().running, 0u);
  world.pass(kSecond * 10 + Duration{1});
  EXPECT_EQ(world.standing().running, 0u);
  EXPECT_TRUE(says(world.standing().outcome, "given up: partition 0: gone")) << world.standing().outcome;
  ASSERT_FALSE(world.ended.empty());
  EXPECT_TRUE(world.ended.back().given_up);
  EXPECT_EQ(world.probe.rounds_abandoned, 1u) << "one round";
  EXPECT_EQ(world.probe.rounds_done, 0u);
}

// ---- lives

TEST(ModelState, ALogThatCannotBeOpenedEndsIt) {
  ModelWorld world;
  world.open_error = ports::LogError::kIo;
  world.begin();
  ASSERT_EQ(world.quits.size(), 1u);
  EXPECT_TRUE(says(world.quits[0], "the models log cannot be opened")) << world.quits[0];
  EXPECT_TRUE(world.told.empty());
}

TEST(ModelState, TheNextLifeOpensARoundWithAGreaterNumber) {
  ModelWorld world;
  world.shards.put(choosers());
  mute<AskPass>(world);
  world.begin();
  const std::uint64_t lost = world.opened().at(0);
  world.hears = nullptr;
  mute<OpenRound>(world);
  world.begin();
  ASSERT_EQ(world.opened().size(), 2u);
  EXPECT_GT(world.opened()[1], lost);
  for (std::uint16_t partition = 0; partition < ModelWorld::kPartitions; ++partition)
    world.deliver(Gathered{{partition}, kDefaultTenant, "ranker", lost, 5, ""});
  EXPECT_EQ(world.sent<AskPass>().size(), ModelWorld::kPartitions) << "what was told to the former life";
  world.catch_up();
  EXPECT_TRUE(world.standing().published) << world.standing().outcome;
  EXPECT_EQ(world.standing().last, world.opened()[1]);
}

TEST(ModelState, NumbersGrowOverManyRoundsAndLives) {
  ModelWorld world(ModelWorld::usual(kHour));
  for (int life = 0; life < 3; ++life) {
    world.begin();
    for (int round = 0; round < 5; ++round) world.pass(kHour);
  }
  const auto numbers = world.opened();
  ASSERT_GE(numbers.size(), 15u);
  for (std::size_t i = 1; i < numbers.size(); ++i) EXPECT_GT(numbers[i], numbers[i - 1]);
}

} // namespace
} // namespace kindred::actors::model
