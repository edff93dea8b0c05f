#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/records/record.hpp"
#include "schemas/api_protocol.hpp"

namespace kindred::api {

// What a client is answered, in the order of its queries, and what it may subscribe to. Plain values, no thread rule.

/// The log has it. Its position is Answer::positions[position] with `index`.
struct Accepted {
  std::uint16_t position = 0;
  std::uint32_t index = 0;
  bool seen_before = false;
  friend bool operator==(const Accepted&, const Accepted&) = default;
};
struct DecidedItem {
  std::string item;
  double score = 0;
  std::string source;
  std::vector<std::string> reasons;
  double propensity = 1;
  bool explored = false;
  friend bool operator==(const DecidedItem&, const DecidedItem&) = default;
};
struct Decision {
  DecisionId decision;
  std::string user_id;
  std::string placement;
  std::vector<DecidedItem> items;
  std::string fallback; ///< "none", "context", "trending", "newest", "empty"
  std::vector<std::pair<std::string, std::string>> models; ///< name -> version
  friend bool operator==(const Decision&, const Decision&) = default;
};
struct HistoryItem {
  std::string item;
  std::string event;
  Instant time;
  friend bool operator==(const HistoryItem&, const HistoryItem&) = default;
};
struct DecidedSlot {
  std::string item;
  bool exposed = false;
  bool clicked = false;
  bool purchased = false;
  friend bool operator==(const DecidedSlot&, const DecidedSlot&) = default;
};
/// A decision as the user's profile remembers it; Explain has its reasons.
struct PastDecision {
  DecisionId decision;
  Instant time;
  std::string placement;
  std::vector<DecidedSlot> slots;
  friend bool operator==(const PastDecision&, const PastDecision&) = default;
};
struct Counter {
  std::string name;
  double value = 0;
  friend bool operator==(const Counter&, const Counter&) = default;
};
/// A segment that the user is in.
struct Membership {
  std::string segment;
  Instant since;
  std::string before; ///< where he came from; empty: nowhere
  friend bool operator==(const Membership&, const Membership&) = default;
};
struct Profile {
  std::string user_id;
  std::uint64_t events = 0;         ///< how many were folded
  std::vector<HistoryItem> history; ///< newest first
  std::vector<Counter> counters;
  std::vector<Membership> segments;
  records::Purposes consent = records::kAllPurposes;
  std::vector<records::Property> traits;
  std::vector<std::string> cart;
  std::uint32_t sessions = 0;
  std::vector<PastDecision> decisions; ///< newest first, as many as were asked for
  std::vector<std::string> linked_ids; ///< other ids that are this user, the one linked last at the end
  friend bool operator==(const Profile&, const Profile&) = default;
};
struct Items {
  std::vector<records::Item> items;
  std::string next;
  std::uint64_t total = 0;
  friend bool operator==(const Items&, const Items&) = default;
};
struct ModelInfo {
  std::string name;
  std::string version;
  std::string state; ///< "live" for fast models; "champion", "challenger", "retired" for solved ones
  Instant trained_at;
  std::vector<Counter> metrics;
  std::uint64_t generation = 0;
  std::string reason;              ///< why it is what it is, in words
  std::uint64_t round = 0;         ///< the last round of its learner that came to an end
  std::vector<Counter> parameters; ///< only where one model was asked for
  friend bool operator==(const ModelInfo&, const ModelInfo&) = default;
};
struct Models {
  std::vector<ModelInfo> models;
  friend bool operator==(const Models&, const Models&) = default;
};
/// A round was opened, or will be once the one under way has ended.
struct Round {
  std::uint64_t number = 0;
  friend bool operator==(const Round&, const Round&) = default;
};
struct Explanation {
  DecisionId decision;
  std::string user_id;
  std::string placement;
  Instant as_of;
  std::vector<std::string> lines; ///< in words
  std::vector<DecidedItem> items; ///< reasons: what each source added to the score, strongest first
  std::string fallback;
  /// (learner, generation) that decided; "prior" for the written weights.
  std::vector<std::pair<std::string, std::string>> generations;
  friend bool operator==(const Explanation&, const Explanation&) = default;
};
struct Replayed {
  DecisionId decision;
  bool identical = false;
  Decision then;
  Decision now;
  friend bool operator==(const Replayed&, const Replayed&) = default;
};
struct Placements {
  std::vector<records::Placement> placements;
  friend bool operator==(const Placements&, const Placements&) = default;
};
struct PartitionStatus {
  std::uint16_t id = 0;
  std::uint64_t offset = 0;
  std::uint64_t users = 0;
  std::string role;
  Id128 digest;                   ///< of the state as of `flushed`
  std::uint64_t flushed = 0;      ///< entries below it are stored
  std::uint32_t fold_version = 0; ///< of the fold's meaning; 0: the partition is elsewhere
  friend bool operator==(const PartitionStatus&, const PartitionStatus&) = default;
};
struct Status {
  std::string node;
  std::string version;
  std::string clock;
  bool ready = false;
  std::vector<std::string> not_ready_because;
  std::vector<PartitionStatus> partitions;
  std::vector<ModelInfo> models;
  std::uint64_t items = 0;
  Instant now;                   ///< of the server's clock
  std::uint32_t fold_newest = 0; ///< version of the fold that this build has
  friend bool operator==(const Status&, const Status&) = default;
};
struct Reject {
  Instant time;
  std::string user_id;
  std::string message_id;
  Error error;
  friend bool operator==(const Reject&, const Reject&) = default;
};
struct Rejects {
  std::vector<Reject> rejects;
  friend bool operator==(const Rejects&, const Rejects&) = default;
};

/// Somebody who left one segment for another.
struct SegmentMove {
  std::string user_id;
  std::string from, to; ///< empty: nowhere
  Instant time;
  std::string because; ///< the feature that took him there; empty: not known
  friend bool operator==(const SegmentMove&, const SegmentMove&) = default;
};
struct SegmentInfo {
  std::string id, name;
  std::string kind;                   ///< "clustered", "rfm"
  std::int64_t size = 0;              ///< users of whom models may know
  std::vector<Counter> features;      ///< where its middle lies, in the features' own units
  std::vector<std::string> came_from; ///< what it was split off from, or merged of, by the last round
  std::vector<SegmentMove> moves;     ///< newest first; only where one segment was asked for
  friend bool operator==(const SegmentInfo&, const SegmentInfo&) = default;
};
struct Segments {
  std::vector<SegmentInfo> segments;
  friend bool operator==(const Segments&, const Segments&) = default;
};

/// A node of the cluster: what the control log says of it, and what its link says.
struct ClusterMember {
  std::string name, endpoint, zone;
  std::uint16_t weight = 0;
  std::string state;              ///< "present", "draining", "silent", "tooOld", "notJoined"
  std::int64_t heard_ms_ago = -1; ///< over its link; -1: never
  std::uint32_t first = 0;        ///< partitions that it is the first replica of
  std::uint32_t second = 0;       ///< partitions that it is a further replica of
  std::uint32_t caught_up = 0;    ///< partitions that it may be asked for
  std::string link;               ///< "self", "unknown", "connecting", "up", "silent", "refused"
  std::string link_reason;        ///< why it is refused
  std::string clients;            ///< where client services reach it; empty: it does not say
  std::uint16_t told_weight = 0;  ///< that an operator gave it; 0: `weight` is its configuration's
  std::uint32_t fold_oldest = records::kFoldFirst; ///< versions of the fold that its build has
  std::uint32_t fold_newest = records::kFoldFirst;
  friend bool operator==(const ClusterMember&, const ClusterMember&) = default;
};
struct Cluster {
  std::string id;
  std::string node; ///< who answers
  std::uint8_t replicas = 0;
  std::uint64_t map_digest = 0;
  std::vector<ClusterMember> members; ///< by name
  std::vector<std::vector<std::uint16_t>>
      map;         ///< by partition: indices into members, the first replica first
  TenantId tenant; ///< the asking tenant's: with it a client knows a user's partition
  std::uint32_t fold_active = records::kFoldFirst; ///< the greatest version that a partition is at
  friend bool operator==(const Cluster&, const Cluster&) = default;
};

using AnswerBody = std::variant<Error, Accepted, Decision, Profile, Items, Models, Explanation, Replayed,
                                Placements, Status, Rejects, Round, Segments, Cluster>;

/// Envelope of an answer. If the request as a whole failed there is one body, an Error, whatever the queries were.
struct Answer {
  std::uint16_t version = kProtocolVersion;
  std::uint64_t request_id = 0;
  records::Positions positions;
  std::uint32_t staleness_ms = 0;
  std::vector<std::pair<std::string, std::string>> generations;
  std::uint32_t engine_version = 0;
  std::uint32_t retry_after_ms = 0;
  std::vector<AnswerBody> bodies;
  friend bool operator==(const Answer&, const Answer&) = default;
};

/// What the PUB endpoint sends: topic frame "tenant/kind", then this. Receivers drop repeats by (partition, offset, number).
struct Notification {
  std::string tenant;
  std::string kind; ///< "cartAbandoned", "erased", ...
  std::string user_id;
  std::uint16_t partition = 0;
  std::uint64_t offset = 0;
  std::uint32_t index = 0;
  std::uint32_t number = 0;
  Instant time;
  std::vector<records::Property> details;
  friend bool operator==(const Notification&, const Notification&) = default;
};

} // namespace kindred::api
