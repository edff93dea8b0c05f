#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
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
/// And nothing is relayed to it for so long: by then it answers again, or its link is silent.
inline constexpr Duration kRelayAvoidsFor{3 * kSecond.us};
/// Requests without an answer, of all nodes together; past either the gateway asks, and counts.
inline constexpr std::size_t kRelaysMax = 4'096;
inline constexpr std::size_t kRelayBytesMax = 32 << 20;

/// Whole reads of one user whom another node has: from thread to thread as they came, no actor between the links and the shard
/// (as decision 0016 for those that are here). What has no answer goes to the gateway with the time when it came, and is
/// asked once more; so a Decide without a request id, which would decide another time, does not go this way.
///
/// Thread-safe; called by the threads of both links and by shards. The functions may be called from any thread.
class Relay final : public ports::Link {
public:
  struct Dependencies {
    std::uint16_t partitions = 0;
    ports::PeerLink& peers;
    ports::Link& clients;
    const ports::Clock& clock;
    Probe& probe;
    std::function<Ways(PartitionId)> ways;
    std::function<bool(PartitionId)> here;
    std::function<bool(PartitionId, user_shard::Forward)> to_shard; ///< false: there is none at the moment
    std::function<void(user_shard::HandBack)> to_gateway; ///< a request whose way the gateway has to find
  };
  explicit Relay(Dependencies dependencies) : to_(std::move(dependencies)) {}

  /// False: it does not go this way now, and `one` is as it was. `taken_us`: steady, when it came.
  bool ask(PartitionId partition, user_shard::Forward::One& one, std::int64_t taken_us);
  /// Gives the shard what another node relayed. False: it is no whole request.
  bool serve(const ports::PeerAsked& asked) const;
  /// Shards answer through this: those to other nodes go there, the rest to the clients.
  void reply(std::vector<Outgoing> answers) override;
  void publish(std::string topic, Bytes notification) override;
  /// A request that its shard cannot answer alone.
  void hand_back(user_shard::HandBack back) const;

private:
  /// The first that did not keep anybody waiting just now; empty: there is none.
  std::string peer_of(const Ways& ways, std::int64_t steady_us) const;
  void ended(user_shard::HandBack back, const std::string& peer, Result<Bytes, ports::PeerFailure> answer);

  const Dependencies to_;
  std::atomic<std::size_t> open_{0}, open_bytes_{0};
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> avoided_; ///< until when, steady; at most one for each peer
};

} // namespace kindred::actors::peering
