#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kindred::adapters {

/// Why an endpoint cannot be opened. Closed list, shared by what listens (ZeroMQ, HTTP).
enum class LinkError : std::uint8_t {
  kPortInUse = 1,
  kBadEndpoint = 2,  ///< not of the form tcp://HOST:PORT, or an address this machine does not have
  kNoPermission = 3, ///< ports below 1024 need a right
  kNoResources = 4,  ///< too many open files or sockets
};
std::string_view name_of(LinkError error);

struct LinkFailure {
  LinkError code = LinkError::kBadEndpoint;
  std::string what; ///< what failed, why, what to do
};

} // namespace kindred::adapters
