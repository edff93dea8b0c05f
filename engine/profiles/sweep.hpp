#pragma once

#include <cstddef>

#include "engine/profiles/profile.hpp"

namespace kindred::profiles {

/// What a round takes of users: called once for each that had a profile at the cut, with the profile as it was then, in
/// no order that means anything. May be called from within a fold: it must be quick, and never fail.
class SweepVisitor {
public:
  virtual ~SweepVisitor() = default;
  virtual void visit(const Profile& profile) = 0;
};

inline constexpr std::size_t kSweepsMax =
    4; ///< open at once in a partition: cuts of so many learners and tenants

} // namespace kindred::profiles
