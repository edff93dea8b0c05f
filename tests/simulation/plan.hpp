#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::simulation {

/// Bugs put in on purpose, each in the simulator's own shells, to prove that it would find them.
enum class Planted : std::uint8_t {
  kNone,
  kAcknowledgeBeforeLog,    ///< the gateway hears "acked" when it asks, not when the log has it
  kForgetIdsOnRestart,      ///< the ids of folded records are not taken up from the store
  kLoseDeltaWithActor,      ///< what a shard held back for the fast models is not taken up from the store
  kServeBeforePosition,     ///< the positions of a question do not reach the shard
  kCountUnconsentedEvent,   ///< the purposes stated for an event are taken to be all
  kForgetErasedIds,         ///< the ids of erased users are not taken up from the store
  kForgetWatermarks,        ///< how far imports were folded is not taken up from the store
  kSumPartitionTwice,       ///< a partition's statistic comes in place of its neighbour's
  kPublishWithoutExpecting, ///< a manifest is taken whatever it expects
  kAdoptBackwards,          ///< an Adopt of an older generation is taken behind a newer one
  kKeepErasedExample,       ///< a round still gathers what was stored of a user who was erased
  kLoseMerge,               ///< what is for another partition is said to be there, and is not
  kForgetIdsInCheckpoint,   ///< the ids of folded records are not in what another node copies
  kServeBeforeCaughtUp,     ///< a shard hears that the log ends where its state ends
  kSendAgainAsAnother,      ///< an entry without a verdict is sent again with a new epoch and new ids
  kTrimAboveCheckpoint,     ///< the log's keeper hears what this node folded in place of what all have stored
  kCountTwoReplicas,        ///< a second replica's statistic comes in place of another partition's
};
inline constexpr Planted kAllPlanted[] = {
    Planted::kAcknowledgeBeforeLog,  Planted::kForgetIdsOnRestart,    Planted::kLoseDeltaWithActor,
    Planted::kServeBeforePosition,   Planted::kCountUnconsentedEvent, Planted::kForgetErasedIds,
    Planted::kForgetWatermarks,      Planted::kSumPartitionTwice,     Planted::kPublishWithoutExpecting,
    Planted::kAdoptBackwards,        Planted::kKeepErasedExample,     Planted::kLoseMerge,
    Planted::kForgetIdsInCheckpoint, Planted::kServeBeforeCaughtUp,   Planted::kSendAgainAsAnother,
    Planted::kTrimAboveCheckpoint,   Planted::kCountTwoReplicas};
/// A bug of a single node, or of a cluster of so many.
std::uint16_t nodes_for(Planted planted);
inline constexpr std::uint16_t kClusterNodes = 3;
std::string_view name_of(Planted planted);
std::optional<Planted> planted_of(std::string_view name);

struct Plan {
  std::uint64_t seed = 1;
  Planted planted = Planted::kNone;
  int steps = 4'000;       ///< with faults; then it heals and finishes
  std::uint16_t nodes = 1; ///< more than one: a cluster, on one log
  std::uint16_t partitions = 2;
  int shoppers = 3;

  /// Whose rounds are run, by turns.
  std::string_view learner() const {
    constexpr std::string_view kTurns[] = {"ranker", "itemItem", "segments", "rfm"};
    return kTurns[seed % 4];
  }
};

/// What a run found; empty `wrong`: the laws held.
struct Report {
  std::vector<std::string> wrong;
  std::vector<std::string> trace; ///< the last events, for a failing seed
  std::uint64_t events = 0;       ///< acknowledged
  std::uint64_t answers = 0;
  std::uint64_t crashes = 0;
  std::uint64_t deaths = 0; ///< of single actors
  std::uint64_t deltas = 0;
  std::uint64_t models = 0;      ///< manifests that were taken
  std::uint64_t refused = 0;     ///< manifests that were not: another came first
  std::uint64_t links = 0;       ///< ids that were linked to another one
  std::uint64_t late_adopts = 0; ///< Adopts that stand behind a newer one
  // Of clusters:
  std::uint64_t cuts = 0;      ///< of links, or of a node from the log
  std::uint64_t drains = 0;    ///< nodes that were drained
  std::uint64_t forwarded = 0; ///< parts of requests that other nodes were asked
  std::uint64_t fetched = 0;   ///< checkpoints that were copied from another node
  std::uint64_t torn = 0;      ///< parts of them that were torn on the way
  std::uint64_t compared = 0;  ///< digests of replicas
  std::uint64_t trimmed = 0;   ///< entries of the events logs
  std::uint64_t behind = 0;    ///< answers that said so
};

/// One run: deterministic in the plan.
Report run(const Plan& plan);

} // namespace kindred::simulation
