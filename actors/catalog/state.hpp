#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/catalog/contract.hpp"
#include "actors/catalog/probe.hpp"
#include "actors/ports/checkpoint.hpp"
#include "actors/ports/state_store.hpp"
#include "actors/ports/two_copies.hpp"

namespace kindred::actors::catalog {

// What the shell must do, in this order.
struct Open {}; ///< look at the library log; answered by Opened
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
  LibraryAdvanced advanced;
}; ///< after the Publish it is about
struct Write {
  ports::StoreBatch batch;
}; ///< to kSpace; answered by CheckpointWritten
struct Stand {
  Standing standing;
};
using Effect = std::variant<Open, Tail, Consumed, Publish, Tell, Write, Stand>;
using Effects = std::vector<Effect>;

/// How the library log was found: its life and bounds, or why not.
struct Opened {
  std::uint64_t incarnation = 0;
  Result<ports::Log::Bounds, ports::LogError> bounds = ports::LogError::kClosed;
};

/// The fold of the library log, and its publication.
///
/// One snapshot per folded batch, so that an upsert is effective in the next answer. Records that the library refuses are
/// told with LibraryAdvanced and change nothing; folding twice changes nothing (law: once). A wrong checksum, an unknown
/// record or a log that went back stop the folding with a reason in Standing; the last snapshot stays.
/// Pure but for the loading of the checkpoint in `start`. Owner: one shell, test or simulator; not thread-safe.
class State {
public:
  /// `store` is read in `start` only; both must outlive the state.
  State(ports::StateStore& store, Probe& probe);

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
  /// An entry's records, or only that the log went on.
  struct Change {
    std::uint64_t end = 0;
    std::vector<records::Record> records;
    records::Authorship author{}; ///< means something where there are records
  };

  void fold(const ports::LogEntry& entry);
  void apply(Snapshot& snapshot, const Change& change, bool first);
  void publish_into(Effects& effects);
  void stop(std::string why) {
    if (stopped_.empty()) stopped_ = std::move(why);
  }
  void stand_into(Effects& effects);
  Bytes checkpoint() const;
  bool restore(BytesView body);

  ports::StateStore& store_;
  Probe& probe_;
  std::optional<ports::TwoCopies<Snapshot, Change>> copies_; ///< made anew when a checkpoint is taken up
  std::vector<LibraryAdvanced::Refused> refused_;            ///< not yet told
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

} // namespace kindred::actors::catalog
