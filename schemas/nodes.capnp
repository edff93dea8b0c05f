@0xb0a4b4a61bcb29e2;
# Node to node, over ZeroMQ with CURVE (docs/decisions/0026_nodes_know_each_other.md). A message is two frames: this
# envelope, and the payload its kind says, as bytes that the link does not look into (empty where there is none).
# `reserved` kinds are carried, and answered `notServed` by builds that do not have what they ask for.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("kindred::wire");

enum NodeMessageKind {
  none @0;
  # Never sent.
  hello @1;
  # Who I am. Asked once per connection, answered by the other's; NodeEnvelope.hello has it.
  heartbeat @2;
  # I live, and what my clock says. Answered by the other's.
  forward @3;
  # A part of a client's request, for users of a partition of yours or for a learner of yours: PartAsk.
  answer @4;
  # The answer to it: PartAnswer.
  statisticAsk @5;
  # A step of a round in a partition of yours: RoundAsk.
  statisticBlock @6;
  # What came of it: RoundAnswer.
  checkpointAsk @7;
  # A replica wants a part of a partition's stored state: CheckpointAsk.
  checkpointChunk @8;
  # CheckpointChunk.
  modelAsk @9;
  # Reserved: the bytes of (learner, generation).
  modelChunk @10;
  # Reserved: a part of them, with checksum.
  standingAsk @11;
  # How far are you? No payload.
  standing @12;
  # NodeStanding.
}

enum PeerRefusal {
  # Why a node does not talk to another, or does not answer what it asked.
  none @0;
  wrongKey @1;
  # The key is not pinned under this name.
  wrongCluster @2;
  otherSchema @3;
  # It speaks another version of this contract.
  clockOff @4;
  duplicateName @5;
  # Another process has the name.
  otherPartitions @6;
  otherLog @7;
  # Its log is another life.
  helloFirst @8;
  # Nothing is answered before a hello.
  notServed @9;
  # This build has nothing behind asks of that kind.
  busy @10;
  # As many asks of this peer as may are under way.
  late @11;
  # The deadline passed before there was an answer.
}

struct Hello {
  cluster @0 :Text;
  node @1 :Text;
  schemaVersion @2 :UInt16;
  life @3 :UInt64;
  # Chosen anew at each start of the process.
  partitions @4 :UInt16;
  incarnation @5 :UInt64;
  # Of the log; 0: not known yet.
}

struct NodeEnvelope {
  kind @0 :NodeMessageKind;
  id @1 :UInt64;
  # The asker's; the answer has it again.
  toLife @2 :UInt64;
  # Of the node it is meant for; 0: any. Messages for a life that ended are not looked at.
  remainingMs @3 :UInt32;
  # Of an ask: so long its asker waits.
  clockUs @4 :Int64;
  # Of the sender, as it sent this: hello and heartbeat.
  refusal @5 :PeerRefusal;
  # Of an answer: not none, then there is no payload.
  reason @6 :Text;
  # In words.
  hello @7 :Hello;
}

struct StatisticBlock {
  # Reserved: a statistic's canonical bytes for a key range (records: "Statistics and rounds").
  learner @0 :Text;
  partitions @1 :List(UInt16);
  # Sorted.
  fromCut @2 :UInt64;
  toCut @3 :UInt64;
  block @4 :UInt32;
  digestHigh @5 :UInt64;
  digestLow @6 :UInt64;
  bytes @7 :Data;
}

struct PartWay {
  # How a query of a part goes, beside what it asks.
  query @0 :UInt32;
  # The asker's number of it.
  via @1 :Text;
  # A linked id of who is asked of: the question is sent on to him once what was told of that id is where he is.
  seen @2 :List(Text);
  # Linked ids of his that need not be asked any more.
}

struct PartAsk {
  partition @0 :UInt16;
  # 65535: none, a learner is asked.
  learner @1 :Text;
  tenant @2 :UInt32;
  nowUs @3 :Int64;
  # The asking gateway's clock when it took the request.
  durableDecisions @4 :Bool;
  ways @5 :List(PartWay);
  # Of each query.
  request @6 :Data;
  # A Request (envelope.capnp): queries, and the positions to have been seen.
  behind @7 :Bool;
  # Nobody who hears the log has it: answer from what you folded.
  whole @8 :Bool;
  # `request` is a client's as it came, that reads one user of the partition; no `ways`. The answer to the client is wanted.
}

struct PartAnswer {
  queries @0 :List(UInt32);
  # That the bodies answer, by the asker's numbers.
  answer @1 :Data;
  # An Answer (envelope.capnp): bodies, positions, staleness. To a whole request: the client's, and nothing beside it.
  sentOn @2 :List(PartWay);
  # To be asked elsewhere.
  sentOnQueries @3 :Data;
  # A Request with what to ask there; empty: nothing.
}

enum RoundStep {
  open @0;
  pass @1;
  close @2;
}

struct RoundAsk {
  step @0 :RoundStep;
  partition @1 :UInt16;
  tenant @2 :UInt32;
  learner @3 :Text;
  round @4 :UInt64;
  asOfUs @5 :Int64;
  # Of open; the stamp of close.
  base @6 :UInt64;
  # Of open: the round whose sums are kept; 0: none.
  sinceUs @7 :Int64 = -9223372036854775808;
  # Of open: when the oldest champion was trained; the default: there is none.
  pass @8 :UInt32;
  parameters @9 :Data;
  # Of pass.
  accepted @10 :Bool;
  # Of close.
}

struct RoundAnswer {
  step @0 :RoundStep;
  cut @1 :UInt64;
  # Of open: where it is in the log.
  byChanges @2 :Bool;
  # Of open: who changed since the base was looked at, and nobody else.
  statistic @3 :Data;
  # Of pass.
  lost @4 :Text;
  # Why there is nothing; empty: there is.
  erased @5 :UInt64;
  # Of close: behind the last erasure of the tenant that the partition has folded; 0: none.
}

struct CheckpointAsk {
  partition @0 :UInt16;
  checkpoint @1 :UInt64;
  # The asked node's number of it; 0: begin a new one.
  from @2 :Data;
  # The first key of the part.
}

struct CheckpointChunk {
  checkpoint @0 :UInt64;
  entries @1 :Data;
  # Keys and values in key order: length (UInt32, little-endian) and bytes of each.
  checksum @2 :UInt64;
  # XXH3-64 of partition (UInt16, little-endian), checkpoint (UInt64) and entries.
  more @3 :Bool;
  # There are keys behind the last one.
  foldVersion @4 :UInt32;
  # Of the build whose fold it is.
  seal @5 :UInt64;
  # XXH3-64 of partition (UInt16), checkpoint (UInt64), more (UInt8), foldVersion (UInt32), the length of the ask's `from`
  # (UInt32), its bytes, and entries; integers little-endian. 0: of a build before it, of which the checksum has to do.
}

struct ErasedUpTo {
  tenant @0 :UInt32;
  offset @1 :UInt64;
}

struct SegmentMoved {
  tenant @0 :UInt32;
  userId @1 :Text;
  from @2 :Text;
  to @3 :Text;
  timeUs @4 :Int64;
  because @5 :Text;
}

struct DigestAt {
  end @0 :UInt64;
  # Entries below it are in it.
  high @1 :UInt64;
  low @2 :UInt64;
}

struct ShardStanding {
  partition @0 :UInt16;
  ready @1 :Bool;
  appliedEnd @2 :UInt64;
  users @3 :UInt64;
  erased @4 :List(ErasedUpTo);
  moves @5 :List(SegmentMoved);
  digests @6 :List(DigestAt);
  # Of the state at agreed positions, the newest last.
  foldVersion @7 :UInt32;
  # That they are of.
  flushedEnd @8 :UInt64;
  # Entries below it are stored.
}

struct LearnerStanding {
  learner @0 :Text;
  tenant @1 :UInt32;
  last @2 :UInt64;
  running @3 :UInt64;
  asOfUs @4 :Int64;
  outcome @5 :Text;
  published @6 :Bool;
  givenUp @7 :Bool;
  byChanges @8 :Bool;
}

struct NodeStanding {
  shards @0 :List(ShardStanding);
  # Those that this node has.
  learners @1 :List(LearnerStanding);
  # Rounds of the learners that this node runs.
  ackedEnds @2 :List(UInt64);
  # By partition of the events log: behind the last append of this node's that was acknowledged; 0: none. Empty: the log is
  # this node's alone.
}
