#include "tests/simulation/network.hpp"

#include <algorithm>
#include <cstdlib>

namespace kindred::simulation {

using ports::PeerError;
using ports::PeerState;

namespace {
constexpr Duration kHelloMax{300 * kMillisecond.us};
constexpr Duration kDelayMax{10 * kMillisecond.us};
constexpr Duration kSlowMax{400 * kMillisecond.us}; // so that the next one is asked, too
} // namespace

class Network::End final : public ports::PeerLink {
public:
  End(Network& network, std::size_t node) : network_(network), node_(node) {}
  ~End() override { network_.detach(node_); }

  void ask(Ask ask, OnAnswer on_answer) override {
    network_.ask(node_, std::move(ask), std::move(on_answer));
  }
  void answer(std::uint64_t ticket, Bytes payload) override {
    Message message;
    message.payload = std::move(payload);
    network_.answer(ticket, std::move(message));
  }
  void refuse(std::uint64_t ticket, peers::Refusal refusal, std::string why) override {
    Message message;
    message.refusal = refusal;
    message.why = std::move(why);
    network_.answer(ticket, std::move(message));
  }
  std::vector<ports::PeerStanding> standing() const override { return network_.standing(node_); }

private:
  Network& network_;
  const std::size_t node_;
};

Network::Network(const ports::Clock& clock, Random& random, std::size_t nodes)
    : clock_(clock), random_(random), ends_(nodes), lives_(nodes), ahead_(nodes) {}

std::unique_ptr<ports::PeerLink> Network::attach(std::size_t node,
                                                 std::function<void(ports::PeerAsked)> on_ask) {
  ends_[node] = std::move(on_ask);
  ++lives_[node];
  for (std::size_t peer = 0; peer < ends_.size(); ++peer)
    if (peer != node) ties_[{node, peer}] = {};
  return std::make_unique<End>(*this, node);
}

void Network::detach(std::size_t node) {
  ends_[node] = nullptr;
  ++lives_[node];
  std::erase_if(asks_, [&](const auto& one) { return one.second.from == node; });
  std::erase_if(tickets_, [&](const auto& one) { return one.second.from == node; });
}

// ---- who is up ----

bool Network::is_cut(std::size_t from, std::size_t to) const {
  const auto found = cuts_.find({from, to});
  return found != cuts_.end() && clock_.steady_us() < found->second;
}

bool Network::is_clock_off(std::size_t self, std::size_t peer) const {
  return std::abs((ahead_[self] - ahead_[peer]).us) > peers::kClockOffMax.us;
}

void Network::look() {
  for (std::size_t self = 0; self < ends_.size(); ++self)
    for (std::size_t peer = 0; peer < ends_.size(); ++peer)
      if (self != peer && ends_[self]) look_at(self, peer);
}

void Network::look_at(std::size_t self, std::size_t peer) {
  Tie& tie = ties_[{self, peer}];
  const std::int64_t now_us = clock_.steady_us();
  const bool there = ends_[peer] != nullptr;
  const bool heard = there && !is_cut(peer, self);
  if (heard) tie.heard_us = now_us;
  if (tie.state == PeerState::kUp) {
    const bool same = there && tie.life == lives_[peer];
    const bool refused = heard && is_clock_off(self, peer);
    if (same && !refused && now_us - tie.heard_us <= ports::kPeerSilentAfter.us) return;
    tie = {refused ? PeerState::kRefused : PeerState::kSilent, 0, tie.heard_us, 0};
    return gone(self, peer);
  }
  if (!heard || is_cut(self, peer)) {
    tie.meet_us = 0;
    if (tie.state == PeerState::kRefused) tie.state = PeerState::kSilent;
  } else if (is_clock_off(self, peer)) {
    tie.state = PeerState::kRefused;
  } else if (tie.meet_us == 0) {
    tie.meet_us = now_us + 1 + static_cast<std::int64_t>(random_.below(kHelloMax.us));
  } else if (now_us >= tie.meet_us) {
    tie = {PeerState::kUp, lives_[peer], now_us, 0};
  }
}

void Network::gone(std::size_t self, std::size_t peer) {
  std::vector<std::uint64_t> over;
  for (const auto& [number, ask] : asks_)
    if (ask.from == self && ask.to == peer) over.push_back(number);
  for (const auto number : over) end(number, ports::PeerFailure{PeerError::kGone, {}, {}});
}

std::vector<ports::PeerStanding> Network::standing(std::size_t node) const {
  std::vector<ports::PeerStanding> peers;
  for (std::size_t peer = 0; peer < ends_.size(); ++peer) {
    const auto tie = ties_.find({node, peer});
    if (peer == node || tie == ties_.end()) continue;
    ports::PeerStanding one;
    one.name = name_of(peer);
    one.state = tie->second.state;
    one.life = tie->second.life;
    one.heard_us = tie->second.heard_us;
    if (one.state == PeerState::kRefused) one.refusal = peers::Refusal::kClockOff;
    peers.push_back(std::move(one));
  }
  return peers;
}

// ---- asks and answers ----

void Network::ask(std::size_t from, ports::PeerLink::Ask ask, ports::PeerLink::OnAnswer on_answer) {
  std::size_t to = 0;
  while (to < ends_.size() && name_of(to) != ask.peer) ++to;
  const auto tie = ties_.find({from, to});
  if (tie == ties_.end()) return on_answer(ports::PeerFailure{PeerError::kNoPeer, {}, {}});
  if (tie->second.state != PeerState::kUp) return on_answer(ports::PeerFailure{PeerError::kNotUp, {}, {}});
  const std::int64_t deadline_us = std::min(ask.deadline_us, clock_.steady_us() + ports::kPeerAskMax.us);
  asks_[++last_] = {from, to, ask.kind, deadline_us, std::move(on_answer)};
  Message message;
  message.from_life = lives_[from];
  message.to_life = tie->second.life;
  message.ask = last_;
  message.kind = ask.kind;
  message.is_ask = true;
  message.deadline_us = deadline_us;
  message.payload = std::move(ask.payload);
  send(from, to, std::move(message));
}

void Network::answer(std::uint64_t ticket, Message message) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return;
  const Ticket asked = found->second;
  tickets_.erase(found);
  message.to_life = asked.to_life;
  message.ask = asked.ask;
  message.kind = asked.kind;
  send(asked.from, asked.to, std::move(message));
}

void Network::send(std::size_t from, std::size_t to, Message message) {
  if (is_cut(from, to)) return;
  auto& lane = lanes_[{from, to, ports::priority_of(message.kind)}];
  const Duration delay = random_.below(20) == 0 ? kSlowMax : kDelayMax;
  message.due_us =
      clock_.steady_us() + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(delay.us)));
  if (!lane.empty()) message.due_us = std::max(message.due_us, lane.back().due_us);
  lane.push_back(std::move(message));
}

void Network::moves(std::vector<Move>& ways) {
  const std::int64_t now_us = clock_.steady_us();
  for (auto& [lane, messages] : lanes_)
    if (!messages.empty() && messages.front().due_us <= now_us)
      ways.push_back([this, at = lane] { arrive(at); });
  for (const auto& [number, ask] : asks_)
    if (ask.deadline_us <= now_us)
      ways.push_back([this, late = number] { end(late, ports::PeerFailure{PeerError::kDeadline, {}, {}}); });
}

void Network::arrive(const Lane& lane) {
  const auto [from, to, priority] = lane;
  Message message = std::move(lanes_[lane].front());
  lanes_[lane].pop_front();
  if (!ends_[to] || lives_[to] != message.to_life) return;
  if (!message.is_ask) {
    if (message.refusal != peers::Refusal::kNone)
      return end(message.ask, ports::PeerFailure{PeerError::kRefused, message.refusal, message.why});
    if (message.kind == peers::MessageKind::kCheckpointAsk) tear_perhaps(message.payload);
    return end(message.ask, std::move(message.payload));
  }
  tickets_[++last_] = {to, from, message.from_life, message.ask, message.kind};
  ends_[to]({name_of(from), message.kind, std::move(message.payload), message.deadline_us, last_});
}

void Network::end(std::uint64_t ask, Result<Bytes, ports::PeerFailure> outcome) {
  const auto found = asks_.find(ask);
  if (found == asks_.end()) return;
  const auto on_answer = std::move(found->second.on_answer);
  asks_.erase(found);
  on_answer(std::move(outcome));
}

// ---- faults ----

void Network::cut(std::size_t from, std::size_t to, std::int64_t until_us) {
  cuts_[{from, to}] = until_us;
  for (auto& [lane, messages] : lanes_)
    if (std::get<0>(lane) == from && std::get<1>(lane) == to) messages.clear();
}

void Network::heal() {
  cuts_.clear();
  tears_ = false;
}

void Network::tear_perhaps(Bytes& payload) {
  if (!tears_ || payload.empty() || random_.below(4) != 0) return;
  ++torn_;
  const auto at = random_.below(payload.size());
  if (random_.below(2) == 0)
    payload.resize(at);
  else
    payload[at] = static_cast<char>(payload[at] ^ (1 << random_.below(8)));
}

} // namespace kindred::simulation
