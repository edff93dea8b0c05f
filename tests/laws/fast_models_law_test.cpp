// Law sharding, for the fast models: the same records over any number of partitions give the same model, byte for byte,
// whatever the cuts and the order in which deltas arrive.

#include <gtest/gtest.h>

#include "tests/support/fold_run.hpp"

namespace kindred::profiles {
namespace {

using support::FoldRun;

constexpr TenantId kTenants[] = {{1}, {2}};

class FastModelsLaw : public ::testing::TestWithParam<std::uint16_t> {
protected:
  const std::vector<records::Record> stream_ =
      support::make_stream({.seed = 44, .records = 6'000, .users = 400});

  /// The records of each partition; those of no user go to all of them.
  std::vector<std::vector<records::Record>> split(std::uint16_t partitions) const {
    std::vector<std::vector<records::Record>> parts(partitions);
    for (const auto& record : stream_) {
      if (records::user_of(record.body).empty())
        for (auto& part : parts) part.push_back(record);
      else
        parts[partition_of(record.header.slot, partitions).value].push_back(record);
    }
    return parts;
  }

  static Bytes model_of(const std::vector<stats::FastDelta>& deltas, TenantId tenant) {
    stats::FastModel model;
    for (const auto& delta : deltas) {
      const auto over_the_log = stats::FastDelta::from_canonical(delta.canonical());
      EXPECT_TRUE(over_the_log.ok());
      model.add(over_the_log.value(), tenant);
    }
    return model.canonical(tenant);
  }
};

TEST_P(FastModelsLaw, EqualOverAnyNumberOfPartitions) {
  FoldRun whole;
  whole.apply(support::one_each(stream_));

  Random random(GetParam());
  std::vector<stats::FastDelta> deltas;
  stats::FastDelta pass;
  for (const auto& part : split(GetParam())) {
    FoldRun run(20);
    for (const auto& entry : support::cut_into_entries(part, 30, random)) {
      run.apply(entry);
      if (random.below(5) != 0) continue;
      deltas.push_back(std::exchange(run.changes, {}));
      run.flush();
    }
    deltas.push_back(run.changes);
    pass.add(support::full_pass(run.dump()));
  }
  for (std::size_t i = deltas.size(); i > 1; --i) std::swap(deltas[i - 1], deltas[random.below(i)]);
  for (const TenantId tenant : kTenants) {
    const Bytes expected = model_of({whole.changes}, tenant);
    EXPECT_GT(expected.size(), 10'000u);
    EXPECT_EQ(model_of(deltas, tenant), expected);
    EXPECT_EQ(model_of({pass}, tenant), expected) << "one full pass over all profiles";
  }
}

TEST_P(FastModelsLaw, ADeltaTakenBackWasNeverThere) {
  Random random(GetParam());
  std::vector<stats::FastDelta> deltas, doubled;
  for (const auto& part : split(GetParam())) {
    FoldRun run;
    run.apply(support::cut_into_entries(part, 64, random));
    deltas.push_back(run.changes);
    doubled.push_back(run.changes);
    doubled.push_back(run.changes);
    doubled.push_back(stats::FastDelta{}.subtract(run.changes));
  }
  for (const TenantId tenant : kTenants) EXPECT_EQ(model_of(doubled, tenant), model_of(deltas, tenant));
}

INSTANTIATE_TEST_SUITE_P(Partitions, FastModelsLaw, ::testing::Values(1, 3, 16, 64));

} // namespace
} // namespace kindred::profiles
