#pragma once

#include <string>
#include <string_view>

#include "engine/learners/segmentation/rfm.hpp"
#include "engine/profiles/effect.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/profiles/tenant_inputs.hpp"
#include "engine/stats/fast_delta.hpp"

namespace kindred::profiles {

// Which segments a user is in: by the models that this partition adopted, found anew with each record that changes what
// they look at, and after an adoption with his next record. Whoever asks before that is told where the adopted models put
// him now (`standing_of`), which is where that record will find him.
//
// Sizes of segments are an exact sum like any other (stats/fast_delta.hpp, kMembers): one for each user whom models may
// know of, taken back when he leaves, withdraws or is erased.

inline constexpr std::string_view kClusteredKind = "clustered";
inline constexpr std::string_view kRfmKind = "rfm";

/// The id that the outside knows: "clustered-12", "rfm-champions". Requires: segment > 0, of a kind above.
std::string segment_name(std::string_view kind, std::uint32_t segment);

/// What recency, frequency and monetary value are read from; none: he ordered nothing.
std::optional<stats::RfmSums::Buyer> buyer_of(const PersonalizationLane& lane);

/// Where the adopted models put him now; 0 where there is none, or nothing is known of him.
struct Standing {
  std::uint32_t clustered = 0;
  std::uint32_t rfm = 0;
  friend bool operator==(const Standing&, const Standing&) = default;
};
Standing standing_of(const PersonalizationLane& lane, const TenantInputs& tenant);

/// Puts him there; who moved is told as effects, as of `time`. `trains`: models may know of him.
void move_to_segments(Profile& profile, const TenantInputs& tenant, Instant time, stats::FastDelta& changes,
                      Effects& effects);
/// Takes back what was counted of him: he is erased, or what he is known by goes.
void leave_segments(Profile& profile, stats::FastDelta& changes);

} // namespace kindred::profiles
