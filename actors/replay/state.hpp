#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "actors/replay/contract.hpp"
#include "actors/replay/log_reader.hpp"
#include "actors/replay/probe.hpp"
#include "actors/replay/rebuilt.hpp"
#include "engine/decisions/decide.hpp"
#include "engine/records/record.hpp"

namespace kindred::actors::replay {

/// Takes decisions again: reads the record, folds library, fast models and the user's slot up to the positions it names,
/// decides, compares. One job at a time, in slices of kSliceBytes of log.
///
/// Rebuilt states are kept (kRebuiltMax of each kind) and only go forward: jobs in order of their positions cost one pass
/// over the logs together; one that lies before all kept states starts from the beginning of the log.
/// What it cannot do it says by type: kNotLogged, kExpired (window, events or library log trimmed), kModelGone (models log
/// trimmed: its record can still be explained), kEngineChanged.
/// Owned by one actor, test or simulator; not thread-safe. Reads logs through `LogReader` only.
class State {
public:
  struct Settings {
    std::uint16_t partitions = 16;
    std::uint64_t incarnation = 0;
  };
  State(Settings settings, LogReader log, Probe& probe);

  /// Takes a job; the answer is among what this or a later `pulse` returns. Past kJobsMax it is kOverloaded.
  std::vector<Recalled> take(Recall job);
  /// Works one slice. Jobs past their deadline are answered.
  std::vector<Recalled> pulse(const Pulse& pulse);
  bool busy() const { return !jobs_.empty(); }

private:
  struct Job {
    Recall recall;
    std::optional<records::Decided> decided;
    Slot slot;
  };
  /// Nothing: the job needs another slice.
  using Step = std::optional<api::AnswerBody>;

  Step work(Job& job);
  Step read_record(Job& job);
  Step rebuild(Job& job);
  api::AnswerBody explain(const Job& job, const kindred::catalog::Catalog& catalog) const;
  api::AnswerBody decide_again(const Job& job, const kindred::catalog::Catalog& catalog);

  RebuiltLibrary& library_for(std::uint64_t end);
  RebuiltModels& models_for(std::uint64_t end);
  RebuiltUsers& users_for(const Job& job);

  const Settings settings_;
  const LogReader log_;
  Probe& probe_;
  std::deque<Job> jobs_;
  std::list<RebuiltLibrary> libraries_; ///< newest used first
  std::list<RebuiltModels> models_;
  std::list<RebuiltUsers> users_;
  decisions::Workspace workspace_;
};

} // namespace kindred::actors::replay
