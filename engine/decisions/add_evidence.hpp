#pragma once

#include <span>

#include "engine/base/math.hpp"

namespace kindred::decisions {

/// log2(1 + scale · x): how every count becomes a score. What is negative counts as 0: deltas may be folded before what
/// they correct.
inline float evidence_of(float x, float scale) { return x > 0 ? portable_log2(1.0f + scale * x) : 0.0f; }

/// out[i] += weight · evidence_of(x[i], scale), bit for bit, for all of x; several at a time. Cost: 0.5 to 1.5 ns each.
/// Requires: out is at least as long as x.
void add_evidence(std::span<const float> x, float scale, float weight, std::span<float> out);

/// The two forms that `add_evidence` chooses between by what the processor can do; for tests that they agree.
void add_evidence_narrow(std::span<const float> x, float scale, float weight, std::span<float> out);
void add_evidence_wide(std::span<const float> x, float scale, float weight, std::span<float> out);
bool has_wide_evidence(); ///< whether add_evidence_wide may be called on this machine

} // namespace kindred::decisions
