#include "engine/rounds/ranker_solver.hpp"

#include <algorithm>
#include <cmath>

#include "engine/base/hash.hpp"
#include "engine/decisions/blend.hpp"
#include "engine/learners/prediction/ranker.hpp"

namespace kindred::rounds {

using learners::ConditionalLogit;
using learners::NewtonSearch;
using learners::Ranker;

namespace {

std::vector<double> prior_weights() {
  std::vector<double> weights(Ranker::kFeatures);
  const auto blend = decisions::default_blend();
  for (std::size_t i = 0; i < Ranker::kSources; ++i) weights[i] = double{blend.weights[i]};
  return weights;
}

ConditionalLogit::Prior prior() { return {prior_weights(), kRankerPrecision}; }

std::string model_name(const std::string& placement) {
  return placement.empty() ? std::string(kRanker) : std::string(kRanker) + "/" + placement;
}

std::vector<double> weights_of(const Bytes& parameters) {
  const auto ranker = Ranker::from(parameters);
  return ranker ? ranker->weights() : prior_weights();
}

} // namespace

std::vector<std::pair<std::string, std::string>> RankerSolver::settings() const {
  return {{"windowDays", std::to_string(kRankerWindow.us / kDay.us)},
          {"examplesMin", std::to_string(limits_.examples_min)},
          {"fromListsMin", std::to_string(kFromListsTimes * limits_.examples_min)},
          {"verdictUsers", std::to_string(limits_.verdict_users)}};
}

Result<bool, RoundError> RankerSolver::absorb(std::span<const Bytes> statistics) {
  std::optional<RankerStatistic> sum;
  const std::uint64_t generation = hash64(pass_.canonical()); // sums at other weights must not meet these
  for (const Bytes& bytes : statistics) {
    auto one = RankerStatistic::from(bytes);
    if (!one || one->kind != pass_.kind) return RoundError::kForeignStatistic;
    const bool sums = pass_.kind == RankerPass::Kind::kSums,
               compare = pass_.kind == RankerPass::Kind::kCompare;
    if (one->sums.size() != (sums ? pass_.targets.size() : 0) ||
        one->differences.size() != (compare ? pass_.targets.size() : 0))
      return RoundError::kForeignStatistic;
    for (const auto& part : one->sums)
      if (part.features() != Ranker::kFeatures || part.generation() != generation)
        return RoundError::kForeignStatistic;
    if (sum)
      sum->add(*one);
    else
      sum = std::move(one);
  }
  if (!sum) return RoundError::kForeignStatistic;
  switch (pass_.kind) {
  case RankerPass::Kind::kCount:
    choose_targets(*sum);
    if (fits_.empty()) return true;
    ask_sums();
    return false;
  case RankerPass::Kind::kSums: return take_step(*sum);
  case RankerPass::Kind::kCompare: judge(*sum); return true;
  }
  return RoundError::kForeignStatistic;
}

RankerSolver::Fit RankerSolver::fit_of(const std::string& placement, const ExampleCounts& counts) const {
  const bool from_lists = counts.from_lists >= kFromListsTimes * limits_.examples_min;
  return {placement, from_lists ? counts.from_lists : counts.all, from_lists,
          NewtonSearch({prior_weights()}, prior())};
}

void RankerSolver::choose_targets(const RankerStatistic& counted) {
  ExampleCounts all;
  std::vector<Fit> placements;
  for (const auto& [placement, count] : counted.counts) {
    all.all += count.all;
    all.from_lists += count.from_lists;
    // Without a name it is the tenant's.
    if (count.all >= limits_.examples_min && !placement.empty())
      placements.push_back(fit_of(placement, count));
  }
  if (all.all < limits_.examples_min) {
    outcome_ = std::to_string(all.all) + " examples, " + std::to_string(limits_.examples_min) +
               " are needed: the written weights hold";
    return;
  }
  std::sort(placements.begin(), placements.end(), [](const Fit& a, const Fit& b) {
    return std::pair(-a.examples, a.placement) < std::pair(-b.examples, b.placement);
  });
  const std::size_t kept = std::min(placements.size(), kRankerTargetsMax - 1);
  fits_.push_back(fit_of("", all));
  fits_.insert(fits_.end(), placements.begin(), placements.begin() + static_cast<std::ptrdiff_t>(kept));
}

void RankerSolver::ask_sums() {
  pass_ = {RankerPass::Kind::kSums, {}};
  for (const Fit& fit : fits_)
    if (!fit.done) pass_.targets.push_back({fit.placement, fit.search.at().weights, {}, {}, fit.from_lists});
}

Result<bool, RoundError> RankerSolver::take_step(const RankerStatistic& sums) {
  std::size_t target = 0;
  for (Fit& fit : fits_) {
    if (fit.done) continue;
    const stats::LogitSums& at = sums.sums[target++];
    fit.examples = at.examples();
    const auto done = fit.search.absorb(at);
    if (!done.ok()) return RoundError::kUnsolvable;
    fit.done = done.value();
  }
  const bool all_done = std::all_of(fits_.begin(), fits_.end(), [](const Fit& fit) { return fit.done; });
  if (!all_done)
    ask_sums();
  else
    ask_comparison();
  return false;
}

const KnownModel* RankerSolver::champion_of(const std::string& placement) const {
  const auto known = known_.find(model_name(placement));
  return known != known_.end() && known->second.champion ? &*known->second.champion : nullptr;
}

/// What ranks the placement now: its own champion, else the tenant's, else the written weights.
std::vector<double> RankerSolver::serving_weights(const std::string& placement) const {
  const KnownModel* champion = champion_of(placement);
  if (champion == nullptr) champion = champion_of("");
  return champion != nullptr ? weights_of(champion->parameters) : prior_weights();
}

void RankerSolver::ask_comparison() {
  pass_ = {RankerPass::Kind::kCompare, {}};
  verdicts_.assign(fits_.size(), std::nullopt);
  const Instant ever{INT64_MIN};
  for (const Fit& fit : fits_) {
    const auto* champion = champion_of(fit.placement);
    const std::vector<double> solved = Ranker::of(fit.search.best().weights).weights();
    pass_.targets.push_back({fit.placement, solved, serving_weights(fit.placement),
                             champion != nullptr ? champion->trained_at : ever, fit.from_lists});
  }
  for (std::size_t i = 0; i < fits_.size(); ++i) {
    const auto known = known_.find(model_name(fits_[i].placement));
    if (known == known_.end() || !known->second.challenger) continue;
    const KnownModels& models = known->second;
    verdicts_[i] = pass_.targets.size();
    // The champion is the younger one after the newest won at once.
    const Instant champion_trained_at = models.champion ? models.champion->trained_at : ever;
    pass_.targets.push_back(
        {fits_[i].placement, weights_of(models.challenger->parameters), serving_weights(fits_[i].placement),
         std::max(models.challenger->trained_at, champion_trained_at), fits_[i].from_lists});
  }
}

void RankerSolver::judge(const RankerStatistic& compared) {
  for (std::size_t i = 0; i < fits_.size(); ++i) {
    std::optional<stats::Moments> verdict;
    if (verdicts_[i]) verdict = compared.differences[*verdicts_[i]];
    offer(fits_[i], compared.differences[i], verdict);
  }
}

void RankerSolver::offer_first(Offer fresh, const stats::Moments& gain) {
  const bool ranked = champion_of("") != nullptr;
  const std::string before = ranked ? "the tenant's ranker" : "the written weights";
  const double total = gain.count == 0 ? 0 : gain.mean() * static_cast<double>(gain.count);
  const double needed = limits_.nats_per_weight * static_cast<double>(Ranker::kFeatures);
  if (total <= needed)
    return gate_.say(fresh.learner, "gains " + in_words(total) + " nats over " + before + ", more than " +
                                        in_words(needed) +
                                        " are needed: " + (ranked ? "it holds" : "they hold"));
  fresh.reason = "the first: " + gate_.in_words(gain) + " better than " + before;
  gate_.accept_first(std::move(fresh));
}

void RankerSolver::offer(const Fit& fit, const stats::Moments& gain,
                         const std::optional<stats::Moments>& verdict) {
  Offer fresh;
  fresh.learner = model_name(fit.placement);
  fresh.parameters = Ranker::of(fit.search.best().weights).canonical();
  fresh.metrics = {
      {"examples", metric_of(static_cast<double>(fit.examples))},
      {"fromListsAlone", metric_of(fit.from_lists ? 1 : 0)},
      {"logLikelihood", metric_of(fit.search.log_likelihood() / static_cast<double>(fit.examples))},
      {"passes", metric_of(fit.search.passes())},
      {"users", metric_of(static_cast<double>(gain.count))},
      {"gain", metric_of(gain.count == 0 ? 0 : gain.mean())}};
  const auto known = known_.find(fresh.learner);
  if (known == known_.end() || !known->second.champion) return offer_first(std::move(fresh), gain);
  gate_.judge(std::move(fresh), known->second, gain, verdict);
}

} // namespace kindred::rounds
