// The shard's life: restore, open, ready, stopped. Other parts of State: fold.cpp, ask.cpp, decide.cpp, forward.cpp,
// linked.cpp, upkeep.cpp.

#include "actors/user_shard/state.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/profiles/fold_version.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::user_shard {

namespace {

std::string name_of(profiles::FoldError error) {
  switch (error) {
  case profiles::FoldError::kTooOld: return "tooOld";
  case profiles::FoldError::kWriterGap: return "writerGap";
  case profiles::FoldError::kBadState: return "badState";
  case profiles::FoldError::kStoreFailed: return "storeFailed";
  }
  return "unknown";
}

} // namespace

State::State(Settings settings, ports::StateStore& store, Views views, Probe& probe)
    : settings_(settings), stream_{records::Topic::kEvents, settings.partition}, views_(views), probe_(probe),
      cold_(store, space_of(settings.partition)), fold_({settings.partition, settings.memory_max}, cold_),
      deltas_(settings.partition), outbox_({settings.partition, settings.partitions, settings.writer}),
      rounds_(settings.partition, fold_), chance_(settings.seed) {
  fold_.on_cut([this](const records::Record& record) {
    replaying_&& folding_ < start_end_ ? rounds_.pass_over(record)
                                       : rounds_.fold(record, folding_, steady_us_);
  });
}

Effects State::start() {
  Effects out;
  const auto incoming = cold_.load(kIncomingKey);
  if (!incoming.ok() || incoming.value()) {
    quit_ = incoming.ok() ? "half of another node's checkpoint is stored" : "the state store cannot be read";
    close(out);
    return out;
  }
  const auto restored = fold_.restore();
  if (!restored.ok()) {
    fail(restored.error(), "restoring");
  } else if (!restore_node_local()) {
    stop("badState: the node's own values of this partition cannot be read");
  }
  folded_end_ = fold_.applied_end();
  if (restored.ok()) flushed_ = {folded_end_, fold_.digest()};
  stand(out);
  if (!stopped_.empty() || quit_) {
    close(out);
    return out;
  }
  Open open;
  if (folded_end_ > 0) open.last = folded_end_ - 1;
  out.emplace_back(open);
  return out;
}

Effects State::handle(Opened opened) {
  Effects out;
  doubt_.clear();
  const bool fresh = folded_end_ == 0;
  const auto& bounds = opened.events;
  if (opened.error && ports::may_pass(*opened.error)) {
    quit_ = "the log cannot be opened now: " + std::string(ports::name_of(*opened.error));
    close(out);
    return out;
  } else if (opened.error) {
    stop("the log cannot be opened: " + std::string(ports::name_of(*opened.error)));
  } else if (!fresh && opened.incarnation != incarnation_) {
    stop("logWentBack: the log is not the one this state was folded from");
  } else if (bounds.end < folded_end_) {
    // A broker that starts, or that leads no more and does not know, tells an old end.
    doubt_ = "logWentBack: the log ends at " + std::to_string(bounds.end) + ", the state at " +
             std::to_string(folded_end_) + "; looked at again each second";
    open_again_us_ = steady_us_ + ports::kOpenAgainAfter.us;
    close(out);
    return out;
  } else if (bounds.begin > folded_end_) {
    behind_log_ = true;
    stop("the log begins at " + std::to_string(bounds.begin) + ", the state ends at " +
         std::to_string(folded_end_) + ": what lies between is gone");
  } else if (opened.last) {
    const auto last = schemas::decode_entry(*opened.last);
    if (!last.ok() || !fold_.ends_with(last.value())) {
      stop("logWentBack: the log differs at " + std::to_string(folded_end_ - 1));
    }
  }
  opened_ = true;
  if (stopped_.empty()) {
    incarnation_ = opened.incarnation;
    start_end_ = bounds.end;
    log_ends_at(bounds.end);
    Probe::set(probe_.applied_end, static_cast<std::int64_t>(folded_end_));
    models_needed_ = opened.models_end;
    events_lane_.emplace(
        gateway::AppendLane::Settings{incarnation_, stream_, settings_.writer, opened.epoch});
    models_lane_.emplace(gateway::AppendLane::Settings{
        incarnation_, {records::Topic::kModels, {}}, settings_.writer, opened.epoch});
    outbox_.open(incarnation_, opened.epoch);
    chance_ = Random(settings_.seed ^ opened.epoch * 0x9e3779b97f4a7c15ULL);
    last_decision_ = opened.epoch << 20;
  }
  look_around(out);
  close(out);
  return out;
}

void State::log_ends_at(std::uint64_t end) {
  log_end_ = std::max(log_end_, end);
  Probe::set(probe_.log_end, static_cast<std::int64_t>(log_end_));
}

// What waits for other actors at start: first the fast models, then the library.
void State::look_around(Effects& out) {
  moved_ = true;
  if (!opened_ || !stopped_.empty()) return;
  if (!tailing_) learn_deltas(out);
  if (!tailing_) return;
  if (!ready_ && folded_end_ >= start_end_ && views_.library.get()) ready_ = true;
}

// Which deltas the fast models have. Where they end in the middle of what was flushed as owed, the models log tells what
// was in them: it is read from behind the last delta known, up to where the fast models are.
void State::learn_deltas(Effects& out) {
  const auto models = views_.models.get();
  if (reading_models_ || !models || models->end < models_needed_) return;
  if (settings_.partition.value >= models->last_to.size())
    return stop("the fast models have fewer partitions");
  const std::uint64_t last_to = models->last_to[settings_.partition.value];
  // Other nodes append, and have deltas of it folded, while this one starts: the end that it saw may be an old one, also of a
  // broker that leads no more and does not know.
  if (looking_at_end_) return;
  if (last_to > log_end_) {
    looking_at_end_ = true;
    if (std::exchange(looked_for_, last_to) != last_to) return out.emplace_back(LookAtEnd{}), void();
    doubt_ = "logWentBack: the fast models have this partition up to " + std::to_string(last_to) +
             ", its log ends at " + std::to_string(log_end_) + "; looked at again each second";
    look_again_us_ = steady_us_ + kSecond.us;
    return;
  }
  doubt_.clear();
  const auto learnt = deltas_.learn(last_to, fold_.applied_end());
  if (learnt == Deltas::Learnt::kBehind && !missed_) {
    missed_.emplace(std::map<PartitionId, std::uint64_t>{{settings_.partition, deltas_.last_to()}});
    missed_end_ = deltas_.models_from();
  }
  if (learnt == Deltas::Learnt::kBehind && missed_end_ < models->end) {
    reading_models_ = true;
    out.emplace_back(ReadModels{missed_end_});
  } else if (learnt != Deltas::Learnt::kYes) {
    stop("logWentBack: the fast models have this partition up to " + std::to_string(last_to) +
         ", which its log and state do not bear out");
  } else {
    missed_.reset();
    tailing_ = true;
    if (deltas_.in_flight()) send_delta();
    replaying_ = start_end_ >= folded_end_ + settings_.pace.replay_from;
    if (!replaying_) out.emplace_back(Tail{folded_end_}); // else once it has its turn
  }
}

Effects State::handle(const LogEnd& end) {
  Effects out;
  next_end_us_ = steady_us_ + kEndEvery.us;
  if (end.end.ok()) {
    looking_at_end_ = false;
    log_ends_at(end.end.value());
    if (std::exchange(tail_due_, false)) {
      start_end_ = std::max(start_end_, log_end_);
      out.emplace_back(Tail{folded_end_});
    }
  } else { // who does not know judges nothing
    look_again_us_ = steady_us_ + kSecond.us;
  }
  look_around(out);
  close(out);
  return out;
}

Effects State::handle(const ModelsRead& read) {
  Effects out;
  reading_models_ = false;
  const std::string where = " from " + std::to_string(missed_end_);
  if (read.entries.ok()) {
    fold_missed(read.entries.value());
    look_around(out);
  } else if (ports::may_pass(read.entries.error())) {
    quit_ = "the models log cannot be read now" + where;
  } else if (read.entries.error() == ports::LogError::kOutOfRange) {
    stop("the models log was trimmed: deltas of this partition" + where + " are gone");
  } else {
    stop("the models log cannot be read" + where + ": " + std::string(ports::name_of(read.entries.error())));
  }
  close(out);
  return out;
}

// Only as far as the fast models are now: what they apply later is told by DeltaSeen.
void State::fold_missed(const std::vector<ports::LogEntry>& entries) {
  const auto models = views_.models.get();
  const std::uint64_t target = models ? models->end : 0;
  for (const auto& entry : entries) {
    if (entry.offset >= target) break;
    const auto folded = missed_->fold(entry);
    if (!folded.ok()) return stop(folded.error());
    for (const auto& seen : folded.value().seen) {
      if (seen.applied) deltas_.catch_up(seen, fold_.applied_end());
    }
    missed_end_ = entry.offset + 1;
  }
  const bool passed = entries.empty() || entries.back().offset + 1 >= target;
  if (passed) missed_end_ = std::max(missed_end_, target); // offsets may have gaps
  models_needed_ = std::max(models_needed_, missed_end_);  // the fast models may be restarted meanwhile
}

void State::fail(profiles::FoldError error, const std::string& doing) {
  std::string why = name_of(error) + ": " + doing + " partition " + std::to_string(settings_.partition.value);
  if (error == profiles::FoldError::kTooOld)
    why += "; this build folds versions " + std::to_string(profiles::fold_versions().oldest) + " to " +
           std::to_string(profiles::fold_versions().newest) +
           ", and there is a record or state of another: run a newer one";
  if (error == profiles::FoldError::kStoreFailed)
    quit_ = why;
  else
    stop(why);
}

std::string State::not_ready_because() const {
  if (quit_) return *quit_;
  if (!stopped_.empty()) return stopped_;
  if (!doubt_.empty()) return doubt_;
  if (!opened_) return "restoring";
  if (reading_models_) return "reading the models log from " + std::to_string(missed_end_);
  if (!tailing_) return "waiting for the fast models";
  if (replaying_ && !replay_turn_.had()) return "waiting for its turn to fold what is behind";
  if (folded_end_ < start_end_)
    return "folding " + std::to_string(folded_end_) + " of " + std::to_string(start_end_);
  if (!ready_) return "waiting for the library";
  return {};
}

void State::stand(Effects& out) {
  const std::string because = not_ready_because();
  stood_ = because;
  out.emplace_back(Stand{{settings_.partition,
                          because.empty(),
                          because,
                          fold_.applied_end(),
                          fold_.users(),
                          flushed_.end,
                          flushed_.digest,
                          {agreed_.begin(), agreed_.end()},
                          fold_.erased(),
                          {moves_.begin(), moves_.end()},
                          behind_log_,
                          fold_.fold_version(),
                          !stopped_.empty()}});
  moves_changed_ = false;
}

// What every message may have brought about, in the order it must be seen in.
void State::close(Effects& out) {
  if (stopped_.empty() && doubt_.empty() && !quit_) {
    wake(out);
    settle(out);
  } else if (!waiting_.empty()) {
    const api::Error error{api::ErrorCode::kNotReady, "this partition has stopped: " + not_ready_because(),
                           1000};
    for (auto& waiting : std::exchange(waiting_, {})) give_up(waiting, error, out);
  }
  send_outbox(out);
  send_appends(out);
  go_on_replaying(out);
  for (auto& report : rounds_.take_reports()) out.emplace_back(TellRound{std::move(report)});
  go_on(out);
  for (auto& recall : std::exchange(recalls_out_, {})) out.emplace_back(Recollect{std::move(recall)});
  if (not_ready_because() != stood_) stand(out);
  Probe::set(probe_.waiting, static_cast<std::int64_t>(waiting_.size()));
  Probe::set(probe_.users_bytes, static_cast<std::int64_t>(fold_.memory()));
  Probe::set(probe_.outbox_records, static_cast<std::int64_t>(outbox_.size()));
  Probe::set(probe_.outbox_bytes, static_cast<std::int64_t>(outbox_.bytes()));
  if (quit_) out.emplace_back(Quit{*quit_});
}

Effects State::handle(const TailFailed& failed) {
  Effects out;
  behind_log_ |= failed.error == ports::LogError::kOutOfRange;
  stop("the log cannot be read on: " + std::string(ports::name_of(failed.error)));
  close(out);
  return out;
}

Effects State::handle(const SnapshotsMoved&) {
  Effects out;
  look_around(out);
  if (ready() && !settings_.follows_events) adopt(out);
  close(out);
  return out;
}

} // namespace kindred::actors::user_shard
