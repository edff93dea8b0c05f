#include "schemas/node_messages.hpp"

#include <algorithm>
#include <array>

#include "engine/base/hash.hpp"
#include "schemas/node_asks.hpp"

namespace kindred::peers {

std::string_view name_of(Refusal refusal) {
  constexpr std::array<std::string_view, kRefusals> kNames{
      "none",     "wrongKey",   "wrongCluster", "otherSchema", "clockOff", "duplicateName", "otherPartitions",
      "otherLog", "helloFirst", "notServed",    "busy",        "late"};
  const auto number = static_cast<std::size_t>(refusal);
  return number < kNames.size() ? kNames[number] : "unknown";
}

std::uint64_t checksum_of(std::uint16_t partition, const CheckpointChunk& chunk) {
  ByteWriter all;
  all.u16(partition);
  all.u64(chunk.checkpoint);
  all.raw(chunk.entries);
  return hash64(all.view());
}

std::uint64_t seal_of(const CheckpointAsk& ask, const CheckpointChunk& chunk) {
  ByteWriter all;
  all.u16(ask.partition);
  all.u64(chunk.checkpoint);
  all.u8(chunk.more ? 1 : 0);
  all.u32(chunk.fold_version);
  all.text(ask.from);
  all.raw(chunk.entries);
  return std::max<std::uint64_t>(1, hash64(all.view()));
}

bool is_whole(const CheckpointAsk& ask, const CheckpointChunk& chunk) {
  return checksum_of(ask.partition, chunk) == chunk.checksum &&
         (chunk.seal == 0 || chunk.seal == seal_of(ask, chunk)) &&
         (ask.checkpoint == 0 || ask.checkpoint == chunk.checkpoint);
}

} // namespace kindred::peers
