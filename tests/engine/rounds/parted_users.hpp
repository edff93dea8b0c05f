#pragma once

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/learners/segmentation/segmentation.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/rounds/segments_gatherer.hpp"
#include "engine/rounds/segments_solver.hpp"

namespace kindred::rounds {

// Users who fall in groups, and rounds that find them: for tests of segments.

using Users = std::vector<profiles::Profile>;
using Known = std::map<std::string, KnownModels>;

/// Two traits are told of him, and nothing else.
inline profiles::Profile user_at(double x, double y, std::uint32_t segment = 0) {
  static std::uint64_t number = 0;
  profiles::Profile user;
  user.key = {kDefaultTenant, "user " + std::to_string(++number)};
  user.personalization.traits = {{"x", Fixed::from(x).value()}, {"y", Fixed::from(y).value()}};
  user.personalization.clustered.segment = segment;
  return user;
}

struct Group {
  double x = 0, y = 0;
  std::size_t users = 50;
  std::uint32_t segment = 0; ///< they were in
  double radius = 0.5;
};
inline Users users_of(const std::vector<Group>& groups, std::uint64_t seed = 1) {
  Random random(seed);
  Users users;
  const auto off = [&](const Group& group) { return (random.uniform() * 2 - 1) * group.radius; };
  for (const Group& group : groups)
    for (std::size_t i = 0; i < group.users; ++i) {
      const double x = group.x + off(group), y = group.y + off(group);
      users.push_back(user_at(x, y, group.segment));
    }
  return users;
}

/// Everything that a profile can say, by chance.
inline profiles::Profile anybody(Random& random) {
  profiles::Profile user = user_at(random.uniform() * 9, random.uniform() * 9);
  profiles::PersonalizationLane& lane = user.personalization;
  if (random.below(4) == 0) lane.traits.clear();
  lane.events = random.below(100);
  lane.sessions = static_cast<std::uint32_t>(random.below(9));
  lane.orders.count = static_cast<std::uint32_t>(random.below(4));
  lane.orders.spent.raw = static_cast<std::int64_t>(random.below(1u << 30));
  for (std::uint64_t i = 0, category = 0; i < random.below(6); ++i) {
    category += 1 + random.below(3);
    lane.tastes.push_back({"c" + std::to_string(100 + category), 1 + static_cast<std::uint32_t>(i)});
    lane.tastes_total += 1 + i;
  }
  lane.clustered.segment = static_cast<std::uint32_t>(random.below(5));
  lane.beyond_training = random.below(10) == 0;
  return user;
}

/// Users spread over partitions.
inline std::vector<std::unique_ptr<SegmentsGatherer>> spread(const Users& users, std::size_t partitions = 1) {
  std::vector<std::unique_ptr<SegmentsGatherer>> all;
  for (std::size_t i = 0; i < partitions; ++i) all.push_back(std::make_unique<SegmentsGatherer>());
  for (std::size_t i = 0; i < users.size(); ++i) all[i * 7 % partitions]->visit(users[i]);
  return all;
}

inline Bytes answer_of(Gatherer& gatherer, BytesView parameters, std::size_t users_at_a_time = 7) {
  EXPECT_TRUE(gatherer.begin(parameters));
  while (!gatherer.go_on(users_at_a_time)) {
  }
  return gatherer.statistic();
}

/// A round from cut to offer.
struct Round {
  std::vector<Bytes> said; ///< all that was asked, and offered
  std::optional<learners::Segmentation> model;
  std::string reason, outcome;
  Known known; ///< with what was offered as champion
};
inline Round round_of(const Users& users, const Limits& limits = {.segment_users = 20},
                      const Known& known = {}, std::size_t partitions = 1) {
  const auto gatherers = spread(users, partitions);
  SegmentsSolver solver(known, limits);
  Round round;
  for (bool solved = false; !solved;) {
    round.said.push_back(solver.parameters());
    if (round.said.size() > 20) {
      ADD_FAILURE() << "a round without end";
      return round;
    }
    std::vector<Bytes> statistics;
    for (std::size_t i = gatherers.size(); i-- > 0;)
      statistics.push_back(answer_of(*gatherers[i], round.said.back(), 1 + i % 9));
    const auto absorbed = solver.absorb(statistics);
    EXPECT_TRUE(absorbed.ok());
    if (!absorbed.ok()) return round;
    solved = absorbed.value();
  }
  round.outcome = solver.outcome();
  round.known = known;
  for (const Offer& offer : solver.offers()) {
    round.said.push_back(offer.parameters);
    round.reason = offer.reason;
    round.model = learners::Segmentation::from(offer.parameters);
    EXPECT_TRUE(round.model.has_value()) << "what is offered can be read";
    EXPECT_EQ(offer.learner, kSegments);
    EXPECT_EQ(offer.role, records::ModelRole::kChampion);
    round.known[std::string(kSegments)].champion = KnownModel{offer.parameters, {}};
  }
  return round;
}

/// The segment whose centre is nearest to (x, y), in the features' own units; axes are "trait:x" and "trait:y".
inline const learners::Segmentation::Segment& segment_at(const learners::Segmentation& model, double x,
                                                         double y) {
  std::vector<std::optional<double>> values;
  for (const auto& axis : model.axes)
    values.push_back(axis.feature == "trait:x"   ? std::optional(x)
                     : axis.feature == "trait:y" ? std::optional(y)
                                                 : std::nullopt);
  return model.assign(model.place(values), 0);
}

} // namespace kindred::rounds
