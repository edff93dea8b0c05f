#include "nodes/adapters/http/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cassert>
#include <charconv>
#include <mutex>
#include <thread>

#include "nodes/adapters/http/http_connection.hpp"
#include "nodes/adapters/threads/thread_role.hpp"

namespace kindred::adapters {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kAcceptAgain{
    50}; ///< after an accept failed, as when no file descriptor is left

HttpListenFailure failure_of(const std::string& listen, const Error& error) {
  const std::string where = "cannot listen on " + listen + ": ";
  if (error == asio::error::address_in_use) {
    return {HttpListenError::kPortInUse,
            where + "the port is in use. Stop who has it (ss -ltnp), or name another port."};
  }
  if (error == asio::error::access_denied) {
    return {HttpListenError::kNoPermission,
            where + "not permitted. Take a port above 1023, or give the server the right."};
  }
  if (error == asio::error::no_descriptors || error == asio::error::no_memory) {
    return {HttpListenError::kNoResources, where + error.message() + ". Raise the limit of open files."};
  }
  return {HttpListenError::kBadAddress, where + error.message() + ". An address looks like 127.0.0.1:7480."};
}

/// HOST:PORT, [IPv6]:PORT; the host must be an address or localhost.
std::optional<tcp::endpoint> endpoint_of(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = listen.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const char* end = listen.data() + listen.size();
  const auto parsed = std::from_chars(listen.data() + colon + 1, end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  Error error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return std::nullopt;
  return tcp::endpoint(address, port);
}

std::string text_of(const tcp::endpoint& endpoint) {
  const auto host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

} // namespace

std::string_view name_of(HttpListenError error) {
  switch (error) {
  case HttpListenError::kPortInUse: return "portInUse";
  case HttpListenError::kBadAddress: return "badAddress";
  case HttpListenError::kNoPermission: return "noPermission";
  case HttpListenError::kNoResources: return "noResources";
  }
  return "unknown";
}

class HttpServer::Service {
public:
  explicit Service(Settings settings)
      : settings_(std::move(settings)), context_(std::make_shared<asio::io_context>(1)), acceptor_(*context_),
        accept_again_(*context_),
        give_up_(*context_), floor_{settings_, {}, probe, context_, [this] { context_->stop(); }, false, {}} {}
  ~Service() { stop(std::chrono::milliseconds(0)); }

  Result<Done, HttpListenFailure> bind() {
    const auto endpoint = endpoint_of(settings_.listen);
    if (!endpoint) return failure_of(settings_.listen, asio::error::invalid_argument);
    Error error;
    acceptor_.open(endpoint->protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(*endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failure_of(settings_.listen, error);
    listening_at = text_of(acceptor_.local_endpoint());
    return Done{};
  }

  void start(HttpRoutes routes) {
    assert(!thread_.joinable());
    floor_.routes = std::move(routes);
    accept();
    thread_ = std::thread([this] {
      take_role("http", Share::kAnswers);
      context_->run();
    });
  }

  void stop(std::chrono::milliseconds patience) {
    const std::lock_guard once(stopping_);
    if (!thread_.joinable()) return;
    asio::post(*context_, [this, patience] { close_the_door(patience); });
    thread_.join();
    floor_.connections.clear();
  }

  HttpProbe probe;
  std::string listening_at;

private:
  // ---- the server's thread ----

  void accept() {
    acceptor_.async_accept([this](Error error, tcp::socket socket) {
      if (floor_.stopping) return;
      if (error) {
        accept_again_.expires_after(kAcceptAgain);
        accept_again_.async_wait([this](Error cancelled) {
          if (!cancelled && !floor_.stopping) accept();
        });
        return;
      }
      HttpProbe::add(probe.accepted);
      welcome(std::move(socket));
      accept();
    });
  }

  void welcome(tcp::socket socket) {
    auto connection = std::make_shared<HttpConnection>(std::move(socket), floor_);
    const bool room = floor_.connections.size() < settings_.connections_max;
    floor_.connections.insert(connection);
    HttpProbe::add(probe.open);
    if (room) return connection->start();
    HttpProbe::add(probe.turned_away);
    connection->turn_away();
  }

  void close_the_door(std::chrono::milliseconds patience) {
    floor_.stopping = true;
    Error ignored;
    acceptor_.close(ignored);
    accept_again_.cancel();
    const auto connections = floor_.connections; // closing takes them out of it
    for (const auto& connection : connections) connection->close_when_idle();
    if (floor_.connections.empty()) return context_->stop();
    give_up_.expires_after(patience);
    give_up_.async_wait([this](Error) {
      const auto late = floor_.connections;
      for (const auto& connection : late) connection->close();
    });
  }

  const Settings settings_;
  const std::shared_ptr<asio::io_context> context_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_again_;
  asio::steady_timer give_up_;
  HttpFloor floor_;
  std::mutex stopping_;
  std::thread thread_;
};

HttpServer::HttpServer(std::unique_ptr<Service> service) : service_(std::move(service)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>, HttpListenFailure> HttpServer::open(Settings settings) {
  auto service = std::make_unique<Service>(std::move(settings));
  if (auto bound = service->bind(); !bound.ok()) return bound.error();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(service)));
}

void HttpServer::start(HttpRoutes routes) { service_->start(std::move(routes)); }
void HttpServer::stop(std::chrono::milliseconds patience) { service_->stop(patience); }
const std::string& HttpServer::listening_at() const { return service_->listening_at; }
const HttpProbe& HttpServer::probe() const { return service_->probe; }

} // namespace kindred::adapters
