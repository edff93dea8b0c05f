#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/records/bodies.hpp"

namespace kindred::profiles {

// What a user could choose from, and what he took: the examples that the ranker learns from (records.md §5). A decision's
// record opens a choice; what he takes next out of it, from the list or elsewhere, closes it and leaves an example. Part of
// the training lane: both the decision's record and the event must carry that purpose. Values; canonical bytes.

inline constexpr std::size_t kOpenChoicesMax =
    4; ///< waiting, newest; more placements on one page lose the oldest
inline constexpr std::size_t kExamplesMax = 64;     ///< per user, newest
inline constexpr std::size_t kAlternativesMax = 16; ///< of an example, what was taken among them
inline constexpr std::size_t kPlacementNameMax = 256;
/// Without naming the decision, an event takes from its list within this time.
inline constexpr Duration kTakenWithin{30 * kMinute.us};

/// How new a user is to us, × 2^8: 256 / (1 + bits of the number of events that decisions may use). 256: nothing known;
/// 32: from 64 on, 28 from 128 on …
constexpr std::uint16_t newness_q8(std::uint64_t events) {
  std::uint16_t bits = 0;
  for (; events != 0; events >>= 1) ++bits;
  return static_cast<std::uint16_t>(256 / (1 + bits));
}

/// A candidate with the scores of its sources.
struct Alternative {
  ItemId item;
  std::uint8_t place = 0; ///< 1 + the slot it was shown in; 0: not shown
  std::vector<std::pair<std::uint8_t, std::int32_t>>
      scores_q8; ///< by index of CandidateSource, those that are not 0
};

/// A decision that waits for what is taken next. `candidates`: their number, their items, then packed Alternatives; so an
/// event about none of them is told from the items alone.
struct OpenChoice {
  DecisionId decision;
  std::string placement;
  std::string request_id;
  Instant as_of;
  std::uint16_t newness = 0; ///< newness_q8 of the user then
  bool explored = false;     ///< chance had a say in what was shown where
  Bytes candidates;
  friend bool operator==(const OpenChoice&, const OpenChoice&) = default;
};

/// One choice and its outcome. `alternatives`: packed, without items (an item tells nothing that the scores do not), in
/// the order of a hash, so that places in it tell nothing; at most kAlternativesMax: the taken one and, of the others, a
/// uniform sample, which leaves a conditional logit consistent (McFadden 1978).
struct Example {
  Instant as_of;
  std::string placement;
  std::uint16_t newness = 0;
  bool explored = false;
  bool found_elsewhere = false; ///< the event did not name the decision
  std::uint8_t taken = 0;       ///< index of the alternative
  Bytes alternatives;
  friend bool operator==(const Example&, const Example&) = default;
};

struct Choices {
  std::vector<OpenChoice> open;  ///< in order of the fold
  std::vector<Example> examples; ///< in order of the fold
  bool empty() const { return open.empty() && examples.empty(); }
  friend bool operator==(const Choices&, const Choices&) = default;
};

/// Opens a choice. Nothing where the record has no candidates or none of its scores are told without weights (records
/// older than the ranker); a copy of a request replaces the choice that its twin had opened.
void open_choice(Choices& choices, const records::Decided& decided);

/// What was taken: an event of `time` about `items` (an order has several), that names `decision` (zero: none) and is a
/// use that models learn from. Closes the choice that it names, and those it names not that are at most kTakenWithin old
/// and have one of the items; each that had one leaves an example, of the first of them.
/// Cost where none is closed: items × candidates comparisons per open choice.
void take_choice(Choices& choices, const std::vector<ItemId>& items, Instant time,
                 const DecisionId& decision);

/// The alternatives of an example; empty: not what `take_choice` packs.
std::vector<Alternative> alternatives_of(const Example& example);

} // namespace kindred::profiles
