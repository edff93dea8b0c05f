@0x9c7d96c1e6c28952;
# Values that records and the client API share.
#
# Rules of all schemas here (tools/schema_check.py keeps them): members are only added, with the next number; nothing is
# renumbered, retyped, renamed on the wire or removed. Every union is read with a default branch: what a reader does not
# know is a typed failure, never a guess. Texts are UTF-8. Times are microseconds since 1970-01-01 UTC. Fixed-point
# numbers say their scale. There is no floating-point number in a record; NaN is refused where the API carries doubles.
# Fields that may be absent have the smallest number of their type as default and mean "not told" by it.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("kindred::wire");

struct Id128 {
  # Names a record, a decision or a digest. Zero: none. Written as 32 hex digits, high first.
  high @0 :UInt64;
  low @1 :UInt64;
}

struct Pair {
  name @0 :Text;
  value @1 :Text;
}

struct Place {
  # WGS 84, degrees × 10^7.
  latitudeE7 @0 :Int32;
  longitudeE7 @1 :Int32;
}

struct Money {
  # minor / 10^exponent units of a currency. Absent: nothing told.
  minor @0 :Int64;
  exponent @1 :UInt8 = 4;
  # Digits behind the point, 0..9.
  currency @2 :UInt32;
  # ISO 4217, three capital letters, the first in the lowest byte ("EUR" = 0x00525545). 0: none stated.
}

struct Property {
  # A named, typed value that Kindred keeps without knowing its meaning.
  name @0 :Text;
  value :union {
    bool @1 :Bool;
    int @2 :Int64;
    fixed @3 :Int64;
    # × 2^20; at most 2^24 in magnitude.
    text @4 :Text;
    list @5 :List(Text);
    # At most 64.
    time @6 :Int64;
    place @7 :Place;
  }
}

enum DeviceClass {
  unknown @0;
  desktop @1;
  phone @2;
  tablet @3;
  tv @4;
  watch @5;
  other @6;
}

struct Context {
  # The circumstances of an event or a decision. What is not told is empty.
  device @0 :DeviceClass;
  operatingSystem @1 :Text;
  browser @2 :Text;
  channel @3 :Text;
  locale @4 :Text;
  country @5 :Text;
  # ISO 3166-1 alpha-2 as told; compared byte by byte.
  region @6 :Text;
  coordinates @7 :Place;
  zoneOffsetMinutes @8 :Int16 = -32768;
  # Of local time from UTC. Default: not told.
  extra @9 :List(Property);
  # Free keys; at most 64.
}

enum Topic {
  # The logs. Only `events` has more than one partition.
  events @0;
  control @1;
  models @2;
  library @3;
}

struct Position {
  # Where a record stands in a log. Clients keep it and send it back; they never look inside.
  incarnation @0 :UInt64;
  # Names one life of the log; a foreign one is refused.
  topic @1 :Topic;
  partition @2 :UInt16;
  index @3 :UInt32;
  # Of the record in its entry.
  offset @4 :UInt64;
  # Of the entry; a hint.
  writer @5 :UInt64;
  epoch @6 :UInt64;
  sequence @7 :UInt64;
  # Who wrote the entry: what a replica must have applied to answer.
}

struct TraceParent {
  # W3C trace context. Absent: none.
  traceHigh @0 :UInt64;
  traceLow @1 :UInt64;
  span @2 :UInt64;
  flags @3 :UInt8;
}
