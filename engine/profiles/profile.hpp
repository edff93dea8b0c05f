#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/records/record.hpp"

namespace kindred::profiles {

// One user's live state. Three lanes (docs/decisions: lanes per purpose), each the fold of exactly those events that
// carry its purpose; nothing in one lane depends on an event without that lane's purpose. Values; owned by
// PartitionState. Canonical bytes: profile_codec.hpp.

inline constexpr std::size_t kHistoryMax = 512;    ///< recent events, per personalization lane
inline constexpr std::size_t kItemsMax = 4096;     ///< distinct items, newest by last time
inline constexpr std::size_t kMarksMax = 4096;     ///< (item, UTC day) marks, newest in canonical order
inline constexpr std::size_t kDecisionsMax = 64;   ///< decisions remembered, newest
inline constexpr std::size_t kCartMax = 256;
inline constexpr Duration kSessionGap{30 * kMinute.us};
inline constexpr Duration kOnceWindow{7 * kDay.us};

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
  std::uint64_t session_hash = 0;  ///< of order id or session id where told; 0: by gaps
  DecisionId decision;             ///< zero: organic
  Money value;
  Duration dwell{};
  friend bool operator==(const HistoryEvent&, const HistoryEvent&) = default;
};

/// What the user ever did with one item.
struct ItemUse {
  ItemId item;
  std::uint32_t kinds = 0;  ///< bit per EventType
  Instant first;
  Instant last;
  std::uint32_t count = 0;      ///< events
  std::uint32_t purchases = 0;  ///< purchase events
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
  Instant added;
  std::int64_t quantity = 1;
  friend bool operator==(const CartLine&, const CartLine&) = default;
};

/// For purpose `personalization`: what decisions may use.
struct PersonalizationLane {
  std::uint64_t events = 0;            ///< folded
  std::vector<HistoryEvent> history;   ///< by OrderKey, oldest first
  std::vector<ItemUse> items;          ///< by ItemId
  std::vector<CounterCell> counters;   ///< by (type, half-life, generation)
  std::vector<CartLine> cart;          ///< by ItemId
  std::optional<Instant> cart_due;     ///< when the cart counts as abandoned
  std::uint32_t carts_abandoned = 0;
  std::uint32_t sessions = 0;
  Duration dwell_total{};
  std::map<std::string, std::uint32_t> paths;  ///< "pageA>pageB" -> count, at most kPathsMax, most recent kept
  records::Context last_context;
  std::vector<records::Property> traits;  ///< by name
  std::optional<records::Context> default_context;
  friend bool operator==(const PersonalizationLane&, const PersonalizationLane&) = default;
};
inline constexpr std::size_t kPathsMax = 64;

/// One (item, UTC day) of use; every fast-model contribution is a pure function of the ordered marks.
struct Mark {
  OrderKey order;  ///< of the first event of that item on that day
  ItemId item;
  std::uint64_t session_hash = 0;
  std::uint64_t country_scope = 0;  ///< stats::ScopeId values; 0: not told
  std::uint64_t device_scope = 0;
  std::uint32_t kinds = 0;
  bool first = false;  ///< the user's first mark of that item among those kept
  friend bool operator==(const Mark&, const Mark&) = default;
};

/// For purpose `training`: what models may learn from.
struct TrainingLane {
  std::vector<Mark> marks;  ///< by order, oldest first
  friend bool operator==(const TrainingLane&, const TrainingLane&) = default;
};

/// A decision as remembered: enough to explain engagement, and to find its record in the log.
struct DecisionMemory {
  DecisionId decision;
  Instant as_of;
  std::string placement;
  std::string request_id;
  std::vector<ItemId> shown;
  bool exposed = false;
  std::uint32_t clicked = 0;    ///< bit per slot
  std::uint32_t purchased = 0;
  friend bool operator==(const DecisionMemory&, const DecisionMemory&) = default;
};

/// For purpose `measurement`: how the user answered to what was recommended.
struct MeasurementLane {
  std::vector<DecisionMemory> decisions;  ///< oldest first
  std::uint32_t exposures = 0;
  std::uint32_t clicks = 0;
  std::uint32_t purchases = 0;
  std::int64_t reward_raw = 0;  ///< Σ Reward::value, Fixed::raw
  friend bool operator==(const MeasurementLane&, const MeasurementLane&) = default;
};

struct Tombstone {
  Instant stamp;
  friend bool operator==(const Tombstone&, const Tombstone&) = default;
};

/// Everything the shard knows of one user.
struct Profile {
  UserKey key;
  Instant now;                 ///< the greatest stamp among his records
  std::uint64_t records = 0;   ///< folded records of this user: his version
  bool consent_told = false;
  records::Purposes consent = records::kAllPurposes;  ///< meaningful where told; else the tenant's default holds
  std::string assignment_key;  ///< first id seen
  std::optional<Tombstone> tombstone;
  PersonalizationLane personalization;
  TrainingLane training;
  MeasurementLane measurement;
  friend bool operator==(const Profile&, const Profile&) = default;
};

}  // namespace kindred::profiles
