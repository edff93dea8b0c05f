#include "actors/catalog/state.hpp"

#include <algorithm>
#include <utility>

#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::catalog {

namespace {

constexpr std::uint32_t kCheckpointVersion = 2;
constexpr std::uint32_t kWithoutWriters = 1; // not taken up: the log is folded from its beginning

bool belongs_here(const records::Record& record) {
  return std::holds_alternative<records::Item>(record.body) ||
         std::holds_alternative<records::Placement>(record.body) ||
         std::holds_alternative<records::Tenant>(record.body);
}

} // namespace

State::State(ports::StateStore& store, Probe& probe) : store_(store), probe_(probe) {
  copies_.emplace(Snapshot{}, kBacklogMax);
}

Effects State::start() {
  Effects effects;
  const auto stored = ports::read_checkpoint(store_, kSpace);
  if (!stored.ok()) {
    stop("the checkpoint of the library cannot be read: " + std::string(name_of(stored.error())));
  } else if (stored.value() && !restore(*stored.value())) {
    stop("the checkpoint of the library is not one of this build");
  }
  stand_into(effects);
  if (stopped_.empty()) effects.emplace_back(Open{});
  return effects;
}

Effects State::opened(const Opened& opened) {
  Effects effects;
  const bool fresh = end_ == 0 && incarnation_ == 0;
  if (!opened.bounds.ok() && ports::may_pass(opened.bounds.error())) {
    not_opened_ = "the library log cannot be opened now: " + std::string(name_of(opened.bounds.error()));
    open_again_us_ = steady_us_ + ports::kOpenAgainAfter.us;
  } else if (!opened.bounds.ok()) {
    stop("the library log cannot be opened: " + std::string(name_of(opened.bounds.error())));
  } else if (!fresh && opened.incarnation != incarnation_) {
    stop("logWentBack: the library log is not the one the checkpoint was made from");
  } else if (const auto& bounds = opened.bounds.value(); bounds.end < end_) {
    // A broker that starts, or that leads no more and does not know, tells an old end.
    not_opened_ = "logWentBack: the library log ends at " + std::to_string(bounds.end) +
                  ", the checkpoint at " + std::to_string(end_) + "; looked at again each second";
    open_again_us_ = steady_us_ + ports::kOpenAgainAfter.us;
  } else if (bounds.begin > end_) {
    stop("the library log begins at " + std::to_string(bounds.begin) + ", the checkpoint ends at " +
         std::to_string(end_) + ": what lies between is gone");
  } else {
    opened_ = true;
    incarnation_ = opened.incarnation;
    start_end_ = bounds.end;
    caught_up_ = end_ >= start_end_;
    Probe::set(probe_.log_end, static_cast<std::int64_t>(bounds.end));
    effects.emplace_back(Publish{copies_->share_front()});
    effects.emplace_back(Tell{{end_, {}}});
    effects.emplace_back(Tail{end_});
  }
  stand_into(effects);
  return effects;
}

Effects State::handle(Entries entries) {
  Effects effects;
  std::size_t bytes = 0;
  for (const auto& entry : entries.entries) {
    bytes += entry.bytes.size();
    if (!stopped_.empty()) break;
    if (entry.offset >= end_) fold(entry);
  }
  if (stopped_.empty()) effects.emplace_back(Consumed{bytes});
  publish_into(effects);
  stand_into(effects);
  return effects;
}

Effects State::handle(const CaughtUp& caught_up) {
  Effects effects;
  Probe::set(probe_.log_end, static_cast<std::int64_t>(caught_up.end));
  if (stopped_.empty() && caught_up.end > end_) { // offsets need not be dense
    end_ = caught_up.end;
    copies_->push({end_, {}});
    publish_into(effects);
  }
  caught_up_ = caught_up_ || end_ >= start_end_;
  stand_into(effects);
  return effects;
}

Effects State::handle(const TailFailed& failed) {
  Effects effects;
  stop("the library log cannot be read on: " + std::string(name_of(failed.error)));
  stand_into(effects);
  return effects;
}

Effects State::handle(const CheckpointWritten& written) {
  writing_ = false;
  if (written.ok) stored_end_ = writing_end_;
  Probe::count(written.ok ? probe_.checkpoints : probe_.checkpoints_failed);
  return {};
}

// A checkpoint is of what is published, so it waits while a copy is held.
Effects State::handle(const Pulse& pulse) {
  Effects effects;
  steady_us_ = pulse.steady_us;
  if (!not_opened_.empty() && steady_us_ >= open_again_us_) {
    not_opened_.clear();
    effects.emplace_back(Open{});
    return effects;
  }
  publish_into(effects);
  if (!effects.empty()) stand_into(effects);
  if (next_checkpoint_us_ == 0) next_checkpoint_us_ = pulse.steady_us + kCheckpointEvery.us;
  if (writing_ || !stopped_.empty() || copies_->pending() || end_ == stored_end_ ||
      pulse.steady_us < next_checkpoint_us_)
    return effects;
  const Bytes body = checkpoint();
  const auto seconds = static_cast<std::int64_t>(body.size() / kCheckpointBytesPerSecond);
  next_checkpoint_us_ = pulse.steady_us + std::max(kCheckpointEvery.us, kSecond.us * seconds);
  effects.emplace_back(Write{ports::checkpoint_batch(body, chunks_stored_)});
  // Where this batch is refused the next one must still delete what the last good one left: never forget the larger.
  chunks_stored_ = std::max(chunks_stored_, ports::checkpoint_chunks(body.size()));
  writing_ = true;
  writing_end_ = end_;
  Probe::set(probe_.checkpoint_bytes, static_cast<std::int64_t>(body.size()));
  return effects;
}

void State::fold(const ports::LogEntry& entry) {
  auto decoded = schemas::decode_entry(entry.bytes);
  if (!decoded.ok() && decoded.error().code != schemas::CodecError::kNotOurs) {
    return stop("the library log is damaged at " + std::to_string(entry.offset) + ": " +
                decoded.error().what);
  }
  Change change{entry.offset + 1, {}, {}};
  if (!decoded.ok()) {
    Probe::count(probe_.foreign_entries);
  } else {
    change.author = decoded.value().author;
    change.records = std::move(decoded.value().records);
  }
  for (const auto& record : change.records) {
    const bool ignorable = (record.header.flags & records::flags::kIgnorable) != 0;
    if (!belongs_here(record) && !ignorable) {
      return stop("tooOld: this build does not know a record of the library log at " +
                  std::to_string(entry.offset));
    }
  }
  end_ = change.end;
  copies_->push(std::move(change));
  Probe::count(probe_.entries);
  Probe::set(probe_.end, static_cast<std::int64_t>(end_));
}

void State::apply(Snapshot& snapshot, const Change& change, bool first) {
  snapshot.end = change.end;
  if (!change.records.empty() && !snapshot.writers.first_of(change.author)) {
    if (first) Probe::count(probe_.repeated_entries);
    return;
  }
  for (std::uint32_t index = 0; index < change.records.size(); ++index) {
    if (!belongs_here(change.records[index])) continue;
    const auto applied = snapshot.library.apply(change.records[index]);
    if (!first) continue;
    Probe::count(applied.ok() ? probe_.records : probe_.records_refused);
    if (!applied.ok()) refused_.push_back({change.end - 1, index, applied.error()});
  }
}

void State::publish_into(Effects& effects) {
  if (!copies_->pending()) return;
  const auto copied_before = copies_->copied();
  auto snapshot =
      copies_->publish([this](Snapshot& to, const Change& change, bool first) { apply(to, change, first); });
  Probe::count(probe_.copies, copies_->copied() - copied_before);
  Probe::count(snapshot ? probe_.snapshots : probe_.snapshots_waited);
  if (!snapshot) return;
  std::size_t items = 0;
  std::size_t live = 0;
  for (const auto& [name, tenant] : snapshot->library.tenants()) {
    const auto* catalog = snapshot->library.catalog(TenantId{tenant.id});
    items += catalog->entries().size();
    live += catalog->live_count();
  }
  Probe::set(probe_.items, static_cast<std::int64_t>(items));
  Probe::set(probe_.items_live, static_cast<std::int64_t>(live));
  Probe::set(probe_.tenants, static_cast<std::int64_t>(snapshot->library.tenants().size()));
  const std::uint64_t end = snapshot->end;
  effects.emplace_back(Publish{std::move(snapshot)});
  effects.emplace_back(Tell{{end, std::exchange(refused_, {})}});
}

void State::stand_into(Effects& effects) {
  std::string because = stopped_;
  if (because.empty()) because = not_opened_;
  if (because.empty() && !opened_) because = "restoring the library";
  if (because.empty() && !caught_up_) because = "folding the library log up to " + std::to_string(start_end_);
  effects.emplace_back(Stand{{because.empty(), because, copies_->front().end}});
}

Bytes State::checkpoint() const {
  ByteWriter out;
  out.u32(kCheckpointVersion);
  out.u64(incarnation_);
  out.u64(copies_->front().end);
  ByteWriter writers;
  copies_->front().writers.write(writers);
  out.text(writers.view());
  out.raw(copies_->front().library.canonical());
  return out.take();
}

bool State::restore(BytesView body) {
  ByteReader in(body);
  const std::uint32_t version = in.u32();
  if (version == kWithoutWriters) {
    chunks_stored_ = ports::checkpoint_chunks(body.size());
    return in.ok();
  }
  if (version != kCheckpointVersion) return false;
  incarnation_ = in.u64();
  const std::uint64_t end = in.u64();
  ByteReader stored(in.text());
  profiles::WriterTable writers;
  if (!in.ok() || !writers.read(stored) || !stored.at_end()) return false;
  auto library = kindred::catalog::Library::restore(in.raw(in.left()));
  if (!library.ok()) return false;
  end_ = stored_end_ = end;
  chunks_stored_ = ports::checkpoint_chunks(body.size());
  copies_.emplace(Snapshot{library.take(), end, std::move(writers)}, kBacklogMax);
  Probe::set(probe_.end, static_cast<std::int64_t>(end_));
  return true;
}

} // namespace kindred::actors::catalog
