#pragma once

#include <vector>

#include "actors/fast_models/solved.hpp"
#include "engine/stats/fast_delta.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::gateway {

/// A segment as it is told, but for its size and who moved; and what its size is counted under.
struct ListedSegment {
  api::SegmentInfo info;
  stats::ScopeId scope;
};

/// All segments of a tenant that serve: clustered ones by id, then the groups of recency, frequency and monetary value.
std::vector<ListedSegment> segments_of(const fast_models::Lines& lines, TenantId tenant);

} // namespace kindred::actors::gateway
