#include "nodes/adapters/http/http_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace kindred::adapters {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;

/// A client with one blocking connection.
class Browser {
public:
  explicit Browser(const std::string& at) {
    const auto colon = at.rfind(':');
    socket_.connect({boost::asio::ip::make_address(at.substr(0, colon)),
                     static_cast<std::uint16_t>(std::stoi(at.substr(colon + 1)))});
  }
  void raw(const std::string& text) { boost::asio::write(socket_, boost::asio::buffer(text)); }
  void send(http::verb method, const std::string& target, const std::string& body = "") {
    http::request<http::string_body> request{method, target, 11};
    request.set(http::field::host, "test");
    request.set("X-Tenant", "shop");
    request.body() = body;
    request.prepare_payload();
    http::write(socket_, request);
  }
  /// Status 0: the connection was closed.
  http::response<http::string_body> receive(bool head = false) {
    http::response_parser<http::string_body> parser;
    parser.skip(head);
    beast::error_code error;
    http::read(socket_, buffer_, parser, error);
    if (error) return {};
    return parser.release();
  }
  http::response<http::string_body> ask(http::verb method, const std::string& target,
                                        const std::string& body = "") {
    send(method, target, body);
    return receive(method == http::verb::head);
  }
  bool closed() {
    char byte = 0;
    beast::error_code error;
    return socket_.read_some(boost::asio::buffer(&byte, 1), error) == 0 && error;
  }

private:
  boost::asio::io_context context_;
  tcp::socket socket_{context_};
  beast::flat_buffer buffer_;
};

bool is_status(const http::response<http::string_body>& response, unsigned status) {
  return response.result_int() == status;
}

struct HttpServerTest : testing::Test {
  std::unique_ptr<HttpServer> open(HttpServer::Settings settings = {}) {
    settings.listen = "127.0.0.1:0";
    auto server = HttpServer::open(settings);
    if (!server.ok()) ADD_FAILURE() << server.error().what;
    return server.take();
  }
  HttpRoutes routes() {
    HttpRoutes routes;
    routes.add("GET", "/livez", [](HttpRequest, HttpRespond respond) {
      respond({200, "text/plain", "ok\n", {}});
    });
    routes.add("POST", "/echo", [](HttpRequest request, HttpRespond respond) {
      respond({201,
               "text/plain",
               request.body,
               {{"X-Path", request.path}, {"X-Tenant", request.headers["x-tenant"]}}});
    });
    routes.add("GET", "/v1/profiles/", [](HttpRequest request, HttpRespond respond) {
      respond({200, "text/plain", request.target + " " + request.path, {}});
    });
    routes.add("GET", "/later", [this](HttpRequest, HttpRespond respond) {
      const std::lock_guard lock(mutex);
      waiting.push_back(std::move(respond));
      changed.notify_all();
    });
    return routes;
  }
  HttpRespond wait_for_later(std::size_t count = 1) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return waiting.size() >= count; }));
    return waiting[count - 1];
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<HttpRespond> waiting;
};

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
  const auto server = open();
  server->start(routes());
  Browser browser(server->listening_at());
  for (int i = 0; i < 3; ++i) {
    const auto live = browser.ask(http::verb::get, "/livez");
    EXPECT_EQ(live.result_int(), 200u);
    EXPECT_EQ(live.body(), "ok\n");
    EXPECT_EQ(live[http::field::content_type], "text/plain");
  }
  const std::string big(900'000, 'x');
  const auto echo = browser.ask(http::verb::post, "/echo", big);
  EXPECT_EQ(echo.result_int(), 201u);
  EXPECT_EQ(echo.body(), big);
  EXPECT_EQ(echo["X-Tenant"], "shop") << "names of headers come in lower case";
  EXPECT_EQ(browser.ask(http::verb::get, "/v1/profiles/anna?history=3").body(),
            "/v1/profiles/anna?history=3 /v1/profiles/anna");
  EXPECT_EQ(server->probe().accepted, 1u);
  EXPECT_EQ(server->probe().requests, 5u);
  EXPECT_EQ(server->probe().replies[2], 5u);
}

TEST_F(HttpServerTest, HeadSaysTheLengthAndSendsNothing) {
  const auto server = open();
  server->start(routes());
  Browser browser(server->listening_at());
  const auto head = browser.ask(http::verb::head, "/livez");
  EXPECT_EQ(head.result_int(), 200u);
  EXPECT_EQ(head[http::field::content_length], "3");
  EXPECT_TRUE(is_status(browser.ask(http::verb::get, "/livez"), 200)) << "the connection is still in step";
}

TEST_F(HttpServerTest, NotModifiedHasNeitherBodyNorLength) {
  const auto server = open();
  HttpRoutes with_tag = routes();
  with_tag.add("GET", "/same", [](HttpRequest, HttpRespond respond) {
    respond({304, "text/plain", "", {{"ETag", "\"7\""}}});
  });
  server->start(std::move(with_tag));
  Browser browser(server->listening_at());
  const auto same = browser.ask(http::verb::get, "/same");
  EXPECT_EQ(same.result_int(), 304u);
  EXPECT_EQ(same[http::field::etag], "\"7\"");
  EXPECT_EQ(same.count(http::field::content_length), 0u) << "it would be that of the body which is not sent";
  EXPECT_TRUE(is_status(browser.ask(http::verb::get, "/livez"), 200)) << "the connection is still in step";
}

TEST_F(HttpServerTest, RefusesWithTypedBodies) {
  HttpServer::Settings settings;
  settings.body_bytes_max = 1000;
  settings.header_bytes_max = 2000;
  const auto server = open(settings);
  server->start(routes());
  Browser browser(server->listening_at());
  const auto nothing = browser.ask(http::verb::get, "/nothing\"here");
  EXPECT_EQ(nothing.result_int(), 404u);
  EXPECT_EQ(nothing.body(),
            R"({"error":{"code":"notFound","message":"there is nothing at /nothing\"here"}})");
  const auto method = browser.ask(http::verb::delete_, "/echo");
  EXPECT_EQ(method.result_int(), 405u);
  EXPECT_NE(method.body().find("POST"), std::string::npos);
  EXPECT_TRUE(is_status(browser.ask(http::verb::post, "/echo", std::string(1000, 'x')), 201));
  EXPECT_TRUE(is_status(browser.ask(http::verb::post, "/echo", std::string(1001, 'x')), 413));
  EXPECT_TRUE(browser.closed());

  Browser long_headers(server->listening_at());
  long_headers.raw("GET /livez HTTP/1.1\r\nX-Long: " + std::string(3000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(is_status(long_headers.receive(), 431));
  Browser garbage(server->listening_at());
  garbage.raw("\x01\x02 this is no HTTP\r\n\r\n");
  EXPECT_TRUE(is_status(garbage.receive(), 400));
  EXPECT_TRUE(garbage.closed());
}

TEST_F(HttpServerTest, ContinuesForWhoAsks) {
  const auto server = open();
  server->start(routes());
  Browser browser(server->listening_at());
  browser.raw("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(is_status(browser.receive(), 100));
  browser.raw("hello");
  EXPECT_EQ(browser.receive().body(), "hello");
}

TEST_F(HttpServerTest, AnswersMayComeLateFromOtherThreadsAndOnce) {
  const auto server = open();
  server->start(routes());
  Browser browser(server->listening_at());
  browser.send(http::verb::get, "/later");
  const auto respond = wait_for_later();
  std::thread([&] {
    respond({200, "text/plain", "first", {}});
    respond({200, "text/plain", "second", {}});
  }).join();
  EXPECT_EQ(browser.receive().body(), "first");
  EXPECT_EQ(browser.ask(http::verb::get, "/livez").body(), "ok\n") << "not the second answer";
}

TEST_F(HttpServerTest, AHandlerThatNeverAnswersIsGivenUp) {
  HttpServer::Settings settings;
  settings.answer_max = std::chrono::milliseconds(10);
  const auto server = open(settings);
  server->start(routes());
  Browser browser(server->listening_at());
  EXPECT_TRUE(is_status(browser.ask(http::verb::get, "/later"), 504));
  EXPECT_EQ(server->probe().timed_out, 1u);
  wait_for_later()({200, "text/plain", "too late", {}});
  EXPECT_TRUE(browser.closed());
}

TEST_F(HttpServerTest, ASilentConnectionIsClosed) {
  HttpServer::Settings settings;
  settings.idle_max = std::chrono::milliseconds(10);
  settings.body_max = std::chrono::milliseconds(10);
  const auto server = open(settings);
  server->start(routes());
  Browser silent(server->listening_at()), half(server->listening_at());
  half.raw("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nonly this");
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(half.closed());
}

TEST_F(HttpServerTest, ConnectionsAreBounded) {
  HttpServer::Settings settings;
  settings.connections_max = 2;
  const auto server = open(settings);
  server->start(routes());
  Browser first(server->listening_at()), second(server->listening_at());
  EXPECT_TRUE(is_status(first.ask(http::verb::get, "/livez"), 200));
  EXPECT_TRUE(is_status(second.ask(http::verb::get, "/livez"), 200));
  Browser third(server->listening_at());
  EXPECT_TRUE(is_status(third.receive(), 503));
  EXPECT_TRUE(is_status(first.ask(http::verb::get, "/livez"), 200));
  EXPECT_EQ(server->probe().turned_away, 1u);
}

TEST_F(HttpServerTest, StoppingAnswersWhatIsUnderWayAndClosesTheRest) {
  const auto server = open();
  server->start(routes());
  Browser idle(server->listening_at()), busy(server->listening_at());
  EXPECT_TRUE(is_status(idle.ask(http::verb::get, "/livez"), 200));
  busy.send(http::verb::get, "/later");
  const auto respond = wait_for_later();
  std::thread stopper([&] { server->stop(std::chrono::seconds(20)); });
  EXPECT_TRUE(idle.closed());
  respond({200, "text/plain", "bye", {}});
  const auto last = busy.receive();
  EXPECT_EQ(last.body(), "bye");
  EXPECT_FALSE(last.keep_alive());
  stopper.join();
  respond({200, "text/plain", "to nobody", {}});
}

TEST_F(HttpServerTest, StoppingWaitsNoLongerThanItsPatience) {
  auto server = open();
  server->start(routes());
  Browser busy(server->listening_at());
  busy.send(http::verb::get, "/later");
  const auto respond = wait_for_later();
  server->stop(std::chrono::milliseconds(1));
  EXPECT_TRUE(busy.closed());
  server.reset();
  respond({200, "text/plain", "the server is gone", {}});
}

std::optional<HttpListenError> why_not(const std::string& listen) {
  HttpServer::Settings settings;
  settings.listen = listen;
  const auto server = HttpServer::open(settings);
  if (server.ok()) return std::nullopt;
  EXPECT_NE(server.error().what.find(listen), std::string::npos);
  return server.error().code;
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  const auto server = open();
  EXPECT_EQ(why_not(server->listening_at()), HttpListenError::kPortInUse);
  EXPECT_EQ(why_not("127.0.0.1:99999"), HttpListenError::kBadAddress);
  EXPECT_EQ(why_not("127.0.0.1"), HttpListenError::kBadAddress);
  EXPECT_EQ(why_not("no.such.name:80"), HttpListenError::kBadAddress);
  EXPECT_EQ(why_not("203.0.113.7:7480"), HttpListenError::kBadAddress)
      << "an address for documentation: not ours";
  EXPECT_EQ(why_not("localhost:0"), std::nullopt);
}

} // namespace
} // namespace kindred::adapters
