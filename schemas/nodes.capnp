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
  # Reserved: a client's request for a partition of yours, in its own envelope.
  answer @4;
  # Reserved: the answer to it.
  statisticAsk @5;
  # Reserved: a statistic between two cuts, one block.
  statisticBlock @6;
  # Reserved: the block, as canonical bytes with its digest.
  checkpointAsk @7;
  # Reserved: a replica wants a partition's checkpoint.
  checkpointChunk @8;
  # Reserved: a part of it, with checksum.
  modelAsk @9;
  # Reserved: the bytes of (learner, generation).
  modelChunk @10;
  # Reserved: a part of them, with checksum.
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
