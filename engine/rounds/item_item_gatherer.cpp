#include "engine/rounds/item_item_gatherer.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace kindred::rounds {

using learners::ItemNeighbours;
using Kind = ItemItemPass::Kind;

namespace {

constexpr std::uint32_t kNowhere = UINT32_MAX;
constexpr std::size_t kBytesPerItem = 64; ///< vectors and table, by number
/// What `go_on` takes for one user: so many pairs or entries. Who has more counts as several, who has less as a part.
constexpr std::size_t kWorkPerUser = 4096;

/// Where `wanted` (ascending) stands in `items` (ascending): by place in `items`, kNowhere where it does not.
std::vector<std::uint32_t> places_in(std::span<const ItemId> wanted, std::span<const ItemId> items) {
  std::vector<std::uint32_t> places(items.size(), kNowhere);
  std::size_t at = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    while (at < wanted.size() && wanted[at] < items[i]) ++at;
    if (at < wanted.size() && wanted[at] == items[i]) places[i] = static_cast<std::uint32_t>(at);
  }
  return places;
}

} // namespace

void ItemItemGatherer::visit(const profiles::Profile& profile) {
  assert(!numbered_ && !by_changes_);
  const std::size_t begin = entries_.size();
  for (const profiles::Mark& mark : profile.training.marks)
    put(mark.item, Part::kStays, whole_seconds(mark.order.time));
  if (entries_.size() == begin) return;
  const auto from = entries_.begin() + static_cast<std::ptrdiff_t>(begin);
  std::sort(from, entries_.end(), [](const Entry& a, const Entry& b) {
    return a.item != b.item ? a.item < b.item : a.first_s < b.first_s;
  });
  entries_.erase(
      std::unique(from, entries_.end(), [](const Entry& a, const Entry& b) { return a.item == b.item; }),
      entries_.end());
  for (std::size_t i = begin; i < entries_.size(); ++i) ++users_of_[entries_[i].item];
  ++users_;
  ends_.push_back(entries_.size());
}

void ItemItemGatherer::visit_change(BytesView before, const profiles::Profile* now) {
  assert(!numbered_ && (by_changes_ || ends_.empty()));
  by_changes_ = true;
  const auto had = items_of_image(before);
  assert(had.has_value());
  used_.clear();
  if (now != nullptr) used_items(*now, used_);
  if (had->empty() && used_.empty()) return;
  auto old = had->begin();
  std::size_t come = 0, gone = 0;
  const auto go = [&] {
    ++gone;
    put(*old, Part::kGoes, 0);
    --users_of_[entries_.back().item];
    ++old;
  };
  for (const UsedItem& one : used_) {
    while (old != had->end() && *old < one.item) go();
    const bool stays = old != had->end() && *old == one.item;
    put(one.item, stays ? Part::kStays : Part::kComes, one.first_s);
    if (stays) ++old;
    users_of_[entries_.back().item] += stays ? 0 : 1;
    come += stays ? 0 : 1;
  }
  while (old != had->end()) go();
  changed_pairs_ += come * used_.size() + gone * had->size();
  users_ += (used_.empty() ? 0 : 1) - (had->empty() ? 0 : 1);
  ends_.push_back(entries_.size());
}

std::uint32_t ItemItemGatherer::number_of(ItemId item) {
  const auto [known, fresh] = numbers_.try_emplace(item, static_cast<std::uint32_t>(items_.size()));
  if (fresh) {
    items_.push_back(item);
    users_of_.push_back(0);
  }
  return known->second;
}

void ItemItemGatherer::put(ItemId item, Part part, std::uint32_t first_s) {
  Entry& entry = entries_.emplace_back();
  entry.item = number_of(item) & ((1u << 30) - 1); // kGatheredBytesMax allows far fewer
  entry.part = static_cast<std::uint32_t>(part) & 3u;
  entry.first_s = first_s;
}

std::size_t ItemItemGatherer::bytes() const {
  return entries_.size() * sizeof(Entry) + ends_.size() * sizeof(std::size_t) + items_.size() * kBytesPerItem;
}

std::span<ItemItemGatherer::Entry> ItemItemGatherer::entries_of(std::size_t user) {
  const std::size_t begin = user == 0 ? 0 : ends_[user - 1];
  return {entries_.data() + begin, ends_[user] - begin};
}

void ItemItemGatherer::number_items() {
  std::vector<std::uint32_t> by_id(items_.size());
  std::iota(by_id.begin(), by_id.end(), 0u);
  std::sort(by_id.begin(), by_id.end(),
            [&](std::uint32_t a, std::uint32_t b) { return items_[a] < items_[b]; });
  std::vector<ItemId> items;
  std::vector<std::int32_t> users_of;
  items.reserve(by_id.size());
  users_of.reserve(by_id.size());
  numbers_by_id_.resize(by_id.size());
  for (const std::uint32_t old : by_id) {
    numbers_by_id_[old] = static_cast<std::uint32_t>(items.size());
    items.push_back(items_[old]);
    users_of.push_back(users_of_[old]);
  }
  items_ = std::move(items);
  users_of_ = std::move(users_of);
  numbers_ = {};
  numbered_ = true;
}

void ItemItemGatherer::order(std::span<Entry> entries) {
  for (Entry& one : entries) one.item = numbers_by_id_[one.item] & ((1u << 30) - 1);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.item < b.item; });
}

bool ItemItemGatherer::begin(BytesView parameters) {
  auto pass = ItemItemPass::from(parameters);
  if (!pass || (!ends_.empty() && pass->changes != by_changes_)) return false;
  models_.clear();
  if (!numbered_) number_items();
  for (const Bytes& bytes : pass->models) {
    auto model = ItemNeighbours::from(bytes);
    if (!model) return false;
    auto slots = places_in(model->items(), items_);
    models_.push_back({std::move(*model), std::move(slots)});
  }
  pass_ = std::move(*pass);
  next_ = 0;
  differences_.assign(pass_.comparisons.size(), {});
  rows_ = {};
  changes_ = {};
  if (pass_.kind != Kind::kRows) return true;
  places_ = places_in(pass_.items, items_);
  if (pass_.changes)
    changes_ = stats::GramChanges(pass_.items.size());
  else
    rows_ = stats::GramRows(pass_.items.size(), pass_.first, pass_.rows);
  return true;
}

bool ItemItemGatherer::go_on(std::size_t users) {
  std::size_t left = users * kWorkPerUser;
  while (next_ < ends_.size() && left > 0) left -= std::min(left, look_at(next_++));
  return next_ == ends_.size();
}

std::size_t ItemItemGatherer::look_at(std::size_t user) {
  const std::span<Entry> entries = entries_of(user);
  std::size_t work = 1;
  if (user == ordered_) {
    order(entries);
    ++ordered_;
    work += entries.size();
  }
  if (pass_.kind == Kind::kRows) return work + add_rows(entries);
  if (pass_.kind == Kind::kCompare) {
    compare(held(entries));
    work += kWorkPerUser;
  }
  return work;
}

std::size_t ItemItemGatherer::add_rows(std::span<const Entry> entries) {
  if (pass_.changes) {
    changed_row_.clear();
    for (const Entry& one : entries)
      if (places_[one.item] != kNowhere)
        changed_row_.push_back({places_[one.item], static_cast<Part>(one.part)});
    return entries.size() + changes_.take(changed_row_);
  }
  row_.clear();
  for (const Entry& one : entries)
    if (places_[one.item] != kNowhere) row_.push_back({places_[one.item], 1});
  if (row_.empty()) return entries.size();
  const auto pairs = rows_.add(row_);
  return entries.size() + (pairs.ok() ? pairs.value() : 0);
}

/// Those that he has now.
std::span<const ItemItemGatherer::Entry> ItemItemGatherer::held(std::span<const Entry> entries) {
  if (!pass_.changes) return entries;
  held_.clear();
  for (const Entry& one : entries)
    if (!one.is(Part::kGoes)) held_.push_back(one);
  return held_;
}

void ItemItemGatherer::compare(std::span<const Entry> entries) {
  for (std::size_t i = 0; i < pass_.comparisons.size(); ++i) {
    const ItemItemPass::Comparison& asked = pass_.comparisons[i];
    const std::uint32_t since_s = whole_seconds(asked.since);
    const auto is_new = [&](const Entry& one) { return one.first_s > since_s; };
    if (std::all_of(entries.begin(), entries.end(), is_new) ||
        std::none_of(entries.begin(), entries.end(), is_new))
      continue;
    const double difference = share_found(models_[asked.model], entries, since_s) -
                              share_found(models_[asked.other], entries, since_s);
    differences_[i].add(stats::Moments::of(Fixed::from(difference).value()));
  }
}

double ItemItemGatherer::share_found(const Known& known, std::span<const Entry> entries,
                                     std::uint32_t since_s) {
  seeds_.clear();
  for (const Entry& one : entries)
    if (one.first_s <= since_s) seeds_.push_back(one);
  std::sort(seeds_.begin(), seeds_.end(), [](const Entry& a, const Entry& b) {
    return a.first_s != b.first_s ? a.first_s > b.first_s : a.item < b.item;
  });
  score(known);
  keep_best();
  std::size_t wanted = 0, found = 0;
  for (const Entry& one : entries) {
    if (one.first_s <= since_s) continue;
    ++wanted;
    const std::uint32_t slot = known.slots[one.item];
    found += slot != kNowhere && std::find(best_.begin(), best_.end(), slot) != best_.end() ? 1 : 0;
  }
  return static_cast<double>(found) / static_cast<double>(std::min(wanted, kFoundAmong));
}

/// As decisions score (decisions/score.hpp); what he has already is no candidate.
void ItemItemGatherer::score(const Known& known) {
  scores_.assign(known.model.items().size(), 0);
  const std::size_t count = std::min(seeds_.size(), ItemNeighbours::kSeedsMax);
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t slot = known.slots[seeds_[k].item];
    if (slot == kNowhere) continue;
    for (const auto& to : known.model.of(slot)) scores_[to.slot] += ItemNeighbours::kShares[k] * to.weight;
  }
  for (const Entry& seed : seeds_)
    if (const std::uint32_t slot = known.slots[seed.item]; slot != kNowhere) scores_[slot] = 0;
}

void ItemItemGatherer::keep_best() {
  best_.clear();
  for (std::uint32_t slot = 0; slot < scores_.size(); ++slot)
    if (scores_[slot] > 0) best_.push_back(slot);
  const auto better = [&](std::uint32_t a, std::uint32_t b) {
    return scores_[a] != scores_[b] ? scores_[a] > scores_[b] : a < b;
  };
  const std::size_t kept = std::min(best_.size(), kFoundAmong);
  std::partial_sort(best_.begin(), best_.begin() + static_cast<std::ptrdiff_t>(kept), best_.end(), better);
  best_.resize(kept);
}

Bytes ItemItemGatherer::statistic() {
  ItemItemStatistic statistic;
  statistic.kind = pass_.kind;
  statistic.changes = pass_.changes;
  if (pass_.kind == Kind::kCount) {
    if (pass_.part == 0) statistic.users = users_;
    for (std::size_t i = 0; i < items_.size(); ++i)
      if (part_of(items_[i]) == pass_.part && users_of_[i] != 0)
        statistic.counts.emplace_back(items_[i], users_of_[i]);
  }
  if (pass_.kind == Kind::kRows) statistic.rows = pass_.changes ? changes_.canonical() : rows_.canonical();
  statistic.differences = differences_;
  return statistic.canonical();
}

} // namespace kindred::rounds
