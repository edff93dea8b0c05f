#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/fast_models/contract.hpp"
#include "actors/fast_models/delta_fold.hpp"
#include "actors/fast_models/probe.hpp"
#include "actors/fast_models/solved_fold.hpp"
#include "actors/ports/checkpoint.hpp"
#include "actors/ports/state_store.hpp"
#include "actors/ports/two_copies.hpp"

namespace kindred::actors::fast_models {

// What the shell must do, in this order.
struct Open {}; ///< look at the models log; answered by Opened
struct Tail {
  std::uint64_t from = 0;
};
struct Consumed {
  std::size_t bytes = 0;
};
struct Publish {
  SnapshotPtr snapshot;
};
struct Tell {
  DeltaSeen seen;
}; ///< after the Publish that has it
struct Advanced {
  std::uint64_t end = 0;
};
struct Write {
  ports::StoreBatch batch;
}; ///< to kSpace; answered by CheckpointWritten
struct Stand {
  Standing standing;
};
using Effect = std::variant<Open, Tail, Consumed, Publish, Tell, Advanced, Write, Stand>;
using Effects = std::vector<Effect>;

/// How the models log was found: its life and bounds, or why not.
struct Opened {
  std::uint64_t incarnation = 0;
  Result<ports::Log::Bounds, ports::LogError> bounds = ports::LogError::kClosed;
};

/// The fold of the models log, and its publication.
///
/// Sums depend on the applied deltas alone, so that any split of the events over partitions gives the same sums (law:
/// sharding). A wrong checksum, an unknown record or a log that went back stop the folding with a reason in Standing; the
/// last snapshot stays.
/// Pure but for the loading of the checkpoint in `start`. Owner: one shell, test or simulator; not thread-safe.
class State {
public:
  struct Settings {
    std::uint16_t partitions = 16;
  };
  /// `store` is read in `start` only; both must outlive the state.
  State(Settings settings, ports::StateStore& store, Probe& probe);

  Effects start();
  Effects opened(const Opened& opened);
  Effects handle(Entries entries);
  Effects handle(const CaughtUp& caught_up);
  Effects handle(const TailFailed& failed);
  Effects handle(const CheckpointWritten& written);
  Effects handle(const Pulse& pulse);

  bool ready() const { return stopped_.empty() && caught_up_; }
  const std::string& stopped_because() const { return stopped_; }

private:
  /// One step of a copy: a delta, or only that the log went on.
  struct Change {
    std::uint64_t end = 0;
    std::optional<DeltaSeen> delta;
    std::shared_ptr<const Lines> solved; ///< null: as before
  };

  /// `ahead`: the copy that took the change first; null: this one does.
  static void apply(Snapshot& snapshot, const Change& change, const Snapshot* ahead);
  void fold(const ports::LogEntry& entry);
  bool fold_solved(const std::vector<records::Record>& records);
  void publish_into(Effects& effects);
  void stop(std::string why) {
    if (stopped_.empty()) stopped_ = std::move(why);
  }
  void stand_into(Effects& effects);
  Bytes checkpoint() const;
  bool restore(BytesView body);

  const Settings settings_;
  ports::StateStore& store_;
  Probe& probe_;
  std::optional<ports::TwoCopies<Snapshot, Change>> copies_; ///< made anew when a checkpoint is taken up
  SolvedFold solved_;                                        ///< like the next
  DeltaFold deltas_;            ///< ahead of what is published while a copy is held
  std::vector<DeltaSeen> seen_; ///< to be told once they are in a snapshot
  std::uint64_t end_ = 0;
  std::uint64_t incarnation_ = 0;
  std::uint64_t start_end_ = 0; ///< end of the log when it was opened: ready from there on
  bool opened_ = false;
  std::int64_t steady_us_ = 0;
  std::string not_opened_; ///< why the log could not be opened; empty: it was, or is looked at
  std::int64_t open_again_us_ = 0;
  bool caught_up_ = false;
  std::string stopped_;
  std::uint32_t chunks_stored_ = 0;
  std::uint64_t stored_end_ = 0;
  bool writing_ = false;
  std::uint64_t writing_end_ = 0;
  std::int64_t next_checkpoint_us_ = 0; ///< steady; 0: not yet known
};

} // namespace kindred::actors::fast_models
