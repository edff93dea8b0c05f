#include "nodes/adapters/zmq/zmq_peer_link.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <mutex>
#include <thread>

#include "nodes/adapters/threads/thread_role.hpp"
#include "nodes/adapters/zmq/peer_listener.hpp"

namespace kindred::adapters {

using ports::PeerError;
using ports::PeerFailure;

namespace {

constexpr int kTickMs = 20;                       // how often deadlines are looked at when nothing happens
constexpr std::int64_t kPublishEvery_us = 20'000; // standings; a change of state at once

} // namespace

class ZmqPeerLink::Loop {
public:
  Loop(Settings settings, const ports::Clock& clock)
      : settings_(std::move(settings)), clock_(clock), context_(zmq_ctx_new()),
        wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    zmq_ctx_set(context_, ZMQ_THREAD_SCHED_POLICY, kPassesOnPolicy); // of ZeroMQ's own thread
  }

  ~Loop() {
    stop();
    callers_.clear();
    listener_.reset();
    zmq_ctx_term(context_);
    if (wake_ >= 0) ::close(wake_);
  }

  Result<Done, LinkFailure> open() {
    listener_ = std::make_unique<PeerListener>(
        PeerListener::Self{context_, settings_.keys, settings_.hello, clock_, probe,
                           [this](const std::string& address, const std::string& key) {
                             if (handlers_.on_denied) handlers_.on_denied(address, key);
                           }},
        settings_.peers);
    if (auto bound = listener_->open(settings_.listen, listening_at); !bound.ok()) return bound;
    for (auto& pinned : settings_.peers) {
      callers_.push_back(std::make_unique<PeerCaller>(
          PeerCaller::Self{context_, settings_.keys, settings_.hello, clock_, probe,
                           [this](const ports::PeerStanding& standing) {
                             if (standing.state == ports::PeerState::kSilent)
                               listener_->gone(standing.name, standing.life);
                             publish();
                             if (handlers_.on_change) handlers_.on_change(standing);
                           }},
          pinned));
      if (auto opened = callers_.back()->open(); !opened.ok()) return opened;
    }
    std::sort(callers_.begin(), callers_.end(),
              [](const auto& a, const auto& b) { return a->name() < b->name(); });
    publish();
    return Done{};
  }

  void start(Handlers handlers) {
    assert(!thread_.joinable());
    handlers_ = std::move(handlers);
    listener_->serve_asks(handlers_.on_ask);
    thread_ = std::thread([this] {
      take_role("peers", Share::kPassesOn);
      run();
    });
  }

  void stop() {
    const std::lock_guard once(stopping_);
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(outbox_mutex_);
      stopped_ = true;
    }
    ring();
    thread_.join();
  }

  void ask(Ask ask, OnAnswer on_answer) {
    PeerCaller* caller = caller_of(ask.peer);
    std::optional<PeerError> error =
        caller == nullptr ? PeerError::kNoPeer : caller->admit(ask.payload.size());
    ask.deadline_us = std::min(ask.deadline_us, clock_.steady_us() + ports::kPeerAskMax.us);
    if (!error) {
      const std::size_t bytes = ask.payload.size();
      const std::lock_guard lock(outbox_mutex_);
      if (!stopped_) {
        asks_.emplace_back(caller, PeerAsks::Waiting{std::move(ask), std::move(on_answer)});
        ring();
        return;
      }
      caller->take_back(bytes);
      error = PeerError::kClosed;
    }
    PeerProbe::add(probe.failed[static_cast<std::size_t>(*error)]);
    on_answer(PeerFailure{*error, peers::Refusal::kNone, ""});
  }

  void reply(PeerListener::Reply reply) {
    const std::lock_guard lock(outbox_mutex_);
    if (stopped_) return;
    replies_.push_back(std::move(reply));
    ring();
  }

  std::vector<ports::PeerStanding> standing() const {
    const std::lock_guard lock(standing_mutex_);
    return standing_;
  }

  PeerProbe probe;
  std::string listening_at;

private:
  using Asking = std::pair<PeerCaller*, PeerAsks::Waiting>;

  void ring() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
  }

  PeerCaller* caller_of(const std::string& name) const {
    const auto found =
        std::lower_bound(callers_.begin(), callers_.end(), name,
                         [](const auto& caller, const auto& wanted) { return caller->name() < wanted; });
    return found == callers_.end() || (*found)->name() != name ? nullptr : found->get();
  }

  // ---- the link's thread ----

  void run() {
    while (take_outbox()) {
      bool any = listener_->turn();
      for (const auto& caller : callers_) any |= caller->turn();
      if (clock_.steady_us() >= next_publish_us_) publish();
      if (!any) sleep();
    }
    for (const auto& caller : callers_) caller->close();
  }

  /// False: it ends.
  bool take_outbox() {
    std::vector<Asking> asks;
    std::vector<PeerListener::Reply> replies;
    bool stopped = false;
    {
      const std::lock_guard lock(outbox_mutex_);
      asks.swap(asks_);
      replies.swap(replies_);
      stopped = stopped_;
    }
    for (auto& [caller, waiting] : asks) caller->add(std::move(waiting));
    if (!replies.empty()) listener_->reply(std::move(replies));
    return !stopped;
  }

  void sleep() {
    std::vector<zmq_pollitem_t> items{{nullptr, wake_, ZMQ_POLLIN, 0},
                                      {listener_->router(), 0, ZMQ_POLLIN, 0},
                                      {listener_->door(), 0, ZMQ_POLLIN, 0}};
    for (const auto& caller : callers_)
      for (void* socket : {caller->quick(), caller->bulk(), caller->events()})
        items.push_back({socket, 0, ZMQ_POLLIN, 0});
    zmq_poll(items.data(), static_cast<int>(items.size()), kTickMs);
    if ((items[0].revents & ZMQ_POLLIN) == 0) return;
    std::uint64_t rings = 0;
    [[maybe_unused]] const auto got = ::read(wake_, &rings, sizeof rings);
  }

  void publish() {
    next_publish_us_ = clock_.steady_us() + kPublishEvery_us;
    std::vector<ports::PeerStanding> now;
    now.reserve(callers_.size());
    for (const auto& caller : callers_) now.push_back(caller->standing());
    const std::lock_guard lock(standing_mutex_);
    standing_.swap(now);
  }

  const Settings settings_;
  const ports::Clock& clock_;
  void* const context_;
  const int wake_;
  std::unique_ptr<PeerListener> listener_;
  std::vector<std::unique_ptr<PeerCaller>> callers_; ///< by name; fixed once open
  Handlers handlers_;
  std::mutex stopping_;
  std::int64_t next_publish_us_ = 0; ///< the link's thread

  std::mutex outbox_mutex_; ///< of the three below
  std::vector<Asking> asks_;
  std::vector<PeerListener::Reply> replies_;
  bool stopped_ = false;

  mutable std::mutex standing_mutex_;
  std::vector<ports::PeerStanding> standing_;
  std::thread thread_;
};

ZmqPeerLink::ZmqPeerLink(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
ZmqPeerLink::~ZmqPeerLink() = default;

Result<std::unique_ptr<ZmqPeerLink>, LinkFailure> ZmqPeerLink::open(Settings settings,
                                                                    const ports::Clock& clock) {
  assert(settings.peers.size() <= ports::kPeersMax);
  auto loop = std::make_unique<Loop>(std::move(settings), clock);
  if (auto opened = loop->open(); !opened.ok()) return opened.error();
  return std::unique_ptr<ZmqPeerLink>(new ZmqPeerLink(std::move(loop)));
}

void ZmqPeerLink::start(Handlers handlers) { loop_->start(std::move(handlers)); }
void ZmqPeerLink::stop() { loop_->stop(); }
void ZmqPeerLink::ask(Ask ask, OnAnswer on_answer) { loop_->ask(std::move(ask), std::move(on_answer)); }
void ZmqPeerLink::answer(std::uint64_t ticket, Bytes payload) {
  loop_->reply({ticket, peers::Refusal::kNone, "", std::move(payload)});
}
void ZmqPeerLink::refuse(std::uint64_t ticket, peers::Refusal refusal, std::string why) {
  loop_->reply({ticket, refusal, std::move(why), {}});
}
std::vector<ports::PeerStanding> ZmqPeerLink::standing() const { return loop_->standing(); }
const std::string& ZmqPeerLink::listening_at() const { return loop_->listening_at; }
const PeerProbe& ZmqPeerLink::probe() const { return loop_->probe; }

} // namespace kindred::adapters
