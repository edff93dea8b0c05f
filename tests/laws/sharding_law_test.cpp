// Law sharding, for solved models: the same records before the cuts, over any number of partitions, give the same
// parameters, byte for byte; whatever is folded while the round runs, and however users go cold and come back.
// Fast models have theirs in fast_models_law_test.cpp.

#include <gtest/gtest.h>

#include "tests/support/round_run.hpp"

namespace kindred::profiles {
namespace {

using support::FoldRun;
using support::GatherRun;

constexpr TenantId kTenants[] = {{1}}; // another one's users are in the same partitions
constexpr Instant kAsOf{support::kStreamStart.us + 20 * kDay.us};

/// Parameters by model's name; what served before is the same in all runs.
using Parameters = std::map<std::string, Bytes>;

Parameters parameters_of(const std::vector<rounds::Offer>& offers) {
  Parameters parameters;
  for (const auto& offer : offers) parameters[offer.learner] = offer.parameters;
  return parameters;
}

class ShardingLaw : public ::testing::TestWithParam<std::tuple<const char*, std::uint16_t>> {
protected:
  // Decisions enough for a ranker; busy users, so that what is taken is often among what was decided.
  std::vector<records::Record> stream_ =
      with_adoptions(support::make_stream({.seed = 71,
                                           .records = 12'000,
                                           .users = 200,
                                           .items = 40,
                                           .partial = 1, // of whom one record may not train is in no segment
                                           .consents = 2,
                                           .decisions = 200,
                                           .taken = 500,
                                           .adoptions = 0,
                                           .span = kDay * 20}));
  const std::size_t cut_ = stream_.size() * 3 / 4;

  /// Segments and quintiles, as a round in the middle solves them, are adopted there: between the same two records of
  /// every user whatever the partitions.
  static std::vector<records::Record> with_adoptions(std::vector<records::Record> stream) {
    const auto middle = stream.begin() + static_cast<std::ptrdiff_t>(stream.size() / 2);
    FoldRun one;
    one.apply(support::one_each({stream.begin(), middle}));
    std::vector<records::Record> adoptions;
    for (const char* learner : {"segments", "rfm"})
      for (const auto& offer : support::solved({&one}, learner, kTenants[0], kAsOf)) {
        records::Record& record = adoptions.emplace_back();
        record.header.type = records::RecordType::kAdopt;
        record.header.tenant = kTenants[0];
        record.header.stamp = middle->header.stamp;
        record.body = records::Adopt{offer.learner, 1, offer.parameters};
      }
    stream.insert(middle, adoptions.begin(), adoptions.end());
    return stream;
  }

  std::vector<std::vector<records::Record>> split(std::size_t from, std::size_t to,
                                                  std::uint16_t partitions) const {
    std::vector<std::vector<records::Record>> parts(partitions);
    for (std::size_t i = from; i < to; ++i) {
      const records::Record& record = stream_[i];
      if (records::user_of(record.body).empty())
        for (auto& part : parts) part.push_back(record);
      else
        parts[partition_of(record.header.slot, partitions).value].push_back(record);
    }
    return parts;
  }

  static std::string learner() { return std::get<0>(GetParam()); }
  static std::uint16_t partitions() { return std::get<1>(GetParam()); }

  Parameters whole(TenantId tenant) const {
    FoldRun one;
    one.apply(support::one_each({stream_.begin(), stream_.begin() + static_cast<std::ptrdiff_t>(cut_)}));
    return parameters_of(support::solved({&one}, learner(), tenant, kAsOf));
  }
};

TEST_P(ShardingLaw, SolvedModelsAreEqualOverAnyNumberOfPartitions) {
  Random random(partitions());
  const auto before = split(0, cut_, partitions()), behind = split(cut_, stream_.size(), partitions());
  std::vector<std::unique_ptr<FoldRun>> folds;
  std::map<TenantId, std::vector<std::unique_ptr<GatherRun>>> rounds;
  for (std::uint16_t p = 0; p < partitions(); ++p) {
    FoldRun& fold = *folds.emplace_back(std::make_unique<FoldRun>(5));
    for (const auto& entry : support::cut_into_entries(before[p], 30, random)) {
      fold.apply(entry);
      if (random.below(5) == 0) fold.flush();
    }
    for (const TenantId tenant : kTenants)
      rounds[tenant].push_back(std::make_unique<GatherRun>(fold, learner(), tenant, kAsOf));
  }
  for (std::uint16_t p = 0; p < partitions(); ++p) {
    for (const auto& entry : support::cut_into_entries(behind[p], 30, random, {8})) {
      folds[p]->apply(entry);
      for (auto& [of, round] : rounds)
        if (random.below(3) == 0) round[p]->go_on(random.below(6) + 1);
      if (random.below(5) == 0) folds[p]->flush();
    }
    for (auto& [of, round] : rounds) round[p]->finish();
  }
  for (const TenantId tenant : kTenants) {
    const Parameters expected = whole(tenant);
    EXPECT_EQ(parameters_of(support::solved(rounds[tenant], learner())), expected)
        << "tenant " << tenant.value;
    EXPECT_TRUE(expected.contains(learner())) << "a law about nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Partitions, ShardingLaw,
                         ::testing::Combine(::testing::Values("ranker", "itemItem", "segments", "rfm"),
                                            ::testing::Values(1, 3, 16, 64)));

} // namespace
} // namespace kindred::profiles
