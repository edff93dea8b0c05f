#pragma once

#include <vector>

#include "engine/decisions/score.hpp"

namespace kindred::decisions {

/// Scratch memory reused between decisions, so that a decision allocates little more than its answer. What is in it means
/// nothing between calls: equal questions get equal answers whatever workspace they use. Owner: whoever calls `decide`,
/// one per thread.
class Workspace {
public:
  Scorer scorer;
  std::vector<Ranked> ranked;
};

} // namespace kindred::decisions
