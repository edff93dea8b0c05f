#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "actors/ports/clock.hpp"
#include "engine/base/random.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::simulation {

/// A thing that can happen next.
using Move = std::function<void()>;

/// One node's way to the log that all share: what a client library of a replicated log is to a process.
///
/// Destroying it is the crash of its node: what waits here is gone, what the log was handed may still be committed, and no
/// verdict or delivery comes any more. While it is cut, nothing is delivered; what is produced waits, and after a while has
/// no verdict; once the node knows that it hears nothing (`lost`), appends are refused and looks fail.
/// Its subscriptions go first. Owned by a node; one thread.
class LogWay final : public ports::Log {
public:
  LogWay(support::MemoryLog& log, const ports::Clock& clock, Random& random);
  ~LogWay() override;

  // ---- the port ----
  std::uint64_t incarnation() const override { return log_.incarnation(); }
  std::uint16_t partitions() const override { return log_.partitions(); }
  void produce(const records::Stream& stream, Bytes entry, OnVerdict on_verdict) override;
  std::unique_ptr<ports::Subscription> tail(const records::Stream& stream, std::uint64_t from,
                                            ports::TailSink sink) override;
  Result<Bounds, ports::LogError> bounds(const records::Stream& stream) override;
  Result<std::vector<ports::LogEntry>, ports::LogError>
  read(const records::Stream& stream, std::uint64_t from, std::size_t bytes_max) override;
  Result<Done, ports::LogError> trim(const records::Stream& stream, std::uint64_t before) override;
  Result<std::uint64_t, ports::LogError> next_epoch() override;
  Result<Done, ports::LogError> health() const override;

  // ---- what moves ----
  bool is_here(std::uint64_t subscription) const { return subscriptions_.contains(subscription); }
  void moves(std::vector<Move>& ways);

  // ---- faults ----
  void cut();
  /// What waits goes to the log, or has no verdict; so do verdicts that did not come through, by the seed.
  void heal();
  bool is_cut() const { return way_->cut; }
  /// The node knows that it hears nothing.
  bool lost() const;

  static constexpr Duration kNoticedAfter{kSecond.us / 2};
  static constexpr Duration kNoVerdictAfter{kSecond};

private:
  class Handle;
  struct Verdict {
    ports::Verdict verdict;
    OnVerdict on_verdict;
  };
  struct Waiting {
    records::Stream stream;
    Bytes entry;
    OnVerdict on_verdict;
    std::int64_t since_us = 0;
  };
  /// Outlived by verdicts that the log still gives.
  struct Way {
    bool cut = false;
    std::deque<Verdict> late; ///< came while it was cut
  };
  void hand_over(const records::Stream& stream, Bytes entry, OnVerdict on_verdict);

  support::MemoryLog& log_;
  const ports::Clock& clock_;
  Random& random_;
  std::shared_ptr<Way> way_ = std::make_shared<Way>();
  std::deque<Waiting> waiting_;
  std::set<std::uint64_t> subscriptions_;
  std::int64_t cut_us_ = 0;
};

} // namespace kindred::simulation
