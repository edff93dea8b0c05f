#pragma once

#include <cstdint>
#include <string_view>

namespace kindred::records {

/// Every kind of record the logs may carry. Numbers and meanings are fixed for ever; not all are built yet.
/// An unknown or unbuilt type stops the fold (TOO_OLD) unless its header says `ignorable`.
enum class RecordType : std::uint16_t {
  kEvent = 1,         ///< what a user did
  kProfileUpdate = 2, ///< traits, onboarding answers, context defaults told by the client
  kConsent = 3,       ///< purposes granted and withdrawn
  kPreference = 4,    ///< reserved: channels, frequency, topics
  kSurvey = 5,        ///< reserved: a survey's definition
  kErase = 6,         ///< forget the user
  kDecided = 7,       ///< what the server answered
  kExposed = 8,       ///< what of it was really seen
  kReward = 9,        ///< something valued that happened because of an exposure
  kLink = 10,         ///< two ids, one user: the source's side of a merge
  kUnlink = 11,       ///< a linked id is nobody else any more
  kMergeOut = 12,     ///< reserved: a Link is the source's side
  kMergeIn = 13,      ///< the target's side of a merge
  kAdopt = 14,        ///< a tenant-wide input enters this partition's fold
  kActivate = 15,     ///< another version of the fold's meaning holds from here on
  kTick = 16,         ///< time passes in the fold
  kCut = 17,          ///< a round's statistics are taken here
  kCutDone = 18,      ///< what was frozen for a round may go
  kDelta = 19,        ///< fast models: a partition's change between two positions
  kChunk = 20,        ///< part of a model
  kManifest = 21,     ///< a model, by compare-and-set
  kItem = 22,         ///< catalog: an item registered, changed or removed
  kBlock = 23,        ///< reserved: a content block
  kRule = 24,         ///< reserved
  kPlacement = 25,    ///< settings of a placement
  kExperiment = 26,   ///< reserved
  kCampaign = 27,     ///< reserved
  kRate = 28,         ///< reserved: a currency rate
  kSetting = 29,      ///< reserved: a tenant-wide setting other than those of Tenant
  kTrait = 30,        ///< reserved: definition of a trait
  kSegment = 31,      ///< reserved: definition of a segment
  kApprove = 32,      ///< reserved
  kExport = 33,       ///< reserved
  kDeadLetter = 34,   ///< reserved
  kTenant = 35,       ///< a tenant and its settings
  kAlive = 36,        ///< a member of the cluster lives
  kJoin = 37,         ///< a node is a member of the cluster
  kDrain = 38,        ///< a node leaves in order, or comes back
  kCaughtUp = 39,     ///< a replica may be asked
  kAudit = 40,        ///< reserved: who did what by hand
};

/// The version of the fold's meaning in a log, or of a node, that says nothing of versions.
inline constexpr std::uint32_t kFoldFirst = 5;

namespace flags {
inline constexpr std::uint8_t kIgnorable = 1; ///< a fold that does not know the type may skip it
inline constexpr std::uint8_t kImport = 2;    ///< bulk history: client times are not clamped
inline constexpr std::uint8_t kSynthetic = 4; ///< made by a test or a demo
} // namespace flags

/// A set of purposes, one bit each (records.md §9). Bits 4..31 are the tenant's own.
struct Purposes {
  std::uint32_t bits = 0;
  bool has(Purposes one) const { return (bits & one.bits) != 0; }
  bool empty() const { return bits == 0; }
  friend constexpr Purposes operator&(Purposes a, Purposes b) { return {a.bits & b.bits}; }
  friend constexpr Purposes operator|(Purposes a, Purposes b) { return {a.bits | b.bits}; }
  friend constexpr Purposes operator~(Purposes a) { return {~a.bits}; }
  friend bool operator==(Purposes, Purposes) = default;
};
inline constexpr Purposes kPersonalization{1u << 0};
inline constexpr Purposes kMeasurement{1u << 1};
inline constexpr Purposes kTraining{1u << 2};
inline constexpr Purposes kMessaging{1u << 3};
inline constexpr Purposes kAllPurposes{0xffffffffu};
inline constexpr Purposes kNoPurpose{0};

/// What a user did. Numbers fixed for ever; a name Kindred does not know is kept as kCustom with the name.
enum class EventType : std::uint8_t {
  kCustom = 0,
  kView = 1,
  kClick = 2,
  kAddToCart = 3,
  kRemoveFromCart = 4,
  kPurchase = 5,
  kSearch = 6,
  kRating = 7,
  kDwell = 8,
  kCheckout = 9,
  kRefund = 10,
  kSave = 11,
  kShare = 12,
  kFollow = 13,
  kHide = 14,
  kMessageSent = 15,
  kMessageDelivered = 16,
  kMessageOpened = 17,
  kMessageClicked = 18,
  kUnsubscribed = 19,
  kSurveyAnswer = 20,
  kSubscriptionStarted = 21,
  kSubscriptionRenewed = 22,
  kSubscriptionEnded = 23,
  kStoreVisit = 24,
  kLogin = 25,
  kLogout = 26,
  kPageLeave = 27,
  kError = 28,
};
inline constexpr int kEventTypeCount = 29;

/// camelCase name as the API writes it: "view", "addToCart", ...
std::string_view name_of(EventType type);
/// Own names, and the Segment specification's ("Product Viewed", "Order Completed", ...). kCustom where unknown.
EventType event_type_of(std::string_view name);
std::string_view name_of(RecordType type);

/// Where an event was collected.
enum class Source : std::uint8_t { kUnknown, kWeb, kApp, kServer, kStore, kCallCentre, kEmail, kImport };

} // namespace kindred::records
