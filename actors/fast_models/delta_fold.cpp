#include "actors/fast_models/delta_fold.hpp"

#include <memory>

#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::fast_models {

Result<DeltaFold::Folded, std::string> DeltaFold::fold(const ports::LogEntry& entry) {
  Folded folded;
  auto decoded = schemas::decode_entry(entry.bytes);
  if (!decoded.ok()) {
    if (decoded.error().code != schemas::CodecError::kNotOurs)
      return "the models log is damaged at " + std::to_string(entry.offset) + ": " + decoded.error().what;
    folded.foreign = true;
    return folded;
  }
  folded.repeated = is_repeated(decoded.value().author);
  if (folded.repeated) return folded;
  for (auto& record : decoded.value().records) {
    Refusal refusal;
    if (const auto* delta = std::get_if<records::Delta>(&record.body))
      refusal = fold_delta(*delta, record.header, entry.offset + 1, folded);
    else if (std::holds_alternative<records::Chunk>(record.body) ||
             std::holds_alternative<records::Manifest>(record.body))
      folded.solved.push_back(std::move(record));
    else if ((record.header.flags & records::flags::kIgnorable) != 0)
      ++folded.ignored;
    else
      refusal =
          "tooOld: this build does not know a record of the models log at " + std::to_string(entry.offset);
    if (!refusal.empty()) return refusal;
  }
  return folded;
}

bool DeltaFold::is_repeated(const records::Authorship& author) {
  const std::pair at(author.epoch, author.sequence);
  const auto [known, fresh] = writers_.try_emplace(author.writer, at);
  if (fresh) return false;
  if (at <= known->second) return true;
  known->second = at;
  return false;
}

DeltaFold::Refusal DeltaFold::fold_delta(const records::Delta& delta, const records::RecordHeader& header,
                                         std::uint64_t end, Folded& folded) {
  const auto followed = last_to_.find(delta.partition);
  if (delta.learner != kLearner || followed == last_to_.end()) {
    ++folded.ignored;
    return {};
  }
  std::uint64_t& last_to = followed->second;
  if (delta.from_offset != last_to) {
    folded.seen.push_back(
        {delta.partition, delta.from_offset, delta.to_offset, false, last_to, nullptr, end});
    return {};
  }
  auto changes = stats::FastDelta::from_canonical(delta.changes);
  if (!changes.ok()) return "tooOld: this build cannot read a delta of the fast models";
  if (delta.to_offset <= delta.from_offset) return hold(delta, header, changes.value(), folded);
  auto sum =
      std::make_shared<stats::FastDelta>(with_held_parts(delta.partition, header.causation, changes.take()));
  sum->settle();
  last_to = delta.to_offset;
  folded.stamp = header.stamp;
  folded.seen.push_back(
      {delta.partition, delta.from_offset, delta.to_offset, true, last_to, std::move(sum), end});
  return {};
}

DeltaFold::Refusal DeltaFold::hold(const records::Delta& delta, const records::RecordHeader& header,
                                   const stats::FastDelta& changes, Folded& folded) {
  Held& held = held_[delta.partition];
  if (held.group != header.causation) held = {header.causation, {}, {}};
  if (held.parts.size() == kHeldPartsMax) return "a delta of the fast models comes in too many parts";
  if (!held.parts.insert(header.id).second) return {};
  held.changes.add(changes);
  ++folded.held;
  return {};
}

stats::FastDelta DeltaFold::with_held_parts(PartitionId partition, const Id128& group,
                                            stats::FastDelta changes) {
  const auto held = held_.find(partition);
  if (held == held_.end()) return changes;
  if (held->second.group == group) changes.add(held->second.changes);
  held_.erase(held);
  return changes;
}

void DeltaFold::write(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(last_to_.size()));
  for (const auto& [partition, to] : last_to_) out.u64(to);
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
}

bool DeltaFold::read(ByteReader& in) {
  if (in.count(sizeof(std::uint64_t)) != last_to_.size()) return false;
  for (auto& [partition, to] : last_to_) to = in.u64();
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
  return in.ok();
}

} // namespace kindred::actors::fast_models
