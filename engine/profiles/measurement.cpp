#include "engine/profiles/measurement.hpp"

#include <algorithm>

#include "engine/base/hash.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

DecisionMemory* find(MeasurementLane& lane, DecisionId decision, const std::string& request_id) {
  for (auto memory = lane.decisions.rbegin(); memory != lane.decisions.rend(); ++memory) {
    const bool named = decision.is_zero() ? !request_id.empty() && memory->request_id == request_id
                                          : memory->decision == decision;
    if (named) return &*memory;
  }
  return nullptr;
}

DecisionMemory& remember(MeasurementLane& lane, DecisionId decision) {
  lane.decisions.emplace_back();
  lane.decisions.back().decision = decision;
  if (lane.decisions.size() > kDecisionsMax) lane.decisions.pop_front();
  return lane.decisions.back();
}

/// Sets the bit of a slot; whether it was new.
bool mark(ShownItem& slot, std::uint8_t bit) {
  if ((slot.happened & bit) != 0) return false;
  slot.happened |= bit;
  return true;
}

void expose(MeasurementLane& lane, DecisionMemory& memory, std::size_t slot) {
  if (slot >= records::kSlotsMax) return;
  if (slot >= memory.shown.size()) {
    if (memory.recorded) return;
    memory.shown.resize(slot + 1);
  }
  if (mark(memory.shown[slot], ShownItem::kExposed) && memory.recorded) ++lane.exposures;
}

/// What was told of the same decision elsewhere, or before its record came.
void expose_like(MeasurementLane& lane, DecisionMemory& memory, const DecisionMemory& told) {
  memory.all_exposed |= told.all_exposed;
  const std::size_t slots = std::max(memory.shown.size(), memory.recorded ? 0 : told.shown.size());
  for (std::size_t slot = 0; slot < slots; ++slot) {
    const bool seen = slot < told.shown.size() && told.shown[slot].happened != 0;
    if (seen || (memory.all_exposed && slot < memory.shown.size())) expose(lane, memory, slot);
  }
}

void engage(MeasurementLane& lane, DecisionMemory& memory, ItemId item, std::uint8_t bit) {
  for (ShownItem& slot : memory.shown) {
    if (slot.item != item) continue;
    if (mark(slot, bit)) ++(bit == ShownItem::kClicked ? lane.clicks : lane.purchases);
    return;
  }
}

/// What an event means for the slot it came from; 0: nothing.
std::uint8_t meaning_of(EventType type) {
  switch (type) {
  case EventType::kView:
  case EventType::kClick:
  case EventType::kAddToCart:
  case EventType::kSave:
  case EventType::kShare:
  case EventType::kFollow:
  case EventType::kMessageClicked: return ShownItem::kClicked;
  case EventType::kPurchase: return ShownItem::kPurchased;
  default: return 0;
  }
}

} // namespace

void take_decided(MeasurementLane& lane, const records::Decided& decided) {
  DecisionMemory* memory = find(lane, decided.decision, {});
  if (memory != nullptr && memory->recorded) return;
  if (memory == nullptr) memory = &remember(lane, decided.decision);
  const DecisionMemory waiting = std::move(*memory);
  *memory = {};
  memory->decision = decided.decision;
  memory->recorded = true;
  memory->all_exposed = decided.assume_shown;
  memory->as_of = decided.as_of;
  memory->placement = decided.placement;
  memory->request_id = decided.request_id;
  for (const records::Shown& shown : decided.shown) memory->shown.push_back({shown.item, 0});
  expose_like(lane, *memory, waiting);
}

bool join(MeasurementLane& lane, const DecisionMemory& other) {
  DecisionMemory* memory = find(lane, other.decision, {});
  if (other.decision.is_zero() || memory == nullptr || (memory->recorded && other.recorded)) return false;
  DecisionMemory waiting = other;
  if (other.recorded && !memory->recorded) std::swap(*memory, waiting);
  expose_like(lane, *memory, waiting);
  return true;
}

void take_exposed(MeasurementLane& lane, const records::Exposed& exposed) {
  DecisionMemory* memory = find(lane, exposed.decision, exposed.request_id);
  if (memory == nullptr) {
    if (exposed.decision.is_zero()) return;
    memory = &remember(lane, exposed.decision);
    memory->as_of = exposed.shown_at;
    memory->request_id = exposed.request_id;
  }
  if (!exposed.slots.empty()) {
    for (const std::uint16_t slot : exposed.slots) expose(lane, *memory, slot);
    return;
  }
  memory->all_exposed = true;
  for (std::size_t slot = 0; slot < memory->shown.size(); ++slot) expose(lane, *memory, slot);
}

void take_engagement(MeasurementLane& lane, const SeenEvent& seen) {
  const std::uint8_t bit = meaning_of(seen.event.type);
  if (bit == 0 || (seen.event.decision.is_zero() && seen.event.request_id.empty())) return;
  DecisionMemory* memory = find(lane, seen.event.decision, seen.event.request_id);
  if (memory == nullptr) return;
  for (const Use& use : seen.uses) engage(lane, *memory, use.item, bit);
}

void take_reward(MeasurementLane& lane, const records::Reward& reward) {
  // Unsigned, so that a hostile stream of huge rewards wraps instead of being undefined.
  lane.reward_raw = static_cast<std::int64_t>(static_cast<std::uint64_t>(lane.reward_raw) +
                                              static_cast<std::uint64_t>(reward.value.raw));
  const bool click = reward.name == "click";
  if ((!click && reward.name != "purchase") || reward.item.empty() || reward.decision.is_zero()) return;
  if (DecisionMemory* memory = find(lane, reward.decision, {}))
    engage(lane, *memory, item_id(reward.item), click ? ShownItem::kClicked : ShownItem::kPurchased);
}

} // namespace kindred::profiles
