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
  return all + "run it again: build/bin/simulation --nodes " + std::to_string(plan.nodes) +
         " --seeds 1 --first " + std::to_string(plan.seed);
}

/// Adds every count of a report to those of others; its words stay out.
void add(Report& sum, const Report& report) {
  for (const auto count : {&Report::events, &Report::crashes, &Report::deaths, &Report::deltas,
                           &Report::models, &Report::refused, &Report::links, &Report::late_adopts,
                           &Report::cuts, &Report::drains, &Report::forwarded, &Report::fetched,
                           &Report::torn, &Report::compared, &Report::trimmed, &Report::behind})
    sum.*count += report.*count;
}

TEST(Simulation, TheLawsHoldForEverySeed) {
  Report sum;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan;
    plan.seed = seed;
    const Report report = run(plan);
    ASSERT_TRUE(report.wrong.empty()) << words(plan, report);
    add(sum, report);
  }
  // A simulator in which nothing happens finds nothing.
  EXPECT_GT(sum.events, kSeeds * 10);
  EXPECT_GT(sum.crashes, kSeeds);
  EXPECT_GT(sum.deaths, kSeeds);
  EXPECT_GT(sum.deltas, kSeeds);
  EXPECT_GT(sum.models, kSeeds * 2);
  EXPECT_GT(sum.refused, kSeeds / 20);
  EXPECT_GT(sum.late_adopts, kSeeds);
  EXPECT_GT(sum.links, kSeeds / 2);
}

TEST(Simulation, TheLawsHoldInEveryCluster) {
  Report sum;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan;
    plan.seed = seed;
    plan.nodes = kClusterNodes;
    const Report report = run(plan);
    ASSERT_TRUE(report.wrong.empty()) << words(plan, report);
    add(sum, report);
  }
  EXPECT_GT(sum.events, kSeeds * 10);
  EXPECT_GT(sum.crashes, kSeeds);
  EXPECT_GT(sum.deaths, kSeeds);
  EXPECT_GT(sum.models, kSeeds);
  EXPECT_GT(sum.cuts, kSeeds);
  EXPECT_GT(sum.drains, kSeeds / 2);
  EXPECT_GT(sum.forwarded, kSeeds * 10);
  EXPECT_GT(sum.fetched, kSeeds / 2);
  EXPECT_GT(sum.torn, kSeeds / 10);
  EXPECT_GT(sum.compared, kSeeds);
  EXPECT_GT(sum.trimmed, kSeeds * 10);
  EXPECT_GT(sum.behind, kSeeds / 10);
}

TEST(Simulation, OneSeedIsOneRun) {
  for (const std::uint16_t nodes : {std::uint16_t{1}, kClusterNodes}) {
    Plan plan;
    plan.seed = 42;
    plan.nodes = nodes;
    const Report first = run(plan), second = run(plan);
    EXPECT_EQ(first.trace, second.trace);
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.answers, second.answers);
  }
}

class PlantedBug : public testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsFound) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan;
    plan.seed = seed;
    plan.nodes = nodes_for(GetParam());
    plan.planted = GetParam();
    if (!run(plan).wrong.empty()) return;
  }
  FAIL() << name_of(GetParam()) << " was not found within " << kSeeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Simulation, PlantedBug, testing::ValuesIn(kAllPlanted));

} // namespace
} // namespace kindred::simulation
