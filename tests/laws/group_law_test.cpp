// Law group: every statistic is associative, commutative, has zero and inverse, and is exact.
// A statistic joins by a maker from small random steps, in the list at the end of this page.

#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/profiles/digest.hpp"
#include "engine/stats/counts.hpp"
#include "engine/stats/decay.hpp"
#include "engine/stats/fast_delta.hpp"
#include "engine/stats/fast_model.hpp"
#include "engine/stats/gram.hpp"
#include "engine/stats/gram_changes.hpp"
#include "engine/stats/k_means_sums.hpp"
#include "engine/stats/lattice_cells.hpp"
#include "engine/stats/log_histogram.hpp"
#include "engine/stats/logit_sums.hpp"
#include "engine/stats/moments.hpp"
#include "engine/stats/rfm_sums.hpp"
#include "engine/stats/sorted_sums.hpp"

namespace kindred {
namespace {

using Step = std::tuple<std::uint8_t, std::uint8_t, std::int32_t>; ///< two small keys and an amount
using Steps = std::vector<Step>;

Steps joined(Steps left, const Steps& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

struct CountsGroup {
  using Value = stats::Counts;
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps) value.count(a % 8, amount);
    return value;
  }
};

struct MomentsGroup {
  using Value = stats::Moments;
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps) value.add(stats::Moments::of(Fixed{amount}));
    return value;
  }
};

struct FastDeltaGroup {
  using Value = stats::FastDelta;
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps) {
      const ItemId low{a % 3u}, high{3u + b % 3u};
      const TenantId tenant{1u + a % 2u};
      const auto half_life = static_cast<std::uint8_t>(b % stats::kHalfLives.size());
      if (b % 4 == 0) value.add_trend({tenant, {a % 3u}, half_life, a % 2, high}, amount);
      if (b % 4 == 1) value.add_pair({tenant, Value::kSuccessor, high, low, 0}, amount);
      if (b % 4 == 2) value.add_pair({tenant, Value::kCoOccurrence, low, high, 0}, amount);
      if (b % 4 == 3) value.add_count({tenant, Value::kMarks, low}, amount);
    }
    return value;
  }
};

/// The state digest is a group, too: parts in any order, replaced or taken out.
struct DigestGroup {
  struct Value {
    profiles::Digest digest;
    Value& add(const Value& other) {
      digest.add(other.digest.value());
      return *this;
    }
    Value& subtract(const Value& other) {
      digest.subtract(other.digest.value());
      return *this;
    }
    friend bool operator==(const Value& a, const Value& b) { return a.digest.value() == b.digest.value(); }
  };
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps)
      value.digest.add(
          profiles::Digest::part_of(std::string(1, static_cast<char>(a)), std::to_string(amount)));
    return value;
  }
};

/// A statistic that is made with its shape, and adds without giving itself back.
template <class Statistic, auto Zero>
struct Shaped {
  Statistic statistic = Zero();
  Shaped& add(const Shaped& other) {
    (void)statistic.add(other.statistic);
    return *this;
  }
  Shaped& subtract(const Shaped& other) {
    statistic.subtract(other.statistic);
    return *this;
  }
  friend bool operator==(const Shaped&, const Shaped&) = default;
};

struct GramGroup {
  using Value = Shaped<stats::Gram, [] { return stats::Gram(8); }>;
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps) {
      const std::uint32_t low = a % 4, high = 4 + b % 4;
      const auto weight = static_cast<std::uint8_t>(1 + static_cast<std::uint32_t>(amount) % 15);
      EXPECT_TRUE(value.statistic.add(std::vector<stats::Gram::Entry>{{low, weight}, {high, 2}}).ok());
    }
    return value;
  }
};

struct LogHistogramGroup {
  using Value = Shaped<stats::LogHistogram, [] { return stats::LogHistogram(); }>;
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps) EXPECT_TRUE(value.statistic.add(amount / 1000.0));
    return value;
  }
};

struct GramChangesGroup {
  using Value = Shaped<stats::GramChanges, [] { return stats::GramChanges(8); }>;
  static Value of(const Steps& steps) {
    using Part = stats::GramChanges::Part;
    Value value;
    for (const auto& [a, b, amount] : steps) {
      const std::uint32_t low = a % 4u, high = 4u + b % 4u;
      value.statistic.take(std::vector<stats::GramChanges::Entry>{
          {low, static_cast<Part>(amount & 1)}, {high, amount < 0 ? Part::kGoes : Part::kComes}});
    }
    return value;
  }
};

struct LogitSumsGroup {
  using Value = Shaped<stats::LogitSums, [] { return stats::LogitSums(2, 1); }>;
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps) {
      const double gradient[] = {amount / 977.0, a / 3.0}, curvature[] = {b / 7.0, amount / 11.0, 1};
      EXPECT_TRUE(value.statistic.add(a, -amount / 13.0, gradient, curvature));
    }
    return value;
  }
};

/// At one level: what was added decides which is the finest, and nothing goes back to a finer one.
struct LatticeCellsGroup {
  using Value = Shaped<stats::LatticeCells, [] { return stats::LatticeCells(2, 1'024); }>;
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps)
      value.statistic.add(stats::LatticeCells::Point{a % 16 * 256, (b % 16 - 8) * 256});
    return value;
  }
};

/// For one set of centres.
struct KMeansSumsGroup {
  using Value = Shaped<stats::KMeansSums, [] { return stats::KMeansSums(2, {{0, 0}, {900, 0}, {0, -700}}); }>;
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps)
      value.statistic.add(stats::KMeansSums::Point{a * 7 - 300, b * 9 - 1'000 + amount % 50});
    return value;
  }
};

struct RfmSumsGroup {
  using Value = Shaped<stats::RfmSums, [] { return stats::RfmSums(); }>;
  static Value of(const Steps& steps) {
    Value value;
    for (const auto& [a, b, amount] : steps)
      EXPECT_TRUE(value.statistic.add(stats::RfmSums::Buyer{a, 1U + b, amount / 100.0}));
    return value;
  }
};

template <class Group>
class GroupLaw : public ::testing::Test {};
using Statistics =
    ::testing::Types<CountsGroup, MomentsGroup, FastDeltaGroup, DigestGroup, GramGroup, GramChangesGroup,
                     LogHistogramGroup, LogitSumsGroup, LatticeCellsGroup, KMeansSumsGroup, RfmSumsGroup>;
TYPED_TEST_SUITE(GroupLaw, Statistics);

TYPED_TEST(GroupLaw, HasAZero) {
  using Group = TypeParam;
  EXPECT_TRUE(rc::check("adding nothing changes nothing", [](const Steps& steps) {
    const typename Group::Value zero{};
    RC_ASSERT(Group::of(steps).add(zero) == Group::of(steps));
    RC_ASSERT(typename Group::Value{}.add(Group::of(steps)) == Group::of(steps));
    RC_ASSERT(Group::of({}) == zero);
  }));
}

TYPED_TEST(GroupLaw, IsCommutative) {
  using Group = TypeParam;
  EXPECT_TRUE(rc::check("a + b = b + a", [](const Steps& a, const Steps& b) {
    RC_ASSERT(Group::of(a).add(Group::of(b)) == Group::of(b).add(Group::of(a)));
  }));
}

TYPED_TEST(GroupLaw, IsAssociative) {
  using Group = TypeParam;
  EXPECT_TRUE(rc::check("(a + b) + c = a + (b + c)", [](const Steps& a, const Steps& b, const Steps& c) {
    auto right = Group::of(b).add(Group::of(c));
    RC_ASSERT(Group::of(a).add(Group::of(b)).add(Group::of(c)) == Group::of(a).add(right));
  }));
}

TYPED_TEST(GroupLaw, HasAnInverse) {
  using Group = TypeParam;
  EXPECT_TRUE(rc::check("(a + b) - b = a", [](const Steps& a, const Steps& b) {
    RC_ASSERT(Group::of(a).add(Group::of(b)).subtract(Group::of(b)) == Group::of(a));
    RC_ASSERT(Group::of(b).subtract(Group::of(b)) == typename Group::Value{});
  }));
}

TYPED_TEST(GroupLaw, AnySplitOverShardsIsTheSameSum) {
  using Group = TypeParam;
  EXPECT_TRUE(rc::check("sum of parts = whole", [](const Steps& a, const Steps& b) {
    RC_ASSERT(Group::of(joined(a, b)) == Group::of(a).add(Group::of(b)));
    RC_ASSERT(Group::of(joined(b, a)) == Group::of(a).add(Group::of(b)));
  }));
}

} // namespace
} // namespace kindred
