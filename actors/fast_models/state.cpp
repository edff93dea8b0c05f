#include "actors/fast_models/state.hpp"

#include <algorithm>
#include <utility>

namespace kindred::actors::fast_models {

namespace {

Snapshot empty(std::uint16_t partitions) {
  Snapshot snapshot;
  snapshot.last_to.resize(partitions);
  return snapshot;
}

std::map<PartitionId, std::uint64_t> from_nothing(std::uint16_t partitions) {
  std::map<PartitionId, std::uint64_t> last_to;
  for (std::uint16_t p = 0; p < partitions; ++p) last_to[{p}] = 0;
  return last_to;
}

/// Calls `each` for every tenant that the delta has keys of; they are sorted by tenant first.
template <class Each>
void for_each_tenant(const stats::FastDelta& delta, Each&& each) {
  std::map<TenantId, bool> tenants;
  const auto visit = [&](const auto& entries) {
    for (auto at = entries.begin(); at != entries.end();) {
      const TenantId tenant = at->key.tenant;
      tenants[tenant] = true;
      at = std::partition_point(
          at, entries.end(), [tenant](const auto& entry) { return entry.key.tenant.value <= tenant.value; });
    }
  };
  visit(delta.trends());
  visit(delta.pairs());
  visit(delta.counts());
  for (const auto& [tenant, present] : tenants) each(tenant);
}

} // namespace

State::State(Settings settings, ports::StateStore& store, Probe& probe)
    : settings_(settings), store_(store), probe_(probe), deltas_(from_nothing(settings.partitions)) {
  copies_.emplace(empty(settings.partitions), kBacklogMax);
}

Effects State::start() {
  Effects effects;
  const auto stored = ports::read_checkpoint(store_, kSpace);
  if (!stored.ok()) {
    stop("the checkpoint of the fast models cannot be read: " + std::string(name_of(stored.error())));
  } else if (stored.value() && !restore(*stored.value())) {
    stop("the checkpoint of the fast models is not one of this build");
  }
  stand_into(effects);
  if (stopped_.empty()) effects.emplace_back(Open{});
  return effects;
}

Effects State::opened(const Opened& opened) {
  Effects effects;
  const bool fresh = end_ == 0 && incarnation_ == 0;
  if (!opened.bounds.ok() && ports::may_pass(opened.bounds.error())) {
    not_opened_ = "the models log cannot be opened now: " + std::string(name_of(opened.bounds.error()));
    open_again_us_ = steady_us_ + ports::kOpenAgainAfter.us;
  } else if (!opened.bounds.ok()) {
    stop("the models log cannot be opened: " + std::string(name_of(opened.bounds.error())));
  } else if (!fresh && opened.incarnation != incarnation_) {
    stop("logWentBack: the models log is not the one the checkpoint was made from");
  } else if (const auto& bounds = opened.bounds.value(); bounds.end < end_) {
    // A broker that starts, or that leads no more and does not know, tells an old end.
    not_opened_ = "logWentBack: the models log ends at " + std::to_string(bounds.end) +
                  ", the checkpoint at " + std::to_string(end_) + "; looked at again each second";
    open_again_us_ = steady_us_ + ports::kOpenAgainAfter.us;
  } else if (bounds.begin > end_) {
    stop("the models log begins at " + std::to_string(bounds.begin) + ", the checkpoint ends at " +
         std::to_string(end_) + ": what lies between is gone");
  } else {
    opened_ = true;
    incarnation_ = opened.incarnation;
    start_end_ = bounds.end;
    caught_up_ = end_ >= start_end_;
    Probe::set(probe_.log_end, static_cast<std::int64_t>(bounds.end));
    effects.emplace_back(Publish{copies_->share_front()});
    effects.emplace_back(Advanced{end_});
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
    if (entry.offset < end_) continue;
    fold(entry);
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
    copies_->push({end_, std::nullopt, nullptr});
    publish_into(effects);
  }
  caught_up_ = caught_up_ || end_ >= start_end_;
  stand_into(effects);
  return effects;
}

Effects State::handle(const TailFailed& failed) {
  Effects effects;
  stop("the models log cannot be read on: " + std::string(name_of(failed.error)));
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

void State::apply(Snapshot& snapshot, const Change& change, const Snapshot* ahead) {
  snapshot.end = change.end;
  if (change.solved) snapshot.solved = change.solved;
  if (!change.delta) return;
  const DeltaSeen& delta = *change.delta;
  for_each_tenant(*delta.changes, [&](TenantId tenant) {
    stats::FastModel& model = snapshot.models[tenant];
    if (ahead == nullptr)
      model.add(*delta.changes, tenant);
    else
      model.add(*delta.changes, tenant, ahead->models.at(tenant));
  });
  snapshot.last_to[delta.partition.value] = delta.to;
  ++snapshot.deltas;
}

void State::publish_into(Effects& effects) {
  if (!copies_->pending()) return;
  const auto copied_before = copies_->copied();
  const auto snapshot = copies_->publish([this](Snapshot& to, const Change& change, bool first) {
    apply(to, change, first ? nullptr : &copies_->front());
  });
  Probe::count(probe_.copies, copies_->copied() - copied_before);
  Probe::count(snapshot ? probe_.snapshots : probe_.snapshots_waited);
  if (!snapshot) return;
  effects.emplace_back(Publish{snapshot});
  for (auto& seen : seen_) effects.emplace_back(Tell{std::move(seen)});
  seen_.clear();
  effects.emplace_back(Advanced{snapshot->end});
}

void State::stand_into(Effects& effects) {
  std::string because = stopped_;
  if (because.empty()) because = not_opened_;
  if (because.empty() && !opened_) because = "restoring the fast models";
  if (because.empty() && !caught_up_) because = "folding the models log up to " + std::to_string(start_end_);
  effects.emplace_back(Stand{{because.empty(), because, copies_->front().end}});
}

} // namespace kindred::actors::fast_models
