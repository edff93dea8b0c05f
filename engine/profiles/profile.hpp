#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/fixed.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/sliding_vector.hpp"
#include "engine/base/time.hpp"
#include "engine/profiles/choices.hpp"
#include "engine/profiles/withdrawals.hpp"
#include "engine/records/record.hpp"

namespace kindred::profiles {

// One user's live state. Three lanes, each the fold of exactly those records that carry its purpose: nothing in one lane
// depends on a record without that lane's purpose, so the consent law holds by construction. Folded by user_fold.hpp;
// canonical bytes: profile_codec.hpp. Values; owned by PartitionState.

inline constexpr std::size_t kHistoryMax = 512;   ///< recent events, per personalization lane
inline constexpr std::size_t kItemsMax = 4096;    ///< distinct items, newest by last time
inline constexpr std::size_t kMarksMax = 4096;    ///< (item, UTC day) marks, newest in canonical order
inline constexpr std::size_t kDecisionsMax = 64;  ///< decisions remembered, newest
inline constexpr std::size_t kCartMax = 256;      ///< items in a cart; what would be one more is not put in
inline constexpr std::size_t kPathsMax = 64;      ///< distinct page-to-page steps; the least used goes
inline constexpr std::size_t kPageBytesMax = 256; ///< of a page's name in a path; cut behind
/// Of names and values of traits (personalization.hpp, `bytes_of`); what would pass it is not taken.
inline constexpr std::size_t kTraitsBytesMax = 512 << 10;
inline constexpr std::size_t kTastesMax = 32; ///< categories counted; the least used goes
inline constexpr Duration kSessionGap{30 * kMinute.us};
inline constexpr Duration kOnceWindow{7 * kDay.us};
/// How long a decision's place is known: twice as long as it can be replayed, so that replay says EXPIRED for a while
/// before it knows nothing of it.
inline constexpr Duration kDecisionPlaceWindow{14 * kDay.us};
inline constexpr Duration kDwellMax{kDay}; ///< of one event; more is cut

/// The order everything that depends on order follows: event time, client sequence, record id (records.md §5).
struct OrderKey {
  Instant time;
  std::uint64_t client_sequence = 0;
  RecordId id;
  friend auto operator<=>(const OrderKey&, const OrderKey&) = default;
};

/// A recent event, as little of it as decisions and answers need.
struct HistoryEvent {
  OrderKey order;
  records::EventType type = records::EventType::kCustom;
  ItemId item{};
  std::uint64_t session_hash =
      0;               ///< of order id, else of session id; 0: none told, gaps decide (session.hpp)
  DecisionId decision; ///< zero: organic
  Money value;
  Duration dwell{};
  friend bool operator==(const HistoryEvent&, const HistoryEvent&) = default;
};

/// What the user ever did with one item.
struct ItemUse {
  ItemId item;
  std::uint32_t kinds = 0; ///< bit per EventType
  Instant first;
  Instant last;
  std::uint32_t count = 0;     ///< events
  std::uint32_t purchases = 0; ///< purchase events
  Duration dwell{};
  bool has(records::EventType type) const { return kinds >> static_cast<int>(type) & 1u; }
  friend bool operator==(const ItemUse&, const ItemUse&) = default;
};

/// Decayed count of one event type at one half-life, one generation (stats/decay.hpp).
struct CounterCell {
  records::EventType type{};
  std::uint8_t half_life = 0;
  std::int32_t generation = 0;
  std::int64_t sum = 0;
  friend bool operator==(const CounterCell&, const CounterCell&) = default;
};

struct CartLine {
  ItemId item;
  Instant added;             ///< the last time
  std::int64_t quantity = 1; ///< events that added it since it was last taken out
  friend bool operator==(const CartLine&, const CartLine&) = default;
};

/// A page-to-page step within a session.
struct PathStep {
  std::string step; ///< "pageA>pageB"
  std::uint32_t count = 0;
  Instant last;
  friend bool operator==(const PathStep&, const PathStep&) = default;
};

/// How many of the user's events were in a category, as the gateway knew it.
struct Taste {
  std::string category;
  std::uint32_t count = 0;
  friend bool operator==(const Taste&, const Taste&) = default;
};

/// What the user ordered, for recency, frequency and monetary value. Amounts as told, in the tenant's one currency.
struct Orders {
  std::uint32_t count = 0;
  Fixed spent;                 ///< less what was refunded; clamped to ±Fixed::kMax
  Instant last;                ///< meaningful where count > 0
  std::uint64_t last_hash = 0; ///< of the last order id told: lines of one order count once
  friend bool operator==(const Orders&, const Orders&) = default;
};

/// Where the user is by one way of parting users (membership.hpp).
struct Membership {
  std::uint32_t segment = 0; ///< 0: nowhere yet
  std::uint32_t before = 0;  ///< where he came from; 0: nowhere
  Instant since;             ///< meaningful where `segment` is told
  bool counted = false;      ///< in the segment's size, which is what models may know of him
  friend bool operator==(const Membership&, const Membership&) = default;
};

using History = SlidingVector<HistoryEvent>; ///< by OrderKey, oldest first

/// For purpose `personalization`: what decisions may use.
///
/// A late event takes its place by OrderKey in history, items, counters and cart. Sessions, paths and last context
/// follow the events that were the newest when they were folded.
struct PersonalizationLane {
  std::uint64_t events = 0;   ///< folded
  History history;            ///< at most kHistoryMax
  std::vector<ItemUse> items; ///< by ItemId, at most kItemsMax
  std::vector<CounterCell>
      counters;               ///< by (type, half-life, generation); the newest four generations of each
  std::vector<CartLine> cart; ///< by ItemId: what the cart events in `history` leave in it
  Instant cart_touched;       ///< the newest cart event in `history`; meaningful where `cart` is not empty
  Instant cart_told;          ///< the cart_touched for which abandonment was told last
  std::optional<Instant> cart_due; ///< when the cart counts as abandoned; none: empty, or told
  std::uint32_t carts_abandoned = 0;
  std::uint32_t sessions = 0;
  Duration dwell_total{};
  std::string last_page;       ///< of the running session; empty: none told
  std::vector<PathStep> paths; ///< by step
  records::Context last_context;
  std::vector<records::Property> traits; ///< by name, at most records::kTraitsMax
  std::optional<records::Context> default_context;
  /// Something above came from a record that may not train models, or from one whose training was withdrawn later: what is
  /// decided from here on may not, either (law: consent).
  bool beyond_training = false;
  std::vector<Taste> tastes;      ///< by category, at most kTastesMax
  std::uint64_t tastes_total = 0; ///< events that had a category
  Orders orders;
  Membership clustered; ///< by the adopted segmentation
  Membership rfm;       ///< by recency, frequency and monetary value; learners::Rfm::Group
  friend bool operator==(const PersonalizationLane&, const PersonalizationLane&) = default;
};

/// One (item, UTC day) of use; every fast-model contribution is a pure function of the ordered marks (marks.hpp).
struct Mark {
  OrderKey order; ///< of the first event of that item on that day
  ItemId item;
  std::uint64_t session_hash = 0;  ///< this and the scopes: of that first event
  std::uint64_t country_scope = 0; ///< stats::ScopeId values; 0: not told
  std::uint64_t device_scope = 0;
  std::uint64_t segment_scope = 0; ///< 0 also where the segment follows from what may not train
  std::uint32_t kinds = 0;         ///< bit per EventType, of all events of that item on that day
  friend bool operator==(const Mark&, const Mark&) = default;
};

using Marks = SlidingVector<Mark>; ///< by order, oldest first

/// For purpose `training`: what models may learn from.
struct TrainingLane {
  Marks marks; ///< at most kMarksMax
  Choices choices;
  friend bool operator==(const TrainingLane&, const TrainingLane&) = default;
};

/// What happened to one slot of a decision.
struct ShownItem {
  static constexpr std::uint8_t kExposed = 1;
  static constexpr std::uint8_t kClicked = 2;
  static constexpr std::uint8_t kPurchased = 4;
  ItemId item;
  std::uint8_t happened = 0;
  friend bool operator==(const ShownItem&, const ShownItem&) = default;
};

/// A decision as remembered: enough to explain engagement, and to find its record in the log. An exposure may be folded
/// before its decision's record; it waits here (`recorded` false) for what was shown.
struct DecisionMemory {
  DecisionId decision;
  bool recorded = false;
  bool all_exposed = false;
  Instant as_of;
  std::string placement;
  std::string request_id;
  std::vector<ShownItem> shown; ///< by slot
  friend bool operator==(const DecisionMemory&, const DecisionMemory&) = default;
};

/// For purpose `measurement`: how the user answered to what was recommended.
struct MeasurementLane {
  SlidingVector<DecisionMemory> decisions; ///< in order of the fold, at most kDecisionsMax
  std::uint32_t exposures = 0;           ///< slots seen
  std::uint32_t clicks = 0;              ///< slots clicked, each once
  std::uint32_t purchases = 0;           ///< slots bought, each once
  std::int64_t reward_raw = 0;           ///< Σ Reward::value, Fixed::raw
  friend bool operator==(const MeasurementLane&, const MeasurementLane&) = default;
};

/// An id that was linked to another one: it has no profile of its own, what comes for it is sent on.
struct Alias {
  std::string to;
  friend bool operator==(const Alias&, const Alias&) = default;
};

/// What an erasure leaves, apart from any profile: records first stamped up to it are dropped when they come again, those
/// with a new stamp by their ids (erased_ids.hpp).
struct Tombstone {
  Instant stamp; ///< the greatest of the erased user's stamps
  friend bool operator==(const Tombstone&, const Tombstone&) = default;
};

/// Everything the shard knows of one user.
struct Profile {
  UserKey key;
  Instant now;               ///< the greatest stamp among the records that left something here
  std::uint64_t records = 0; ///< how many left something here: his version
  bool consent_told = false;
  records::Purposes consent =
      records::kAllPurposes; ///< meaningful where told; else the tenant's default holds
  Withdrawals withdrawals;   ///< what he withdrew last, granted again since or not
  std::string
      assignment_key;      ///< first id seen; a merge carries the older one's into a user who was not known
  bool mixed_keys = false; ///< he was shown things under two assignment keys: verdicts leave him out
  std::vector<std::string>
      linked; ///< other ids that are he, the one linked last at the end; at most records::kLinkedMax
  PersonalizationLane personalization;
  TrainingLane training;
  MeasurementLane measurement;
  friend bool operator==(const Profile&, const Profile&) = default;
};

} // namespace kindred::profiles
