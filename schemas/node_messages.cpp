#include "schemas/node_messages.hpp"

#include <array>

namespace kindred::peers {

std::string_view name_of(Refusal refusal) {
  constexpr std::array<std::string_view, kRefusals> kNames{
      "none",     "wrongKey",   "wrongCluster", "otherSchema", "clockOff", "duplicateName", "otherPartitions",
      "otherLog", "helloFirst", "notServed",    "busy",        "late"};
  const auto number = static_cast<std::size_t>(refusal);
  return number < kNames.size() ? kNames[number] : "unknown";
}

} // namespace kindred::peers
