#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "actors/peering/contract.hpp"
#include "actors/peering/probe.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/link.hpp"
#include "actors/ports/peer_link.hpp"
#include "actors/user_shard/contract.hpp"

namespace kindred::actors::peering {

/// Of ReplyTo: an answer goes to the node that relayed the request, by the ticket of its ask.
inline constexpr std::uint32_t kRelayedLink = 0xffffffff;
/// A node that has not answered what was relayed for so long is not waited for: the gateway asks, who has more ways.
inline constexpr Duration kRelayWithin{200 * kMillisecond.us};

/// Whole reads of one user whom another node has: from thread to thread as they came, no actor between the links and the shard
/// (as decision 0016 for those that are here). Whatever does not go straight goes back to the gateway: nothing is answered
/// wrongly for it, and a read may be done twice.
///
/// Thread-safe; called by the threads of both links. The functions may be called from any thread.
class Relay final : public ports::Link {
public:
  struct Dependencies {
    std::uint16_t partitions = 0;
    ports::PeerLink& peers;
    ports::Link& clients;
    const ports::Clock& clock;
    Probe& probe;
    std::function<Ways(PartitionId)> ways;
    std::function<bool(PartitionId, user_shard::Forward)> to_shard; ///< false: there is none at the moment
    std::function<void(user_shard::HandBack)> to_gateway; ///< a request whose way the gateway has to find
  };
  explicit Relay(Dependencies dependencies) : to_(std::move(dependencies)) {}

  /// False: no node that is up has the partition, and `one` is as it was.
  bool ask(PartitionId partition, user_shard::Forward::One& one) const;
  /// Gives the shard what another node relayed. False: it is no whole request.
  bool serve(const ports::PeerAsked& asked) const;
  /// Shards answer through this: those to other nodes go there, the rest to the clients.
  void reply(std::vector<Outgoing> answers) override;
  void publish(std::string topic, Bytes notification) override;
  /// A request that its shard cannot answer alone.
  void hand_back(user_shard::HandBack back) const;

private:
  const Dependencies to_;
};

} // namespace kindred::actors::peering
