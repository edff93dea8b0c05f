// State: what operators ask of a learner's models.

#include <gtest/gtest.h>

#include "tests/actors/model/model_world.hpp"

namespace kindred::actors::model {
namespace {

using api::ErrorCode;
using Fate = ModelWorld::Fate;
using records::ModelRole;
using user_shard::CloseRound;

std::uint64_t number_of(const api::AnswerBody& body) { return std::get<api::Round>(body).number; }

// ---- a round now

TEST(ModelAsking, ARoundThatIsAskedForBeginsWhateverTheCadenceSays) {
  ModelWorld world;
  world.begin();
  ASSERT_EQ(world.opened().size(), 1u);
  world.pass(kMinute);
  const auto ticket = world.ask(api::TrainModel{"ranker"});
  ASSERT_EQ(world.opened().size(), 2u);
  EXPECT_EQ(number_of(world.body(ticket)), world.opened()[1]);
  EXPECT_EQ(world.standing().last, world.opened()[1]);
  EXPECT_EQ(world.standing().as_of, world.now);
  const auto* done = world.done(ticket);
  EXPECT_EQ(done->partition, kNoPartition);
  EXPECT_TRUE(done->positions.empty());
  world.pass(kMinute);
  EXPECT_EQ(world.opened().size(), 2u) << "once";
}

TEST(ModelAsking, OneAskedForWhileAnotherRunsIsTheNext) {
  ModelWorld world;
  world.hears = [](const ToShard& message) { return !std::holds_alternative<CloseRound>(message.message); };
  world.begin();
  const auto first = world.ask(api::TrainModel{"ranker"});
  const auto second = world.ask(api::TrainModel{"ranker/home"});
  EXPECT_NE(number_of(world.body(first)), world.standing().running) << "it may have cut before";
  EXPECT_EQ(number_of(world.body(first)), number_of(world.body(second))) << "one round for both";
  EXPECT_EQ(world.opened().size(), 1u);
  world.catch_up();
  ASSERT_EQ(world.opened().size(), 2u);
  EXPECT_EQ(world.opened()[1], number_of(world.body(first)));
}

TEST(ModelAsking, EachTenantHasItsOwn) {
  ModelWorld world(ModelWorld::usual({}));
  world.put_tenant(kAcme, "acme");
  world.begin();
  const auto ticket = world.ask(api::TrainModel{"ranker"}, kAcme);
  EXPECT_EQ(world.standing(kAcme).last, number_of(world.body(ticket)));
  EXPECT_EQ(world.standing().last, 0u);
  EXPECT_NE(number_of(world.body(world.ask(api::TrainModel{"ranker"}))), number_of(world.body(ticket)));
}

TEST(ModelAsking, BeforeTheLogIsOpenNoNumberIsPromised) {
  ModelWorld world;
  world.state.emplace(world.settings,
                      State::Views{world.library_cell, world.models_cell,
                                   [](PartitionId) { return std::make_shared<user_shard::Standing>(); }},
                      world.probe);
  const auto ticket = world.ask(api::TrainModel{"ranker"});
  EXPECT_EQ(world.code(ticket), ErrorCode::kNotReady) << "it would be smaller than those of former lives";
}

// ---- another model serves

/// A tenant with a champion (3), two former ones (2, 1), and a challenger (4); no cadence.
struct ModelChanges : testing::Test {
  ModelWorld world{ModelWorld::usual({})};

  void SetUp() override {
    for (int number = 1; number <= 3; ++number)
      world.models.append_other("ranker", number, static_cast<std::uint64_t>(number - 1));
    world.models.append_other("ranker", 4, 3, ModelRole::kChallenger);
    world.models.append_other("ranker/home", 5, 0);
    world.models.fold();
    world.begin();
  }
  static api::ChangeModel promote(std::string version = "", std::string name = "ranker") {
    return {std::move(name), api::ModelChange::kPromote, std::move(version), "ann"};
  }
  static api::ChangeModel go_back(std::string version = "", std::string name = "ranker") {
    return {std::move(name), api::ModelChange::kRollback, std::move(version), "ann"};
  }
  static std::string version_of(int number) { return to_hex(hash128(fast_models::parameters_of(number))); }
  std::string champion() const { return to_hex(world.models.line("ranker")->champion->model->version); }
  void erase(std::uint16_t partition, std::uint64_t offset, TenantId tenant = kDefaultTenant) {
    auto standing = std::make_shared<user_shard::Standing>();
    standing->erased[tenant] = offset;
    world.standings_of_shards[partition] = std::move(standing);
  }
};

TEST_F(ModelChanges, TheChallengerIsPromoted) {
  const auto waiting = *world.models.line("ranker")->challenger;
  const auto ticket = world.ask(promote());
  ASSERT_TRUE(std::holds_alternative<api::Accepted>(world.body(ticket)));
  EXPECT_EQ(champion(), version_of(4));
  const auto* line = world.models.line("ranker");
  EXPECT_FALSE(line->challenger);
  EXPECT_EQ(line->generation, 5u);
  EXPECT_EQ(line->champion->reason, "promoted by hand");
  EXPECT_EQ(line->champion->author, "ann");
  EXPECT_EQ(line->champion->stamp, world.now);
  EXPECT_EQ(line->champion->metrics, waiting.metrics) << "what was said of it holds";
  EXPECT_EQ(line->champion->model->trained_at, waiting.model->trained_at);
  EXPECT_EQ(line->champion->model->cuts, waiting.model->cuts);
  const auto written = world.models.records(5);
  ASSERT_EQ(written.size(), 1u) << "without its chunks";
  const auto& manifest = std::get<records::Manifest>(written[0].body);
  EXPECT_EQ(manifest.trained_at, waiting.model->trained_at);
  EXPECT_EQ(manifest.cuts, waiting.model->cuts);
  EXPECT_EQ(manifest.settings, waiting.model->settings);
  const auto* done = world.done(ticket);
  EXPECT_EQ(done->partition, kNoPartition);
  ASSERT_EQ(done->positions.size(), 1u);
  EXPECT_EQ(done->positions[0].stream.topic, records::Topic::kModels);
  EXPECT_EQ(done->positions[0].incarnation, ModelWorld::kIncarnation);
  EXPECT_EQ(done->positions[0].offset, 5u) << "for who wants to see it";
  EXPECT_EQ(world.told.size(), ModelWorld::kPartitions)
      << "each once: erasures on their way are folded first";
  EXPECT_EQ(world.sent<user_shard::CloseRound>().size(), world.told.size());
}

TEST_F(ModelChanges, TheLastChampionIsGoneBackTo) {
  ASSERT_TRUE(std::holds_alternative<api::Accepted>(world.body(world.ask(go_back()))));
  EXPECT_EQ(champion(), version_of(2));
  EXPECT_EQ(world.models.line("ranker")->champion->reason, "gone back to by hand");
  EXPECT_TRUE(world.models.line("ranker")->challenger) << "it still waits";
  ASSERT_TRUE(std::holds_alternative<api::Accepted>(world.body(world.ask(go_back(version_of(1))))));
  EXPECT_EQ(champion(), version_of(1));
  ASSERT_TRUE(std::holds_alternative<api::Accepted>(world.body(world.ask(promote(version_of(4))))));
  EXPECT_EQ(champion(), version_of(4));
  EXPECT_EQ(world.models.line("ranker/home")->generation, 1u);
}

TEST_F(ModelChanges, WhatIsNotThereIsNotFound) {
  for (const auto& query :
       {promote("", "ranker/basket"), go_back("", "ranker/basket"), promote(version_of(2)), promote("4"),
        go_back(version_of(4)), go_back(version_of(3)), go_back("latest"), promote("", "ranker/home"),
        go_back("", "ranker/home")})
    EXPECT_EQ(world.code(world.ask(query)), ErrorCode::kNotFound) << query.name << " " << query.version;
  EXPECT_EQ(world.code(world.ask(promote(), kAcme)), ErrorCode::kNotFound) << "tenants are apart";
  EXPECT_TRUE(world.produced.empty());
}

TEST_F(ModelChanges, AnotherManifestAtTheSameTimeIsAConflict) {
  world.folds = false;
  world.models.append_other("ranker", 9, 4);
  const auto ticket = world.ask(promote());
  EXPECT_EQ(world.done(ticket), nullptr) << "the fold decides";
  world.fold();
  EXPECT_EQ(world.code(ticket), ErrorCode::kConflict);
  EXPECT_EQ(champion(), version_of(9));
  EXPECT_TRUE(world.done(ticket)->positions.empty());
  const auto again = world.ask(promote());
  world.fold();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.body(again))) << "decided again";
}

TEST_F(ModelChanges, WhereTheLogDoesNotTakeItTheOutcomeIsUnknown) {
  world.fates = {Fate::kRefused};
  EXPECT_EQ(world.code(world.ask(promote())), ErrorCode::kUnknownOutcome);
  EXPECT_EQ(champion(), version_of(3));
  world.fates = {Fate::kNoVerdict};
  const auto ticket = world.ask(promote());
  EXPECT_EQ(world.done(ticket), nullptr);
  world.pass(kStepDeadline);
  EXPECT_EQ(world.done(ticket), nullptr);
  world.pass(Duration{1});
  EXPECT_EQ(world.code(ticket), ErrorCode::kUnknownOutcome);
  EXPECT_EQ(world.standing().last, 0u) << "it was no round";
}

TEST_F(ModelChanges, AnAppendWithoutAVerdictIsSentAgain) {
  world.fates = {Fate::kUnknownLost};
  const auto ticket = world.ask(promote());
  EXPECT_EQ(world.done(ticket), nullptr);
  world.pass(gateway::kAppendRetryAfter);
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.body(ticket)));
  EXPECT_EQ(champion(), version_of(4));
}

TEST_F(ModelChanges, TheyWaitForARoundUnderWayAndForEachOther) {
  world.hears = [](const ToShard&) { return false; };
  world.ask(api::TrainModel{"ranker"});
  const auto back = world.ask(go_back());
  const auto forth = world.ask(promote());
  EXPECT_EQ(world.done(back), nullptr);
  world.catch_up();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.body(back)));
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.body(forth)));
  EXPECT_EQ(champion(), version_of(4));
  EXPECT_EQ(world.models.line("ranker")->generation, 6u) << "in their order";
}

TEST_F(ModelChanges, OnlySoManyWait) {
  world.hears = [](const ToShard&) { return false; };
  world.ask(api::TrainModel{"ranker"});
  std::vector<std::uint64_t> tickets;
  for (std::size_t i = 0; i < kAsksMax; ++i) tickets.push_back(world.ask(go_back("none")));
  const auto refused = world.body(world.ask(promote()));
  ASSERT_TRUE(std::holds_alternative<api::Error>(refused));
  EXPECT_EQ(std::get<api::Error>(refused).code, ErrorCode::kOverloaded);
  EXPECT_GT(std::get<api::Error>(refused).retry_after_ms, 0u);
  EXPECT_TRUE(world.answers.size() == 2u) << "the round's number, and the refusal";
  world.catch_up();
  for (const auto ticket : tickets) EXPECT_EQ(world.code(ticket), ErrorCode::kNotFound);
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.body(world.ask(promote()))))
      << "there is room again";
}

// Law erasure. The cuts of number n stand at n + 9 and n + 19.
TEST_F(ModelChanges, AModelThatWasCutBeforeAnErasureServesNoMore) {
  erase(0, 13);
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.body(world.ask(promote())))) << "cut at 13";
  EXPECT_EQ(world.code(world.ask(go_back())), ErrorCode::kErased) << "3: cut at 12";
  EXPECT_EQ(world.code(world.ask(go_back(version_of(1)))), ErrorCode::kErased);
  erase(0, 11);
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.body(world.ask(go_back())))) << "3";
  erase(1, 30);
  EXPECT_EQ(world.code(world.ask(go_back())), ErrorCode::kErased) << "any partition counts";
  EXPECT_EQ(champion(), version_of(3));
}

// It was acknowledged before the change was asked for, and its partition had not folded it yet.
TEST_F(ModelChanges, AnErasureThatIsFoldedOnTheWayForbidsToo) {
  world.hears = [](const ToShard& message) { return message.partition.value != 1; };
  const auto ticket = world.ask(promote());
  EXPECT_EQ(world.done(ticket), nullptr) << "a partition is not there yet";
  EXPECT_TRUE(world.produced.empty());
  erase(1, 1'000);
  world.catch_up();
  EXPECT_EQ(world.code(ticket), ErrorCode::kErased);
  EXPECT_EQ(champion(), version_of(3));
}

TEST_F(ModelChanges, APartitionThatStaysSilentChangesNothing) {
  world.hears = [](const ToShard& message) { return message.partition.value != 1; };
  const auto ticket = world.ask(promote());
  world.pass(kStepDeadline + kSecond);
  EXPECT_EQ(world.code(ticket), ErrorCode::kNotReady);
  EXPECT_TRUE(world.produced.empty());
  EXPECT_EQ(champion(), version_of(3));
}

TEST_F(ModelChanges, APartitionThatTheModelDoesNotKnowWasNotCut) {
  erase(2, 1);
  EXPECT_EQ(world.code(world.ask(promote())), ErrorCode::kErased);
}

TEST_F(ModelChanges, ErasuresOfOtherTenantsDoNotMatter) {
  erase(0, 1'000, kAcme);
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(world.body(world.ask(promote()))));
}

TEST_F(ModelChanges, APartitionThatDoesNotSayWhomItErasedIsWaitedFor) {
  world.standings_of_shards[1] = nullptr;
  const auto body = world.body(world.ask(promote()));
  ASSERT_TRUE(std::holds_alternative<api::Error>(body));
  EXPECT_EQ(std::get<api::Error>(body).code, ErrorCode::kNotReady);
  EXPECT_GT(std::get<api::Error>(body).retry_after_ms, 0u);
  EXPECT_TRUE(world.produced.empty());
}

// By the events clock the gateway settles before it asks; a change does not wait for the next barrier.
TEST_F(ModelChanges, ByTheEventsClockTheyNeedNoBarrierOfTheirOwn) {
  ModelWorld events(ModelWorld::usual(kDay, true));
  events.models.append_other("ranker", 1, 0);
  events.models.append_other("ranker", 2, 1);
  events.models.fold();
  events.begin();
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(events.body(events.ask(go_back()))));
  EXPECT_TRUE(events.told.empty());
}

} // namespace
} // namespace kindred::actors::model
