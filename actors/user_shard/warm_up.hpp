#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred::actors::user_shard {

/// Whether a replay begins with reading all that is stored of users (PartitionState::warm_up) instead of looking for each
/// when he comes: it does where so much is left to fold that the looks cost more. Judged once a turn, by the first entries.
class WarmUp {
public:
  static constexpr std::uint64_t kLookAt = 8; ///< entries
  /// A look for a user costs about as much as reading so many in order, and some of those who come come twice.
  static constexpr std::uint64_t kLooksWorth = 4;

  void begin_turn() { *this = {}; }
  /// An entry of the turn; so many are left, and so many users are stored.
  void folded(std::size_t records, std::uint64_t left, std::uint64_t users) {
    ++entries_;
    records_ += records;
    if (entries_ == kLookAt) running_ = left * records_ / entries_ * kLooksWorth >= users;
  }
  void end() { running_ = false; }
  bool running() const { return running_; }

private:
  std::uint64_t entries_ = 0, records_ = 0;
  bool running_ = false;
};

} // namespace kindred::actors::user_shard
