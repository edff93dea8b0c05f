#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "nodes/adapters/http/http_probe.hpp"
#include "nodes/adapters/http/http_routes.hpp"

namespace kindred::adapters {

/// Why the server cannot listen. Closed list.
enum class HttpListenError : std::uint8_t {
  kPortInUse = 1,
  kBadAddress = 2,   ///< not HOST:PORT, or an address this machine does not have
  kNoPermission = 3, ///< ports below 1024 need a right
  kNoResources = 4,  ///< too many open files
};
std::string_view name_of(HttpListenError error);

struct HttpListenFailure {
  HttpListenError code = HttpListenError::kBadAddress;
  std::string what; ///< what failed, why, what to do
};

/// An HTTP/1.1 server on one thread of its own, with keep-alive. It knows connections, bounds and status codes; what a
/// request means is its handlers' business.
///
/// Answers itself, with {"error":{"code","message"}}: 400 not HTTP, 404 no such path, 405 another method, 413 body and
/// 431 headers over their bound, 503 too many connections or stopping, 504 no answer from the handler in time.
///
/// Law of stopping: `stop` closes the door, gives requests under way `patience` to be answered, then ends all
/// connections. After it returned no handler runs and none ever will; later answers vanish.
class HttpServer {
public:
  struct Settings {
    std::string listen = "127.0.0.1:7480"; ///< port 0: any free one; [::1]:7480 for IPv6
    std::size_t connections_max = 1'024;
    std::uint32_t header_bytes_max = 16 << 10;
    std::uint64_t body_bytes_max = 1 << 20;
    std::chrono::milliseconds idle_max{60'000};   ///< between two requests, and for one's header
    std::chrono::milliseconds body_max{30'000};   ///< to send a body
    std::chrono::milliseconds answer_max{65'000}; ///< for a handler to answer
    std::chrono::milliseconds write_max{30'000};  ///< to take an answer
  };

  /// Binds; nothing is received yet.
  static Result<std::unique_ptr<HttpServer>, HttpListenFailure> open(Settings settings);
  ~HttpServer();

  /// Once.
  void start(HttpRoutes routes);
  /// Idempotent.
  void stop(std::chrono::milliseconds patience);

  /// HOST:PORT as bound.
  const std::string& listening_at() const;
  const HttpProbe& probe() const;

private:
  class Service;
  explicit HttpServer(std::unique_ptr<Service> service);
  const std::unique_ptr<Service> service_;
};

} // namespace kindred::adapters
