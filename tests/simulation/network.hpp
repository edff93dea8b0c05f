#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/ports/clock.hpp"
#include "actors/ports/peer_link.hpp"
#include "engine/base/random.hpp"
#include "tests/simulation/log_way.hpp"

namespace kindred::simulation {

/// The links between the nodes of a run (actors/ports/peer_link.hpp). What is sent takes its time, in order for each pair and
/// priority, and is lost where the way is cut, in one direction or both: so an ask may arrive whose answer does not. A peer
/// is up from a hello in both directions until it was not heard for kPeerSilentAfter or its process is gone.
/// Must outlive its ends. One thread.
class Network {
public:
  Network(const ports::Clock& clock, Random& random, std::size_t nodes);

  static std::string name_of(std::size_t node) { return "n" + std::to_string(node); }

  /// A node's link, for one life of it; destroying it is the end of that life.
  std::unique_ptr<ports::PeerLink> attach(std::size_t node, std::function<void(ports::PeerAsked)> on_ask);

  // ---- what moves ----
  /// Who is up and who is silent now; those asked who went. At every step of the run.
  void look();
  void moves(std::vector<Move>& ways);

  // ---- faults ----
  void cut(std::size_t from, std::size_t to, std::int64_t until_us);
  void heal();
  /// The node's clock is so much ahead: who differs by more than peers::kClockOffMax refuses the other.
  void set_ahead(std::size_t node, Duration ahead) { ahead_[node] = ahead; }
  /// Parts of checkpoints lose a bit or their end on the way.
  void tear(bool tears) { tears_ = tears; }
  std::uint64_t torn() const { return torn_; }

private:
  class End;
  /// How it stands with a peer, as a node sees it.
  struct Tie {
    ports::PeerState state = ports::PeerState::kConnecting;
    std::uint64_t life = 0; ///< of the peer's end, while up
    std::int64_t heard_us = 0;
    std::int64_t meet_us = 0; ///< when hello is through; 0: there is none under way
  };
  struct Outstanding {
    std::size_t from = 0, to = 0;
    peers::MessageKind kind{};
    std::int64_t deadline_us = 0;
    ports::PeerLink::OnAnswer on_answer;
  };
  struct Ticket {
    std::size_t from = 0, to = 0; ///< who was asked, who asked
    std::uint64_t to_life = 0;
    std::uint64_t ask = 0;
    peers::MessageKind kind{};
  };
  struct Message {
    std::uint64_t from_life = 0, to_life = 0;
    std::int64_t due_us = 0;
    std::uint64_t ask = 0;
    peers::MessageKind kind{}; ///< of the ask
    bool is_ask = false;
    std::int64_t deadline_us = 0; ///< of an ask
    Bytes payload;
    peers::Refusal refusal = peers::Refusal::kNone;
    std::string why;
  };
  using Lane = std::tuple<std::size_t, std::size_t, ports::PeerPriority>; ///< from, to

  bool is_cut(std::size_t from, std::size_t to) const;
  bool is_clock_off(std::size_t self, std::size_t peer) const;
  void look_at(std::size_t self, std::size_t peer);
  void send(std::size_t from, std::size_t to, Message message);
  void ask(std::size_t from, ports::PeerLink::Ask ask, ports::PeerLink::OnAnswer on_answer);
  void answer(std::uint64_t ticket, Message message);
  void arrive(const Lane& lane);
  void end(std::uint64_t ask, Result<Bytes, ports::PeerFailure> outcome);
  void gone(std::size_t self, std::size_t peer);
  void detach(std::size_t node);
  void tear_perhaps(Bytes& payload);
  std::vector<ports::PeerStanding> standing(std::size_t node) const;

  const ports::Clock& clock_;
  Random& random_;
  std::vector<std::function<void(ports::PeerAsked)>> ends_; ///< empty: no such process now
  std::vector<std::uint64_t> lives_;
  std::vector<Duration> ahead_;
  std::map<std::pair<std::size_t, std::size_t>, Tie> ties_;
  std::map<std::pair<std::size_t, std::size_t>, std::int64_t> cuts_; ///< until
  std::map<Lane, std::deque<Message>> lanes_;
  std::map<std::uint64_t, Outstanding> asks_;
  std::map<std::uint64_t, Ticket> tickets_;
  std::uint64_t last_ = 0;
  bool tears_ = false;
  std::uint64_t torn_ = 0;
};

} // namespace kindred::simulation
