#include "tests/simulation/remodel.hpp"

#include <algorithm>
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

bool is_placed(const std::optional<actors::fast_models::Placed>& placed,
               const std::optional<actors::fast_models::Placed>& other) {
  if (!placed || !other) return placed.has_value() == other.has_value();
  return placed->generation == other->generation && placed->model->version == other->model->version;
}

/// Empty: the same models from the same manifests, in the same roles.
std::string difference(const actors::fast_models::Lines& served, const actors::fast_models::Lines& told) {
  if (served.size() != told.size()) return "models of other names serve than the log has";
  for (const auto& [key, line] : told) {
    const auto found = served.find(key);
    if (found == served.end()) return key.second + " does not serve";
    const actors::fast_models::Line& other = *found->second;
    const bool retired = std::equal(line->retired.begin(), line->retired.end(), other.retired.begin(),
                                    other.retired.end(), is_placed);
    if (other.generation != line->generation || !is_placed(other.champion, line->champion) ||
        !is_placed(other.challenger, line->challenger) || !retired)
      return key.second + " serves at generation " + std::to_string(other.generation) +
             ", the log makes it " + std::to_string(line->generation);
  }
  return {};
}

/// Reads the models log from its beginning.
class Reader {
public:
  Reader(std::vector<Gatherers> gathered, std::vector<actors::fast_models::SnapshotPtr> served)
      : gathered_(std::move(gathered)), served_(std::move(served)), deltas_(from_nothing(gathered_.size())) {
    std::sort(served_.begin(), served_.end(), [](const auto& a, const auto& b) { return a->end < b->end; });
  }

  Remodel read(const Tape& tape) {
    for (const auto& [offset, bytes] : tape.entries) {
      compare(offset);
      const auto folded = deltas_.fold({offset, bytes});
      if (!folded.ok()) return fail("the models log cannot be read: " + folded.error());
      for (const records::Record& record : folded.value().solved)
        if (std::string wrong = fold(record); !wrong.empty()) return fail(std::move(wrong));
    }
    compare(~0ULL);
    return std::move(result_);
  }

  /// Of what a partition's log adopted: every model in it was made champion by the manifest of that generation.
  std::string check_adopts(const Tape& tape) const {
    for (const auto& [offset, bytes] : tape.entries) {
      const auto entry = schemas::decode_entry(bytes);
      if (!entry.ok()) continue;
      for (const records::Record& record : entry.value().records) {
        const auto* adopt = std::get_if<records::Adopt>(&record.body);
        if (adopt == nullptr || rounds::learner_of(adopt->kind).empty()) continue;
        const auto champion = champions_.find({adopt->kind, adopt->generation});
        if (champion == champions_.end() || champion->second != hash128(adopt->value))
          return "generation " + std::to_string(adopt->generation) + " of " + adopt->kind +
                 " was adopted, which the models log did not make champion";
      }
    }
    return {};
  }

private:
  static std::map<PartitionId, std::uint64_t> from_nothing(std::size_t partitions) {
    std::map<PartitionId, std::uint64_t> last_to;
    for (std::size_t p = 0; p < partitions; ++p) last_to[{static_cast<std::uint16_t>(p)}] = 0;
    return last_to;
  }

  Remodel fail(std::string why) {
    result_.failure = std::move(why);
    return result_;
  }

  /// With those that have the log up to here.
  void compare(std::uint64_t offset) {
    for (; compared_ < served_.size() && served_[compared_]->end <= offset; ++compared_)
      if (std::string wrong = difference(*served_[compared_]->solved, *solved_.lines()); !wrong.empty())
        result_.failure = std::move(wrong);
  }

  /// What is wrong with it, in words.
  std::string fold(const records::Record& record) {
    const auto* manifest = std::get_if<records::Manifest>(&record.body);
    const auto before = solved_.lines();
    const auto folded = solved_.fold(record);
    result_.refused += folded.refusal == actors::fast_models::SolvedRefusal::kWrongGeneration ? 1 : 0;
    if (!folded.changed || manifest == nullptr) return {};
    ++result_.manifests;
    const std::string name =
        "generation " + std::to_string(manifest->generation) + " of " + manifest->learner;
    // Compare-and-set, counted here once more.
    if (manifest->expects != taken_[manifest->learner]++) return name + " was taken in place of another";
    if (manifest->role == records::ModelRole::kChampion)
      champions_[{manifest->learner, manifest->generation}] = manifest->model;
    if (manifest->cuts != last_cuts_) before_round_ = before; // several models of one round know the same
    last_cuts_ = manifest->cuts;
    if (manifest->cuts.size() != gathered_.size()) return name + " has not a cut for each partition";
    const auto offers = solve(manifest->learner, gathered_, manifest->cuts, known_of(*before_round_));
    const bool found = std::any_of(offers.begin(), offers.end(), [&](const rounds::Offer& offer) {
      return offer.learner == manifest->learner && offer.role == manifest->role &&
             hash128(offer.parameters) == manifest->model;
    });
    return found ? "" : "sharding, erasure: " + name + " is not what its cuts give";
  }

  std::vector<Gatherers> gathered_;
  std::vector<actors::fast_models::SnapshotPtr> served_; ///< in the order of what they have folded
  actors::fast_models::DeltaFold deltas_;
  actors::fast_models::SolvedFold solved_;
  std::shared_ptr<const actors::fast_models::Lines> before_round_ = solved_.lines();
  std::vector<std::uint64_t> last_cuts_;
  std::map<std::string, std::uint64_t> taken_;                       ///< manifests, by model's name
  std::map<std::pair<std::string, std::uint64_t>, Id128> champions_; ///< by name and generation
  std::size_t compared_ = 0;                                         ///< so many of what is served
  Remodel result_;
};

} // namespace

Remodel remodel(const support::MemoryLogDisk& disk, std::uint16_t partitions,
                std::vector<actors::fast_models::SnapshotPtr> served) {
  static const Tape kEmpty;
  const auto tape_of = [&](const records::Stream& stream) -> const Tape& {
    const auto tape = disk.tapes.find(stream);
    return tape == disk.tapes.end() ? kEmpty : tape->second;
  };
  std::vector<Gatherers> gathered;
  for (std::uint16_t p = 0; p < partitions; ++p)
    gathered.push_back(gather(tape_of({records::Topic::kEvents, {p}}), {p}));
  Reader reader(std::move(gathered), std::move(served));
  Remodel result = reader.read(tape_of({records::Topic::kModels, {}}));
  for (std::uint16_t p = 0; p < partitions && result.failure.empty(); ++p)
    result.failure = reader.check_adopts(tape_of({records::Topic::kEvents, {p}}));
  return result;
}

} // namespace kindred::simulation
