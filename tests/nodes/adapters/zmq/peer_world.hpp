#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "nodes/adapters/zmq/zmq_peer_link.hpp"

namespace kindred::adapters {

/// The wall clock, and how far a test has moved it.
class MovedClock final : public ports::Clock {
public:
  Instant now() const override { return wall_.now() + Duration{ahead_us.load()}; }
  bool follows_events() const override { return false; }
  void advance(Instant) override {}
  std::atomic<std::int64_t> ahead_us{0};

private:
  ports::WallClock wall_;
};

/// One end of links over real sockets on the loopback, with what it was asked and answered. Its keys are made before the
/// link opens, so that others can pin them.
class PeerEnd {
public:
  explicit PeerEnd(const std::string& name) {
    settings.hello = {"shop", name, peers::kNodeSchemaVersion, life(), 8, 17};
  }
  ~PeerEnd() { close(); }

  ZmqPeerLink::Settings settings{"tcp://127.0.0.1:0", make_curve_keys(), {}, {}};
  MovedClock clock;
  bool serves = true;

  const std::string& name() const { return settings.hello.node; }
  PinnedPeer pinned(const std::string& endpoint) const {
    return {name(), endpoint, settings.keys.public_key};
  }
  void knows(const PinnedPeer& peer) { settings.peers.push_back(peer); }

  void open() {
    auto opened = ZmqPeerLink::open(settings, clock);
    ASSERT_TRUE(opened.ok()) << opened.error().what;
    link = opened.take();
    ZmqPeerLink::Handlers handlers;
    if (serves)
      handlers.on_ask = [this](ports::PeerAsked asked) { note([&] { asked_.push_back(std::move(asked)); }); };
    handlers.on_change = [this](const ports::PeerStanding&) { note([] {}); };
    handlers.on_denied = [this](const std::string&, const std::string& key) {
      note([&] { denied_.push_back(key); });
    };
    link->start(std::move(handlers));
  }
  void close() {
    if (link) link->stop();
    link.reset();
  }
  const std::string& endpoint() const { return link->listening_at(); }

  ports::PeerStanding standing(const std::string& peer) const {
    for (const auto& one : link->standing())
      if (one.name == peer) return one;
    return {};
  }
  bool becomes(const std::string& peer, ports::PeerState state,
               peers::Refusal refusal = peers::Refusal::kNone) {
    return waits([&] {
      const auto now = standing(peer);
      return now.state == state && now.refusal == refusal;
    });
  }
  /// The next ask of a peer.
  ports::PeerAsked asked() {
    EXPECT_TRUE(waits([this] { return !asked_.empty(); }));
    const std::lock_guard lock(mutex_);
    if (asked_.empty()) return {};
    auto one = std::move(asked_.front());
    asked_.pop_front();
    return one;
  }
  std::size_t asked_count() {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }
  std::vector<std::string> denied() {
    const std::lock_guard lock(mutex_);
    return denied_;
  }

  using Outcome = Result<Bytes, ports::PeerFailure>;
  struct Pending {
    std::optional<Outcome> outcome;
  };
  std::shared_ptr<Pending> ask(const std::string& peer, peers::MessageKind kind, Bytes payload,
                               std::int64_t patience_us = 20'000'000) {
    auto pending = std::make_shared<Pending>();
    link->ask({peer, kind, std::move(payload), clock.steady_us() + patience_us},
              [this, pending](Outcome outcome) { note([&] { pending->outcome = std::move(outcome); }); });
    return pending;
  }
  /// What became of it. Waits.
  Outcome outcome(const std::shared_ptr<Pending>& pending) {
    EXPECT_TRUE(waits([&] {
      const std::lock_guard lock(mutex_);
      return pending->outcome.has_value();
    }));
    const std::lock_guard lock(mutex_);
    return pending->outcome ? *pending->outcome : Outcome(ports::PeerFailure{});
  }
  ports::PeerError error(const std::shared_ptr<Pending>& pending) {
    const auto ended = outcome(pending);
    return ended.ok() ? ports::PeerError{} : ended.error().error;
  }
  bool is_over(const std::shared_ptr<Pending>& pending) {
    const std::lock_guard lock(mutex_);
    return pending->outcome.has_value();
  }

  /// Looks whenever something happened, and now and then: standings move without a call, too.
  template <class Condition>
  bool waits(Condition&& holds) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!holds()) {
      std::unique_lock lock(mutex_);
      if (std::chrono::steady_clock::now() > until) return false;
      changed_.wait_for(lock, std::chrono::milliseconds(5));
    }
    return true;
  }

  std::unique_ptr<ZmqPeerLink> link;

private:
  static std::uint64_t life() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }
  template <class What>
  void note(What&& what) {
    const std::lock_guard lock(mutex_);
    what();
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ports::PeerAsked> asked_;
  std::vector<std::string> denied_;
};

/// Two that know each other. `b` listens before `a` opens; what `b` knows of `a` is its key, at an endpoint of its own.
inline void introduce(PeerEnd& a, PeerEnd& b) {
  ASSERT_NO_FATAL_FAILURE({
    b.knows(a.pinned("tcp://127.0.0.1:1")); // nobody listens there: b lets a in, and does not reach it
    b.open();
  });
  a.knows(b.pinned(b.endpoint()));
  a.open();
}

} // namespace kindred::adapters
