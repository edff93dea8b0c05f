#pragma once

#include <cmath>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/learners/prediction/conditional_logit.hpp"

namespace kindred::learners {

using Users = std::vector<std::vector<ChoiceExample>>;

/// Users who choose as the weights say, out of ten (Gumbel noise).
inline Users choosers(const std::vector<double>& weights, std::size_t users, std::uint64_t seed) {
  Random random(seed);
  Users all(users);
  for (auto& user : all) {
    for (int n = 0; n < 5; ++n) {
      ChoiceExample example;
      example.features = weights.size();
      double greatest = -INFINITY;
      for (std::size_t c = 0; c < 10; ++c) {
        double value = -std::log(-std::log(random.uniform() + 1e-12));
        for (const double weight : weights) {
          example.at.push_back(static_cast<float>(random.uniform() * 4 - 2));
          value += weight * double{example.at.back()};
        }
        if (value > greatest) {
          greatest = value;
          example.taken = c;
        }
      }
      user.push_back(std::move(example));
    }
  }
  return all;
}

inline stats::LogitSums sums_at(const ConditionalLogit& model, const Users& users) {
  stats::LogitSums sums(model.weights.size());
  for (const auto& user : users) model.contribute(user, sums);
  return sums;
}

} // namespace kindred::learners
