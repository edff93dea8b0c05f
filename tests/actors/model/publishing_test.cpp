// State: chunks and manifests, and their fate in the models log.

#include <set>

#include <gtest/gtest.h>

#include "tests/actors/model/model_world.hpp"

namespace kindred::actors::model {
namespace {

using Fate = ModelWorld::Fate;
using records::ModelRole;
using user_shard::AskPass;
using user_shard::CloseRound;
using user_shard::Gathered;

bool says(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

struct ModelPublishing : testing::Test {
  ModelWorld world;
  void SetUp() override { world.shards.put(choosers()); }

  std::vector<records::Manifest> manifests(std::uint64_t offset) const {
    std::vector<records::Manifest> found;
    for (const auto& record : world.models.records(offset))
      if (const auto* manifest = std::get_if<records::Manifest>(&record.body)) found.push_back(*manifest);
    return found;
  }
  std::size_t chunks(std::uint64_t offset) const {
    return world.models.records(offset).size() - manifests(offset).size();
  }
};

TEST_F(ModelPublishing, EachModelIsChunksAndThenItsManifest) {
  world.begin();
  ASSERT_EQ(world.models.end(), 1u);
  const auto written = world.models.records(0);
  ASSERT_EQ(written.size(), 4u);
  std::set<RecordId> ids;
  for (const std::size_t at : {0u, 2u}) {
    const auto& chunk = std::get<records::Chunk>(written[at].body);
    const auto& manifest = std::get<records::Manifest>(written[at + 1].body);
    EXPECT_EQ(chunk.learner, at == 0 ? "ranker" : "ranker/home");
    EXPECT_EQ(chunk.learner, manifest.learner);
    EXPECT_EQ(chunk.count, 1u);
    EXPECT_EQ(manifest.model, hash128(chunk.bytes));
    EXPECT_EQ(chunk.model, manifest.model);
    EXPECT_EQ(manifest.expects, 0u);
    EXPECT_EQ(manifest.generation, 1u);
    EXPECT_EQ(manifest.role, ModelRole::kChampion);
    EXPECT_EQ(manifest.author, "") << "the cadence";
    EXPECT_FALSE(manifest.reason.empty());
    EXPECT_EQ(manifest.trained_at, world.now);
    EXPECT_EQ(manifest.cuts, (std::vector<std::uint64_t>{100, 100, 100})) << "as the shards told";
    EXPECT_EQ(manifest.settings, rounds::solver_of("ranker", {})->settings());
    EXPECT_FALSE(manifest.metrics.empty());
    EXPECT_TRUE(rounds::are_parameters(chunk.learner, chunk.bytes));
    for (const std::size_t one : {at, at + 1}) {
      EXPECT_EQ(written[one].header.tenant, kDefaultTenant);
      EXPECT_EQ(written[one].header.stamp, world.now);
      ids.insert(written[one].header.id);
    }
  }
  EXPECT_EQ(ids.size(), 4u) << "an id of its own each";
}

TEST_F(ModelPublishing, CutsAreOfTheirPartitions) {
  world.hears = [](const ToShard&) { return false; };
  world.begin();
  for (std::uint16_t partition = 0; partition < ModelWorld::kPartitions; ++partition)
    (void)world.shards.answer(world.unanswered.at(partition)); // gathers
  for (const PartitionId partition : {PartitionId{2}, PartitionId{0}, PartitionId{1}})
    world.deliver(
        Gathered{partition, kDefaultTenant, "ranker", world.opened()[0], 7u + partition.value * 10u, ""});
  world.unanswered.erase(world.unanswered.begin(), world.unanswered.begin() + ModelWorld::kPartitions);
  world.catch_up();
  EXPECT_EQ(manifests(0).at(0).cuts, (std::vector<std::uint64_t>{7, 17, 27}));
}

TEST_F(ModelPublishing, TheNextOneFollowsTheGenerationThatItKnew) {
  world.begin();
  world.shards.put(choosers(2, rounds::kAsOf + kHour));
  world.pass(kHour * 12);
  ASSERT_EQ(world.models.end(), 2u) << world.standing().outcome;
  for (const auto& manifest : manifests(1)) {
    EXPECT_EQ(manifest.expects, 1u);
    EXPECT_EQ(manifest.generation, 2u);
    EXPECT_EQ(manifest.cuts, (std::vector<std::uint64_t>{102, 102, 102}));
  }
  EXPECT_EQ(world.models.line("ranker")->generation, 2u);
  EXPECT_EQ(world.probe.refused, 0u);
}

/// The gate at work: a champion, and a challenger that the next round will find no worse.
struct ModelGate : testing::Test {
  static State::Settings settings() {
    auto settings = ModelWorld::usual();
    settings.limits.verdict_users = 50;
    return settings;
  }
  ModelWorld gated{settings()};
  Id128 champion, challenger;

  void SetUp() override {
    gated.shards.put(choosers(7));
    gated.begin();
    gated.shards.put(choosers(8, rounds::kAsOf + kHour));
    gated.pass(kHour * 12);
    ASSERT_TRUE(gated.models.line("ranker")->challenger) << gated.standing().outcome;
    champion = gated.models.line("ranker")->champion->model->version;
    challenger = gated.models.line("ranker")->challenger->model->version;
    gated.shards.put(choosers(9, gated.now + kHour));
  }
};

TEST_F(ModelGate, APromotedChallengerIsNotSentAgainAndItsSuccessorWaits) {
  gated.pass(kDay);
  const fast_models::Line& line = *gated.models.line("ranker");
  ASSERT_EQ(line.generation, 4u) << gated.standing().outcome;
  EXPECT_EQ(line.champion->model->version, challenger);
  ASSERT_EQ(line.retired.size(), 1u);
  ASSERT_TRUE(line.challenger);
  EXPECT_NE(line.challenger->model->version, challenger);
  std::size_t chunks = 0;
  for (const auto& record : gated.models.records(2))
    if (const auto* chunk = std::get_if<records::Chunk>(&record.body)) {
      ++chunks;
      EXPECT_NE(chunk->model, challenger);
    }
  EXPECT_EQ(chunks, 2u) << "of the two new ones";
  EXPECT_TRUE(gated.standing().published);
  EXPECT_EQ(gated.probe.published, 8u);
  EXPECT_EQ(gated.probe.refused, 0u);
}

// Law erasure: what an operator may not promote, the gate may not either. The challenger was cut at 102, the next at 104.
TEST_F(ModelGate, AChallengerThatWasCutBeforeAnErasureIsNotPromoted) {
  auto standing = std::make_shared<user_shard::Standing>();
  standing->erased[kDefaultTenant] = 103;
  gated.standings_of_shards[2] = standing;
  gated.pass(kDay);
  for (const char* name : {"ranker", "ranker/home"}) {
    const fast_models::Line& line = *gated.models.line(name);
    EXPECT_EQ(line.generation, 3u) << gated.standing().outcome;
    EXPECT_EQ(line.champion->generation, 1u);
    EXPECT_TRUE(line.retired.empty());
    ASSERT_TRUE(line.challenger);
    EXPECT_NE(line.challenger->model->version, challenger) << "the new one, that does not know him, waits";
  }
  EXPECT_EQ(gated.models.line("ranker")->champion->model->version, champion);
  EXPECT_TRUE(says(gated.standing().outcome, "not promoted: this model was trained before a user was erased"))
      << gated.standing().outcome;
  EXPECT_EQ(gated.probe.refused, 0u);
  gated.shards.put(choosers(4, gated.now + kHour));
  gated.pass(kDay);
  EXPECT_EQ(gated.models.line("ranker")->generation, 5u) << gated.standing().outcome;
}

// ---- the log

TEST_F(ModelPublishing, AnAppendThatIsRefusedEndsTheRound) {
  world.fates = {Fate::kRefused};
  world.begin();
  EXPECT_TRUE(says(world.standing().outcome, "given up: the models log refused it"))
      << world.standing().outcome;
  EXPECT_FALSE(world.standing().published);
  EXPECT_EQ(world.models.end(), 0u);
  EXPECT_EQ(world.probe.rounds_abandoned, 1u);
  for (const CloseRound& close : world.sent<CloseRound>()) EXPECT_FALSE(close.accepted);
  EXPECT_EQ(world.opened().size(), 1u);
  world.pass(kTryAgain);
  EXPECT_TRUE(world.standing().published) << world.standing().outcome;
}

TEST_F(ModelPublishing, AnAppendWithoutAVerdictIsSentAgainAndCountsOnce) {
  for (const Fate fate : {Fate::kUnknownLost, Fate::kUnknownTaken}) {
    ModelWorld unsure;
    unsure.shards.put(choosers());
    unsure.fates = {fate, fate};
    unsure.begin();
    EXPECT_NE(unsure.standing().running, 0u) << "it waits";
    unsure.pass(gateway::kAppendRetryAfter);
    unsure.pass(gateway::kAppendRetryAfter);
    ASSERT_EQ(unsure.produced.size(), 3u);
    EXPECT_EQ(unsure.produced[1], unsure.produced[0]);
    EXPECT_EQ(unsure.produced[2], unsure.produced[0]);
    EXPECT_TRUE(unsure.standing().published) << unsure.standing().outcome;
    EXPECT_EQ(unsure.models.line("ranker")->generation, 1u);
    EXPECT_EQ(unsure.probe.published, 2u);
    EXPECT_EQ(unsure.probe.refused, 0u);
  }
}

TEST_F(ModelPublishing, ALogThatNeverAnswersEndsTheRound) {
  world.fates = {Fate::kNoVerdict};
  world.begin();
  world.pass(kStepDeadline + Duration{1});
  EXPECT_TRUE(says(world.standing().outcome, "given up: no answer for 60 seconds"))
      << world.standing().outcome;
}

// ---- the fold decides

TEST_F(ModelPublishing, ARoundEndsWhenTheFoldHasSeenItsOffers) {
  world.folds = false;
  world.begin();
  EXPECT_EQ(world.models.end(), 1u) << "it is in the log";
  EXPECT_NE(world.standing().running, 0u);
  world.deliver(SnapshotsMoved{}); // of something else
  EXPECT_NE(world.standing().running, 0u);
  world.fold();
  EXPECT_EQ(world.standing().running, 0u);
  EXPECT_TRUE(world.standing().published);
}

TEST_F(ModelPublishing, AFoldThatDoesNotGoOnEndsTheRound) {
  world.folds = false;
  world.begin();
  world.pass(kStepDeadline + Duration{1});
  EXPECT_EQ(world.standing().running, 0u);
  EXPECT_FALSE(world.standing().published);
}

TEST_F(ModelPublishing, WhereAnotherManifestCameFirstOursIsRefused) {
  world.folds = false;
  world.models.append_other("ranker", 1, 0);
  world.models.append_other("ranker/home", 2, 0);
  world.begin();
  world.fold();
  EXPECT_FALSE(world.standing().published);
  EXPECT_TRUE(says(world.standing().outcome, "another model was published at the same time"))
      << world.standing().outcome;
  EXPECT_EQ(world.probe.refused, 2u);
  EXPECT_EQ(world.probe.published, 0u);
  EXPECT_EQ(world.probe.rounds_done, 1u) << "it was solved";
  for (const CloseRound& close : world.sent<CloseRound>()) EXPECT_FALSE(close.accepted);
  EXPECT_EQ(world.models.line("ranker")->champion->model->parameters, fast_models::parameters_of(1));
  world.pass(kTryAgain * 2);
  EXPECT_EQ(world.opened().size(), 1u) << "the other's serves";
}

TEST_F(ModelPublishing, WhatIsTakenOfSeveralIsPublished) {
  world.folds = false;
  world.models.append_other("ranker", 1, 0);
  world.begin();
  world.fold();
  EXPECT_EQ(world.probe.refused, 1u);
  EXPECT_EQ(world.probe.published, 1u);
  EXPECT_TRUE(says(world.standing().outcome, "another model was published at the same time"))
      << world.standing().outcome;
  EXPECT_TRUE(world.standing().published) << "something of it was";
  for (const CloseRound& close : world.sent<CloseRound>()) EXPECT_TRUE(close.accepted);
  EXPECT_EQ(world.models.line("ranker")->champion->model->parameters, fast_models::parameters_of(1));
  EXPECT_TRUE(world.models.line("ranker/home")->champion);
}

// What the solver judged against must still serve: an offer does not follow what came while it was solved.
TEST_F(ModelPublishing, AManifestThatCameWhileItWasSolvedRefusesOurs) {
  world.hears = [](const ToShard& message) { return !std::holds_alternative<AskPass>(message.message); };
  world.begin();
  world.models.append_other("ranker", 1, 0);
  world.models.append_other("ranker/home", 2, 0);
  world.fold();
  world.catch_up();
  ASSERT_EQ(world.models.end(), 3u);
  for (const auto& manifest : manifests(2)) EXPECT_EQ(manifest.expects, 0u);
  EXPECT_FALSE(world.standing().published);
  EXPECT_EQ(world.models.line("ranker")->generation, 1u);
}

TEST_F(ModelPublishing, AnotherModelBehindOursDoesNotTakeItsPublicationBack) {
  for (const ModelRole role : {ModelRole::kChallenger, ModelRole::kChampion}) {
    ModelWorld both;
    both.shards.put(choosers());
    both.folds = false;
    both.begin();
    both.models.append_other("ranker", 1, 1, role);
    both.fold();
    EXPECT_TRUE(both.standing().published) << both.standing().outcome;
    EXPECT_EQ(both.probe.published, 2u);
    EXPECT_EQ(both.models.line("ranker")->generation, 2u);
  }
}

TEST_F(ModelPublishing, OtherTenantsModelsAreNotLookedAt) {
  world.put_tenant(kAcme, "acme");
  world.models.append_other("ranker", 1, 0, ModelRole::kChampion, kAcme);
  world.models.append_other("ranker/home", 1, 0, ModelRole::kChampion, kAcme);
  world.models.fold();
  world.begin();
  ASSERT_EQ(world.models.end(), 3u);
  EXPECT_EQ(manifests(2).size(), 2u);
  for (const auto& manifest : manifests(2)) EXPECT_EQ(manifest.expects, 0u);
  EXPECT_TRUE(world.standing().published) << world.standing().outcome;
}

} // namespace
} // namespace kindred::actors::model
