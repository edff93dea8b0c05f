#pragma once

#include "engine/records/record.hpp"
#include "schemas/codec/values_wire.hpp"
#include "schemas/records.capnp.h"

namespace kindred::wire {

// Record bodies <-> their generated structs; the rules of values_wire.hpp hold. Used by logs and by the client API alike, so
// that what one takes the other can carry.

void write(Event::Builder to, const records::Event& value);
void read(Reading& reading, Event::Reader from, records::Event& value);

void write(ProfileUpdate::Builder to, const records::ProfileUpdate& value);
void read(Reading& reading, ProfileUpdate::Reader from, records::ProfileUpdate& value);
void write(Consent::Builder to, const records::Consent& value);
void read(Reading& reading, Consent::Reader from, records::Consent& value);
void write(Erase::Builder to, const records::Erase& value);
void read(Reading& reading, Erase::Reader from, records::Erase& value);
void write(Link::Builder to, const records::Link& value);
void read(Reading& reading, Link::Reader from, records::Link& value);
void write(Unlink::Builder to, const records::Unlink& value);
void read(Reading& reading, Unlink::Reader from, records::Unlink& value);
void write(MergeIn::Builder to, const records::MergeIn& value);
void read(Reading& reading, MergeIn::Reader from, records::MergeIn& value);
/// Requires: every candidate has one score per source.
void write(Decided::Builder to, const records::Decided& value);
void read(Reading& reading, Decided::Reader from, records::Decided& value);
void write(Exposed::Builder to, const records::Exposed& value);
void read(Reading& reading, Exposed::Reader from, records::Exposed& value);
void write(Reward::Builder to, const records::Reward& value);
void read(Reading& reading, Reward::Reader from, records::Reward& value);
void write(Adopt::Builder to, const records::Adopt& value);
void read(Reading& reading, Adopt::Reader from, records::Adopt& value);
void write(Activate::Builder to, const records::Activate& value);
void read(Reading& reading, Activate::Reader from, records::Activate& value);
void write(Tick::Builder to, const records::Tick& value);
void read(Reading& reading, Tick::Reader from, records::Tick& value);
void write(Cut::Builder to, const records::Cut& value);
void read(Reading& reading, Cut::Reader from, records::Cut& value);
void write(CutDone::Builder to, const records::CutDone& value);
void read(Reading& reading, CutDone::Reader from, records::CutDone& value);
void write(Chunk::Builder to, const records::Chunk& value);
void read(Reading& reading, Chunk::Reader from, records::Chunk& value);
void write(Manifest::Builder to, const records::Manifest& value);
void read(Reading& reading, Manifest::Reader from, records::Manifest& value);
void write(Delta::Builder to, const records::Delta& value);
void read(Reading& reading, Delta::Reader from, records::Delta& value);

void write(Item::Builder to, const records::Item& value);
void read(Reading& reading, Item::Reader from, records::Item& value);
void write(Placement::Builder to, const records::Placement& value);
void read(Reading& reading, Placement::Reader from, records::Placement& value);
void write(Join::Builder to, const records::Join& value);
void read(Reading& reading, Join::Reader from, records::Join& value);
void write(Alive::Builder to, const records::Alive& value);
void read(Reading& reading, Alive::Reader from, records::Alive& value);
void write(CaughtUp::Builder to, const records::CaughtUp& value);
void read(Reading& reading, CaughtUp::Reader from, records::CaughtUp& value);
void write(Drain::Builder to, const records::Drain& value);
void read(Reading& reading, Drain::Reader from, records::Drain& value);

void write(Tenant::Builder to, const records::Tenant& value);
void read(Reading& reading, Tenant::Reader from, records::Tenant& value);

} // namespace kindred::wire
