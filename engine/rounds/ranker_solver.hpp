#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/learners/prediction/newton_search.hpp"
#include "engine/rounds/gate.hpp"
#include "engine/rounds/learner.hpp"
#include "engine/rounds/ranker_pass.hpp"

namespace kindred::rounds {

inline constexpr double kRankerPrecision = 15; ///< of the prior, per weight
/// From so many times as many examples as a ranker needs on, choices out of lists are enough, and the only ones looked at.
inline constexpr std::int64_t kFromListsTimes = 5;
inline constexpr double kVerdictMargin = 0.02; ///< nats per user

/// The ranker's half in the model actor: counts, Newton's method from the written prior (cold: what is solved depends on the
/// sums alone), then the gate.
///
/// What was found elsewhere, search or advertisement, was chosen out of more than the candidates and by what drew attention
/// there; a choice out of a list was made among what it showed. So the second kind is learnt from alone once there is enough
/// of it (decision 0019).
///
/// The gate (gate.hpp): every example was decided, with the scores that the decision saw, before its outcome was known, so
/// models are compared on examples younger than them by their log-likelihoods. Where there was no model, the first must gain
/// more over what served (the tenant's ranker, else the prior) than its own number of weights (Akaike 1974: what fitting
/// them alone would gain).
class RankerSolver final : public Solver {
public:
  RankerSolver(const std::map<std::string, KnownModels>& known, const Limits& limits)
      : known_(known), limits_(limits), gate_({limits.verdict_users, kVerdictMargin, "nats per user"}) {}

  Bytes parameters() const override { return pass_.canonical(); }
  Result<bool, RoundError> absorb(std::span<const Bytes> statistics) override;
  std::vector<Offer> offers() const override { return gate_.offers(); }
  std::string outcome() const override { return outcome_.empty() ? gate_.outcome() : outcome_; }
  std::vector<std::pair<std::string, std::string>> settings() const override;

private:
  /// One model on its way: of a placement, or of the tenant (empty).
  struct Fit {
    std::string placement;
    std::int64_t examples = 0;
    bool from_lists = false;
    learners::NewtonSearch search;
    bool done = false;
  };
  Fit fit_of(const std::string& placement, const ExampleCounts& counts) const;
  void choose_targets(const RankerStatistic& counted);
  Result<bool, RoundError> take_step(const RankerStatistic& sums);
  void ask_sums();
  void ask_comparison();
  const KnownModel* champion_of(const std::string& placement) const; ///< null: it has none
  std::vector<double> serving_weights(const std::string& placement) const;
  void judge(const RankerStatistic& compared);
  void offer_first(Offer fresh, const stats::Moments& gain);
  void offer(const Fit& fit, const stats::Moments& gain, const std::optional<stats::Moments>& verdict);

  const std::map<std::string, KnownModels> known_;
  const Limits limits_;
  RankerPass pass_;
  std::vector<Fit> fits_;
  std::vector<std::optional<std::size_t>> verdicts_; ///< per fit: its challenger's target in the comparison
  Gate gate_;
  std::string outcome_; ///< where nothing was solved; else the gate's
};

} // namespace kindred::rounds
