#pragma once

#include <optional>

#include "engine/profiles/uses.hpp"

namespace kindred::profiles {

// The fold of the personalization lane (profile.hpp says what a late event does).

/// Takes up one event. Requires: consent for personalization, abandon_cart(lane, event time) done before.
/// Cost: O(1) for the newest event of a usual user; a late one moves what lies behind it, a cart event reads the history.
void take_event(PersonalizationLane& lane, const SeenEvent& seen, Duration cart_abandoned_after);

/// A cart that was due before `now` becomes abandoned, as of its due time, which is returned.
/// Called by Tick and by the user's own later events: so it does not matter which comes first.
std::optional<Instant> abandon_cart(PersonalizationLane& lane, Instant now);

/// The cart is what the cart events of the history leave in it; when it is abandoned follows from it.
void settle_cart(PersonalizationLane& lane, Duration cart_abandoned_after);

/// Sets and removes traits, replaces the default context. What would pass the bounds of all traits is left out: a new one
/// beyond kTraitsMax, a new value beyond kTraitsBytesMax; what was there stays.
void take_update(PersonalizationLane& lane, const records::ProfileUpdate& update);

/// What a trait counts against kTraitsBytesMax beside its texts, and a text of a list; the same in every build, since what
/// is taken depends on it.
inline constexpr std::size_t kTraitBytes = 48, kTraitTextBytes = 32;
/// What a trait counts against kTraitsBytesMax: at least its canonical bytes.
std::size_t bytes_of(const records::Property& trait);
/// Puts it in, if there is room; `replace`: in place of one with that name. Requires and keeps: by name.
void put_trait(std::vector<records::Property>& traits, const records::Property& trait, bool replace);
/// The last go until their bytes are within the bound.
void cut_traits(PersonalizationLane& lane);

} // namespace kindred::profiles
