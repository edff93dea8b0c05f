#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/model/contract.hpp"

namespace kindred::actors::gateway {

/// Events clock: the second half of the barrier before reads. Once all partitions are settled, rounds of models that are due
/// come to their end, so that cadences run in the time of the events.
/// Pure; owned by the gateway's state; not thread-safe.
class ModelSettling {
public:
  explicit ModelSettling(const std::vector<std::string>& learners) {
    for (const std::string& learner : learners) learners_[learner] = {};
  }

  /// Learners whose model actor is to be asked. Empty: no round is due, the barrier is passed.
  std::vector<std::string> open(std::uint64_t ticket, Instant now) {
    waiting_.clear();
    for (const auto& [learner, known] : learners_)
      if (!known.told || (known.next_due && *known.next_due <= now)) waiting_.insert(learner);
    ticket_ = waiting_.empty() ? 0 : ticket;
    return {waiting_.begin(), waiting_.end()};
  }

  /// True if the barrier is passed with this answer.
  bool on(const model::Settled& settled) {
    const auto known = learners_.find(settled.learner);
    if (known == learners_.end()) return false;
    known->second.next_due = settled.next_due;
    if (ticket_ == 0 || settled.ticket != ticket_ || waiting_.erase(settled.learner) == 0) return false;
    known->second.told = true; // an answer to a former barrier may be older than what was asked for since
    if (!waiting_.empty()) return false;
    ticket_ = 0;
    return true;
  }

  /// A round was asked for: when the next is due must be asked anew.
  void unsettle(const std::string& learner) {
    if (const auto known = learners_.find(learner); known != learners_.end()) known->second.told = false;
  }
  void abandon() { ticket_ = 0; }
  std::uint64_t ticket() const { return ticket_; } ///< of the open barrier; 0: none
  bool has(const std::string& learner) const { return learners_.contains(learner); }

private:
  struct Known {
    bool told = false; ///< its actor said when it is due next
    std::optional<Instant> next_due;
  };
  std::map<std::string, Known> learners_;
  std::set<std::string> waiting_;
  std::uint64_t ticket_ = 0;
};

} // namespace kindred::actors::gateway
