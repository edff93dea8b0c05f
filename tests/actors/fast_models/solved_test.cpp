#include "actors/fast_models/solved.hpp"

#include <gtest/gtest.h>

#include "actors/fast_models/solved_fold.hpp"
#include "tests/actors/fast_models/models_log.hpp"
#include "tests/engine/learners/factorization/neighbours.hpp"

namespace kindred::actors::fast_models {
namespace {

struct RankerOf : testing::Test {
  SolvedFold fold;
  void publish(const std::string& name, int number, std::uint64_t expects = 0,
               records::ModelRole role = records::ModelRole::kChampion) {
    fold.fold(chunk_records(name, parameters_of(number))[0]);
    ASSERT_TRUE(fold.fold(solved_record(manifest_of(name, parameters_of(number), expects, role))).changed);
  }
  /// The number of the ranker whose weights rank the placement; 0: the prior.
  int ranks(std::string_view placement, TenantId tenant = kDefaultTenant) const {
    const auto lines = fold.lines();
    const RankerChoice choice = ranker_of(*lines, tenant, placement);
    if (choice.ranker == nullptr) {
      EXPECT_EQ(choice.name, "");
      EXPECT_EQ(choice.generation, 0u);
      EXPECT_TRUE(choice.version.is_zero());
      return 0;
    }
    EXPECT_EQ(choice.version, hash128(choice.ranker->canonical()));
    for (int number = 1; number < 10; ++number)
      if (choice.ranker->canonical() == parameters_of(number)) return number;
    return -1;
  }
};

TEST_F(RankerOf, WithoutAnyThePriorHolds) {
  EXPECT_EQ(ranks("home"), 0);
  publish("ranker/basket", 1);
  EXPECT_EQ(ranks("home"), 0) << "another placement's is not asked";
  EXPECT_EQ(ranks(""), 0);
}

TEST_F(RankerOf, ThePlacementsComesBeforeTheTenants) {
  publish("ranker", 1);
  EXPECT_EQ(ranks("home"), 1);
  publish("ranker/home", 2);
  publish("ranker/home/left", 3);
  EXPECT_EQ(ranks("home"), 2);
  EXPECT_EQ(ranks("home/left"), 3);
  EXPECT_EQ(ranks("basket"), 1);
  EXPECT_EQ(ranks(""), 1);
  EXPECT_EQ(ranks("hom"), 1);
}

TEST_F(RankerOf, AChallengerRanksNothing) {
  publish("ranker", 1);
  publish("ranker/home", 2, 0, records::ModelRole::kChallenger);
  EXPECT_EQ(ranks("home"), 1) << "the tenant's champion, not the placement's challenger";
  publish("ranker/home", 3, 1);
  EXPECT_EQ(ranks("home"), 3);
}

TEST_F(RankerOf, TenantsAreApart) {
  publish("ranker", 1);
  EXPECT_EQ(ranks("home", TenantId{2}), 0);
}

TEST_F(RankerOf, SaysWhichItIsOfTheLineItself) {
  publish("ranker/home", 1);
  publish("ranker/home", 2, 1);
  const auto lines = fold.lines();
  RankerChoice choice;
  {
    const std::string placement("home");
    choice = ranker_of(*lines, kDefaultTenant, placement);
  }
  EXPECT_EQ(choice.name, "ranker/home") << "good as long as the lines, whatever became of the question";
  EXPECT_EQ(choice.generation, 2u);
  EXPECT_EQ(choice.version, hash128(parameters_of(2)));
}

TEST_F(RankerOf, AModelWithoutARankerIsPassedOver) {
  publish("ranker", 1);
  publish("ranker/home", 2);
  auto lines = *fold.lines();
  auto line = *lines.at({kDefaultTenant, "ranker/home"});
  auto model = *line.champion->model;
  model.ranker.reset();
  line.champion->model = std::make_shared<const SolvedModel>(model);
  lines[{kDefaultTenant, "ranker/home"}] = std::make_shared<const Line>(line);
  EXPECT_EQ(ranker_of(lines, kDefaultTenant, "home").name, "ranker");
}

// ---- the item-item model

Bytes neighbours_of(float weight) { return learners::neighbours_of({{{{1}, {2}}, weight}}).canonical(); }

struct ItemItemOf : testing::Test {
  SolvedFold fold;
  void publish(float weight, std::uint64_t expects = 0,
               records::ModelRole role = records::ModelRole::kChampion) {
    const Bytes parameters = neighbours_of(weight);
    fold.fold(chunk_records("itemItem", parameters)[0]);
    ASSERT_TRUE(fold.fold(solved_record(manifest_of("itemItem", parameters, expects, role))).changed);
  }
};

TEST_F(ItemItemOf, IsTheTenantsChampionDecoded) {
  EXPECT_EQ(item_item_of(*fold.lines(), kDefaultTenant).model, nullptr);
  publish(0.5f);
  publish(0.25f, 1);
  publish(0.125f, 2, records::ModelRole::kChallenger);
  const auto lines = fold.lines();
  const ItemItemChoice choice = item_item_of(*lines, kDefaultTenant);
  ASSERT_NE(choice.model, nullptr);
  EXPECT_EQ(choice.model->canonical(), neighbours_of(0.25f));
  EXPECT_EQ(choice.generation, 2u);
  EXPECT_EQ(choice.version, hash128(neighbours_of(0.25f)));
  EXPECT_EQ(item_item_of(*lines, TenantId{2}).model, nullptr);
}

TEST_F(ItemItemOf, IsDecodedOnceForAllWhoHoldIt) {
  publish(0.5f);
  const auto before = fold.lines();
  publish(0.25f, 1, records::ModelRole::kChallenger);
  EXPECT_EQ(item_item_of(*before, kDefaultTenant).model, item_item_of(*fold.lines(), kDefaultTenant).model);
}

TEST_F(ItemItemOf, AndRankersAreApart) {
  publish(0.5f);
  fold.fold(chunk_records("ranker", parameters_of(1))[0]);
  ASSERT_TRUE(fold.fold(solved_record(manifest_of("ranker", parameters_of(1), 0))).changed);
  const auto lines = fold.lines();
  EXPECT_FALSE(lines->at({kDefaultTenant, "ranker"})->champion->model->item_item);
  EXPECT_FALSE(lines->at({kDefaultTenant, "itemItem"})->champion->model->ranker);
  EXPECT_NE(ranker_of(*lines, kDefaultTenant, "home").ranker, nullptr);
}

// A build with fewer sources published it: it keeps its place in the line, and the written weights hold.
TEST_F(RankerOf, OneOfAnotherBuildRanksNothing) {
  ByteWriter older;
  older.u8(1);
  older.u32(16);
  for (int i = 0; i < 16; ++i) older.i32(1 << 16);
  fold.fold(chunk_records("ranker", Bytes(older.view()))[0]);
  ASSERT_TRUE(fold.fold(solved_record(manifest_of("ranker", Bytes(older.view()), 0))).changed);
  EXPECT_EQ(ranks("home"), 0);
  ByteWriter checkpoint;
  fold.write(checkpoint);
  SolvedFold restored;
  ByteReader in(checkpoint.view());
  ASSERT_TRUE(restored.read(in)) << "nor does a checkpoint with it stop anything";
  fold = restored;
  EXPECT_EQ(ranks("home"), 0);
  publish("ranker", 2, 1);
  EXPECT_EQ(ranks("home"), 2) << "the next one follows its generation";
}

} // namespace
} // namespace kindred::actors::fast_models
