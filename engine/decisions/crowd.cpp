#include "engine/decisions/crowd.hpp"

#include <algorithm>

#include "engine/decisions/add_evidence.hpp"
#include "engine/decisions/score.hpp"

namespace kindred::decisions {
namespace {

/// horizon / (age + floor) − 1, 0 behind the horizon; age in units of 2^20 µs, both ends cut to them.
float newness(Instant published, Instant moment) {
  const std::int64_t age = std::max<std::int64_t>((moment.us >> 20) - (published.us >> 20), 0);
  if (age >= kNewestHorizon) return 0;
  return static_cast<float>(kNewestHorizon) /
             static_cast<float>(static_cast<std::int32_t>(age) + kNewestFloor) -
         1.0f;
}

} // namespace

void Crowd::follow(const catalog::Catalog& catalog, const stats::FastModel* fast, const SlotMap& map,
                   Instant as_of) {
  catalog_ = &catalog;
  fast_ = fast;
  map_ = &map;
  const Instant moment = crowd_moment(as_of);
  const std::uint64_t fast_version = fast == nullptr ? 0 : fast->version();
  if (moment == moment_ && catalog.version() == catalog_version_ && (fast != nullptr) == has_fast_ &&
      fast_version == fast_version_)
    return;
  moment_ = moment;
  catalog_version_ = catalog.version();
  fast_version_ = fast_version;
  has_fast_ = fast != nullptr;
  has_newest_ = false;
  const std::size_t items = catalog.columns().ids.size();
  start(trends_, kTrendCount + 2, kTrendsMax, items);
  start(sums_, 1, kSumsMax, items);
}

/// None is good any more; at least `least` and at most `most` will be kept, as many as have room.
template <class Key>
void Crowd::start(Columns<Key>& kept, std::size_t least, std::size_t most, std::size_t items) {
  const std::size_t room = kBytesMax / (std::max<std::size_t>(items, 1) * sizeof(float));
  kept.good = 0;
  kept.most = std::clamp(room, least, most);
  if (kept.columns.size() > kept.most) kept.columns.resize(kept.most);
}

template <class Key>
std::vector<float>& Crowd::column(Columns<Key>& kept, const Key& key, bool& found) {
  auto& columns = kept.columns;
  const auto end = columns.begin() + static_cast<std::ptrdiff_t>(kept.good);
  auto at = std::find_if(columns.begin(), end, [&](const Column<Key>& one) { return one.key == key; });
  found = at != end;
  if (!found && kept.good < kept.most) {
    if (kept.good == columns.size()) columns.emplace_back();
    at = columns.begin() + static_cast<std::ptrdiff_t>(kept.good++);
  } else if (!found) {
    at = std::min_element(columns.begin(), end,
                          [](const auto& a, const auto& b) { return a.asked < b.asked; });
  }
  at->key = key;
  at->asked = ++asks_;
  return at->values;
}

std::span<const float> Crowd::newest() {
  if (has_newest_) return newest_;
  const auto& published = catalog_->columns().published;
  scratch_.resize(published.size());
  for (std::size_t i = 0; i < published.size(); ++i) scratch_[i] = newness(published[i], moment_);
  newest_.assign(published.size(), 0.0f);
  add_evidence(scratch_, 1.0f, 1.0f, newest_);
  has_newest_ = true;
  return newest_;
}

std::span<const float> Crowd::trend(const Part& part) {
  bool found = false;
  auto& values = column(trends_, TrendKey{part.scope, part.half_life}, found);
  if (found) return values;
  fast_->trend(part.scope, part.half_life, moment_, scratch_);
  const auto slots = map_->slots();
  std::vector<float> decayed(slots.size(), 0.0f);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] < scratch_.size()) decayed[i] = scratch_[slots[i]];
  }
  values.assign(slots.size(), 0.0f);
  add_evidence(decayed, kTrendScale, 1.0f, values);
  return values;
}

std::span<const float> Crowd::trend(stats::ScopeId scope, std::uint8_t half_life) {
  if (fast_ == nullptr) return {};
  return trend(Part{scope, half_life, 1});
}

Crowd::Trends Crowd::trends(const std::array<Part, kTrendCount>& parts) {
  Trends trends;
  if (fast_ == nullptr) return trends;
  bool any = false;
  for (std::size_t q = 0; q < kTrendCount; ++q) {
    if (parts[q].weight == 0) continue;
    trends.each[q] = trend(parts[q]);
    any = true;
  }
  if (!any) return trends;
  bool found = false;
  auto& sum = column(sums_, parts, found);
  trends.sum = sum;
  if (found) return trends;
  sum.assign(map_->slots().size(), 0.0f);
  for (std::size_t q = 0; q < kTrendCount; ++q) {
    const auto& each = trends.each[q];
    for (std::size_t i = 0; i < each.size(); ++i) sum[i] += parts[q].weight * each[i];
  }
  trends.sum = sum;
  return trends;
}

} // namespace kindred::decisions
