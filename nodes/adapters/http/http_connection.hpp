#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "nodes/adapters/http/http_server.hpp"

namespace kindred::adapters {

class HttpConnection;

/// What all connections of a server share. Server's thread only.
struct HttpFloor {
  const HttpServer::Settings& settings;
  HttpRoutes routes;
  HttpProbe& probe;
  std::shared_ptr<boost::asio::io_context>
      context;                    ///< shared with unanswered requests: they may outlive the server
  std::function<void()> on_empty; ///< the last connection closed while stopping
  bool stopping = false;
  std::set<std::shared_ptr<HttpConnection>> connections;
};

/// One connection: reads a request, lets its handler answer, writes the answer, begins again.
///
///   reading header ──> reading body ──> answering ──> writing ──> reading header | closed
///
/// Server's thread only, except that a handler may answer from anywhere: the answer is posted to the server's thread and
/// counts only for the request it was made for (`turn_`). Kept alive by the floor until it closes.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
public:
  HttpConnection(boost::asio::ip::tcp::socket socket, HttpFloor& floor);

  void start() { read_header(); }
  /// Sends one answer and closes: past the bound of connections.
  void turn_away();
  /// Ends at once, whatever is under way.
  void close();
  /// Stopping: closes now unless a request is under way, which is answered first.
  void close_when_idle();

private:
  using Error = boost::beast::error_code;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  void read_header();
  void header_read(Error error);
  void read_body();
  void body_read(Error error);
  void dispatch();
  HttpRequest request_in_hand();
  void answered(std::uint64_t turn, HttpReply reply);
  void refuse(int status, const std::string& code, const std::string& message);
  void write(HttpReply reply);
  void written(Error error);
  void failed_read(Error error);

  boost::beast::tcp_stream stream_;
  HttpFloor& floor_;
  boost::asio::steady_timer answer_timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::optional<Response> response_;
  std::uint64_t turn_ = 0; ///< of the request in hand
  bool answering_ = false; ///< a handler has the request, or its answer is being written
  bool keep_alive_ = false;
  bool head_ = false; ///< the answer's body is not sent
};

} // namespace kindred::adapters
