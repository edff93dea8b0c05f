#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/gateway/contract.hpp"
#include "nodes/kindred/rest.hpp"

namespace kindred::node {

/// What a node says of itself when asked whether it may be given requests.
struct Readiness {
  bool ready = false;
  std::vector<std::string> reasons; ///< why not; empty where ready
};

/// Between the HTTP adapter and the gateway: keeps what each HTTP request became until its answers are there.
/// Thread-safe; calls nobody while it holds its lock.
class HttpGate {
public:
  using Respond = std::function<void(RestReply)>; ///< once per request, from any thread
  struct Ways {
    std::function<void(std::vector<actors::gateway::Incoming>)> ask; ///< to the gateway
    std::function<Readiness()> readiness;
    std::function<std::string()> metrics; ///< in Prometheus' text form
  };
  /// Answers carry this link id.
  HttpGate(std::uint32_t link, Ways ways) : link_(link), ways_(std::move(ways)) {}

  /// `now_us`: steady clock. Calls that nobody answered within kCallMax are answered with kDeadlineExceeded then.
  void handle(const RestRequest& request, std::int64_t now_us, Respond respond);
  /// An answer of the gateway or a shard.
  void reply(const ports::Link::Outgoing& answer);

  std::size_t under_way() const;

  static constexpr std::size_t kCallsMax = 4096; ///< past it 429
  static constexpr Duration kCallMax{120 * kSecond.us};

private:
  struct Call {
    RestCall call;
    std::vector<std::optional<api::Answer>> answers;
    std::size_t open = 0;
    std::int64_t since_us = 0;
    Respond respond;
  };
  static constexpr int kPartBits = 16;

  std::optional<RestReply> at_once(const RestRequest& request) const;
  void expire(std::int64_t now_us);

  const std::uint32_t link_;
  const Ways ways_;
  mutable std::mutex mutex_; ///< of the rest
  std::map<std::uint64_t, Call> calls_;
  std::uint64_t last_ = 0;
};

} // namespace kindred::node
