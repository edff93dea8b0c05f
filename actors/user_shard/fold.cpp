// State: folding what the tail brings.

#include "actors/user_shard/state.hpp"

#include <algorithm>

#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::user_shard {

Effects State::handle(Entries entries) {
  Effects out;
  for (auto& entry : entries.entries) arrived_.push_back(std::move(entry));
  arrived_us_ = steady_us_;
  if (!arrived_.empty()) log_ends_at(arrived_.back().offset + 1);
  fold_arrived(out);
  close(out);
  return out;
}

/// In slices, each of a message of its own where there is much: questions have their turn between two. Who is not written yet
/// stays in memory, so where there are too many folding waits for the store, and with it the tail.
bool State::held_up() const {
  return warm_up_.running() || (unflushed_ && records_since_flush_ > kUnflushedRecordsMax) ||
         (has_more_than(replaying_ ? kReplayCrowdedPercent : kCrowdedPercent) && (slicing_ || unflushed_));
}

void State::fold_arrived(Effects& out) {
  if (!stopped_.empty()) arrived_.clear();
  std::size_t records = 0;
  bool moved = false;
  while (!arrived_.empty() && records < kFoldSlice && stopped_.empty() && !quit_ && !held_up()) {
    const ports::LogEntry entry = std::move(arrived_.front());
    arrived_.pop_front();
    moved = true;
    if (entry.offset >= folded_end_) {
      const std::size_t since = records_since_flush_;
      fold(entry, out);
      records += std::max<std::size_t>(1, records_since_flush_ - since);
      if (replaying_ && replay_turn_.had())
        warm_up_.folded(records_since_flush_ - since, start_end_ - std::min(start_end_, folded_end_),
                        fold_.users());
      if (folded_end_ % settings_.pace.agreed_every == 0 && !replaying_) flush(out);
    }
    held_back_bytes_ += entry.bytes.size();
    if ((records_since_flush_ >= kFlushRecordsMax && !replaying_) ||
        has_more_than(replaying_ ? kReplayFullPercent : kFullPercent))
      flush(out);
  }
  Probe::set(probe_.applied_end, static_cast<std::int64_t>(folded_end_));
  Probe::set(probe_.users, static_cast<std::int64_t>(fold_.users()));
  if (!owed_since_us_ && deltas_.owes()) owed_since_us_ = steady_us_;
  if (stopped_.empty() && !quit_ && held_back_bytes_ > 0 && !held_up())
    out.emplace_back(Consumed{std::exchange(held_back_bytes_, 0)});
  const auto reached = [&](std::uint64_t end) { return arrived_.empty() || arrived_.front().offset >= end; };
  for (; !caught_up_.empty() && reached(caught_up_.front().first) && stopped_.empty() && !quit_;
       caught_up_.pop_front()) {
    folded_end_ = std::max(folded_end_, caught_up_.front().first); // offsets need not be dense
    caught_up_at_ = caught_up_.front().second;
    moved = true;
  }
  if (moved) look_around(out); // else nobody who waits has more to see
}

/// Shards that are far behind at start replay by turns, each with the memory of many. The turn is over when all is folded and
/// no more is in memory than without it; or where nothing comes from the log, since others are not to wait for that.
void State::go_on_replaying(Effects& out) {
  const bool busy = warm_up_.running() || !arrived_.empty() || held_back_bytes_ > 0 || slicing_ || unflushed_;
  if (busy) arrived_us_ = steady_us_;
  const bool idle = replay_turn_.had() && steady_us_ > arrived_us_ + kReplayIdleMax.us;
  if (folded_end_ >= start_end_ || idle || !stopped_.empty()) replaying_ = false;
  if (!stopped_.empty() || quit_) warm_up_.end();
  const auto over = [&] { return 100 * fold_.memory() > kFullPercent * settings_.memory_max; };
  bool leaves = replay_turn_.had() && !replaying_ && !quit_ && over();
  if (leaves && leaving_ == Leaving::kNobody) {
    leaving_ = Leaving::kWritten;
    let_go_of_the_turn();
    leaves = letting_go_ || over();
  }
  if (leaves && !slicing_ && !unflushed_ && !letting_go_) {
    if (std::exchange(leaving_, Leaving::kAll) == Leaving::kWritten)
      fold_.set_memory_max(settings_.replay_memory_max); // until the others are written
    flush(out);
    if (!slicing_ && !unflushed_) { // all is written: who may go goes, and what stays then stays anyhow
      let_go_of_the_turn();
      leaves = letting_go_;
    }
  }
  if (replay_turn_.had() && !replaying_ && !leaves) fold_.set_memory_max(settings_.memory_max);
  replay_turn_.want((replaying_ || leaves) && !quit_, out);
}

/// Its users may go, who are written: until then its memory is the turn's, so that folding does not stand still.
void State::let_go_of_the_turn() {
  if (replaying_ || !replay_turn_.had()) return;
  fold_.set_memory_max(settings_.memory_max);
  letting_go_ = fold_.let_go(kLetGoSlice);
}

Effects State::handle(const Differs& differs) {
  Effects out;
  stop("stateDiffers: the replica on " + differs.peer + " has another state after " +
       std::to_string(differs.end) +
       " entries of this partition. Remove this node's state directory and start it again: it folds anew");
  close(out);
  return out;
}

void State::fold(const ports::LogEntry& entry, Effects& out) {
  const auto decoded = schemas::decode_entry(entry.bytes);
  if (!decoded.ok()) {
    if (decoded.error().code != schemas::CodecError::kNotOurs) {
      return stop("corrupt: the log is damaged at " + std::to_string(entry.offset) + ": " +
                  decoded.error().what);
    }
    Probe::count(probe_.foreign_entries);
    folded_end_ = entry.offset + 1;
    return;
  }
  folding_ = entry.offset;
  const auto applied = fold_.apply(decoded.value(), entry.offset, deltas_.rest());
  if (!applied.ok()) return fail(applied.error(), "folding offset " + std::to_string(entry.offset) + " of");
  folded_end_ = entry.offset + 1;
  deltas_.folded(fold_.applied_end());
  outbox_.take(applied.value().outbox);
  if (!applied.value().repeated)
    for (const auto& record : decoded.value().records)
      if (const auto* adopt = std::get_if<records::Adopt>(&record.body)) {
        outbox_.fold(*adopt);
        adopted_end_ = 0; // an older one may have come behind what had been as it should before
      }
  Probe::count(probe_.entries);
  Probe::count(probe_.repeated_entries, applied.value().repeated ? 1 : 0);
  Probe::count(probe_.missing_entries, applied.value().missing);
  Probe::count(probe_.unmarked_records, applied.value().unmarked);
  for (const auto outcome : applied.value().outcomes)
    Probe::count(probe_.outcomes[static_cast<std::size_t>(outcome)]);
  records_since_flush_ += decoded.value().records.size();
  const auto is_told = [](const records::Record& record) { // at once, to whoever looks at the standing
    return record.header.type == records::RecordType::kErase ||
           record.header.type == records::RecordType::kActivate;
  };
  if (std::any_of(decoded.value().records.begin(), decoded.value().records.end(), is_told)) stand(out);
  tell(applied.value().effects, entry.offset, out);
}

// At least once: what was folded again after a restart is told again, under the same numbers.
void State::tell(const std::vector<profiles::Effect>& effects, std::uint64_t offset, Effects& out) {
  if (effects.empty()) return;
  const auto library = views_.library.get();
  for (const auto& effect : effects) {
    const auto* tenant = library ? library->library.tenant(effect.user.tenant) : nullptr;
    api::Notification notification;
    notification.tenant = tenant != nullptr ? tenant->name : std::to_string(effect.user.tenant.value);
    notification.kind = effect.kind;
    notification.user_id = effect.user.user;
    notification.partition = settings_.partition.value;
    notification.offset = offset;
    notification.index = effect.index;
    notification.number = effect.number;
    notification.time = effect.time;
    notification.details = effect.details;
    remember_move(effect);
    Probe::count(probe_.notifications);
    out.emplace_back(
        Publish{notification.tenant + "/" + notification.kind, schemas::encode_notification(notification)});
  }
}

// For whoever asks who moved lately: a few, and none of a user who was erased.
void State::remember_move(const profiles::Effect& effect) {
  if (effect.kind == profiles::kErased)
    moves_changed_ |= std::erase_if(moves_, [&](const auto& one) {
                        return one.first == effect.user.tenant && one.second.user_id == effect.user.user;
                      }) > 0;
  if (effect.kind != profiles::kSegmentEntered) return;
  api::SegmentMove move{effect.user.user, {}, {}, effect.time, {}};
  for (const auto& detail : effect.details) {
    const auto* text = std::get_if<std::string>(&detail.value);
    if (text == nullptr) continue;
    if (detail.name == "segment") move.to = *text;
    if (detail.name == "from") move.from = *text;
    if (detail.name == "because") move.because = *text;
  }
  moves_.emplace_back(effect.user.tenant, std::move(move));
  if (moves_.size() > kMovesMax) moves_.pop_front();
  moves_changed_ = true;
}

Effects State::handle(const CaughtUp& caught_up) {
  Effects out;
  log_ends_at(caught_up.end);
  next_end_us_ = steady_us_ + kEndEvery.us;
  if (caught_up_.size() > 1) caught_up_.pop_back(); // the oldest that is not reached, and the newest
  caught_up_.emplace_back(caught_up.end, now_);
  fold_arrived(out);
  close(out);
  return out;
}

} // namespace kindred::actors::user_shard
