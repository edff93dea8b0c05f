#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/rounds/learner.hpp"
#include "engine/stats/rfm_sums.hpp"

namespace kindred::rounds {

inline constexpr std::string_view kRfm = "rfm";

/// Recency, frequency and monetary quintiles: one pass of parameter-free sums over all buyers whose personalization lane may
/// train models (stats/rfm_sums.hpp). The parameters it takes are empty.
class RfmGatherer final : public Gatherer {
public:
  void visit(const profiles::Profile& profile) override;
  std::size_t bytes() const override { return kBytesMax; }
  bool begin(BytesView parameters) override { return parameters.empty(); }
  bool go_on(std::size_t) override { return true; } // summed as they were seen
  Bytes statistic() override { return sums_.canonical(); }

private:
  /// Buckets, and the days of a century; 16 bytes each.
  static constexpr std::size_t kBytesMax = (2 * stats::LogHistogram::kBuckets + 36'600) * 16;
  stats::RfmSums sums_;
};

/// Offers the borders of the quintiles whenever there are enough buyers: what is counted needs no gate.
class RfmSolver final : public Solver {
public:
  explicit RfmSolver(const Limits& limits) : limits_(limits) {}

  Bytes parameters() const override { return {}; }
  Result<bool, RoundError> absorb(std::span<const Bytes> statistics) override;
  std::vector<Offer> offers() const override { return offers_; }
  std::string outcome() const override { return outcome_; }
  std::vector<std::pair<std::string, std::string>> settings() const override;

private:
  const Limits limits_;
  std::vector<Offer> offers_;
  std::string outcome_;
};

} // namespace kindred::rounds
