@0xc007f98c04663c85;
# The client API: what can be asked, and what is answered. The envelopes are in envelope.capnp; docs/protocol.md has every
# message in hex.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("kindred::wire");
using Values = import "values.capnp";
using Records = import "records.capnp";

# `stated`: the purposes the caller states for what it sends, as bits (records.capnp, Consent). None stated: all.

struct Track {
  event @0 :Records.Event;
  stated @1 :UInt32 = 0xffffffff;
  flags @2 :UInt8;
  # 2 import (bulk history: times are not clamped), 4 synthetic (a test or a demo made it).
}

struct UpdateProfile {
  update @0 :Records.ProfileUpdate;
  stated @1 :UInt32 = 0xffffffff;
}

struct Expose {
  exposed @0 :Records.Exposed;
  stated @1 :UInt32 = 0xffffffff;
}

struct GiveReward {
  reward @0 :Records.Reward;
  stated @1 :UInt32 = 0xffffffff;
}

struct Decide {
  userId @0 :Text;
  placement @1 :Text = "default";
  count @2 :UInt16;
  # 0: the placement's default.
  context @3 :Values.Context;
  time @4 :Int64 = -9223372036854775808;
  # Moves the clock of `--clock events`; refused otherwise. Default: not told.
  exclude @5 :List(Text);
  # Items; at most 1000.
  durable @6 :Bool;
  # Answer only once the decision's record is in the log.
  assumeShown @7 :Bool;
  # Count what is answered as seen, without an exposure.
  requestId @8 :Text;
  # Copies of one request carry the same. Empty: the server makes one.
}

struct GetProfile {
  userId @0 :Text;
  counters @1 :List(Text);
  # Names asked for; empty: all; at most 256.
  brief @2 :Bool;
  # Only the asked counters, no history.
  historyMax @3 :UInt16 = 100;
  decisionsMax @4 :UInt16;
  # The newest decisions for him. 0: none; not with `brief`.
}

struct ListItems {
  after @0 :Text;
  limit @1 :UInt16 = 100;
  item @2 :Text;
  # Just that one.
}

struct DecisionName {
  high @0 :UInt64;
  low @1 :UInt64;
}

struct ListRejects {
  limit @0 :UInt16 = 100;
}

struct ModelName {
  # Of a learner: "ranker", "ranker/home", ...
  name @0 :Text;
}

enum ModelChange {
  promote @0;
  # The challenger serves from now on.
  rollback @1;
  # A former champion serves again: the one named by its version, else the last one before the present.
}

struct ChangeModel {
  name @0 :Text;
  change @1 :ModelChange;
  version @2 :Text;
  # Empty: the challenger, or the last champion.
  author @3 :Text;
}

struct ListSegments {
  segment @0 :Text;
  # Just that one, with who moved lately. Empty: all.
}

struct DrainNode {
  node @0 :Text;
  draining @1 :Bool = true;
  # False: it comes back into the map.
  author @2 :Text;
  weight @3 :UInt16;
  # Its share of the partitions beside the others' weights; 0: as it is; 65535: what its configuration says.
}

struct ActivateFold {
  version @0 :UInt32;
  # Of the fold's meaning; 0: the newest that the asked node's build has.
  author @1 :Text;
}

struct Query {
  union {
    track @0 :Track;
    updateProfile @1 :UpdateProfile;
    setConsent @2 :Records.Consent;
    eraseUser @3 :Records.Erase;
    expose @4 :Expose;
    giveReward @5 :GiveReward;
    decide @6 :Decide;
    getProfile @7 :GetProfile;
    putItem @8 :Records.Item;
    listItems @9 :ListItems;
    listModels @10 :Void;
    explain @11 :DecisionName;
    # Why, in words.
    replay @12 :DecisionName;
    # Computed again, and compared.
    listPlacements @13 :Void;
    setPlacement @14 :Records.Placement;
    setTenant @15 :Records.Tenant;
    getStatus @16 :Void;
    listRejects @17 :ListRejects;
    # The last rejected inputs, newest first.
    showModel @18 :ModelName;
    # All that is known of one: champion, challenger, those before them, with their parameters.
    trainModel @19 :ModelName;
    # A round now, whatever its cadence. Answered with the round's number at once.
    changeModel @20 :ChangeModel;
    # Answered as accepted once its manifest is in the log and was taken.
    listSegments @21 :ListSegments;
    linkUsers @22 :Records.Link;
    showCluster @23 :Void;
    # Members, links and map, as this node knows them.
    drainNode @24 :DrainNode;
    # Answered as showCluster, at once: it holds when the member is shown `draining` (or not any more).
    activateFold @25 :ActivateFold;
    # Answered as accepted once every partition's log has it. There is no way back to builds without it.
    # Two ids are one user. Answered as accepted once what the one was is in the other's log, with the position of it.
  }
}

enum ErrorCode {
  # Why a request, or one query of it, was not done. Numbers are fixed for ever; docs/protocol.md says what to do.
  none @0;
  # Never sent.
  malformed @1;
  tooLarge @2;
  unsupportedVersion @3;
  unknownTenant @4;
  invalidText @5;
  missingUser @6;
  missingField @7;
  invalidTime @8;
  invalidPrice @9;
  invalidValue @10;
  tooOldInput @11;
  deadlineExceeded @12;
  overloaded @13;
  unknownOutcome @14;
  logUnavailable @15;
  foreignPosition @16;
  positionNotReached @17;
  notFound @18;
  notLogged @19;
  expired @20;
  erased @21;
  engineChanged @22;
  modelGone @23;
  conflict @24;
  collision @25;
  full @26;
  notReady @27;
  draining @28;
  internal @29;
}

struct Error {
  code @0 :ErrorCode;
  message @1 :Text;
  # What failed, why, what to do.
  retryAfterMs @2 :UInt32;
}

struct DecidedItem {
  item @0 :Text;
  score @1 :Float64;
  source @2 :Text;
  reasons @3 :List(Text);
  propensity @4 :Float64 = 1;
  explored @5 :Bool;
}

struct Decision {
  high @0 :UInt64;
  low @1 :UInt64;
  userId @2 :Text;
  placement @3 :Text;
  items @4 :List(DecidedItem);
  fallback @5 :Text;
  # "none", "context", "trending", "newest", "empty".
  models @6 :List(Values.Pair);
  # Name, version.
}

struct HistoryItem {
  item @0 :Text;
  event @1 :Text;
  time @2 :Int64;
}

struct DecidedSlot {
  item @0 :Text;
  exposed @1 :Bool;
  clicked @2 :Bool;
  purchased @3 :Bool;
}

struct PastDecision {
  # As the profile remembers it; `explain` has its reasons.
  high @0 :UInt64;
  low @1 :UInt64;
  time @2 :Int64;
  placement @3 :Text;
  slots @4 :List(DecidedSlot);
}

struct Counter {
  name @0 :Text;
  value @1 :Float64;
}

struct Membership {
  segment @0 :Text;
  since @1 :Int64;
  before @2 :Text;
  # Where he came from; empty: nowhere.
}

struct Profile {
  userId @0 :Text;
  events @1 :UInt64;
  # How many were folded.
  history @2 :List(HistoryItem);
  # Newest first.
  counters @3 :List(Counter);
  segments @4 :List(Text);
  consent @5 :UInt32 = 0xffffffff;
  traits @6 :List(Values.Property);
  cart @7 :List(Text);
  sessions @8 :UInt32;
  decisions @9 :List(PastDecision);
  # Newest first; the profile remembers 64.
  memberships @10 :List(Membership);
  # Of `segments`, in their order.
  linkedIds @11 :List(Text);
  # Other ids that are this user, the one linked last at the end.
}

struct Items {
  items @0 :List(Records.Item);
  next @1 :Text;
  # To be sent as `after`; empty: the last page.
  total @2 :UInt64;
}

struct Model {
  name @0 :Text;
  version @1 :Text;
  state @2 :Text;
  # "live" for fast models; "champion", "challenger", "retired" for solved ones.
  trainedAt @3 :Int64;
  metrics @4 :List(Counter);
  generation @5 :UInt64;
  reason @6 :Text;
  # Why it is what it is, in words.
  round @7 :UInt64;
  # The last round of its learner that came to an end.
  parameters @8 :List(Counter);
  # Only where one model was asked for.
}

struct SegmentMove {
  userId @0 :Text;
  from @1 :Text;
  to @2 :Text;
  time @3 :Int64;
  because @4 :Text;
  # The feature that took him there; empty: not known.
}

struct Segment {
  id @0 :Text;
  name @1 :Text;
  kind @2 :Text;
  # "clustered", "rfm".
  size @3 :Int64;
  # Users of whom models may know.
  features @4 :List(Counter);
  # Where its middle lies, in the features' own units.
  cameFrom @5 :List(Text);
  # What it was split off from, or merged of, by the last round.
  moves @6 :List(SegmentMove);
  # Into and out of it, newest first. Only where one segment was asked for; since this node started.
}

struct Explanation {
  high @0 :UInt64;
  low @1 :UInt64;
  userId @2 :Text;
  placement @3 :Text;
  asOf @4 :Int64;
  lines @5 :List(Text);
  items @6 :List(DecidedItem);
  # Their reasons are what each source added to the score.
  fallback @7 :Text;
  generations @8 :List(Values.Pair);
  # (learner, generation) that decided; "prior": the written weights.
}

struct Replayed {
  high @0 :UInt64;
  low @1 :UInt64;
  identical @2 :Bool;
  before @3 :Decision;
  now @4 :Decision;
}

struct PartitionStatus {
  id @0 :UInt16;
  offset @1 :UInt64;
  users @2 :UInt64;
  role @3 :Text;
  digestHigh @4 :UInt64;
  digestLow @5 :UInt64;
  # Entries below it are stored; the digest is of the state as of there.
  flushed @6 :UInt64;
  foldVersion @7 :UInt32;
  # Of the fold's meaning, as an Activate record said last; 0: the partition is elsewhere.
}

struct Status {
  node @0 :Text;
  version @1 :Text;
  clock @2 :Text;
  ready @3 :Bool;
  notReadyBecause @4 :List(Text);
  partitions @5 :List(PartitionStatus);
  models @6 :List(Model);
  items @7 :UInt64;
  now @8 :Int64;
  # Of the server's clock; with `--clock events` the greatest event time.
  foldNewest @9 :UInt32;
  # The newest version of the fold that this build has.
}

struct Reject {
  time @0 :Int64;
  userId @1 :Text;
  messageId @2 :Text;
  error @3 :Error;
}

struct ClusterMember {
  name @0 :Text;
  endpoint @1 :Text;
  zone @2 :Text;
  weight @3 :UInt16;
  state @4 :Text;
  # "present", "draining", "silent" and "tooOld" (out of the map), "notJoined" (pinned, and not in the log).
  heardMsAgo @5 :Int64 = -1;
  # Over its link; -1: never.
  first @6 :UInt32;
  # Partitions that it is the first replica of.
  second @7 :UInt32;
  # Partitions that it is a further replica of.
  caughtUp @8 :UInt32;
  # Partitions that it may be asked for.
  link @9 :Text;
  # "self", "unknown" (not pinned here), "connecting", "up", "silent", "refused".
  linkReason @10 :Text;
  # Why it is refused: a PeerRefusal and words.
  clients @11 :Text;
  # Where client services reach it; empty: it does not say.
  toldWeight @12 :UInt16;
  # Of `weight`: that an operator gave it; 0: its configuration's.
  foldOldest @13 :UInt32 = 5;
  foldNewest @14 :UInt32 = 5;
  # Versions of the fold that its build has.
}

struct PartitionPlaces {
  members @0 :List(UInt16);
  # Indices into Cluster.members, the first replica first.
}

struct Cluster {
  id @0 :Text;
  node @1 :Text;
  # Who answers.
  replicas @2 :UInt8;
  mapDigest @3 :UInt64;
  # Of the map: equal where it is.
  members @4 :List(ClusterMember);
  # By name.
  map @5 :List(PartitionPlaces);
  # By partition; empty as long as nobody joined.
  tenant @6 :UInt32;
  # The asking tenant's number: with it a client knows a user's partition.
  foldActive @7 :UInt32 = 5;
  # The greatest version of the fold that a partition is at. A member whose build does not have it is "tooOld".
}

struct AnswerBody {
  union {
    error @0 :Error;
    accepted :group {
      # The log has it, at Answer.positions[position] with `index`.
      position @1 :UInt16;
      index @2 :UInt32;
      seenBefore @3 :Bool;
    }
    decision @4 :Decision;
    profile @5 :Profile;
    items @6 :Items;
    models @7 :List(Model);
    explanation @8 :Explanation;
    replayed @9 :Replayed;
    placements @10 :List(Records.Placement);
    status @11 :Status;
    rejects @12 :List(Reject);
    round :group {
      # Was opened, or will be as soon as the one under way has ended.
      number @13 :UInt64;
    }
    segments @14 :List(Segment);
    cluster @15 :Cluster;
  }
}
