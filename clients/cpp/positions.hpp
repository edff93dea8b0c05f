#pragma once

#include "engine/records/position.hpp"

namespace kindred::client {

/// Merges what was seen: per (stream, writer) the later (epoch, sequence, index) stays; positions of another life of the
/// log replace all older ones of that stream. Bound: records::kPositionsMax, the oldest streams' writers go first.
void merge(records::Positions& into, const records::Positions& more);

} // namespace kindred::client
