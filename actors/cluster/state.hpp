#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/cluster/contract.hpp"
#include "actors/cluster/probe.hpp"

namespace kindred::actors::cluster {

// What the shell must do, in this order.
struct Open {}; ///< look at the control log, take a new epoch; answered by Opened
struct Tail {
  std::uint64_t from = 0;
};
struct Consumed {
  std::size_t bytes = 0;
};
struct Produce {
  Bytes entry;
}; ///< to the control log; answered by Appended
struct Trim {
  std::uint64_t before = 0;
}; ///< answered by Trimmed
struct Stand {
  std::shared_ptr<const Standing> standing;
};
using Effect = std::variant<Open, Tail, Consumed, Produce, Trim, Stand>;
using Effects = std::vector<Effect>;

/// How the control log was found, or why not.
struct Opened {
  Result<ports::Log::Bounds, ports::LogError> bounds = ports::LogError::kClosed;
  Result<std::uint64_t, ports::LogError> epoch = ports::LogError::kClosed;
};
/// What became of a Trim: the bounds after it.
struct Trimmed {
  Result<ports::Log::Bounds, ports::LogError> bounds = ports::LogError::kClosed;
};

/// Whether this node may say in the control log that it is there.
///
/// It may where a peer talks to it; and where nobody answers and nobody refuses (it is the first, or cut off from its peers
/// but not from the log). It may not where all that answer refuse it: then it changes nothing for the others.
bool is_admitted(const std::vector<ports::PeerStanding>& peers, bool joined, Duration since_start);
/// Whether this node's clock and not the others' is the one that is off: it differs from more than half of the peers whose
/// clock is known.
bool is_clock_off(const std::vector<ports::PeerStanding>& peers);

/// Folds the control log, and decides what this node says in it.
///
///   opening ── Opened ──> catching up ── TailCaughtUp, admitted ──> joining ── own Join folded ──> member
///
/// One entry is in flight at a time. What has no verdict is not sent again: the next beat says it.
/// Stops, with a reason, at an entry whose checksum is wrong, at a record of a type it does not know that is not
/// ignorable, and where the log went back. An offset that was trimmed away begins the fold anew.
/// Pure. Owner: one shell, test or simulator; not thread-safe.
class State {
public:
  State(Settings settings, Probe& probe)
      : settings_(std::move(settings)), probe_(probe), members_(settings_.cluster) {}

  Effects start();
  Effects handle(const Opened& opened);
  Effects handle(const Entries& entries);
  Effects handle(const TailCaughtUp& caught_up);
  Effects handle(const TailFailed& failed);
  Effects handle(const Appended& appended);
  Effects handle(DrainMember drain);
  Effects handle(const Trimmed& trimmed);
  Effects handle(const Surroundings& around); ///< a pulse

private:
  struct Mark {
    Instant stamp;
    std::uint64_t offset = 0;
  };

  void fold(const ports::LogEntry& entry);
  void fold(const records::Record& record, std::uint64_t offset);
  void stop(std::string why) {
    if (stopped_.empty()) stopped_ = std::move(why);
  }
  bool joined() const;
  void look_around(const Surroundings& around);
  bool beat_is_due() const;
  void beat_into(Effects& effects);
  void trim_into(Effects& effects);
  records::Record record_of(records::RecordType type, records::Body body);
  std::vector<std::string> reasons() const;
  void stand_into(Effects& effects);
  void stand_still(std::vector<std::string> why, Effects& effects);
  void show(const Standing& standing) const;

  const Settings settings_;
  Probe& probe_;
  Members members_;
  std::uint64_t epoch_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t record_ = 0; ///< number of the record said last
  std::uint64_t begin_ = 0, end_ = 0;
  bool opened_ = false;
  std::string not_opened_; ///< why the log could not be opened; empty: it was, or is looked at
  std::int64_t open_again_us_ = 0;
  bool caught_up_ = false;
  bool reading_on_ = false; ///< entries came, and the log's end was not told since
  bool seen_self_ = false;  ///< this life's Join was folded
  bool displaced_ = false;  ///< another process of this name joined after it
  std::string stopped_;
  std::deque<Mark> marks_; ///< of this node's own beats, oldest first

  Surroundings around_;
  std::int64_t started_us_ = 0; ///< steady; 0: no pulse yet
  bool admitted_ = false;
  std::uint64_t folded_ = 0;
  std::int64_t busy_us_ = 0; ///< steady: when something was folded last
  bool in_flight_ = false;
  std::int64_t next_beat_us_ = 0, next_join_us_ = 0, next_trim_us_ = 0;
  bool said_idle_ = false;
  std::vector<std::uint16_t> said_caught_up_;
  std::uint32_t said_fold_active_ = 0;
  std::deque<records::Drain> drains_; ///< at most kDrainsWaitingMax; each stays until the log has it
  std::size_t drains_said_ = 0;       ///< of them, the first ones: in the entry that is in flight
  bool trimming_ = false;
  std::shared_ptr<const Standing> standing_;
  Members::Places places_; ///< that the standing's map is of
  bool members_moved_ = true;
};

} // namespace kindred::actors::cluster
