#include "engine/stats/fast_model.hpp"

#include <algorithm>
#include <cassert>

#include "engine/base/hash.hpp"
#include "engine/stats/decay.hpp"

namespace kindred::stats {
namespace {

/// The entries of one tenant: keys start with the tenant, and entries are sorted.
template <class Entry>
std::span<const Entry> part_of(const std::vector<Entry>& entries, TenantId tenant) {
  const auto begin = std::partition_point(entries.begin(), entries.end(),
                                          [&](const Entry& e) { return e.key.tenant < tenant; });
  const auto end =
      std::partition_point(begin, entries.end(), [&](const Entry& e) { return e.key.tenant == tenant; });
  return {begin, end};
}

/// One direction of a pair.
struct Step {
  std::uint32_t from = 0;
  NeighbourRow::Change to;
};

/// each(from, its changes by slot), by from. Requires: each (from, to) once.
template <class Each>
void for_each_row(std::vector<Step>& steps, Each&& each) {
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::pair(a.from, a.to.slot) < std::pair(b.from, b.to.slot);
  });
  std::vector<NeighbourRow::Change> changes;
  for (auto at = steps.begin(); at != steps.end();) {
    const std::uint32_t from = at->from;
    changes.clear();
    for (; at != steps.end() && at->from == from; ++at) changes.push_back(at->to);
    each(from, changes);
  }
}

// In the chain of changes, so that one kind of them is not taken for another.
constexpr std::uint64_t kPairs = 1ULL << 40, kCounts = 2ULL << 40;

} // namespace

std::uint32_t FastModel::slot_of(ItemId item) const {
  const auto found = slots_.find(item);
  return found == slots_.end() ? kNoSlot : found->second;
}

std::uint32_t FastModel::slot_for(ItemId item) {
  const auto [found, added] = slots_.try_emplace(item, static_cast<std::uint32_t>(items_.size()));
  if (added) {
    items_.push_back(item);
    rows_.emplace_back();
    for (auto& counts : counts_)
      if (!counts.empty()) counts.push_back(0);
  }
  return found->second;
}

void FastModel::changed(const std::array<std::uint64_t, 4>& by) {
  const std::array<std::uint64_t, 5> chain{version_, by[0], by[1], by[2], by[3]};
  version_ = hash64({reinterpret_cast<const char*>(chain.data()), sizeof chain});
}

void FastModel::add(const FastDelta& delta, TenantId tenant) {
  add_trends(delta, tenant);
  add_pairs(delta, tenant);
  add_counts(delta, tenant);
}

void FastModel::add(const FastDelta& delta, TenantId tenant, const FastModel& ahead) {
  add_trends(delta, tenant);
  std::vector<std::uint32_t> touched;
  meet_pairs(delta, tenant, [&](const auto&, std::uint32_t from, std::uint32_t to, std::int64_t) {
    touched.push_back(from);
    touched.push_back(to);
  });
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  for (const std::uint32_t slot : touched) rows_[slot] = ahead.rows_[slot];
  add_counts(delta, tenant);
}

void FastModel::add_trends(const FastDelta& delta, TenantId tenant) {
  TrendSums* sums = nullptr;
  TrendId last{};
  for (const auto& [key, amount] : part_of(delta.trends(), tenant)) {
    const TrendId id{key.scope, key.half_life};
    if (sums == nullptr || id != last) sums = &trends_[id];
    last = id;
    const std::uint32_t slot = slot_for(key.item);
    changed({key.scope.value, std::uint64_t{key.half_life} << 32 | static_cast<std::uint32_t>(key.generation),
             key.item.value, static_cast<std::uint64_t>(amount)});
    sums->add(key.generation, slot, amount, items_.size());
  }
}

template <class Each>
void FastModel::meet_pairs(const FastDelta& delta, TenantId tenant, Each&& each) {
  for (const auto& [key, amount] : part_of(delta.pairs(), tenant)) {
    const std::uint32_t from = slot_for(key.from);
    const std::uint32_t to = slot_for(key.to);
    if (std::max(from, to) >= kNeighbourSlots) continue;
    changed({key.from.value, key.to.value, kPairs | key.kind, static_cast<std::uint64_t>(amount)});
    each(key, from, to, amount);
  }
}

void FastModel::add_pairs(const FastDelta& delta, TenantId tenant) {
  std::vector<Step> next, near;
  meet_pairs(delta, tenant, [&](const auto& key, std::uint32_t from, std::uint32_t to, std::int64_t amount) {
    if (key.kind == FastDelta::kSuccessor) {
      next.push_back({from, {to, amount}});
      return;
    }
    near.push_back({from, {to, amount}});
    near.push_back({to, {from, amount}});
  });
  for_each_row(next, [&](std::uint32_t from, const auto& changes) {
    Rows& rows = rows_[from];
    rows.successors = rows.successors.with(changes);
    for (const auto& change : changes) rows.successor_total += change.amount;
  });
  for_each_row(near, [&](std::uint32_t from, const auto& changes) {
    rows_[from].co_occurring = rows_[from].co_occurring.with(changes);
  });
}

void FastModel::add_counts(const FastDelta& delta, TenantId tenant) {
  for (const auto& [key, amount] : part_of(delta.counts(), tenant)) {
    changed({key.item.value, 0, kCounts | key.kind, static_cast<std::uint64_t>(amount)});
    if (key.kind == FastDelta::kMembers) { // no item: it gets no slot
      members_[{key.item.value}] += amount;
      continue;
    }
    const std::uint32_t slot = slot_for(key.item);
    auto& counts = counts_[key.kind];
    if (counts.empty()) counts.resize(items_.size());
    counts[slot] += amount;
  }
}

void FastModel::trend(ScopeId scope, int half_life_index, Instant as_of, std::vector<float>& out) const {
  const auto index = static_cast<std::uint8_t>(half_life_index);
  assert(index < kHalfLives.size());
  const auto found = trends_.find({scope, index});
  if (found == trends_.end()) {
    out.assign(items_.size(), 0.0f);
    return;
  }
  found->second.read(kHalfLives[index], as_of, items_.size(), out);
}

double FastModel::trend_of(ScopeId scope, int half_life_index, Instant as_of, std::uint32_t slot) const {
  const auto index = static_cast<std::uint8_t>(half_life_index);
  assert(index < kHalfLives.size());
  const auto found = trends_.find({scope, index});
  return found == trends_.end() ? 0.0 : found->second.read_one(kHalfLives[index], as_of, slot);
}

std::int64_t FastModel::count_of(std::uint8_t kind, std::uint32_t slot) const {
  const auto all = counts(kind);
  return all.empty() ? 0 : all[slot];
}

std::span<const std::int64_t> FastModel::counts(std::uint8_t kind) const {
  assert(kind < FastDelta::kCountKinds);
  return counts_[kind];
}

FastDelta FastModel::sum(TenantId tenant) const {
  FastDelta sum;
  for (const auto& [id, trend] : trends_)
    for (const auto& [number, generation] : trend.generations())
      for (const auto& place : generation.sums.places())
        if (place.slot != SlotSums::kFree)
          sum.add_trend({tenant, id.first, id.second, number, items_[place.slot]}, place.sum);
  for (std::uint32_t slot = 0; slot < items_.size(); ++slot) {
    const ItemId item = items_[slot];
    rows_[slot].successors.for_each([&](std::uint32_t next, std::int64_t count) {
      sum.add_pair({tenant, FastDelta::kSuccessor, item, items_[next], 0}, count);
    });
    rows_[slot].co_occurring.for_each([&](std::uint32_t near, std::int64_t count) {
      if (item < items_[near]) sum.add_pair({tenant, FastDelta::kCoOccurrence, item, items_[near], 0}, count);
    });
    sum.add_count({tenant, FastDelta::kMarks, item}, count_of(FastDelta::kMarks, slot));
  }
  for (const auto& [scope, users] : members_)
    sum.add_count({tenant, FastDelta::kMembers, {scope.value}}, users);
  return sum;
}

} // namespace kindred::stats
