#pragma once

#include <deque>
#include <string>
#include <vector>

#include "tests/simulation/ledger.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/setter.hpp"
#include "tests/simulation/world.hpp"

namespace kindred::simulation {

/// How long a cart waits by the last setting that the library's log has.
Duration cart_abandoned_after(const support::MemoryLogDisk& log);
/// Whether a partition of a node has what was set last, and what the models it serves with made champion.
bool has_adopted(Node& node, std::uint16_t partition, Duration cart_abandoned_after);
/// What each partition owes the fast models, on each node that holds it, in words.
std::string debts(World& world, const Plan& plan);

/// What must hold once all is at rest, on every node, against one pass over the logs and against the ledger: what does not, in
/// words. Adds to the report what the logs tell.
std::vector<std::string> broken_laws(World& world, const Plan& plan, const Ledger& ledger,
                                     const std::deque<Setter>& setters, Report& report);

} // namespace kindred::simulation
