#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/learners/factorization/item_neighbours.hpp"
#include "engine/learners/prediction/ranker.hpp"
#include "engine/records/bodies.hpp"

namespace kindred::actors::fast_models {

// Solved models as the models log tells them: what its manifests made champion, challenger, retired. Immutable values.

/// Parameters that a learner published. Immutable; shared by all that hold it.
struct SolvedModel {
  Id128 version; ///< XXH3-128 of `parameters`
  Bytes parameters;
  Instant trained_at; ///< as-of of its round
  std::vector<std::uint64_t> cuts;
  std::vector<std::pair<std::string, std::string>> settings;
  // Decoded once, where it is one that this build serves with.
  std::optional<learners::Ranker> ranker;
  std::optional<learners::ItemNeighbours> item_item;
};
using SolvedModelPtr = std::shared_ptr<const SolvedModel>;

/// A model and how it came to its role.
struct Placed {
  SolvedModelPtr model;
  std::uint64_t generation = 0; ///< of the manifest that gave it the role
  std::string reason;
  std::string author;
  Instant stamp; ///< of that manifest
  std::vector<std::pair<std::string, Fixed>> metrics;
};

inline constexpr std::size_t kRetiredMax = 4; ///< former champions kept to go back to, newest first

/// All that is kept of one model's name in one tenant.
struct Line {
  std::uint64_t generation = 0; ///< of the last manifest that was taken
  std::optional<Placed> champion, challenger;
  std::deque<Placed> retired;
};
using LinePtr = std::shared_ptr<const Line>;
using LineKey = std::pair<TenantId, std::string>;
using Lines = std::map<LineKey, LinePtr>;

/// Whose weights rank a placement: the champion of "ranker/PLACEMENT", else that of "ranker"; none: the written prior.
struct RankerChoice {
  const learners::Ranker* ranker = nullptr;
  std::string_view name; ///< of its line
  std::uint64_t generation = 0;
  Id128 version;
};
/// Good as long as the lines.
RankerChoice ranker_of(const Lines& lines, TenantId tenant, std::string_view placement);

/// What the source itemItem asks in a tenant: the champion of "itemItem"; null: there is none.
struct ItemItemChoice {
  const learners::ItemNeighbours* model = nullptr;
  std::uint64_t generation = 0;
  Id128 version;
};
/// Good as long as the lines.
ItemItemChoice item_item_of(const Lines& lines, TenantId tenant);

} // namespace kindred::actors::fast_models
