#include "engine/rounds/rfm_learner.hpp"

#include "engine/learners/segmentation/rfm.hpp"
#include "engine/profiles/membership.hpp"

namespace kindred::rounds {

void RfmGatherer::visit(const profiles::Profile& profile) {
  if (profile.personalization.beyond_training) return;
  if (const auto buyer = profiles::buyer_of(profile.personalization)) sums_.add(*buyer);
}

std::vector<std::pair<std::string, std::string>> RfmSolver::settings() const {
  return {{"usersMin", std::to_string(limits_.segment_users)}};
}

Result<bool, RoundError> RfmSolver::absorb(std::span<const Bytes> statistics) {
  stats::RfmSums sums;
  for (const Bytes& bytes : statistics) {
    const auto one = stats::RfmSums::from(bytes);
    if (!one) return RoundError::kForeignStatistic;
    sums.add(*one);
  }
  const std::string buyers = std::to_string(sums.buyers()) + " buyers";
  const auto model = learners::Rfm::solve(sums);
  if (!model || sums.buyers() < limits_.segment_users) {
    outcome_ =
        buyers + ", " + std::to_string(limits_.segment_users) + " are needed: there are no quintiles yet";
    return true;
  }
  Offer offer;
  offer.learner = kRfm;
  offer.parameters = model->canonical();
  offer.reason = "quintiles of " + buyers;
  if (const auto count = Fixed::from(static_cast<double>(sums.buyers())); count.ok())
    offer.metrics.emplace_back("users", count.value());
  outcome_ = std::string(kRfm) + ": champion, " + offer.reason;
  offers_.push_back(std::move(offer));
  return true;
}

} // namespace kindred::rounds
