#pragma once

#include "engine/base/bytes.hpp"
#include "engine/records/bodies.hpp"
#include "schemas/codec/reading.hpp"

namespace kindred::schemas {

/// A decision's candidates as the bytes of Decided.candidates (records.capnp says their form): nearly all of a decision's
/// record, of which a busy server writes more than of anything else. About 20 bytes a candidate, where lists of Int32 take
/// 60. Requires: one score per candidate and source, at most kCandidatesMax and kSourcesMax. Some 3 ns a score.
Bytes pack_candidates(const records::Decided& decided);

/// Requires: `decided.sources` is read. Bytes that end early or late, more sources than there are, more candidates than
/// the bound: kMalformed or kTooLarge.
void unpack_candidates(Reading& reading, BytesView packed, records::Decided& decided);

} // namespace kindred::schemas
