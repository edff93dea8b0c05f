// State: what it does of itself: appends, ticks, adoptions, deltas, settling, flushes.

#include <algorithm>
#include <utility>

#include "actors/user_shard/state.hpp"
#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::user_shard {

namespace {

constexpr const char* kNodeLocalKey = "n";
constexpr std::uint8_t kNodeLocalVersion = 2;
constexpr std::uint8_t kWithoutOutbox = 1; ///< still read

Instant lattice(Instant t) {
  const std::int64_t step = records::kTickLattice.us;
  const std::int64_t over = t.us % step;
  return {t.us - (over < 0 ? over + step : over)};
}

} // namespace

Effects State::handle(const Pulse& pulse) {
  Effects out;
  now_ = pulse.now;
  steady_us_ = pulse.steady_us;
  if (next_flush_us_ == 0) {
    const std::int64_t turn = settings_.partition.value % kTurns;
    next_flush_us_ =
        steady_us_ + settings_.pace.flush_every.us + settings_.pace.flush_every.us * turn / kTurns;
    next_delta_us_ = steady_us_ + kDeltaEvery.us * turn / kTurns;
  }
  if (look_again_us_ != 0 && steady_us_ >= look_again_us_) {
    look_again_us_ = 0;
    out.emplace_back(LookAtEnd{});
  }
  // A tail that is far behind does not tell the end any more, and who waits for his turn has none. One question at a time: a
  // log that does not answer holds the thread that asks.
  if (folded_end_ < log_end_ && stopped_.empty() && !tail_due_ && steady_us_ >= next_end_us_) {
    next_end_us_ = INT64_MAX; // until it is told
    out.emplace_back(LookAtEnd{});
  }
  if (open_again_us_ != 0 && steady_us_ >= open_again_us_) {
    open_again_us_ = 0;
    out.emplace_back(Open{folded_end_ - 1});
  }
  look_around(out);
  give_up_late(out);
  if (ready() && !settings_.follows_events) {
    adopt(out);
    tick(now_);
    if (steady_us_ >= next_delta_us_ && cut_delta()) next_delta_us_ = steady_us_ + kDeltaEvery.us;
  }
  if (tailing_ && deltas_.in_flight() && !delta_sent_) send_delta();
  if (!deltas_.owes() || !stopped_.empty()) owed_since_us_.reset();
  Probe::set(probe_.delta_age_us, owed_since_us_ ? steady_us_ - *owed_since_us_ : 0);
  hurry_ = true;
  if (events_lane_) {
    if (auto entry = events_lane_->resend(steady_us_))
      out.emplace_back(Produce{kEventsAppend, stream_, std::move(*entry)});
    if (auto entry = models_lane_->resend(steady_us_))
      out.emplace_back(Produce{kModelsAppend, models_lane_->stream(), std::move(*entry)});
    for (auto& append : outbox_.resend(steady_us_)) produce_outbox(std::move(append), out);
    outbox_.retry();
  }
  if (unflushed_ && !writing_ && !quit_ && steady_us_ >= write_again_us_) write(out);
  if (steady_us_ >= next_flush_us_ && !replaying_) flush(out);
  rounds_.expire(steady_us_);
  if (moves_changed_) stand(out);
  close(out);
  return out;
}

// ---- appends ----

void State::append(Kind kind, std::uint64_t number, const Bytes& record) {
  const std::size_t waiting = events_lane_->waiting_records();
  hurry_ = hurry_ || kind != Kind::kDecision || waiting >= kDecisionsHeldMax;
  if (waiting < kAppendWaitingMax) {
    return events_lane_->add(number << kKindBits | static_cast<std::uint64_t>(kind), {record});
  }
  if (kind != Kind::kDurable)
    return not_appended(kind, number, "too many of this partition's own records wait for the log");
  const auto owed = durables_.find(number);
  if (owed == durables_.end()) return;
  overflowed_.push_back(owed->second);
  durables_.erase(owed);
}

// What may be done again is forgotten as done. A durable decision is answered by whoever calls.
void State::not_appended(Kind kind, std::uint64_t number, const char* why) {
  switch (kind) {
  case Kind::kDecision: return Probe::count(probe_.decisions_unlogged);
  case Kind::kDurable: return;
  case Kind::kTick: return last_tick_.reset();
  case Kind::kAdopt: return adopting_.clear();
  case Kind::kRound: return refused_cut(number, why);
  case Kind::kOutbox: return outbox_.adopt_refused();
  }
}

void State::send_appends(Effects& out) {
  if (!events_lane_) return;
  const api::Error full{api::ErrorCode::kOverloaded, "too many decisions wait for the log: try again shortly",
                        100};
  for (const auto& owed : std::exchange(overflowed_, {})) item_done(owed, full, nullptr, out);
  if (hurry_) {
    if (auto entry = events_lane_->send())
      out.emplace_back(Produce{kEventsAppend, stream_, std::move(*entry)});
    hurry_ = events_lane_->waiting_records() > 0;
  }
  if (auto entry = models_lane_->send())
    out.emplace_back(Produce{kModelsAppend, models_lane_->stream(), std::move(*entry)});
}

std::optional<Produce> State::last_words() {
  if (!events_lane_ || events_lane_->in_flight()) return std::nullopt;
  auto entry = events_lane_->send();
  if (!entry) return std::nullopt;
  return Produce{kEventsAppend, stream_, std::move(*entry)};
}

Effects State::handle(const Appended& appended) {
  Effects out;
  if (appended.append >= kOutboxAppends) {
    const PartitionId to{static_cast<std::uint16_t>(appended.append - kOutboxAppends)};
    outbox_.on_verdict(to, appended.verdict, steady_us_);
  } else if (appended.append == kEventsAppend) {
    if (const auto outcome = events_lane_->on_verdict(appended.verdict, steady_us_))
      on_events_outcome(*outcome, out);
  } else if (const auto outcome = models_lane_->on_verdict(appended.verdict, steady_us_)) {
    if (outcome->verdict.kind == ports::Verdict::Kind::kRefused) {
      Probe::count(probe_.appends_refused);
      delta_sent_ =
          false; // all of it again at the next pulse: parts have ids, so those that stand count once
    }
  }
  close(out);
  return out;
}

void State::on_events_outcome(const gateway::LaneOutcome& outcome, Effects& out) {
  const bool acked = outcome.verdict.kind == ports::Verdict::Kind::kAcked;
  if (acked)
    own_last_ = outcome.position.author;
  else
    Probe::count(probe_.appends_refused);
  moved_ = moved_ || !acked; // who waits for a record that never comes may go
  const api::Error refused{
      api::ErrorCode::kLogUnavailable,
      "the decision could not be logged: " + std::string(ports::name_of(outcome.verdict.error)) +
          "; ask again, or without `durable`",
      1000};
  for (const auto& part : outcome.parts) {
    const auto kind = static_cast<Kind>(part.ticket & ((1 << kKindBits) - 1));
    if (kind == Kind::kDurable) {
      const auto owed = durables_.find(part.ticket >> kKindBits);
      if (owed == durables_.end()) continue;
      records::Position position = outcome.position;
      position.index = part.index;
      const Owed item = owed->second;
      durables_.erase(owed);
      if (acked)
        item_done(item, std::nullopt, &position, out);
      else
        item_done(item, refused, nullptr, out);
    } else if (!acked) {
      not_appended(kind, part.ticket >> kKindBits, "the log refused its cut");
    } else if (kind == Kind::kRound) {
      opening_.erase(part.ticket >> kKindBits);
    }
  }
}

// ---- what enters the fold from outside ----

// What the models log made champion, and this fold uses, reaches it as Adopt records with the parameters in them.
void State::adopt_models() {
  const auto models = views_.models.get();
  if (!models || models->solved == adopted_models_) return;
  bool all = true;
  for (const auto& [key, line] : *models->solved) {
    const auto known = profiles::adopted_generation(fold_.tenant_inputs(key.first), key.second);
    if (!known || !line->champion || line->champion->generation <= *known) continue;
    all = false;
    adopt_one(key.first, key.second, line->champion->model->parameters, line->champion->generation);
  }
  if (all) adopted_models_ = models->solved;
}

// Tenant-wide settings reach this partition's fold as Adopt records; their generation is the library's end.
void State::adopt(Effects&) {
  adopt_models();
  const auto library = views_.library.get();
  if (!library || library->end == adopted_end_) return;
  bool all = true;
  for (const auto& [name, tenant] : library->library.tenants()) {
    const auto inputs = fold_.tenant_inputs(TenantId{tenant.id});
    if (inputs.consent_default != tenant.consent_default) {
      all = false;
      adopt_one(TenantId{tenant.id}, profiles::kAdoptConsentDefault,
                profiles::adopt_value(tenant.consent_default), library->end);
    }
    if (inputs.cart_abandoned_after != tenant.cart_abandoned_after) {
      all = false;
      adopt_one(TenantId{tenant.id}, profiles::kAdoptCartAbandonedAfter,
                profiles::adopt_value(tenant.cart_abandoned_after), library->end);
    }
  }
  if (all) adopted_end_ = library->end;
}

void State::adopt_one(TenantId tenant, std::string_view kind, Bytes value, std::uint64_t generation) {
  auto& last = adopting_[{tenant, std::string(kind)}];
  if (last == generation) return;
  last = generation;
  ByteWriter id;
  id.raw("adopt");
  id.u16(settings_.partition.value);
  id.u32(tenant.value);
  id.text(kind);
  id.u64(generation);
  records::Record record;
  record.header.type = records::RecordType::kAdopt;
  record.header.tenant = tenant;
  record.header.id = hash128(id.view());
  record.header.stamp = settling_ ? settling_->now : now_;
  record.body = records::Adopt{std::string(kind), generation, std::move(value)};
  append(Kind::kAdopt, ++last_number_, schemas::encode_record(record));
}

bool State::own_folded() const {
  if (!own_last_) return true;
  const auto own = fold_.last_of(settings_.writer);
  return own && std::pair(own->epoch, own->sequence) >= std::pair(own_last_->epoch, own_last_->sequence);
}

bool State::tick(Instant now) {
  const Instant time = lattice(now);
  const auto due = fold_.next_due();
  if (!due || *due > time || (last_tick_ && *last_tick_ >= time)) return false;
  ByteWriter id;
  id.raw("tick");
  id.u16(settings_.partition.value);
  id.instant(time);
  records::Record record;
  record.header.type = records::RecordType::kTick;
  record.header.id = hash128(id.view());
  record.header.stamp = time;
  record.body = records::Tick{time};
  last_tick_ = time;
  Probe::count(probe_.ticks);
  append(Kind::kTick, ++last_number_, schemas::encode_record(record));
  return true;
}

// ---- deltas ----

bool State::cut_delta() {
  if (!deltas_.cut(fold_.applied_end())) return false;
  Probe::count(probe_.deltas);
  send_delta();
  return true;
}

void State::send_delta() {
  for (const auto& record : deltas_.records(settling_ ? settling_->now : now_))
    models_lane_->add(0, {schemas::encode_record(record)});
  delta_sent_ = true;
}

Effects State::handle(const DeltaSeen& seen) {
  Effects out;
  switch (deltas_.see(seen, fold_.applied_end())) {
  case Deltas::Seen::kOwn: delta_sent_ = false; break;
  case Deltas::Seen::kForeign:
    delta_sent_ = false;
    Probe::count(probe_.deltas_foreign);
    break;
  case Deltas::Seen::kKnown: break;
  case Deltas::Seen::kMissed:
    quit_ = "a delta of this partition was applied unseen: starting again from what was flushed";
  }
  close(out);
  return out;
}

// ---- the events clock's barrier ----

Effects State::handle(const Settle& settle) {
  Effects out;
  now_ = settle.now;
  settling_ = settle; // an older one was given up
  close(out);
  return out;
}

// Each step waits for the one before: fold, adoptions and ticks folded, what is for others sent there, the delta folded by the fast models.
void State::settle(Effects& out) {
  if (!settling_ || !ready() || folded_end_ < settling_->end) return;
  adopt(out);
  tick(settling_->now);
  if (!outbox_.idle() || !events_lane_->idle() || !own_folded()) return;
  cut_delta();
  if (!deltas_.settled()) return;
  out.emplace_back(Report{
      {settling_->ticket, settings_.partition.value, folded_end_, fold_.next_due(), outbox_.sent_ends()}});
  settling_.reset();
}

// ---- flush ----

// What changed is encoded in slices, each a message of its own, while folding goes on; the batch is as of its beginning.
void State::flush(Effects& out) {
  next_flush_us_ = steady_us_ + settings_.pace.flush_every.us;
  if (slicing_ || unflushed_ || !tailing_ || quit_) return;
  slicing_ = node_local();
  records_since_flush_ = 0;
  go_on_flushing(out);
}

void State::go_on_flushing(Effects& out) {
  if (!fold_.prepare_batch(settings_.pace.flush_slice)) return;
  std::vector<KeyChange> beside; // not by a list in braces, which would copy what may be megabytes
  beside.push_back({kNodeLocalKey, std::exchange(slicing_, std::nullopt)});
  const auto batch = fold_.take_dirty(std::move(beside));
  if (batch.empty()) return;
  flushing_ = {batch.end, batch.digest};
  unflushed_ = ports::StoreBatch::sharing(batch.changes);
  write(out);
}

void State::write(Effects& out) {
  writing_ = true;
  write_began_us_ = steady_us_;
  out.emplace_back(Write{*unflushed_});
}

Effects State::handle(const NextSlice&) {
  Effects out;
  slice_asked_ = false;
  if (letting_go_) letting_go_ = fold_.let_go(kLetGoSlice);
  if (slicing_ && !quit_)
    go_on_flushing(out);
  else if (warm_up_.running() && !quit_)
    go_on_warming();
  else if (rounds_turn_.had() && works())
    if (const auto worked = rounds_.work(); !worked.ok()) fail(worked.error(), "gathering for a round in");
  fold_arrived(out);
  close(out);
  return out;
}

void State::go_on_warming() {
  const auto done = fold_.warm_up(kWarmUpSlice);
  if (!done.ok()) fail(done.error(), "reading the users of");
  if (!done.ok() || done.value()) warm_up_.end();
}

Effects State::handle(const TurnCame& came) {
  Effects out;
  rounds_turn_.came(came);
  if (replay_turn_.came(came) && replaying_) {
    fold_.set_memory_max(settings_.replay_memory_max);
    warm_up_.begin_turn();
    leaving_ = Leaving::kNobody;
    arrived_us_ = steady_us_;
    tail_due_ = true; // the end that it saw at start may be minutes old
    out.emplace_back(LookAtEnd{});
  }
  close(out);
  return out;
}

bool State::works() const { return rounds_.busy() && !slicing_ && !writing_ && !quit_ && stopped_.empty(); }

// What is done in slices goes on with the next one: folding, and the batch first, then rounds, while the store has no batch to write
// (reading it would go through that batch each time).
void State::go_on(Effects& out) {
  rounds_turn_.want(works(), out); // where a batch is written another shard may use it meanwhile
  const bool more = slicing_.has_value() || letting_go_ || warm_up_.running() ||
                    (works() && rounds_turn_.had()) || (!arrived_.empty() && !held_up());
  if (!more || slice_asked_ || quit_) return;
  slice_asked_ = true;
  out.emplace_back(NextSlice{});
}

// ---- rounds ----

// Its stamp is the round's as-of. The same round asked twice is one record.
Effects State::handle(const OpenRound& open) {
  Effects out;
  opening_[last_number_ + 1] = open;
  rounds_.expect(open);
  if (!append_round({open.tenant, open.learner, open.round, open.as_of},
                    records::Cut{open.learner, open.round}))
    refused_cut(last_number_ + 1, "the partition is not ready");
  close(out);
  return out;
}

Effects State::handle(const CloseRound& done) {
  Effects out;
  append_round({done.tenant, done.learner, done.round, done.stamp},
               records::CutDone{done.learner, done.round, done.accepted});
  close(out);
  return out;
}

/// False: nothing can be appended now.
bool State::append_round(const OpenRound& round, records::Body body) {
  if (!events_lane_ || !stopped_.empty() || quit_) return false;
  const bool cut = std::holds_alternative<records::Cut>(body);
  ByteWriter id;
  id.raw(cut ? "cut" : "cutDone");
  id.u16(settings_.partition.value);
  id.u32(round.tenant.value);
  id.text(round.learner);
  id.u64(round.round);
  records::Record record;
  record.header.type = cut ? records::RecordType::kCut : records::RecordType::kCutDone;
  record.header.tenant = round.tenant;
  record.header.stamp = round.as_of;
  record.header.id = hash128(id.view());
  record.body = std::move(body);
  append(Kind::kRound, ++last_number_, schemas::encode_record(record));
  return true;
}

/// Nothing where it was a CutDone: whoever waits for that gives up by himself.
void State::refused_cut(std::uint64_t number, const char* why) {
  const auto opening = opening_.find(number);
  if (opening == opening_.end()) return;
  rounds_.refuse(opening->second, why);
  opening_.erase(opening);
}

Effects State::handle(AskPass ask) {
  Effects out;
  rounds_.ask(std::move(ask));
  close(out);
  return out;
}

Effects State::handle(const Flushed& flushed) {
  Effects out;
  writing_ = false;
  Probe::count(flushed.ok ? probe_.flushes : probe_.flushes_failed);
  if (!flushed.ok)
    write_again_us_ = steady_us_ + (flushed.error == ports::StoreError::kBusy ? 0 : kWriteAgain.us);
  if (flushed.ok) {
    unflushed_.reset();
    fold_.flushed();
    letting_go_ = fold_.let_go(kLetGoSlice);
    if (records_since_flush_ <= kFlushRecordsMax) let_go_of_the_turn(); // else those are written first
    flushed_ = flushing_;
    if (flushed_.end % settings_.pace.agreed_every == 0) {
      agreed_.emplace_back(flushed_.end, flushed_.digest);
      if (agreed_.size() > kAgreedKept) agreed_.pop_front();
    }
    stand(out);
    Probe::set(probe_.flush_us, steady_us_ - write_began_us_);
  }
  fold_arrived(out);
  close(out);
  return out;
}

Bytes State::node_local() const {
  ByteWriter out;
  out.u8(kNodeLocalVersion);
  out.u64(incarnation_);
  out.text(outbox_.canonical());
  out.raw(deltas_.canonical());
  return out.take();
}

bool State::restore_node_local() {
  const auto stored = cold_.load(kNodeLocalKey);
  if (!stored.ok()) {
    fail(stored.error(), "restoring");
    return true;
  }
  if (!stored.value()) return fold_.applied_end() == 0;
  ByteReader in(*stored.value());
  const std::uint8_t version = in.u8();
  if (version != kNodeLocalVersion && version != kWithoutOutbox) return false;
  incarnation_ = in.u64();
  if (version != kWithoutOutbox && !outbox_.restore(in.text())) return false;
  return in.ok() && deltas_.restore(in.raw(in.left()), fold_.applied_end());
}

} // namespace kindred::actors::user_shard
