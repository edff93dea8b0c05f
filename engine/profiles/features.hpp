#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/learners/segmentation/segmentation.hpp"
#include "engine/profiles/profile.hpp"

namespace kindred::profiles {

// What a profile says of a user in numbers: what segments are clustered by. A feature has a name:
//   events, sessions, items, purchases, spent, dwell, cartsAbandoned   what he did: log2(1 + how much)
//   category:NAME                                                      share of his events in that category
//   trait:NAME                                                         a number told of him (whole, with a point, yes or no)
// A pure function of the personalization lane; free of the time, so that nobody moves but by a record of his.

struct Feature {
  std::string name;
  double value = 0; ///< finite, |value| ≤ Fixed::kMax
  friend bool operator==(const Feature&, const Feature&) = default;
};

/// What he did, in this order.
std::span<const std::string_view> behaviours();
inline constexpr std::string_view kCategoryFeature = "category:";
inline constexpr std::string_view kTraitFeature = "trait:";
/// A category with a longer name is no feature, and is not counted.
inline constexpr std::size_t kCategoryBytesMax = learners::Segmentation::kNameMax - kCategoryFeature.size();

/// Whether a feature can have this name.
bool is_feature(std::string_view name);

/// All of a user: behaviours, then categories and traits by name. Traits that are no numbers are none. Cost: O(items).
std::vector<Feature> features_of(const PersonalizationLane& lane);
/// One by its name; none: not told, or no feature has this name.
std::optional<double> feature_of(const PersonalizationLane& lane, std::string_view name);

} // namespace kindred::profiles
