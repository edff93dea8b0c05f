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
/// come to their end, so that cadences run in the time of the events: one learner after another by name, so that their
/// records stand in the logs in the same order in every run.
/// Pure; owned by the gateway's state; not thread-safe.
class ModelSettling {
public:
  explicit ModelSettling(const std::vector<std::string>& learners) {
    for (const std::string& learner : learners) learners_[learner] = {};
  }

  /// The learner whose model actor is to be asked first. None: no round is due, the barrier is passed.
  std::optional<std::string> open(std::uint64_t ticket, Instant now) {
    waiting_.clear();
    for (const auto& [learner, known] : learners_)
      if (!known.told || (known.next_due && *known.next_due <= now)) waiting_.insert(learner);
    ticket_ = waiting_.empty() ? 0 : ticket;
    now_ = now;
    return next();
  }

  struct Step {
    bool passed = false;
    std::optional<std::string> ask; ///< whose model actor is to be asked next, as of now()
    friend bool operator==(const Step&, const Step&) = default;
  };
  Step on(const model::Settled& settled) {
    const auto known = learners_.find(settled.learner);
    if (known == learners_.end()) return {};
    known->second.next_due = settled.next_due;
    if (ticket_ == 0 || settled.ticket != ticket_ || next() != settled.learner) return {};
    known->second.told = true; // an answer to a former barrier may be older than what was asked for since
    waiting_.erase(waiting_.begin());
    if (waiting_.empty()) ticket_ = 0;
    return {waiting_.empty(), next()};
  }

  /// A round was asked for: when the next is due must be asked anew.
  void unsettle(const std::string& learner) {
    if (const auto known = learners_.find(learner); known != learners_.end()) known->second.told = false;
  }
  void abandon() { ticket_ = 0; }
  std::uint64_t ticket() const { return ticket_; } ///< of the open barrier; 0: none
  Instant now() const { return now_; }             ///< that barrier's
  bool has(const std::string& learner) const { return learners_.contains(learner); }

private:
  std::optional<std::string> next() const {
    return waiting_.empty() ? std::nullopt : std::optional(*waiting_.begin());
  }

  struct Known {
    bool told = false; ///< its actor said when it is due next
    std::optional<Instant> next_due;
  };
  std::map<std::string, Known> learners_;
  std::set<std::string> waiting_; ///< of the open barrier; the first one was asked
  Instant now_;
  std::uint64_t ticket_ = 0;
};

} // namespace kindred::actors::gateway
