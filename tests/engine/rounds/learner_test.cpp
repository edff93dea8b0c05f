#include "engine/rounds/learner.hpp"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "engine/learners/segmentation/rfm.hpp"
#include "engine/learners/segmentation/segmentation.hpp"
#include "tests/engine/learners/factorization/neighbours.hpp"
#include "tests/engine/rounds/tastes.hpp"

namespace kindred::rounds {
namespace {

using learners::Ranker;

std::vector<double> counted() {
  std::vector<double> weights;
  for (std::size_t i = 0; i < Ranker::kFeatures; ++i) weights.push_back(0.5 * double(i + 1));
  return weights;
}

TEST(Learner, AModelBelongsToTheLearnerBeforeTheSlash) {
  EXPECT_EQ(learner_of("ranker"), "ranker");
  EXPECT_EQ(learner_of("ranker/home"), "ranker");
  EXPECT_EQ(learner_of("ranker/home/left"), "ranker") << "a placement may be called anything";
  EXPECT_EQ(learner_of("segments"), "segments");
  EXPECT_EQ(learner_of("rfm"), "rfm");
  EXPECT_EQ(learner_of("ranker/"), "ranker");
  for (const char* foreign :
       {"", "/", "/ranker", "rankers", "rank", "Ranker", "ranker ", "segment", "home/ranker"})
    EXPECT_EQ(learner_of(foreign), "") << foreign;
}

TEST(Learner, EachHasItsTwoHalvesAndAnswersToItsName) {
  const auto names = learners();
  ASSERT_FALSE(names.empty());
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
  for (const std::string_view learner : names) {
    EXPECT_EQ(learner_of(learner), learner);
    EXPECT_NE(gatherer_of(learner, kAsOf), nullptr) << learner;
    EXPECT_NE(solver_of(learner, {}), nullptr) << learner;
  }
}

TEST(Learner, WhereThereIsNoneThereIsNoHalf) {
  for (const char* foreign : {"", "rankers", "ranker/home"}) { // a model's name is not its learner's
    EXPECT_EQ(gatherer_of(foreign, kAsOf), nullptr) << foreign;
    EXPECT_EQ(solver_of(foreign, {}), nullptr) << foreign;
  }
}

TEST(Learner, ParametersAreTheOnesOfTheModelsLearner) {
  const Bytes good = Ranker::of(counted()).canonical();
  EXPECT_TRUE(are_parameters("ranker", good));
  EXPECT_TRUE(are_parameters("ranker/home", good));
  EXPECT_FALSE(are_parameters("segments", good));
  EXPECT_FALSE(are_parameters("", good));
  EXPECT_FALSE(are_parameters("ranker", ""));
  EXPECT_FALSE(are_parameters("ranker", good + "x"));
  EXPECT_FALSE(are_parameters("ranker", RankerPass{}.canonical())) << "a pass is no model";
  const Bytes neighbours = learners::neighbours_of({{{{1}, {2}}, 0.5f}}).canonical();
  EXPECT_TRUE(are_parameters("itemItem", neighbours));
  EXPECT_FALSE(are_parameters("itemItem/home", neighbours)) << "a tenant has one";
  EXPECT_FALSE(are_parameters("itemItem", good));
  EXPECT_FALSE(are_parameters("ranker", neighbours));
  EXPECT_FALSE(are_parameters("itemItem", ""));
}

// What a build with fewer sources published is in logs and checkpoints: it must be folded as it was, and does not rank.
TEST(Learner, ARankerOfAnotherBuildStaysOne) {
  ByteWriter older;
  older.u8(1);
  older.u32(16);
  for (int i = 0; i < 16; ++i) older.i32(1 << 16);
  EXPECT_TRUE(are_parameters("ranker/home", older.view()));
  EXPECT_FALSE(are_parameters("itemItem", older.view()));
  EXPECT_TRUE(described("ranker", older.view()).empty());
}

TEST(Learner, AnItemItemModelIsDescribedByItsSize) {
  const Bytes bytes = learners::neighbours_of({{{{1}, {2}}, 0.5f}, {{{1}, {3}}, 0.5f}}).canonical();
  EXPECT_EQ(described("itemItem", bytes),
            (decltype(described("", "")){{"items", 3}, {"neighbours", 2}, {"bytes", double(bytes.size())}}));
  EXPECT_TRUE(described("itemItem", "damaged").empty());
}

TEST(Learner, ParametersAreDescribedInTheirOrder) {
  const auto described_ones = described("ranker/home", Ranker::of(counted()).canonical());
  ASSERT_EQ(described_ones.size(), Ranker::kFeatures);
  for (std::size_t i = 0; i < described_ones.size(); ++i) {
    EXPECT_EQ(described_ones[i].first, Ranker::names()[i]);
    EXPECT_EQ(described_ones[i].second, counted()[i]);
  }
  EXPECT_TRUE(described("segments", Ranker::of(counted()).canonical()).empty());
  EXPECT_TRUE(described("ranker", "damaged").empty());
}

TEST(Learner, ModelsThatPartUsersAreDescribedInTheirOwnUnits) {
  learners::Segmentation model;
  model.axes = {{"spent", 5, 2}};
  model.segments = {{3, "high spent", {3 << 15}, 12}};
  model.next_id = 4;
  using Named = std::vector<std::pair<std::string, double>>;
  EXPECT_EQ(described("segments", model.canonical()),
            (Named{{"clustered-3.users", 12}, {"clustered-3.spent", 5 + 1.5 * 2}}));
  EXPECT_TRUE(are_parameters("segments", model.canonical()));
  EXPECT_FALSE(are_parameters("rfm", model.canonical()));
  learners::Rfm rfm;
  rfm.day_borders = {1, 2, 3, 4};
  EXPECT_TRUE(are_parameters("rfm", rfm.canonical()));
  EXPECT_FALSE(are_parameters("segments", rfm.canonical()));
  const auto named = described("rfm", rfm.canonical());
  ASSERT_EQ(named.size(), 12u);
  EXPECT_EQ(named[3], (std::pair<std::string, double>("lastDay.2", 2)));
}

// The two halves by their interface alone, as the actors see them.
TEST(Learner, ARoundFromCutToOffer) {
  std::vector<double> truth(Ranker::kFeatures);
  truth[0] = 2;
  const auto users = users_of({.weights = truth, .users = 120});
  const auto gatherer = gatherer_of("ranker", kAsOf);
  for (const auto& user : users) gatherer->visit(user);
  EXPECT_GT(gatherer->bytes(), 0u);
  EXPECT_LT(gatherer->bytes(), kGatheredBytesMax);
  const auto solver = solver_of("ranker", {});
  int passes = 0;
  for (bool solved = false; !solved; ++passes) {
    ASSERT_LT(passes, learners::NewtonSearch::kPassesMax + 2) << "a count, the sums, a comparison";
    ASSERT_TRUE(gatherer->begin(solver->parameters()));
    while (!gatherer->go_on(50)) {
    }
    const auto absorbed = solver->absorb(std::vector<Bytes>{gatherer->statistic()});
    ASSERT_TRUE(absorbed.ok());
    solved = absorbed.value();
  }
  EXPECT_FALSE(solver->outcome().empty());
  const auto offers = solver->offers();
  ASSERT_EQ(offers.size(), 2u) << solver->outcome();
  for (const Offer& offer : offers) {
    EXPECT_EQ(learner_of(offer.learner), "ranker");
    EXPECT_TRUE(are_parameters(offer.learner, offer.parameters));
    for (const auto& [name, value] : described(offer.learner, offer.parameters))
      EXPECT_TRUE(std::isfinite(value)) << name;
  }
}

TEST(Learner, AnItemItemRoundFromCutToOffer) {
  Gatherers partitions;
  for (int i = 0; i < 2; ++i) partitions.push_back(gatherer_of("itemItem", kAsOf)); // nobody is in the second
  const auto solver = solver_of("itemItem", {});
  for (const auto& user : users_with({})) partitions[0]->visit(user);
  EXPECT_LT(partitions[0]->bytes(), kGatheredBytesMax);
  EXPECT_EQ(run_round(*solver, partitions), std::nullopt);
  ASSERT_EQ(solver->offers().size(), 1u) << solver->outcome();
  EXPECT_TRUE(are_parameters("itemItem", solver->offers()[0].parameters));
}

} // namespace
} // namespace kindred::rounds
