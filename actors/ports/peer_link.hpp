#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "schemas/node_messages.hpp"

namespace kindred::ports {

/// What of a peer is asked, in the order in which asks go out: a request of a client before a statistic before a part of
/// a checkpoint.
enum class PeerPriority : std::uint8_t { kRequest = 0, kStatistic = 1, kCheckpoint = 2 };
inline constexpr std::size_t kPeerPriorities = 3;
/// The priority of an ask's kind. Requires: `ask` is kForward, kStandingAsk, kStatisticAsk, kModelAsk or kCheckpointAsk.
PeerPriority priority_of(peers::MessageKind ask);
/// The kind that answers an ask of that kind; kNone for what is no ask.
peers::MessageKind answer_kind_of(peers::MessageKind ask);

/// How it stands with one peer. Closed list.
///
///   connecting ── hello answered ──> up ── unheard for kPeerSilentAfter, or its connection gone ──> silent
///        └──────── refused <─── by either side ───┘            (silent and refused go on trying)
enum class PeerState : std::uint8_t {
  kUnknown = 0,    ///< not in the configuration
  kConnecting = 1, ///< never heard since this process started
  kUp = 2,
  kSilent = 3,  ///< was heard, is not any more
  kRefused = 4, ///< it does not talk to us, or we not to it; PeerStanding says why
};
inline constexpr std::size_t kPeerStates = 5;
/// "unknown", "connecting", "up", "silent", "refused".
std::string_view name_of(PeerState state);

/// What is known of a peer now. Value.
struct PeerStanding {
  std::string name;
  std::string endpoint;
  PeerState state = PeerState::kConnecting;
  peers::Refusal refusal = peers::Refusal::kNone; ///< of kRefused
  bool refused_by_it = false;                     ///< it refuses us; else we refuse it
  std::string why;                                ///< of kRefused, in words
  std::uint64_t life = 0;                         ///< of its process, as heard last
  std::int64_t heard_us = 0;                      ///< steady clock; 0: never
  bool clock_known = false;
  Duration clock_ahead; ///< its clock less ours, as measured last, to half a round trip
};

/// Why an ask has no answer. Closed list.
enum class PeerError : std::uint8_t {
  kNoPeer = 1,   ///< nobody of this name is configured
  kNotUp = 2,    ///< nothing was sent: standing() says how it stands with it
  kFull = 3,     ///< nothing was sent: kPeerAsksMax or kPeerAskBytesMax wait for this peer already
  kTooLarge = 4, ///< over peers::kPayloadBytesMax
  kDeadline = 5, ///< no answer in time; it may have been acted on
  kGone = 6,     ///< the peer went while it was asked; it may have been acted on
  kRefused = 7,  ///< the peer answered with a refusal: PeerFailure::refusal
  kClosed = 8,   ///< this link ends
};
inline constexpr std::size_t kPeerErrors = 9; ///< numbers are from 1
std::string_view name_of(PeerError error);
struct PeerFailure {
  PeerError error = PeerError::kClosed;
  peers::Refusal refusal = peers::Refusal::kNone;
  std::string why; ///< what the peer said
};

/// What a peer asks of this node.
struct PeerAsked {
  std::string peer; ///< its name, as its key proves it
  peers::MessageKind kind = peers::MessageKind::kForward;
  Bytes payload;
  std::int64_t deadline_us = 0; ///< steady clock: an answer after it is not sent
  std::uint64_t ticket = 0;     ///< names it for `answer`
};

/// The way to the other nodes of the cluster (design §4), beside `Link`, which is the way to clients.
///
/// The caller owes: peers that are configured, payloads within peers::kPayloadBytesMax, a deadline. It gets: exactly one
/// outcome per ask, at its deadline at the latest, possibly before `ask` returns. Nothing is sent twice by the link itself.
/// Thread-safe; never blocks. Callbacks run on the link's thread or the caller's: return quickly, carry on as a message;
/// they may call the link.
class PeerLink {
public:
  virtual ~PeerLink() = default;

  struct Ask {
    std::string peer;
    peers::MessageKind kind = peers::MessageKind::kForward; ///< decides priority_of
    Bytes payload;
    std::int64_t deadline_us = 0; ///< steady clock; what is left of it goes along
  };
  using OnAnswer = std::function<void(Result<Bytes, PeerFailure>)>;
  virtual void ask(Ask ask, OnAnswer on_answer) = 0;

  /// Answers a PeerAsked; a second answer, or one after the deadline, is dropped and counted.
  virtual void answer(std::uint64_t ticket, Bytes payload) = 0;
  virtual void refuse(std::uint64_t ticket, peers::Refusal refusal, std::string why) = 0;

  /// Every configured peer, by name.
  virtual std::vector<PeerStanding> standing() const = 0;
};

// Named bounds.
inline constexpr std::size_t kPeersMax = 63;
inline constexpr std::size_t kPeerAsksMax = 4'096;        ///< without an outcome, per peer, all priorities
inline constexpr std::size_t kPeerAskBytesMax = 64 << 20; ///< of their payloads
inline constexpr std::size_t kPeerRequestsOut =
    1'024;                                            ///< sent and not answered, per peer; others wait behind
inline constexpr std::size_t kPeerStatisticsOut = 2;  ///< the same; a block may have 16 MiB
inline constexpr std::size_t kPeerCheckpointsOut = 1; ///< the same
inline constexpr std::size_t kPeerAskedMax = 2'048;   ///< taken from one peer and not answered
inline constexpr Duration kPeerHeartbeatEvery{kSecond};
inline constexpr Duration kPeerSilentAfter{3 * kSecond.us}; ///< unheard so long: silent
inline constexpr Duration kPeerAskMax{60 * kSecond.us};     ///< a later deadline is cut to this

} // namespace kindred::ports
