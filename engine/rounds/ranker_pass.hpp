#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/time.hpp"
#include "engine/stats/counts.hpp"
#include "engine/stats/logit_sums.hpp"
#include "engine/stats/moments.hpp"

namespace kindred::rounds {

inline constexpr std::string_view kRanker = "ranker";
/// Examples older than this at the cut are not learnt from: taste moves.
inline constexpr Duration kRankerWindow{28 * kDay.us};
inline constexpr std::size_t kRankerTargetsMax =
    33; ///< the tenant, and the placements with the most examples

/// One model that a pass is about: of one placement, or of all of a tenant's (empty).
struct RankerTarget {
  std::string placement;
  std::vector<double> weights;
  std::vector<double> others; ///< kCompare: whose log-likelihood is taken off
  Instant since;              ///< kCompare: only examples decided after it
  bool from_lists = false;    ///< only choices out of what was shown; what was found elsewhere is left out
  friend bool operator==(const RankerTarget&, const RankerTarget&) = default;
};

/// What a pass over the examples is asked.
struct RankerPass {
  enum class Kind : std::uint8_t {
    kCount = 1,   ///< how many examples each placement has; no targets
    kSums = 2,    ///< what a Newton step from each target's weights needs
    kCompare = 3, ///< per user: by how much his examples are likelier under `weights` than under `others`
  };
  Kind kind = Kind::kCount;
  std::vector<RankerTarget> targets;

  Bytes canonical() const;
  static std::optional<RankerPass> from(BytesView canonical);
  friend bool operator==(const RankerPass&, const RankerPass&) = default;
};

/// How many examples there are.
struct ExampleCounts {
  std::int64_t all = 0;
  std::int64_t from_lists = 0; ///< of them, choices out of what was shown
  friend bool operator==(const ExampleCounts&, const ExampleCounts&) = default;
};

/// What a pass answers. A group by target: exact sums over users.
struct RankerStatistic {
  RankerPass::Kind kind = RankerPass::Kind::kCount;
  std::map<std::string, ExampleCounts> counts; ///< kCount: by placement
  std::vector<stats::LogitSums> sums;          ///< kSums: by target
  std::vector<stats::Moments> differences;     ///< kCompare: by target, over users with examples

  void add(const RankerStatistic& other); ///< Requires: of the same pass
  Bytes canonical() const;
  static std::optional<RankerStatistic> from(BytesView canonical);
  friend bool operator==(const RankerStatistic&, const RankerStatistic&) = default;
};

} // namespace kindred::rounds
