#pragma once

#include "engine/profiles/profile.hpp"
#include "engine/stats/fast_delta.hpp"

namespace kindred::profiles {

// The training lane: marks, and what they contribute to the fast models. A mark is one (item, UTC day) of use; the
// contribution f(marks) is the sum over marks, in canonical order, of
//   trends   1 × weight_at(time): everybody at 1 h, 1 d, 7 d; country, device class and segment, where told, at 1 d
//   count    1 mark of the item
//   pair     successor: the mark right before, if of another item and in the same session (session.hpp)
//   pairs    co-occurrence: each of the kPairWindow marks before that is of another item
// So g(mark) reads at most kPairWindow marks before it, and a change at one place is a difference around that place.

inline constexpr std::size_t kPairWindow = 10;

/// Whether an event of this type is a use that models learn from: not hide, removal from the cart, refund, error,
/// messages, unsubscribing.
bool makes_mark(records::EventType type);

/// Takes up one use. A mark of the item on that day keeps the earliest order (with session and scopes of that event) and
/// gathers kinds; the oldest mark beyond kMarksMax goes with its contribution. `changes` gets f(after) − f(before).
/// Cost: O(marks of that day + kPairWindow) for the newest; a late one also moves what lies behind it.
void add_mark(TrainingLane& lane, const Mark& mark, TenantId tenant, stats::FastDelta& changes);

/// Forgets all marks; `changes` gets −f(marks).
void clear_marks(TrainingLane& lane, TenantId tenant, stats::FastDelta& changes);

/// Forgets which segment the user was in: what told it was withdrawn. `changes` gets f(after) − f(before).
void forget_segments(TrainingLane& lane, TenantId tenant, stats::FastDelta& changes);

/// f(marks) of the whole lane: the slow, obvious form that tests compare with.
void contribute(const TrainingLane& lane, TenantId tenant, stats::FastDelta& into);

} // namespace kindred::profiles
