#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/ids.hpp"
#include "schemas/api.hpp"

namespace kindred::client {

/// Which nodes there are, and in what order a request goes to them. Value type; cost of an order O(queries + nodes).
///
/// Where a map was learnt, a request about users begins at the node that has most of them (the first replica of their
/// partition), goes on with the replicas of the first one, and then to everybody else. A request about no user begins at the
/// endpoint that the caller named first, so that who asks a node for its status is answered by that node.
class Routes {
public:
  using Number =
      std::uint32_t; ///< of a node, for as long as it is known; those that the caller named are 0, 1, ...
  explicit Routes(const std::vector<std::string>& named);

  struct Changes {
    std::vector<std::pair<Number, std::string>> added; ///< with their endpoints
    std::vector<Number> gone;
  };
  /// What some node told. Members that say no endpoint for clients, and those past kNodesMax, are not asked.
  Changes learn(const api::Cluster& cluster);

  std::vector<Number> order(const api::Request& request) const;
  /// Every node, in the order of requests about no user.
  std::vector<Number> all() const;

private:
  std::vector<std::string> named_;
  std::map<std::string, Number> learnt_; ///< by endpoint, without those that were named
  Number last_;
  TenantId tenant_;
  std::vector<std::vector<Number>> replicas_; ///< by partition
};

/// Nodes a client is connected to at once.
inline constexpr std::size_t kNodesMax = 64;

/// The endpoints in "tcp://a:7400,tcp://b:7400"; spaces around them do not count.
std::vector<std::string> endpoints_in(std::string_view list);

} // namespace kindred::client
