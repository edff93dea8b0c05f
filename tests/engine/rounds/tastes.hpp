#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/rounds/item_item_gatherer.hpp"
#include "engine/rounds/item_item_solver.hpp"
#include "tests/engine/rounds/choosers.hpp"

namespace kindred::rounds {

// Users with tastes, and the rounds over what they used: for tests of the item-item model.

/// He used the item then.
inline void use(profiles::Profile& user, ItemId item, Instant time) {
  profiles::Mark mark;
  mark.order = {time, 0, {7, user.records++}};
  mark.item = item;
  auto& marks = user.training.marks;
  marks.insert(std::upper_bound(marks.begin(), marks.end(), mark,
                                [](const auto& a, const auto& b) { return a.order < b.order; }),
               mark);
}

/// Item k of a taste, as spread over the space of ids as hashes are.
inline ItemId item_of(std::size_t taste, std::size_t k) {
  return {hash64("item " + std::to_string(taste) + "." + std::to_string(k))};
}

struct Tastes {
  std::size_t users = 240, tastes = 2, items = 12; ///< items: of each taste
  std::size_t used = 6;                            ///< by each user, of his taste
  std::uint64_t seed = 1;
  Instant as_of = kAsOf - kDay; ///< of the first uses; the next are an hour later each
};

/// Everybody uses some of his taste, drawn without replacement.
inline std::vector<profiles::Profile> users_with(const Tastes& tastes) {
  Random random(tastes.seed);
  std::vector<profiles::Profile> users(tastes.users);
  for (std::size_t u = 0; u < users.size(); ++u) {
    users[u].key = {kDefaultTenant, "user " + std::to_string(u)};
    std::set<std::size_t> drawn;
    while (drawn.size() < tastes.used) {
      const std::size_t k = random.below(tastes.items);
      if (drawn.insert(k).second)
        use(users[u], item_of(u % tastes.tastes, k),
            tastes.as_of + kHour * static_cast<std::int64_t>(drawn.size()));
    }
  }
  return users;
}

using Gatherers = std::vector<std::unique_ptr<Gatherer>>;

/// What is gathered where users live in so many partitions.
inline Gatherers gathered_in(const std::vector<profiles::Profile>& users, std::size_t partitions = 1) {
  Gatherers gatherers;
  for (std::size_t p = 0; p < partitions; ++p) gatherers.push_back(std::make_unique<ItemItemGatherer>());
  for (std::size_t u = 0; u < users.size(); ++u) gatherers[u * 7 % partitions]->visit(users[u]);
  return gatherers;
}

/// Passes until it is solved; the error that ended it, else none. Ends after kPassesMax.
inline std::optional<RoundError> run_round(Solver& solver, const Gatherers& gatherers,
                                           std::size_t slice = 7) {
  constexpr int kPassesMax = 100;
  for (int passes = 0; passes < kPassesMax; ++passes) {
    std::vector<Bytes> statistics;
    for (const auto& one : gatherers) statistics.push_back(pass_of(*one, solver.parameters(), slice));
    const auto solved = solver.absorb(statistics);
    if (!solved.ok()) return solved.error();
    if (solved.value()) return std::nullopt;
  }
  ADD_FAILURE() << "a round without an end";
  return std::nullopt;
}

} // namespace kindred::rounds
