#include "schemas/node_messages.hpp"

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

} // namespace kindred::peers
