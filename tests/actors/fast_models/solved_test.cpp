#include "actors/fast_models/solved.hpp"

#include <gtest/gtest.h>

#include "actors/fast_models/solved_fold.hpp"
#include "tests/actors/fast_models/models_log.hpp"

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

} // namespace
} // namespace kindred::actors::fast_models
