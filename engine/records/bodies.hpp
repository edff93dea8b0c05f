#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/records/event.hpp"
#include "engine/records/position.hpp"

namespace kindred::records {

/// Named attributes set or removed on a profile (record type kProfileUpdate). A trait that is told replaces the old.
struct ProfileUpdate {
  std::string user_id;
  std::vector<Property> traits;           ///< numeric, text, ...; at most kTraitsMax on a profile
  std::vector<std::string> removed;       ///< names of traits to remove
  std::optional<Context> default_context; ///< used where a request tells none
  std::string author;
  friend bool operator==(const ProfileUpdate&, const ProfileUpdate&) = default;
};
inline constexpr std::size_t kTraitsMax = 256;

/// Purposes granted and withdrawn (kConsent). What is in neither set stays as it was.
struct Consent {
  std::string user_id;
  Purposes granted;
  Purposes withdrawn; ///< wins over `granted` where both name a purpose
  std::string reason;
  std::string author;
  friend bool operator==(const Consent&, const Consent&) = default;
};

/// Forget the user (kErase). Leaves a tombstone.
struct Erase {
  std::string user_id;
  std::string reason;
  std::string author;
  friend bool operator==(const Erase&, const Erase&) = default;
};

/// Two ids are one user (kLink): what `user_id` was goes to `to`, and what comes for it goes there from now on.
struct Link {
  std::string user_id;
  std::string to;
  std::string author;
  friend bool operator==(const Link&, const Link&) = default;
};

/// `user_id` is nobody else any more (kUnlink): what comes for it from here on begins anew. What went to `to` stays there.
struct Unlink {
  std::string user_id;
  std::string to; ///< only where it stands for this one
  std::string author;
  friend bool operator==(const Unlink&, const Unlink&) = default;
};

/// The other half of a link (kMergeIn): another id's profile enters this one.
struct MergeIn {
  std::string user_id; ///< whom it enters
  std::vector<std::string>
      linked;                    ///< ids that are he from now on, the linked one last; at most kLinkedMax + 1
  std::vector<std::string> path; ///< ids it was sent on by, in order: none twice; at most kMergePathMax
  Bytes image; ///< canonical bytes of the profile (profiles/profile_codec.hpp); empty: there was none
  friend bool operator==(const MergeIn&, const MergeIn&) = default;
};
inline constexpr std::size_t kLinkedMax =
    256; ///< ids beside his own that one user has; the one linked longest ago goes
inline constexpr std::size_t kMergePathMax =
    256; ///< links one behind the other; what comes further stays there

/// One candidate of a decision; its score quantized to 1/256.
struct Candidate {
  ItemId item;
  std::int32_t score_q8 = 0; ///< the blend
  friend bool operator==(const Candidate&, const Candidate&) = default;
};
/// What was put into one slot, and how likely that was.
struct Shown {
  ItemId item;
  std::uint8_t source = 0; ///< index into Decided::sources of the strongest reason
  bool explored = false;
  std::uint32_t propensity_q24 = 0; ///< P(this item in this slot | slots before), × 2^24
  friend bool operator==(const Shown&, const Shown&) = default;
};
inline constexpr std::size_t kCandidatesMax = 64;
inline constexpr std::size_t kSlotsMax = 100;

/// What the server answered (kDecided); all that a replay needs (records.md §8).
struct Decided {
  DecisionId decision;
  std::string user_id;
  std::string placement;
  std::string request_id;
  Instant as_of;           ///< the decision's time
  std::uint16_t count = 0; ///< items asked for
  std::uint64_t user_records =
      0; ///< how many records of this user were folded before it (the user's version)
  Position
      applied; ///< of the partition. Of these three `offset` is an end: entries below it were folded, others not
  Position models;  ///< how far the node had folded the models log: the generation of the fast models
  Position library; ///< of the library log
  std::uint32_t fold_version = 0;
  std::uint32_t engine_version = 0;
  Context context;                   ///< as used
  std::vector<std::string> excluded; ///< items the caller excluded
  std::vector<std::string> sources;
  /// What each source weighed in this decision, × 2^16, in the order of `sources`. Empty in records written before there
  /// was a ranker: there the scores have their weights in them.
  std::vector<std::int32_t> source_weights_q16;
  std::string ranker; ///< learner whose weights they are; empty: the written prior, or the placement's own
  std::uint64_t ranker_generation = 0;
  std::uint64_t item_item_generation = 0; ///< of the item-item model that was asked; 0: none was
  std::uint16_t newness_q8 =
      0; ///< how new the user was, × 2^8 (profiles/choices.hpp); 256: nothing of him was used
  std::vector<Candidate> candidates;
  /// Scores of the candidates' sources, quantized to 1/256: candidate by candidate, each in the order of `sources`.
  std::vector<std::int32_t> source_scores_q8;
  std::vector<Shown> shown;
  std::string fallback;
  std::uint32_t stages_done = 0; ///< bit per stage completed within the budget; an input of replay
  bool assume_shown = false;
  friend bool operator==(const Decided&, const Decided&) = default;
};

/// Which slots of a decision were really visible (kExposed), told by whoever showed it.
struct Exposed {
  std::string user_id;
  DecisionId decision;
  std::string request_id;
  std::vector<std::uint16_t> slots; ///< from 0; empty: all
  Instant shown_at;
  Context context;
  friend bool operator==(const Exposed&, const Exposed&) = default;
};

/// Something valued that happened because of an exposure (kReward).
struct Reward {
  std::string user_id;
  DecisionId decision;
  std::string item;
  std::string name; ///< "click", "purchase", the tenant's own
  Fixed value;
  Instant time;
  friend bool operator==(const Reward&, const Reward&) = default;
};

/// A tenant-wide input enters the partition's fold (kAdopt). Idempotent, only moves forward.
struct Adopt {
  std::string kind; ///< "consentDefault", "outbox", a learner's name
  std::uint64_t generation = 0;
  Bytes value; ///< canonical bytes of small inputs; empty where the generation names them
  friend bool operator==(const Adopt&, const Adopt&) = default;
};

/// From here on the partition's fold means what this version says (kActivate). Idempotent, only moves forward; a build that
/// does not have the version stops here (docs/decisions/0032_fold_versions_are_activated.md).
struct Activate {
  std::uint32_t fold_version = 0;
  std::string author;
  friend bool operator==(const Activate&, const Activate&) = default;
};

/// Time passes (kTick): every timer due at or before `time` is evaluated, each as of its own due time.
struct Tick {
  Instant time; ///< on the lattice of kTickLattice
  friend bool operator==(const Tick&, const Tick&) = default;
};
inline constexpr Duration kTickLattice{10 * kSecond.us};

/// A round of a learner takes its statistics here (kCut): of users as they are at this record. Its stamp is the round's
/// as-of; the header's tenant is whose users are meant.
struct Cut {
  std::string learner; ///< "ranker", "segments", ...
  std::uint64_t round = 0;
  friend bool operator==(const Cut&, const Cut&) = default;
};

/// The round is over, what was frozen for it may go (kCutDone).
struct CutDone {
  std::string learner;
  std::uint64_t round = 0;
  bool accepted = false; ///< something of it was published
  friend bool operator==(const CutDone&, const CutDone&) = default;
};

/// Part of a model's parameters (kChunk).
struct Chunk {
  std::string learner;
  Id128 model;             ///< hash of the whole: the model's version
  std::uint32_t index = 0; ///< from 0
  std::uint32_t count = 1;
  Bytes bytes;
  friend bool operator==(const Chunk&, const Chunk&) = default;
};
inline constexpr std::size_t kChunkBytesMax = 256 << 10;
inline constexpr std::size_t kModelBytesMax = 64 << 20;

enum class ModelRole : std::uint8_t {
  kChampion = 0,   ///< serves
  kChallenger = 1, ///< waits for its verdict
};

/// A model is offered (kManifest): taken only if `expects` is the learner's generation then, else it changes nothing.
/// Its chunks come before it, or were part of an earlier manifest of the learner (promotion, going back).
struct Manifest {
  std::string learner; ///< "ranker", "ranker/home", ...
  std::uint64_t generation = 0;
  std::uint64_t expects = 0; ///< 0: the first
  Id128 model;               ///< hash of the parameters: the version
  ModelRole role = ModelRole::kChampion;
  std::string reason;              ///< why it has that role, in words
  std::string author;              ///< who asked for it; empty: the learner's cadence
  Instant trained_at;              ///< as-of of its round
  std::vector<std::uint64_t> cuts; ///< per partition: offset of the Cut that its statistics were taken at
  std::vector<std::pair<std::string, std::string>> settings; ///< of the learner, as they were
  std::vector<std::pair<std::string, Fixed>> metrics;
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// A partition's change of a fast statistic between two positions (kDelta; records.md §6).
struct Delta {
  std::string learner;
  PartitionId partition;
  std::uint64_t from_offset = 0; ///< entries before this were in earlier deltas
  std::uint64_t to_offset = 0;   ///< entries before this are in this one
  Bytes changes;                 ///< canonical bytes of the group element
  friend bool operator==(const Delta&, const Delta&) = default;
};

} // namespace kindred::records
