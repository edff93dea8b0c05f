#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "engine/base/result.hpp"
#include "nodes/kindred/config.hpp"
#include "nodes/kindred/exit_code.hpp"
#include "nodes/kindred/http_gate.hpp"

namespace kindred::node {

/// One node: data directory, log, state store, sockets, and the actors between them, in one process.
///
/// Order of start: directory → log → store → sockets bound → HTTP answers (/readyz says what is missing) → actors: catalog
/// and fast models restore and catch up, shards behind them, the gateway → ready. Order of end: sockets refuse → requests
/// under way are answered → actors → store → log → directory.
/// Owned by main (or a test); its functions may be called from any thread.
class Node {
public:
  static Result<std::unique_ptr<Node>, StartFailure> start(const Config& config);
  /// Ends at once what is still there, in order.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Refuses what is new, waits at most `patience` for what is under way. True: all of it was answered.
  bool drain(std::chrono::milliseconds patience);

  Readiness readiness() const;
  std::string metrics() const;

  const std::string& listening_at() const;
  const std::string& notifying_at() const;
  const std::string& http_at() const; ///< HOST:PORT; empty where there is none

private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  const std::unique_ptr<Parts> parts_;
};

/// What this build calls itself.
inline constexpr const char* kVersion = "0.1.0";

} // namespace kindred::node
