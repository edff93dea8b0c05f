#pragma once

#include "schemas/api.capnp.h"
#include "schemas/api.hpp"
#include "schemas/codec/records_wire.hpp"
#include "schemas/envelope.capnp.h"

namespace kindred::wire {

// Queries and answers <-> their generated structs; the rules of values_wire.hpp hold. A fresh query is an Error-free default
// of its kind; `read` decides the kind by the union.

void write(Query::Builder to, const api::Query& value);
void read(Reading& reading, Query::Reader from, api::Query& value);

void write(AnswerBody::Builder to, const api::AnswerBody& value);
/// An answer of a kind that this build does not know becomes an Error that says so.
void read(Reading& reading, AnswerBody::Reader from, api::AnswerBody& value);

void write(Cluster::Builder to, const api::Cluster& value);
void read(Reading& reading, Cluster::Reader from, api::Cluster& value);

} // namespace kindred::wire
