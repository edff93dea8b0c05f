#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nodes/kindredctl/demo/arm.hpp"

namespace kindred::demo {

/// What one arm reached in its copy of the world. Trials are the same for every arm: the schedule is the world's.
struct ArmResult {
  std::string name;
  std::vector<double> lists;     ///< by user: lists asked
  std::vector<double> clicks;    ///< by user: lists of which something was opened
  std::vector<double> purchases; ///< by user: lists of which something was bought at once
  std::vector<double> day_lists; ///< by simulated day
  std::vector<double> day_clicks;
  std::uint64_t organic_views = 0;
  std::uint64_t organic_purchases = 0;
  std::uint64_t events = 0; ///< views, clicks and purchases that the arm could learn from
  std::uint64_t outside =
      0; ///< shown items that the filter does not leave, or shown twice: left out of the list
  std::uint64_t short_lists = 0; ///< lists shorter than they could have been
};

/// Called after each step with (steps done, steps in all).
using Progress = std::function<void(Step, Step)>;

/// Lets the shoppers live through the whole world in a copy of their own: per step one `recommend` of all lists and one
/// `learn` of all that happened. Answers the first failure of the arm, if any; `result` then holds what was reached.
/// Deterministic: (world, what the arm answers) decide everything.
std::optional<Failure> run_arm(const World& world, Arm& arm, ArmResult& result,
                               const Progress& progress = {});

} // namespace kindred::demo
