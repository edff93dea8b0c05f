#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <utility>

namespace kindred::ports {

/// Turns for work that nobody waits for and that many actors of a node have to do, each in slices: where all did theirs at once,
/// every question would wait behind a slice of each. Given in the order in which they were asked for.
/// Thread-safe; outlives its turns.
class Turns {
public:
  explicit Turns(std::size_t most) : most_(most) {} ///< had at a time
  Turns(const Turns&) = delete;

  /// One that was asked for, or is had; given back at its end.
  class Turn {
  public:
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)), number_(other.number_) {}
    Turn(const Turn&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->give_back(number_);
    }

  private:
    friend class Turns;
    Turn(Turns* turns, std::uint64_t number) : turns_(turns), number_(number) {}
    Turns* turns_;
    std::uint64_t number_;
  };

  /// `begins` is called when it is had: now, or by whoever gives one back. It should do no more than to send a message.
  Turn ask(std::function<void()> begins);

private:
  void give_back(std::uint64_t number);

  const std::size_t most_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::set<std::uint64_t> had_;
  std::deque<std::pair<std::uint64_t, std::function<void()>>> waiting_;
};

} // namespace kindred::ports
