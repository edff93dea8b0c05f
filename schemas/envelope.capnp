@0x8eaa518bf5f76057;
# The envelopes of requests, answers and notifications. One message in the standard stream framing is one frame of ZeroMQ.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("kindred::wire");
using Values = import "values.capnp";
using Api = import "api.capnp";

enum Consistency {
  # Who may answer.
  any @0;
  # Any replica, but one that has seen `positions`.
  position @1;
  # The same, and positions are required.
  first @2;
  # Only the first replica of the partition.
}

struct Request {
  # At most 1 MiB.
  version @0 :UInt16 = 1;
  priority @1 :UInt8;
  # 0 normal, 1 low, 2 high.
  consistency @2 :Consistency;
  remainingMs @3 :UInt32;
  # Of the deadline when it was sent; 0: not told.
  requestId @4 :UInt64;
  # The client's; comes back in the answer.
  deadlineUs @5 :Int64;
  # Absolute; 0: the server's default.
  tenant @6 :Text;
  # A hint; the key is the authority. Empty: "default".
  idempotencyKey @7 :Text;
  positions @8 :List(Values.Position);
  # To have been seen before answering; at most 1024.
  trace @9 :Values.TraceParent;
  features @10 :List(Text);
  # What of later versions the client understands; at most 32.
  queries @11 :List(Api.Query);
  # At most 4096.
}

struct Answer {
  version @0 :UInt16 = 1;
  engineVersion @1 :UInt32;
  requestId @2 :UInt64;
  stalenessMs @3 :UInt32;
  # How old what was answered from is at most.
  retryAfterMs @4 :UInt32;
  positions @5 :List(Values.Position);
  generations @6 :List(Values.Pair);
  # (learner, generation) used.
  bodies @7 :List(Api.AnswerBody);
  # In the order of the queries. If the request failed as a whole: one error.
}

struct Notification {
  # What the PUB endpoint sends behind the topic frame "tenant/kind". At least once: drop repeats by
  # (partition, offset, index, number).
  tenant @0 :Text;
  kind @1 :Text;
  userId @2 :Text;
  partition @3 :UInt16;
  index @4 :UInt32;
  offset @5 :UInt64;
  number @6 :UInt32;
  time @7 :Int64;
  details @8 :List(Values.Property);
}
