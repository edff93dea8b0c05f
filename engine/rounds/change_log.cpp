#include "engine/rounds/change_log.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kindred::rounds {

namespace {
constexpr std::size_t kEntryBytes = 180; ///< entry, its place by name, two blocks of the heap
constexpr std::size_t kTrimmedAtOnce = 2;
} // namespace

/// One entry's user, if he is there.
class ChangeLog::Look final : public profiles::SweepVisitor {
public:
  Look(ChangeLog& log, Entry& entry) : log_(log), entry_(entry) {}
  void visit(const profiles::Profile& profile) override { log_.show(entry_, &profile); }

private:
  ChangeLog& log_;
  Entry& entry_;
};

ChangeLog::ChangeLog(profiles::PartitionState& fold, TenantId tenant, const Incremental& of)
    : fold_(fold), tenant_(tenant), of_(of) {}

ChangeLog::~ChangeLog() { fold_.end_watch(watch_); }

std::uint64_t ChangeLog::last_of(const std::string& name) const {
  const auto found = last_.find(name);
  return found == last_.end() ? kNone : found->second;
}

bool ChangeLog::is_first(std::uint64_t entry) {
  return at(entry).before == kNone || at(entry).before < kept_from_;
}

bool ChangeLog::cut(const Cut& cut, Gatherer& gatherer) {
  // A new watch: everybody is told of once more.
  fold_.end_watch(watch_);
  watch_ = fold_.begin_watch(tenant_, *this);
  gatherer_ = &gatherer;
  for (auto* known : {&newest_, &base_})
    if (*known && (*known)->round != cut.base) known->reset();
  const auto base = newest_ ? newest_ : base_;
  const Instant covers = std::min(cut.as_of, cut.since.value_or(cut.as_of));
  by_changes_ = watch_ != 0 && !lost_ && cut.base != 0 && base && base->complete && base->covers <= covers;
  base_ = by_changes_ ? base : std::nullopt;
  kept_from_ = by_changes_ ? base->begin : end();
  lost_ = watch_ == 0;
  const bool again = cut.round <= last_round_; // that number stands for an earlier place in the log
  newest_ = Base{again ? 0 : cut.round, covers, end(), false};
  last_round_ = std::max(last_round_, cut.round);
  next_ = kept_from_;
  to_ = end();
  for (std::uint64_t entry = std::max(next_, first_); entry < to_; ++entry) at(entry).shown = false;
  return by_changes_;
}

Result<bool, profiles::FoldError> ChangeLog::go_on(std::size_t users) {
  assert(by_changes_ && gatherer_ != nullptr);
  trim(users);
  for (; users > 0 && next_ < to_; ++next_) {
    Entry& entry = at(next_);
    if (entry.shown || !is_first(next_)) continue;
    --users;
    Look look(*this, entry);
    if (entry.name != nullptr)
      if (const auto shown = fold_.show({tenant_, *entry.name}, look); !shown.ok()) return shown.error();
    if (!entry.shown) show(entry, nullptr);
  }
  return next_ == to_;
}

/// As he is at the cut.
void ChangeLog::show(Entry& entry, const profiles::Profile* profile) {
  entry.shown = true;
  gatherer_->visit_change(entry.image, profile);
  if (profile != nullptr) carry(*profile);
}

void ChangeLog::visit(const profiles::Profile& profile) {
  if (gatherer_ == nullptr) return;
  gatherer_->visit(profile);
  carry(profile);
}

/// He will be in comparisons since this cut, though he may not change any more: he is written as who he is.
void ChangeLog::carry(const profiles::Profile& profile) {
  if (!lost_ && of_.has_after(profile, newest_->covers)) write(profile.key.user, &profile);
}

void ChangeLog::before_change(const UserKey& user, const profiles::Profile* profile) {
  const std::uint64_t last = last_of(user.user);
  if (gatherer_ != nullptr && by_changes_ && last != kNone && last >= kept_from_) {
    std::uint64_t entry = last;
    while (!is_first(entry)) entry = at(entry).before;
    if (entry < to_ && !at(entry).shown) show(at(entry), profile);
  }
  if (!lost_) write(user.user, profile);
}

/// Unless he has one since the newest cut.
void ChangeLog::write(const std::string& name, const profiles::Profile* profile) {
  const std::uint64_t last = last_of(name);
  if (last != kNone && last >= newest_->begin) return;
  trim(kTrimmedAtOnce);
  const auto place = last_.insert_or_assign(name, end()).first;
  Entry& entry = entries_.emplace_back();
  entry.name = &place->first;
  entry.before = last;
  if (profile != nullptr) entry.image = of_.image(*profile);
  bytes_ += kEntryBytes + name.size() + entry.image.size();
  if (bytes_ > kChangesBytesMax) lose();
}

/// More than it may keep: what is being shown is shown to its end, and the next cut begins anew.
void ChangeLog::lose() {
  lost_ = true;
  newest_.reset();
  const bool showing = gatherer_ != nullptr && by_changes_ && next_ < to_;
  if (!showing) forget();
}

void ChangeLog::forget() {
  kept_from_ = end();
  trim(entries_.size());
}

void ChangeLog::stop(bool complete) {
  gatherer_ = nullptr;
  if (newest_) newest_->complete |= complete;
  if (lost_) forget();
}

void ChangeLog::erased(const UserKey& user) {
  const auto found = last_.find(user.user);
  if (found == last_.end()) return;
  for (std::uint64_t entry = found->second; entry != kNone && entry >= first_; entry = at(entry).before)
    at(entry).name = nullptr;
  last_.erase(found);
}

void ChangeLog::trim(std::size_t entries) {
  for (; entries > 0 && !entries_.empty() && first_ < kept_from_; --entries) drop_first();
}

void ChangeLog::drop_first() {
  const Entry& entry = entries_.front();
  bytes_ -= kEntryBytes + entry.image.size();
  if (entry.name != nullptr) {
    bytes_ -= entry.name->size();
    if (const auto found = last_.find(*entry.name); found->second == first_) last_.erase(found);
  }
  entries_.pop_front();
  ++first_;
}

} // namespace kindred::rounds
