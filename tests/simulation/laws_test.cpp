// The simulator in CI: 300 seeds, and every planted bug found within 300 seeds. ./dev simulate runs 20,000.
#include "tests/simulation/plan.hpp"

#include <gtest/gtest.h>

namespace kindred::simulation {
namespace {

constexpr std::uint64_t kSeeds = 300;

std::string words(const Plan& plan, const Report& report) {
  std::string all;
  for (const auto& line : report.trace) all += line + "\n";
  for (const auto& line : report.wrong) all += "BROKEN " + line + "\n";
  return all + "run it again: build/bin/simulation --seeds 1 --first " + std::to_string(plan.seed);
}

TEST(Simulation, TheLawsHoldForEverySeed) {
  std::uint64_t events = 0, crashes = 0, deaths = 0, deltas = 0, models = 0, refused = 0, late_adopts = 0,
                links = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan;
    plan.seed = seed;
    const Report report = run(plan);
    ASSERT_TRUE(report.wrong.empty()) << words(plan, report);
    events += report.events;
    crashes += report.crashes;
    deaths += report.deaths;
    deltas += report.deltas;
    models += report.models;
    refused += report.refused;
    late_adopts += report.late_adopts;
    links += report.links;
  }
  // A simulator in which nothing happens finds nothing.
  EXPECT_GT(events, kSeeds * 10);
  EXPECT_GT(crashes, kSeeds);
  EXPECT_GT(deaths, kSeeds);
  EXPECT_GT(deltas, kSeeds);
  EXPECT_GT(models, kSeeds * 2);
  EXPECT_GT(refused, kSeeds / 20);
  EXPECT_GT(late_adopts, kSeeds);
  EXPECT_GT(links, kSeeds / 2);
}

TEST(Simulation, OneSeedIsOneRun) {
  Plan plan;
  plan.seed = 42;
  const Report first = run(plan), second = run(plan);
  EXPECT_EQ(first.trace, second.trace);
  EXPECT_EQ(first.events, second.events);
  EXPECT_EQ(first.answers, second.answers);
}

class PlantedBug : public testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsFound) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan;
    plan.seed = seed;
    plan.planted = GetParam();
    if (!run(plan).wrong.empty()) return;
  }
  FAIL() << name_of(GetParam()) << " was not found within " << kSeeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Simulation, PlantedBug, testing::ValuesIn(kAllPlanted));

} // namespace
} // namespace kindred::simulation
