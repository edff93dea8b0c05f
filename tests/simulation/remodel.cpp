#include "tests/simulation/remodel.hpp"

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "actors/fast_models/delta_fold.hpp"
#include "actors/fast_models/solved_fold.hpp"
#include "engine/base/hash.hpp"
#include "engine/profiles/partition_state.hpp"
#include "engine/rounds/learner.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/simulation/node.hpp"

namespace kindred::simulation {

namespace {

using Tape = support::MemoryLogDisk::Tape;
using Gatherers = std::map<std::uint64_t, std::unique_ptr<rounds::Gatherer>>; ///< by offset of their cut

/// Folds one partition and gathers at every cut on the way.
Gatherers gather(const Tape& tape, PartitionId partition) {
  Gatherers gathered;
  profiles::NothingStored nothing;
  profiles::PartitionState::Settings settings;
  settings.partition = partition;
  profiles::PartitionState state(settings, nothing);
  std::uint64_t at = 0;
  state.on_cut([&](const records::Record& record) {
    const auto* cut = std::get_if<records::Cut>(&record.body);
    if (cut == nullptr) return;
    auto gatherer = rounds::gatherer_of(cut->learner, record.header.stamp);
    const auto sweep = state.begin_sweep(record.header.tenant, *gatherer);
    bool complete = false;
    while (!complete) complete = state.go_on_sweeping(sweep, 1'000).value();
    state.end_sweep(sweep);
    gathered[at] = std::move(gatherer); // a copy of the same cut in a later entry is another offset
  });
  stats::FastDelta ignored;
  for (const auto& [offset, bytes] : tape.entries) {
    at = offset;
    const auto entry = schemas::decode_entry(bytes);
    if (entry.ok()) (void)state.apply(entry.value(), offset, ignored);
  }
  return gathered;
}

std::map<std::string, rounds::KnownModels> known_of(const actors::fast_models::Lines& lines) {
  std::map<std::string, rounds::KnownModels> known;
  const auto keep = [](const std::optional<actors::fast_models::Placed>& placed) {
    return placed ? std::optional(rounds::KnownModel{placed->model->parameters, placed->model->trained_at})
                  : std::nullopt;
  };
  for (const auto& [key, line] : lines) known[key.second] = {keep(line->champion), keep(line->challenger)};
  return known;
}

std::vector<rounds::Offer> solve(const std::string& model, std::vector<Gatherers>& partitions,
                                 const std::vector<std::uint64_t>& cuts,
                                 const std::map<std::string, rounds::KnownModels>& known) {
  const auto solver = rounds::solver_of(rounds::learner_of(model), known, Node::limits());
  while (true) {
    const Bytes parameters = solver->parameters();
    std::vector<Bytes> statistics;
    for (std::size_t p = 0; p < partitions.size(); ++p) {
      const auto found = partitions[p].find(cuts[p]);
      if (found == partitions[p].end() || !found->second->begin(parameters)) return {};
      while (!found->second->go_on(1'000)) {
      }
      statistics.push_back(found->second->statistic());
    }
    const auto done = solver->absorb(statistics);
    if (!done.ok()) return {};
    if (done.value()) return solver->offers();
  }
}

} // namespace

Remodel remodel(const support::MemoryLogDisk& disk, std::uint16_t partitions) {
  static const Tape kEmpty;
  const auto tape_of = [&](const records::Stream& stream) -> const Tape& {
    const auto tape = disk.tapes.find(stream);
    return tape == disk.tapes.end() ? kEmpty : tape->second;
  };
  Remodel result;
  std::vector<Gatherers> gathered;
  for (std::uint16_t p = 0; p < partitions; ++p)
    gathered.push_back(gather(tape_of({records::Topic::kEvents, {p}}), {p}));
  std::map<PartitionId, std::uint64_t> from_nothing;
  for (std::uint16_t p = 0; p < partitions; ++p) from_nothing[{p}] = 0;
  actors::fast_models::DeltaFold deltas(from_nothing);
  actors::fast_models::SolvedFold solved;
  std::shared_ptr<const actors::fast_models::Lines> before_round = solved.lines();
  std::vector<std::uint64_t> last_cuts;
  for (const auto& [offset, bytes] : tape_of({records::Topic::kModels, {}}).entries) {
    const auto folded = deltas.fold({offset, bytes});
    if (!folded.ok()) return {"the models log cannot be read: " + folded.error(), 0};
    for (const records::Record& record : folded.value().solved) {
      const auto* manifest = std::get_if<records::Manifest>(&record.body);
      const auto before = solved.lines();
      if (!solved.fold(record).changed || manifest == nullptr) continue;
      ++result.manifests;
      if (manifest->cuts != last_cuts) before_round = before; // several models of one round know the same
      last_cuts = manifest->cuts;
      if (manifest->cuts.size() != partitions) return {"a manifest without a cut for each partition", 0};
      bool found = false;
      for (const rounds::Offer& offer :
           solve(manifest->learner, gathered, manifest->cuts, known_of(*before_round)))
        found |= offer.learner == manifest->learner && offer.role == manifest->role &&
                 hash128(offer.parameters) == manifest->model;
      if (!found)
        return {"sharding, erasure: generation " + std::to_string(manifest->generation) + " of " +
                    manifest->learner + " is not what its cuts give",
                result.manifests};
    }
  }
  return result;
}

} // namespace kindred::simulation
