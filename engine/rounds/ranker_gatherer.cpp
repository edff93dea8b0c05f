#include "engine/rounds/ranker_gatherer.hpp"

#include <algorithm>
#include <cmath>

#include "engine/base/hash.hpp"
#include "engine/base/math.hpp"
#include "engine/learners/prediction/ranker.hpp"

namespace kindred::rounds {

using learners::ChoiceExample;
using learners::ConditionalLogit;
using learners::Ranker;

namespace {

/// Who an example's choice was made among.
struct Among {
  std::vector<profiles::Alternative> alternatives;
  std::size_t taken = 0; ///< index of the alternative
  bool from_list = false;
};

/// None: not an example. What the event says was taken from the decision was chosen among what was shown, or, where it was not
/// in the list, among what was not; a part of a uniform sample is a uniform sample of the part.
std::optional<Among> among_of(const profiles::Example& example) {
  Among among{profiles::alternatives_of(example), example.taken, false};
  if (among.taken >= among.alternatives.size()) return std::nullopt;
  if (example.found_elsewhere) return among;
  among.from_list = among.alternatives[among.taken].place != 0;
  const auto other = [shown = among.from_list](const profiles::Alternative& one) {
    return (one.place != 0) != shown;
  };
  const auto taken = among.alternatives.begin() + example.taken;
  among.taken -= static_cast<std::size_t>(std::count_if(among.alternatives.begin(), taken, other));
  std::erase_if(among.alternatives, other);
  return among;
}

/// Whether it says something of what a list's places and scores are worth.
bool tells_of_lists(const Among& among) { return among.from_list && among.alternatives.size() > 1; }

} // namespace

std::optional<ChoiceExample> choice_of(const profiles::Example& example, bool from_lists) {
  const auto among = among_of(example);
  if (!among || (from_lists && !tells_of_lists(*among))) return std::nullopt;
  const auto& alternatives = among->alternatives;
  ChoiceExample choice;
  choice.features = Ranker::kFeatures;
  choice.taken = among->taken;
  choice.at.assign(alternatives.size() * Ranker::kFeatures, 0.0f);
  const float newness = static_cast<float>(example.newness) / 256;
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    float* x = choice.at.data() + i * Ranker::kFeatures;
    for (const auto& [source, score_q8] : alternatives[i].scores_q8) {
      x[source] = static_cast<float>(score_q8) / 256;
      if (source >= Ranker::kFirstFresh)
        x[Ranker::kSources + source - Ranker::kFirstFresh] = x[source] * newness;
    }
    // Against what was not shown, being shown follows from the scores where chance had no say, and would take their part.
    // Within a list all are shown; how much of the place the scores explain changes with every generation that orders lists.
    if ((!example.explored && !among->from_list) || alternatives[i].place == 0) continue;
    x[Ranker::kShown] = 1;
    x[Ranker::kPlace] = portable_log2(static_cast<float>(alternatives[i].place));
  }
  return choice;
}

void RankerGatherer::visit(const profiles::Profile& profile) {
  UserExamples examples;
  for (const profiles::Example& example : profile.training.choices.examples) {
    if (example.as_of + kRankerWindow < as_of_) continue;
    bytes_ += sizeof example + example.alternatives.size() + example.placement.size();
    examples.push_back(example);
  }
  if (!examples.empty()) users_.push_back(std::move(examples));
}

bool RankerGatherer::begin(BytesView parameters) {
  auto pass = RankerPass::from(parameters);
  if (!pass) return false;
  pass_ = std::move(*pass);
  next_ = 0;
  statistic_ = {};
  statistic_.kind = pass_.kind;
  if (pass_.kind == RankerPass::Kind::kSums)
    statistic_.sums.assign(pass_.targets.size(), stats::LogitSums(Ranker::kFeatures, hash64(parameters)));
  if (pass_.kind == RankerPass::Kind::kCompare) statistic_.differences.resize(pass_.targets.size());
  return true;
}

bool RankerGatherer::go_on(std::size_t users) {
  for (; users > 0 && next_ < users_.size(); --users) look_at(users_[next_++]);
  return next_ == users_.size();
}

void RankerGatherer::look_at(const UserExamples& examples) {
  if (pass_.kind == RankerPass::Kind::kCount) {
    for (const auto& example : examples) {
      ExampleCounts& counts = statistic_.counts[example.placement];
      ++counts.all;
      const auto among = among_of(example);
      counts.from_lists += among && tells_of_lists(*among) ? 1 : 0;
    }
    return;
  }
  for (std::size_t i = 0; i < pass_.targets.size(); ++i) {
    const RankerTarget& target = pass_.targets[i];
    if (pass_.kind == RankerPass::Kind::kCompare) {
      compare(examples, target, statistic_.differences[i]);
      continue;
    }
    std::vector<ChoiceExample> choices;
    for (const auto& example : examples)
      if (target.placement.empty() || target.placement == example.placement)
        if (auto choice = choice_of(example, target.from_lists)) choices.push_back(std::move(*choice));
    ConditionalLogit{target.weights}.contribute(choices, statistic_.sums[i]);
  }
}

void RankerGatherer::compare(const UserExamples& examples, const RankerTarget& target,
                             stats::Moments& differences) const {
  const ConditionalLogit ours{target.weights}, others{target.others};
  double difference = 0;
  bool any = false;
  for (const auto& example : examples) {
    if (example.as_of <= target.since) continue;
    if (!target.placement.empty() && target.placement != example.placement) continue;
    const auto choice = choice_of(example, target.from_lists);
    if (!choice) continue;
    difference += ours.log_chance(*choice) - others.log_chance(*choice);
    any = true;
  }
  if (!any || !std::isfinite(difference)) return;
  const auto fixed = Fixed::from(std::clamp(difference, -Fixed::kMax, Fixed::kMax));
  if (fixed.ok()) differences.add(stats::Moments::of(fixed.value()));
}

} // namespace kindred::rounds
