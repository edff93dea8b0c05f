#pragma once

#include "engine/profiles/uses.hpp"

namespace kindred::profiles {

// The fold of the measurement lane: what was recommended, what of it was seen, and what became of it. A slot counts once
// for each of seen, clicked, bought, whoever tells it (event, exposure, reward), and however often. Only the newest
// kDecisionsMax decisions are remembered; what names an older one counts nothing.

/// A decision's record. Where its exposure came first, what waited is counted now.
void take_decided(MeasurementLane& lane, const records::Decided& decided);

/// Slots seen. Without a decision id the newest decision of that request id is meant.
void take_exposed(MeasurementLane& lane, const records::Exposed& exposed);

/// An event that names the decision, or the request, it came from.
void take_engagement(MeasurementLane& lane, const SeenEvent& seen);

/// What another memory of one of the lane's decisions holds enters it; false: the lane remembers no such decision, or both
/// have its record (then they are two that share an id).
bool join(MeasurementLane& lane, const DecisionMemory& other);

/// Adds the value; names "click" and "purchase" also count as engagement with the item's slot.
void take_reward(MeasurementLane& lane, const records::Reward& reward);

} // namespace kindred::profiles
