#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>

#include "nodes/kindredctl/demo/exchange.hpp"
#include "nodes/kindredctl/demo/replay.hpp"

namespace kindred::demo {

/// `kindredctl demo`: what the command line says.
struct DemoOptions {
  std::uint64_t seed = 1;
  bool control = false;    ///< --control: the world in which nothing depends on the user
  std::uint32_t users = 0; ///< --users N: shoppers in all; 0: the world's own number (4,000)
  ReplayOptions replay;    ///< --events FILE (replay.file) and what belongs to it; empty file: simulate
  bool json = false;       ///< --json: one JSON object instead of words
};

/// Drives the running server behind `exchange` with simulated shoppers and prints what it learnt to `out`: first the
/// report, which is the same for the same seed (server with `--clock events` on a fresh data directory), then a marked
/// block of times. With `replay.file` it replays that file instead. Blocks until done: about half a minute.
///
/// The server should be fresh: what it already knows of shoppers of the same seed would be counted as learnt.
/// Answers a Failure where the server or the file does not let it go on; nothing is printed then but what already was.
std::optional<Failure> run_demo(const DemoOptions& options, Exchange& exchange, std::ostream& out,
                                const Meter& meter = {});

/// kindredctl's exit code for a failure: 5 unavailable, 4 refused, 2 bad input, 1 otherwise.
int exit_code(FailureCode code);

} // namespace kindred::demo
