// The fold of the models log: which deltas count, parts of large ones, and the checkpoint's bytes.

#include <algorithm>
#include <utility>

#include "actors/fast_models/state.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::fast_models {

namespace {
constexpr std::uint32_t kCheckpointVersion = 1;
} // namespace

void State::fold(const ports::LogEntry& entry) {
  const auto decoded = schemas::decode_entry(entry.bytes);
  if (!decoded.ok() && decoded.error().code != schemas::CodecError::kNotOurs) {
    return stop("the models log is damaged at " + std::to_string(entry.offset) + ": " + decoded.error().what);
  }
  const auto deltas_before = copies_->backlog();
  if (!decoded.ok()) {
    Probe::count(probe_.foreign_entries);
  } else if (is_repeated(decoded.value().author)) {
    Probe::count(probe_.repeated_entries);
  } else {
    for (const auto& record : decoded.value().records) {
      if (const auto* delta = std::get_if<records::Delta>(&record.body)) {
        fold_delta(*delta, record.header, entry.offset + 1);
      } else if ((record.header.flags & records::flags::kIgnorable) != 0) {
        Probe::count(probe_.records_ignored);
      } else {
        stop("tooOld: this build does not know a record of the models log at " +
             std::to_string(entry.offset));
      }
      if (!stopped_.empty()) return;
    }
  }
  end_ = entry.offset + 1;
  if (copies_->backlog() == deltas_before) copies_->push({end_, std::nullopt});
  Probe::count(probe_.entries);
  Probe::set(probe_.end, static_cast<std::int64_t>(end_));
}

bool State::is_repeated(const records::Authorship& author) {
  const std::pair at(author.epoch, author.sequence);
  const auto [known, fresh] = writers_.try_emplace(author.writer, at);
  if (fresh) return false;
  if (at <= known->second) return true;
  known->second = at;
  return false;
}

void State::fold_delta(const records::Delta& delta, const records::RecordHeader& header, std::uint64_t end) {
  if (delta.learner != kLearner || delta.partition.value >= settings_.partitions) {
    return Probe::count(probe_.records_ignored);
  }
  const std::uint64_t last_to = last_to_[delta.partition.value];
  if (delta.from_offset != last_to) {
    Probe::count(probe_.deltas_refused);
    seen_.push_back({delta.partition, delta.from_offset, delta.to_offset, false, last_to, nullptr});
    return;
  }
  auto changes = stats::FastDelta::from_canonical(delta.changes);
  if (!changes.ok()) return stop("tooOld: this build cannot read a delta of the fast models");
  if (delta.to_offset <= delta.from_offset) return hold(delta, header, changes.take());
  auto sum =
      std::make_shared<stats::FastDelta>(with_held_parts(delta.partition, header.causation, changes.take()));
  sum->settle();
  Probe::set(probe_.keys, static_cast<std::int64_t>(sum->size()));
  Probe::set(probe_.newest_delta_us, header.stamp.us);
  Probe::count(probe_.deltas_applied);
  last_to_[delta.partition.value] = delta.to_offset;
  const DeltaSeen seen{delta.partition, delta.from_offset, delta.to_offset, true,
                       delta.to_offset, std::move(sum)};
  copies_->push({end, seen});
  seen_.push_back(seen);
}

void State::hold(const records::Delta& delta, const records::RecordHeader& header, stats::FastDelta changes) {
  Held& held = held_[delta.partition];
  if (held.group != header.causation) held = {header.causation, {}, {}};
  if (held.parts.size() == kHeldPartsMax) return stop("a delta of the fast models comes in too many parts");
  if (!held.parts.insert(header.id).second) return;
  held.changes.add(changes);
  Probe::count(probe_.parts_held);
}

stats::FastDelta State::with_held_parts(PartitionId partition, const Id128& group, stats::FastDelta changes) {
  const auto held = held_.find(partition);
  if (held == held_.end()) return changes;
  if (held->second.group == group) changes.add(held->second.changes);
  held_.erase(held);
  return changes;
}

Bytes State::checkpoint() const {
  ByteWriter out;
  const Snapshot& snapshot = copies_->front();
  out.u32(kCheckpointVersion);
  out.u64(incarnation_);
  out.u64(snapshot.end);
  out.u64(snapshot.deltas);
  out.u32(static_cast<std::uint32_t>(last_to_.size()));
  for (const auto to : last_to_) out.u64(to);
  out.u32(static_cast<std::uint32_t>(writers_.size()));
  for (const auto& [writer, last] : writers_) {
    out.u64(writer.value);
    out.u64(last.first);
    out.u64(last.second);
  }
  out.u32(static_cast<std::uint32_t>(held_.size()));
  for (const auto& [partition, held] : held_) {
    out.u16(partition.value);
    out.id128(held.group);
    out.u32(static_cast<std::uint32_t>(held.parts.size()));
    for (const auto& part : held.parts) out.id128(part);
    out.text(held.changes.canonical());
  }
  out.u32(static_cast<std::uint32_t>(snapshot.models.size()));
  for (const auto& [tenant, model] : snapshot.models) {
    out.u32(tenant.value);
    out.text(model.canonical(tenant));
  }
  return out.take();
}

bool State::restore(BytesView body) {
  ByteReader in(body);
  if (in.u32() != kCheckpointVersion) return false;
  incarnation_ = in.u64();
  Snapshot snapshot;
  snapshot.end = end_ = stored_end_ = in.u64();
  snapshot.deltas = in.u64();
  if (in.count(sizeof(std::uint64_t)) != settings_.partitions) return false;
  for (auto& to : last_to_) to = in.u64();
  snapshot.last_to = last_to_;
  for (std::uint32_t left = in.count(24); left > 0; --left) {
    const WriterId writer{in.u64()};
    const std::uint64_t epoch = in.u64();
    writers_[writer] = {epoch, in.u64()};
  }
  for (std::uint32_t left = in.count(26); left > 0; --left) {
    Held& held = held_[PartitionId{in.u16()}];
    held.group = in.id128();
    for (std::uint32_t parts = in.count(16); parts > 0; --parts) held.parts.insert(in.id128());
    auto changes = stats::FastDelta::from_canonical(in.text());
    if (!changes.ok()) return false;
    held.changes = changes.take();
  }
  for (std::uint32_t left = in.count(8); left > 0; --left) {
    const TenantId tenant{in.u32()};
    const auto changes = stats::FastDelta::from_canonical(in.text());
    if (!changes.ok()) return false;
    snapshot.models[tenant].add(changes.value(), tenant);
  }
  if (!in.ok() || !in.at_end()) return false;
  chunks_stored_ = ports::checkpoint_chunks(body.size());
  copies_.emplace(std::move(snapshot), kBacklogMax);
  Probe::set(probe_.end, static_cast<std::int64_t>(end_));
  return true;
}

} // namespace kindred::actors::fast_models
