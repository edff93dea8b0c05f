#pragma once

#include "engine/base/bytes.hpp"
#include "engine/records/event.hpp"

namespace kindred::profiles {

// Canonical bytes of the record values that profiles keep. Readers return false where the bytes are not what the writer
// writes (an unknown tag, a number out of its range); reading past the end shows in the reader, as everywhere.

void write_money(ByteWriter& out, const Money& money);
bool read_money(ByteReader& in, Money& money);

void write_property(ByteWriter& out, const records::Property& property);
bool read_property(ByteReader& in, records::Property& property);

void write_context(ByteWriter& out, const records::Context& context);
bool read_context(ByteReader& in, records::Context& context);

} // namespace kindred::profiles
