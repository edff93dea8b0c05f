#pragma once

#include <cstdint>
#include <utility>

#include "actors/user_shard/effects.hpp"

namespace kindred::actors::user_shard {

/// Who of those that a partition has no room for without its turn has left: first those who are written, whether or not the
/// store takes the others.
enum class Leaving : std::uint8_t { kNobody, kWritten, kAll };

/// One kind of work that shards take turns with (ports::Turns): whether it was asked for and is had.
class Turn {
public:
  explicit Turn(Work work) : work_(work) {}

  /// Asks for it where there is work, gives it back where there is none. One that is waited for keeps its place.
  void want(bool work, Effects& out) {
    if (work == asked_ || (asked_ && !had_)) return;
    asked_ = work;
    had_ = false;
    if (work)
      out.emplace_back(TakeTurn{work_, ++number_});
    else
      out.emplace_back(GiveTurn{work_});
  }
  /// False: it is not the one asked for.
  bool came(const TurnCame& turn) {
    if (turn.work != work_ || turn.number != number_ || !asked_) return false;
    had_ = true;
    return true;
  }
  bool had() const { return had_; }

private:
  const Work work_;
  std::uint64_t number_ = 0; ///< of the one asked for last
  bool asked_ = false, had_ = false;
};

} // namespace kindred::actors::user_shard
