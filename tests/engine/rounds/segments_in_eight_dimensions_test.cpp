// Groups 4σ apart in eight traits, more than the cells of a lattice can tell apart: found by a sample of users, and kept from
// round to round while others come and all of them move a little (the bench of it through a server: bench/quality/stability.py).

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/engine/rounds/parted_users.hpp"

namespace kindred::rounds {
namespace {

using learners::Segmentation;
using Place = std::array<double, 8>;
const Limits kLimits{.segment_users = 20};

/// Users by number: where each group is, and how far everybody lies off it.
class Crowd {
public:
  Crowd(std::size_t groups, std::size_t each) : centres(groups), random_(7) {
    for (std::size_t group = 0; group < groups; ++group) {
      centres[group][group % 8] = group < 8 ? 4 : -4;
      for (std::size_t i = 0; i < each; ++i) come(group);
    }
  }
  void come(std::size_t group) {
    Place off;
    for (double& x : off) x = gauss();
    groups.push_back(group);
    offs_.push_back(off);
    segments_.push_back(0);
    keys_.push_back("member " + std::to_string(came_++));
  }
  void shake(double by) {
    for (Place& off : offs_)
      for (double& x : off) x = (x + by * gauss()) / std::sqrt(1 + by * by);
  }
  /// One in ten goes and comes anew.
  void replace() {
    for (std::size_t i = random_.below(10); i < groups.size(); i += 10) {
      for (double& x : offs_[i]) x = gauss();
      segments_[i] = 0;
      keys_[i] = "member " + std::to_string(came_++);
    }
  }

  Users users(const std::optional<Segmentation>& serving) {
    Users users;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      profiles::Profile user;
      user.key = {kDefaultTenant, keys_[i]};
      for (std::size_t d = 0; d < 8; ++d)
        user.personalization.traits.push_back(
            {std::string(1, static_cast<char>('a' + d)), Fixed::from(at(i, d)).value()});
      if (serving) segments_[i] = assigned(*serving, i);
      user.personalization.clustered.segment = segments_[i];
      users.push_back(std::move(user));
    }
    return users;
  }
  /// Of those who had a segment before, how many have another by `model`.
  double changed(const Segmentation& model) const {
    double had = 0, other = 0;
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (segments_[i] != 0) {
        ++had;
        other += assigned(model, i) != segments_[i] ? 1 : 0;
      }
    return other / had;
  }
  /// The segment that most of a group are in.
  std::uint32_t id_of(const Segmentation& model, std::size_t group) const {
    std::map<std::uint32_t, std::size_t> count;
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (groups[i] == group) ++count[assigned(model, i)];
    return std::max_element(count.begin(), count.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }

  std::vector<Place> centres;
  std::vector<std::size_t> groups; ///< of each user

private:
  double gauss() { // Box, Muller 1958
    return std::sqrt(-2 * std::log(1 - random_.uniform())) * std::cos(2 * M_PI * random_.uniform());
  }
  double at(std::size_t user, std::size_t d) const { return centres[groups[user]][d] + offs_[user][d]; }
  std::uint32_t assigned(const Segmentation& model, std::size_t user) const {
    std::vector<std::optional<double>> values;
    for (const auto& axis : model.axes)
      values.push_back(at(user, static_cast<std::size_t>(axis.feature.back() - 'a')));
    return model.assign(model.place(values), segments_[user]).id;
  }

  Random random_;
  std::size_t came_ = 0;
  std::vector<Place> offs_;
  std::vector<std::uint32_t> segments_;
  std::vector<std::string> keys_;
};

Round next(Crowd& crowd, const Round& before) {
  return round_of(crowd.users(before.model), kLimits, before.known);
}

TEST(SegmentsInEightDimensions, AsManyAsThereAre) {
  Crowd crowd(10, 300);
  const Round round = next(crowd, {});
  ASSERT_TRUE(round.model.has_value()) << round.outcome;
  ASSERT_EQ(round.model->segments.size(), 10u) << round.reason;
  std::set<std::uint32_t> ids;
  for (std::size_t group = 0; group < 10; ++group) ids.insert(crowd.id_of(*round.model, group));
  EXPECT_EQ(ids.size(), 10u) << "a segment each";
}

TEST(SegmentsInEightDimensions, HardlyAnybodyMovesWhileNothingHappens) {
  Crowd crowd(10, 300);
  Round round = next(crowd, {});
  for (int step = 0; step < 6; ++step) {
    crowd.replace();
    crowd.shake(0.15);
    const Round then = next(crowd, round);
    ASSERT_TRUE(then.model.has_value());
    EXPECT_TRUE(then.model->splits.empty() && then.model->merges.empty());
    EXPECT_LT(crowd.changed(*then.model), 0.005) << then.reason;
    round = then;
  }
}

TEST(SegmentsInEightDimensions, OneThatPartsAndTwoThatMeetAreToldAndNothingElse) {
  Crowd crowd(9, 300);
  Round round = next(crowd, {});
  ASSERT_EQ(round.model->segments.size(), 9u) << round.reason;
  const std::uint32_t parting = crowd.id_of(*round.model, 0);
  crowd.centres[0][7] = -2; // and the other half goes the other way
  crowd.centres.push_back(crowd.centres[0]);
  crowd.centres[9][7] = 2;
  for (std::size_t i = 0; i < 100; ++i) crowd.groups[i] = 9; // fewer than stay
  Round then = next(crowd, round);
  ASSERT_EQ(then.model->splits.size(), 1u) << then.reason;
  EXPECT_EQ(then.model->splits[0].from, parting);
  EXPECT_EQ(then.model->splits[0].into.size(), 2u);
  EXPECT_EQ(crowd.id_of(*then.model, 0), parting) << "where most are";
  EXPECT_TRUE(then.model->merges.empty());

  const std::uint32_t one = crowd.id_of(*then.model, 3), other = crowd.id_of(*then.model, 4);
  for (std::size_t d = 0; d < 8; ++d)
    crowd.centres[3][d] = crowd.centres[4][d] = (crowd.centres[3][d] + crowd.centres[4][d]) / 2;
  const Round met = next(crowd, then);
  ASSERT_EQ(met.model->merges.size(), 1u) << met.reason;
  EXPECT_EQ(std::set<std::uint32_t>(met.model->merges[0].from.begin(), met.model->merges[0].from.end()),
            (std::set<std::uint32_t>{one, other}));
  EXPECT_TRUE(met.model->splits.empty());
  const Round still = next(crowd, met);
  EXPECT_TRUE(still.model->merges.empty() && still.model->splits.empty()) << "told once";
}

TEST(SegmentsInEightDimensions, WhateverThePartitions) {
  Crowd crowd(10, 100);
  const Users users = crowd.users(std::nullopt);
  const Round one = round_of(users, kLimits);
  for (const std::size_t partitions : {3u, 16u})
    EXPECT_EQ(round_of(users, kLimits, {}, partitions).said, one.said);
}

} // namespace
} // namespace kindred::rounds
