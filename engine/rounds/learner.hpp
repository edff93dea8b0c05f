#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/fixed.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"
#include "engine/profiles/sweep.hpp"
#include "engine/records/bodies.hpp"

namespace kindred::rounds {

// A learner's two halves (records.md §5). In every partition a Gatherer takes from the users, as they are at the round's
// cut, what the learner looks at, and answers passes: parameters in, statistic out. In the model actor a Solver adds the
// statistics of all partitions and says what to ask next, until it has something to offer. What is gathered is the frozen
// state of the cut: passes read nothing else, so that a round may take as many as it needs without touching a profile.

/// What is gathered of a partition for one round; more ends the round with a reason.
inline constexpr std::size_t kGatheredBytesMax = 64 << 20;

/// A learner's half in a partition. One owner, one round; begin → go_on until true → statistic, once per pass.
class Gatherer : public profiles::SweepVisitor {
public:
  virtual std::size_t bytes() const = 0; ///< that what was gathered takes
  /// Instead of users: one who changed since the base of the round, of whom the sums of that had `before` (an image, empty
  /// where he was nobody); `now`: as he is at the cut, null where he is nobody. Only of a learner with incremental sums.
  virtual void visit_change(BytesView before, const profiles::Profile* now);
  /// Whether what changed is little enough to be told by changes; else everybody has to be looked at.
  virtual bool fits() const { return true; }
  /// False: not parameters of this learner, or of a newer build.
  virtual bool begin(BytesView parameters) = 0;
  /// Looks at so many users more. True: the pass is complete.
  virtual bool go_on(std::size_t users) = 0;
  /// Canonical bytes of an exact sum; equal for equal users, whatever their order.
  virtual Bytes statistic() = 0;
};

/// How a learner's sums over users, where they depend on no parameters, are kept up by who changed: law `increment`.
struct Incremental {
  /// What the sums have of a user; canonical bytes, a function of what the learner reads of him.
  Bytes (*image)(const profiles::Profile& profile);
  /// Whether he may be in a comparison of models on what users first used after `since`.
  bool (*has_after)(const profiles::Profile& profile, Instant since);
};

/// What a solver keeps of a round for a later one by changes. Immutable to all but the solver that gets it.
class Sums {
public:
  virtual ~Sums() = default;
  virtual std::size_t bytes() const = 0;
};
/// Of all tenants of a learner; those of rounds longest ago are let go first.
inline constexpr std::size_t kSumsBytesMax = 256 << 20;

/// A model of a learner that is known where the round is solved.
struct KnownModel {
  Bytes parameters;
  Instant trained_at;
};
struct KnownModels {
  std::optional<KnownModel> champion, challenger;
};

/// What a round offers to publish: to the log as a manifest, its parameters before it as chunks.
struct Offer {
  std::string learner;
  records::ModelRole role = records::ModelRole::kChampion;
  Bytes parameters;
  bool is_challenger = false; ///< the known challenger is promoted: not trained by this round
  std::string reason;
  std::vector<std::pair<std::string, Fixed>> metrics;
};

/// How much it takes; smaller in the simulator, whose runs are short.
struct Limits {
  std::int64_t examples_min = 200;  ///< of a tenant, of a placement; below it has no model of its own
  std::int64_t verdict_users = 400; ///< with fewer there is no verdict between champion and challenger
  double nats_per_weight = 1;       ///< that the first model must gain over the prior, all users together
  std::int64_t segment_users = 200; ///< with fewer there are no segments, and no quintiles of fewer buyers
  std::size_t segments = 0;         ///< how many; 0: chosen. At most Segmentation::kSegmentsMax
  std::vector<std::string> segment_features =
      {};                     ///< what users are parted by (profiles/features.hpp); empty: chosen
  std::int64_t rows_min = 20; ///< users with something used, for an item-item model
  double explained_min = 0;   ///< that the first of them must explain beyond the items' shares of users
  std::size_t items = 10'000; ///< of an item-item model, at most stats::Gram::kItemsMax; see items_within
};

/// The items whose item-item round stays within so many bytes: its sums, the inverse and what it keeps for the next one are
/// 6.5 items² bytes together. At most stats::Gram::kItemsMax.
std::size_t items_within(std::size_t bytes);

/// Why a round came to nothing. Closed list.
enum class RoundError : std::uint8_t {
  kForeignStatistic = 1, ///< bytes that this learner's gatherers do not write
  kUnsolvable = 2,       ///< the solver failed (not positive definite)
  kTooManyUsers = 3,     ///< more than the sums hold exactly
  kNotByChanges = 4,     ///< the sums that were kept do not suffice: everybody has to be looked at
};

/// A learner's half in the model actor. A function of (statistics, settings, known models): equal sums give equal bytes.
class Solver {
public:
  virtual ~Solver() = default;
  /// Of the pass that is to be asked now. Requires: not solved.
  virtual Bytes parameters() const = 0;
  /// One statistic per partition, of the pass asked last. True: solved.
  virtual Result<bool, RoundError> absorb(std::span<const Bytes> statistics) = 0;
  virtual std::vector<Offer> offers() const = 0; ///< Requires: solved. Empty: nothing to publish
  virtual std::string outcome() const = 0;       ///< in words. Requires: solved
  virtual std::vector<std::pair<std::string, std::string>> settings() const = 0;
  /// What a later round may begin from; null: nothing. Requires: solved. At most once.
  virtual std::unique_ptr<Sums> take_sums() { return nullptr; }
};

/// Names of learners that rounds are opened for. A round may publish several models, each with a name of its own that begins
/// with the learner's ("ranker", "ranker/home"; "itemItem").
std::span<const std::string_view> learners();
/// The learner that a model's name belongs to; empty: none.
std::string_view learner_of(std::string_view model);
/// Whether the bytes are parameters of that model's learner: of a form that this build serves with, or of an older one that
/// it knows again and keeps, so that a log written by that build is folded as it was.
bool are_parameters(std::string_view model, BytesView parameters);
/// Names and values of the parameters, for people.
std::vector<std::pair<std::string, double>> described(std::string_view model, BytesView parameters);

/// Null: the learner's statistics depend on parameters, every round is a full pass.
const Incremental* incremental_of(std::string_view learner);
/// Null: no such learner.
std::unique_ptr<Gatherer> gatherer_of(std::string_view learner, Instant as_of);
/// `known`: by model's name, what is live. `base`: what take_sums of this learner gave; with it the statistics are of who
/// changed since, and what is solved is the same. Null: no such learner.
std::unique_ptr<Solver> solver_of(std::string_view learner, const std::map<std::string, KnownModels>& known,
                                  const Limits& limits = {}, std::unique_ptr<Sums> base = nullptr);

} // namespace kindred::rounds
