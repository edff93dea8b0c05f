#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/learners/prediction/conditional_logit.hpp"
#include "engine/profiles/choices.hpp"
#include "engine/rounds/learner.hpp"
#include "engine/rounds/ranker_pass.hpp"

namespace kindred::rounds {

/// The ranker's half in a partition: the examples of all users at most kRankerWindow old at the cut.
///
/// Passes depend on parameters, so each is a full one over what was gathered; f of one user is rounded to 2^-24 before it is
/// added (stats/logit_sums.hpp), the difference of log-likelihoods to 2^-20. Cost of a pass: examples × alternatives ×
/// features².
class RankerGatherer final : public Gatherer {
public:
  explicit RankerGatherer(Instant as_of) : as_of_(as_of) {}

  void visit(const profiles::Profile& profile) override;
  std::size_t bytes() const override { return bytes_; }
  bool begin(BytesView parameters) override;
  bool go_on(std::size_t users) override;
  Bytes statistic() override { return statistic_.canonical(); }

private:
  using UserExamples = std::vector<profiles::Example>;
  void look_at(const UserExamples& examples);
  void compare(const UserExamples& examples, const RankerTarget& target, stats::Moments& differences) const;

  const Instant as_of_;
  std::vector<UserExamples> users_;
  std::size_t bytes_ = 0;
  RankerPass pass_;
  RankerStatistic statistic_;
  std::size_t next_ = 0; ///< of users_, in the pass
};

/// An example as the conditional logit sees it; features in the order of Ranker. None: not an example, or not from a list
/// where only these are asked for.
std::optional<learners::ChoiceExample> choice_of(const profiles::Example& example, bool from_lists = false);

} // namespace kindred::rounds
