#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/profiles/profile.hpp"
#include "engine/records/record.hpp"
#include "engine/stats/fast_delta.hpp"

namespace kindred::profiles {

// Two ids, one user (records.md §11): what a link does to the profiles on its two sides. Each side is folded in its own
// partition; what one gives away the other takes, so every sum over users is as if the user had had one id all along, but
// for what bounded histories had let go before.

/// The source's side: what is told to the target. What the profile gave to models is taken back (`changes`), it is gone.
/// Requires: `user` and `to` are not the same.
records::MergeIn leave(const UserKey& user, const std::string& to, std::optional<Profile>& profile,
                       stats::FastDelta& changes);

/// The target's side: an image enters a profile; the caller has seen to consent. `known`: the target was there before.
/// Answers the ids that are not he any more, because there are more than kLinkedMax.
///   histories   by OrderKey, as if one user's; cart, choices and decisions likewise, each within its bounds
///   counts      added; sessions too, though two of them may have been one
///   traits, default context   the target's, where it has them, then the image's, as far as there is room
///   decisions   one that both know is one: what waited for its record on one side counts with it
///   segments    the target's: where both together belong is found anew
///   last page and context   of whoever did something last
///   assignment key   of whoever was shown something, else the target's, if he was known; shown under two: `mixed_keys`
/// Requires: the image is of the same tenant. Cost: of a late event for each mark of the image.
std::vector<std::string> enter(const records::MergeIn& merge, const Profile& image, bool known,
                               Duration cart_abandoned_after, Profile& profile, stats::FastDelta& changes);

} // namespace kindred::profiles
