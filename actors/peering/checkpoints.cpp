#include "actors/peering/checkpoints.hpp"

#include <utility>

#include "actors/user_shard/effects.hpp"
#include "engine/profiles/state_keys.hpp"
#include "engine/records/types.hpp"

namespace kindred::actors::peering {

namespace {

/// Of the fold that made a state; the scan that follows tells what cannot be read.
std::uint32_t version_of(ports::FrozenSpace& space) {
  std::uint32_t version = records::kFoldFirst;
  (void)space.scan(profiles::version_key(), [&](BytesView key, BytesView value) {
    if (key == profiles::version_key()) version = profiles::decode_version(value).value_or(0);
    return false;
  });
  return version;
}

} // namespace

Result<kindred::peers::CheckpointChunk, Checkpoints::Refusal>
Checkpoints::read(const kindred::peers::CheckpointAsk& ask, std::int64_t steady_us) {
  std::uint64_t number = ask.checkpoint;
  if (number == 0) {
    if (open_.size() >= kOpenMax) return Refusal::kBusy;
    auto frozen = store_.freeze(user_shard::space_of({ask.partition}));
    if (!frozen.ok()) return Refusal::kStore;
    number = ++last_;
    open_[number] = {ask.partition, frozen.take(), steady_us};
    open_[number].fold_version = version_of(*open_[number].space);
  }
  const auto found = open_.find(number);
  if (found == open_.end() || found->second.partition != ask.partition) return Refusal::kGone;
  found->second.asked_us = steady_us;

  kindred::peers::CheckpointChunk chunk;
  chunk.checkpoint = number;
  chunk.fold_version = found->second.fold_version;
  ByteWriter entries;
  const auto scanned = found->second.space->scan(ask.from, [&](BytesView key, BytesView value) {
    chunk.more = entries.size() > 0 && entries.size() + key.size() + value.size() > part_bytes_;
    if (chunk.more) return false;
    entries.text(key);
    entries.text(value);
    return true;
  });
  if (!scanned.ok()) {
    open_.erase(found);
    return scanned.error() == ports::StoreError::kClosed ? Refusal::kGone : Refusal::kStore;
  }
  if (ask.checkpoint == 0 && entries.size() == 0) {
    open_.erase(found);
    return Refusal::kEmpty;
  }
  chunk.entries = entries.take();
  chunk.checksum = checksum_of(ask.partition, chunk);
  chunk.seal = seal_of(ask, chunk);
  return chunk;
}

void Checkpoints::forget(std::int64_t steady_us) {
  std::erase_if(open_, [&](const auto& one) { return steady_us - one.second.asked_us > kForgottenAfter.us; });
}

} // namespace kindred::actors::peering
