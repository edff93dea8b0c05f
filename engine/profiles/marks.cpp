#include "engine/profiles/marks.hpp"

#include <algorithm>

#include "engine/profiles/session.hpp"
#include "engine/stats/decay.hpp"

namespace kindred::profiles {
namespace {

using stats::FastDelta;

constexpr std::uint8_t kTrendHalfLives[] = {0, 2, 3}; // 1 h, 1 d, 7 d
constexpr std::uint8_t kScopeHalfLife = 2;            // 1 d

/// Changes f by what marks [first, last] contribute as they stand, each with the marks before it.
class Contribution {
public:
  Contribution(const Marks& marks, TenantId tenant, FastDelta& changes)
      : marks_(marks), tenant_(tenant), changes_(changes) {}

  void add_alone(const Mark& mark, std::int64_t sign) {
    for (const std::uint8_t half_life : kTrendHalfLives) add_trend(mark, stats::kEverybody, half_life, sign);
    if (mark.country_scope != 0) add_trend(mark, {mark.country_scope}, kScopeHalfLife, sign);
    if (mark.device_scope != 0) add_trend(mark, {mark.device_scope}, kScopeHalfLife, sign);
    add_segment(mark, sign);
    changes_.add_count({tenant_, FastDelta::kMarks, mark.item}, sign);
  }

  void add_segment(const Mark& mark, std::int64_t sign) {
    if (mark.segment_scope != 0) add_trend(mark, {mark.segment_scope}, kScopeHalfLife, sign);
  }

  void add_pairs(std::size_t first, std::size_t last, std::int64_t sign) {
    for (std::size_t i = first; i < std::min(last, marks_.size()); ++i) add_pairs_of(i, sign);
  }

private:
  void add_trend(const Mark& mark, stats::ScopeId scope, std::uint8_t half_life, std::int64_t sign) {
    const Duration h = stats::kHalfLives[half_life];
    const std::int32_t generation = stats::generation_of(mark.order.time, h);
    changes_.add_trend({tenant_, scope, half_life, generation, mark.item},
                       sign * stats::weight_at(mark.order.time, h));
  }

  void add_pairs_of(std::size_t index, std::int64_t sign) {
    const Mark& mark = marks_[index];
    const std::size_t window_begin = index < kPairWindow ? 0 : index - kPairWindow;
    for (std::size_t i = window_begin; i < index; ++i) {
      const Mark& before = marks_[i];
      if (before.item == mark.item) continue;
      const auto [low, high] = std::minmax(before.item, mark.item);
      changes_.add_pair({tenant_, FastDelta::kCoOccurrence, low, high, 0}, sign);
      if (i + 1 == index &&
          same_session(before.session_hash, before.order.time, mark.session_hash, mark.order.time))
        changes_.add_pair({tenant_, FastDelta::kSuccessor, before.item, mark.item, 0}, sign);
    }
  }

  const Marks& marks_;
  const TenantId tenant_;
  FastDelta& changes_;
};

// Marks behind a changed place see it in their window, so their pairs are taken out before and put in after.

void insert_at(Marks& marks, std::size_t index, const Mark& mark, Contribution& contribution) {
  contribution.add_pairs(index, index + kPairWindow, -1);
  marks.insert(marks.begin() + static_cast<std::ptrdiff_t>(index), mark);
  contribution.add_pairs(index, index + 1 + kPairWindow, 1);
  contribution.add_alone(mark, 1);
}

void erase_at(Marks& marks, std::size_t index, Contribution& contribution) {
  contribution.add_alone(marks[index], -1);
  contribution.add_pairs(index, index + 1 + kPairWindow, -1);
  marks.erase(marks.begin() + static_cast<std::ptrdiff_t>(index));
  contribution.add_pairs(index, index + kPairWindow, 1);
}

Instant start_of_day(Instant t) { return {day_of(t) * kDay.us}; }

/// The mark of this item on this day; marks.size() where there is none. The newest day is looked through from its end.
std::size_t find(const Marks& marks, ItemId item, Instant t) {
  const Instant day = start_of_day(t);
  auto end = marks.end();
  if (!marks.empty() && marks.back().order.time >= day + kDay)
    end = std::partition_point(marks.begin(), marks.end(),
                               [&](const Mark& m) { return m.order.time < day + kDay; });
  while (end != marks.begin() && (--end)->order.time >= day)
    if (end->item == item) return static_cast<std::size_t>(end - marks.begin());
  return marks.size();
}

} // namespace

bool makes_mark(records::EventType type) {
  using records::EventType;
  switch (type) {
  case EventType::kHide:
  case EventType::kRemoveFromCart:
  case EventType::kRefund:
  case EventType::kError:
  case EventType::kMessageSent:
  case EventType::kMessageDelivered:
  case EventType::kMessageOpened:
  case EventType::kMessageClicked:
  case EventType::kUnsubscribed: return false;
  default: return true;
  }
}

void add_mark(TrainingLane& lane, const Mark& mark, TenantId tenant, FastDelta& changes) {
  Contribution contribution(lane.marks, tenant, changes);
  Mark moved = mark;
  const std::size_t found = find(lane.marks, mark.item, mark.order.time);
  if (found != lane.marks.size()) {
    Mark& known = lane.marks[found];
    known.kinds |= mark.kinds;
    if (known.order <= mark.order) return;
    moved.kinds = known.kinds;
    erase_at(lane.marks, found, contribution);
  }
  // Behind equal keys: the lines of one order keep theirs.
  const auto after = [](const OrderKey& key, const Mark& m) { return key < m.order; };
  const auto place = lane.marks.empty() || !(moved.order < lane.marks.back().order)
                         ? lane.marks.end()
                         : std::upper_bound(lane.marks.begin(), lane.marks.end(), moved.order, after);
  const auto index = static_cast<std::size_t>(place - lane.marks.begin());
  if (index == 0 && lane.marks.size() >= kMarksMax) return; // older than all that are kept
  insert_at(lane.marks, index, moved, contribution);
  if (lane.marks.size() > kMarksMax) erase_at(lane.marks, 0, contribution);
}

void clear_marks(TrainingLane& lane, TenantId tenant, FastDelta& changes) {
  Contribution contribution(lane.marks, tenant, changes);
  for (const Mark& mark : lane.marks) contribution.add_alone(mark, -1);
  contribution.add_pairs(0, lane.marks.size(), -1);
  lane.marks.clear();
}

void forget_segments(TrainingLane& lane, TenantId tenant, FastDelta& changes) {
  Contribution contribution(lane.marks, tenant, changes);
  for (Mark& mark : lane.marks) {
    contribution.add_segment(mark, -1);
    mark.segment_scope = 0;
  }
}

void contribute(const TrainingLane& lane, TenantId tenant, FastDelta& into) {
  Contribution contribution(lane.marks, tenant, into);
  for (const Mark& mark : lane.marks) contribution.add_alone(mark, 1);
  contribution.add_pairs(0, lane.marks.size(), 1);
}

} // namespace kindred::profiles
