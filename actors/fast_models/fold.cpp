// State: an entry of the models log, and the checkpoint's bytes.

#include <utility>

#include "actors/fast_models/state.hpp"

namespace kindred::actors::fast_models {

namespace {
constexpr std::uint32_t kCheckpointVersion = 3;
constexpr std::uint32_t kWithDeltas = 2; ///< still read
} // namespace

void State::fold(const ports::LogEntry& entry) {
  auto folded = deltas_.fold(entry);
  if (!folded.ok()) return stop(folded.error());
  end_ = entry.offset + 1;
  bool changed = fold_solved(folded.value().solved);
  for (auto& seen : folded.value().seen) {
    if (seen.applied) {
      Probe::set(probe_.keys, static_cast<std::int64_t>(seen.changes->size()));
      Probe::set(probe_.newest_delta_us, folded.value().stamp.us);
      copies_->push({end_, seen, nullptr});
      changed = true;
    }
    Probe::count(seen.applied ? probe_.deltas_applied : probe_.deltas_refused);
    seen_.push_back(std::move(seen));
  }
  if (!changed) copies_->push({end_, std::nullopt, nullptr});
  Probe::count(probe_.entries);
  Probe::count(probe_.foreign_entries, folded.value().foreign ? 1 : 0);
  Probe::count(probe_.repeated_entries, folded.value().repeated ? 1 : 0);
  Probe::count(probe_.records_ignored, folded.value().ignored);
  Probe::count(probe_.parts_held, folded.value().held);
  Probe::set(probe_.end, static_cast<std::int64_t>(end_));
}

bool State::fold_solved(const std::vector<records::Record>& records) {
  bool changed = false;
  for (const records::Record& record : records) {
    const auto folded = solved_.fold(record);
    const bool manifest = std::holds_alternative<records::Manifest>(record.body);
    if (manifest && folded.changed) Probe::count(probe_.manifests_taken);
    if (folded.refusal != SolvedRefusal::kNone)
      Probe::count(manifest ? probe_.manifests_refused : probe_.chunks_refused);
    changed |= folded.changed;
  }
  if (changed) copies_->push({end_, std::nullopt, solved_.lines()});
  return changed;
}

Bytes State::checkpoint() const {
  ByteWriter out;
  const Snapshot& snapshot = copies_->front();
  out.u32(kCheckpointVersion);
  out.u64(incarnation_);
  out.u64(snapshot.end);
  out.u64(snapshot.deltas);
  deltas_.write(out);
  solved_.write(out);
  out.u32(static_cast<std::uint32_t>(snapshot.models.size()));
  for (const auto& [tenant, model] : snapshot.models) {
    out.u32(tenant.value);
    out.text(model.image());
  }
  return out.take();
}

bool State::restore(BytesView body) {
  ByteReader in(body);
  const std::uint32_t version = in.u32();
  if (version != kCheckpointVersion && version != kWithDeltas) return false;
  incarnation_ = in.u64();
  Snapshot snapshot;
  snapshot.end = end_ = stored_end_ = in.u64();
  snapshot.deltas = in.u64();
  if (!deltas_.read(in) || !solved_.read(in)) return false;
  snapshot.solved = solved_.lines();
  for (std::uint16_t p = 0; p < settings_.partitions; ++p) snapshot.last_to.push_back(deltas_.last_to({p}));
  for (std::uint32_t left = in.count(8); left > 0; --left) {
    const TenantId tenant{in.u32()};
    const BytesView bytes = in.text();
    if (version == kWithDeltas) {
      const auto changes = stats::FastDelta::from_canonical(bytes);
      if (!changes.ok()) return false;
      snapshot.models[tenant].add(changes.value(), tenant);
      continue;
    }
    auto model = stats::FastModel::from_image(bytes);
    if (!model) return false;
    snapshot.models[tenant] = std::move(*model);
  }
  if (!in.ok() || !in.at_end()) return false;
  chunks_stored_ = ports::checkpoint_chunks(body.size());
  copies_.emplace(std::move(snapshot), kBacklogMax);
  Probe::set(probe_.end, static_cast<std::int64_t>(end_));
  return true;
}

} // namespace kindred::actors::fast_models
