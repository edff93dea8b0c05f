#include "nodes/adapters/zmq/peer_asks.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kindred::adapters {

namespace {

constexpr std::array<std::size_t, ports::kPeerPriorities> kWindows{
    ports::kPeerRequestsOut, ports::kPeerStatisticsOut, ports::kPeerCheckpointsOut};

std::size_t index_of(peers::MessageKind ask) { return static_cast<std::size_t>(ports::priority_of(ask)); }

} // namespace

void PeerAsks::add(Waiting waiting) {
  const std::size_t bytes = waiting.ask.payload.size();
  waiting_[index_of(waiting.ask.kind)].push_back({waiting.ask.deadline_us,
                                                  waiting.ask.kind,
                                                  std::move(waiting.ask.payload),
                                                  {std::move(waiting.on_answer), bytes}});
}

std::optional<PeerAsks::Out> PeerAsks::next(std::int64_t now_us) {
  for (std::size_t priority = 0; priority < waiting_.size(); ++priority) {
    auto& queue = waiting_[priority];
    const auto alive =
        std::find_if(queue.begin(), queue.end(), [&](const Queued& one) { return one.deadline_us > now_us; });
    if (alive == queue.end()) continue;
    if (out_by_priority_[priority] >= kWindows[priority]) return std::nullopt; // those behind it wait, too
    Queued queued = std::move(*alive);
    queue.erase(alive);
    ++out_by_priority_[priority];
    Out out;
    out.id = ++last_id_;
    out.kind = queued.kind;
    out.remaining_ms = static_cast<std::uint32_t>((queued.deadline_us - now_us + 999) / 1000);
    out.bytes = queued.payload.size();
    out.payload = std::move(queued.payload);
    out_.emplace(out.id, Sent{queued.kind, queued.deadline_us, std::move(queued.ended)});
    return out;
  }
  return std::nullopt;
}

void PeerAsks::put_back(Out out) {
  const auto found = out_.find(out.id);
  assert(found != out_.end());
  const std::size_t priority = index_of(out.kind);
  waiting_[priority].push_front(
      {found->second.deadline_us, out.kind, std::move(out.payload), std::move(found->second.ended)});
  --out_by_priority_[priority];
  out_.erase(found);
}

std::optional<PeerAsks::Ended> PeerAsks::take(std::uint64_t id, peers::MessageKind answer) {
  const auto found = out_.find(id);
  if (found == out_.end() || ports::answer_kind_of(found->second.kind) != answer) return std::nullopt;
  Ended ended = std::move(found->second.ended);
  --out_by_priority_[index_of(found->second.kind)];
  out_.erase(found);
  return ended;
}

std::vector<PeerAsks::Ended> PeerAsks::expire(std::int64_t now_us) {
  std::vector<Ended> ended;
  for (auto& queue : waiting_) {
    const auto first = std::stable_partition(queue.begin(), queue.end(),
                                             [&](const Queued& one) { return one.deadline_us > now_us; });
    for (auto one = first; one != queue.end(); ++one) ended.push_back(std::move(one->ended));
    queue.erase(first, queue.end());
  }
  for (auto one = out_.begin(); one != out_.end();) {
    if (one->second.deadline_us > now_us) {
      ++one;
      continue;
    }
    ended.push_back(std::move(one->second.ended));
    --out_by_priority_[index_of(one->second.kind)];
    one = out_.erase(one);
  }
  return ended;
}

std::vector<PeerAsks::Ended> PeerAsks::drop(bool waiting) {
  std::vector<Ended> ended;
  for (auto& [id, one] : out_) ended.push_back(std::move(one.ended));
  out_.clear();
  out_by_priority_ = {};
  if (!waiting) return ended;
  for (auto& queue : waiting_) {
    for (auto& one : queue) ended.push_back(std::move(one.ended));
    queue.clear();
  }
  return ended;
}

} // namespace kindred::adapters
