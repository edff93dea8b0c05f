#pragma once

#include <map>
#include <string>

#include "engine/profiles/profile_codec.hpp"
#include "engine/profiles/sweep.hpp"

namespace kindred::profiles {

using Profiles = std::map<UserKey, Bytes>; ///< canonical bytes

/// A visitor of sweeps that keeps all that it is shown. Owned by the test.
class Shown : public SweepVisitor {
public:
  void visit(const Profile& profile) override {
    again += profiles.emplace(profile.key, canonical(profile)).second ? 0 : 1;
  }
  std::size_t events_of(const std::string& user) const {
    const UserKey key{kDefaultTenant, user};
    const auto found = profiles.find(key);
    if (found == profiles.end()) return 0;
    return profile_from_canonical(key, found->second).value().personalization.events;
  }
  Profiles profiles;
  int again = 0; ///< how often somebody was shown who had been
};

} // namespace kindred::profiles
