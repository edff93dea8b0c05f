@0xb0a4b4a61bcb29e2;
# Node to node. Reserved: nothing of it is sent yet; numbers and meanings are fixed so that a cluster's first version needs
# no change of what stands here.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("kindred::wire");

enum NodeMessageKind {
  none @0;
  # Never sent.
  hello @1;
  # Reserved: who I am, versions, the map as I folded it.
  heartbeat @2;
  # Reserved: I live; folded positions of what I hold.
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
