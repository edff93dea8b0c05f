#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "schemas/api.hpp"

namespace kindred::support {

/// A ROUTER socket on a free loopback port whose answers a test writes: what a client does when a server loses, repeats,
/// delays or refuses can only be shown with one that does so on command. Everything else is tested with the real server.
/// Thread-safe; owns one thread; ends in its destructor.
class ScriptedServer {
public:
  /// Answers to one request, in order; none: it is lost.
  using Script = std::function<std::vector<api::Answer>(const api::Request& request)>;
  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  const std::string& endpoint() const { return endpoint_; }
  int requests() const { return requests_; }

private:
  void run();
  void serve_one();

  Script script_;
  void* context_ = nullptr;
  void* socket_ = nullptr;
  std::string endpoint_;
  std::atomic<int> requests_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// An answer with one Accepted per query.
api::Answer accept_all(const api::Request& request);
/// A refusal of the whole request.
api::Answer refuse(const api::Request& request, api::ErrorCode code, std::uint32_t retry_after_ms);

} // namespace kindred::support
