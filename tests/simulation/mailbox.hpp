#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

namespace kindred::simulation {

/// Messages to one simulated actor, in order. An actor that dies loses what waited; what is sent to a dead one is lost.
class Mailbox {
public:
  using Message = std::function<void()>;

  void open() {
    alive_ = true;
    ++life_;
  }
  void close() {
    alive_ = false;
    waiting_.clear();
  }
  void send(Message message) {
    if (alive_) waiting_.push_back(std::move(message));
  }
  bool ready(std::int64_t steady_us) const { return !waiting_.empty() && steady_us >= paused_until_us_; }
  bool empty() const { return waiting_.empty(); }
  bool alive() const { return alive_; }
  /// Another after every start: what was asked by a dead actor is not answered to its successor.
  std::uint64_t life() const { return life_; }
  void pause_until(std::int64_t steady_us) { paused_until_us_ = steady_us; }
  void run_one() {
    Message message = std::move(waiting_.front());
    waiting_.pop_front();
    message();
  }

private:
  std::deque<Message> waiting_;
  bool alive_ = false;
  std::uint64_t life_ = 0;
  std::int64_t paused_until_us_ = 0;
};

} // namespace kindred::simulation
