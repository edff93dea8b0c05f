#pragma once

#include <cstddef>

#include "engine/profiles/profile.hpp"

namespace kindred::profiles {

/// Bytes that the profile holds on the heap: what its containers have room for, and texts that are too long to stand in
/// their objects. Without the allocator's own, some 16 bytes for each; cost: a look at every element that has a text.
std::size_t footprint(const Profile& profile);

} // namespace kindred::profiles
