#include "nodes/adapters/http/http_connection.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace kindred::adapters {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {
std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}
} // namespace

HttpConnection::HttpConnection(boost::asio::ip::tcp::socket socket, HttpFloor& floor)
    : stream_(std::move(socket)), floor_(floor), answer_timer_(stream_.get_executor()),
      buffer_(floor.settings.header_bytes_max + (64 << 10)) {
  Error ignored;
  stream_.socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

void HttpConnection::turn_away() {
  keep_alive_ = false;
  refuse(503, "overloaded", "too many connections: use fewer and keep them open, or try again");
}

void HttpConnection::close() {
  ++turn_; // later answers find nothing
  answer_timer_.cancel();
  Error ignored;
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.close();
  const auto self = shared_from_this();
  floor_.probe.open -= floor_.connections.erase(self);
  if (floor_.stopping && floor_.connections.empty()) floor_.on_empty();
}

void HttpConnection::close_when_idle() {
  keep_alive_ = false;
  if (!answering_) close();
}

void HttpConnection::read_header() {
  parser_.emplace();
  parser_->header_limit(floor_.settings.header_bytes_max);
  parser_->body_limit(floor_.settings.body_bytes_max);
  stream_.expires_after(floor_.settings.idle_max);
  http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](Error error, std::size_t) {
    self->header_read(error);
  });
}

void HttpConnection::header_read(Error error) {
  if (error) return failed_read(error);
  if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read_body();
  response_.emplace(http::status::continue_, 11);
  stream_.expires_after(floor_.settings.write_max);
  http::async_write(stream_, *response_, [self = shared_from_this()](Error failed, std::size_t) {
    if (failed) return self->close();
    self->read_body();
  });
}

void HttpConnection::read_body() {
  stream_.expires_after(floor_.settings.body_max);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](Error error, std::size_t) { self->body_read(error); });
}

void HttpConnection::body_read(Error error) {
  if (error) return failed_read(error);
  stream_.expires_never();
  dispatch();
}

void HttpConnection::failed_read(Error error) {
  keep_alive_ = false;
  if (error == http::error::body_limit) {
    return refuse(413, "tooLarge",
                  "the body is over " + std::to_string(floor_.settings.body_bytes_max) +
                      " bytes: send it in parts");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refuse(431, "tooLarge",
                  "the headers are over " + std::to_string(floor_.settings.header_bytes_max) + " bytes");
  }
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message;
  if (!gone && error.category() == http::make_error_code(http::error::bad_method).category()) {
    return refuse(400, "malformed", "this is not HTTP/1.1: " + error.message());
  }
  close(); // the peer is gone, or was silent for too long
}

HttpRequest HttpConnection::request_in_hand() {
  auto& message = parser_->get();
  HttpRequest request;
  head_ = message.method() == http::verb::head;
  request.method = head_ ? "GET" : std::string(message.method_string());
  request.target = std::string(message.target());
  request.path = request.target.substr(0, request.target.find('?'));
  for (const auto& field : message) request.headers[lower(field.name_string())] = std::string(field.value());
  request.body = std::move(message.body());
  return request;
}

void HttpConnection::dispatch() {
  keep_alive_ = parser_->get().keep_alive() && !floor_.stopping;
  answering_ = true;
  const std::uint64_t turn = ++turn_;
  HttpRequest request = request_in_hand();
  const auto found = floor_.routes.find(request.method, request.path);
  if (found.handler == nullptr && found.allowed.empty()) {
    return refuse(404, "notFound", "there is nothing at " + request.path);
  }
  if (found.handler == nullptr) {
    return refuse(405, "unsupported", request.path + " takes " + found.allowed + ", not " + request.method);
  }
  HttpProbe::add(floor_.probe.requests);
  answer_timer_.expires_after(floor_.settings.answer_max);
  answer_timer_.async_wait([self = shared_from_this(), turn](Error error) {
    if (error || self->turn_ != turn) return;
    HttpProbe::add(self->floor_.probe.timed_out);
    self->keep_alive_ = false;
    self->refuse(504, "deadlineExceeded",
                 "no answer in time: a write may stand; send it again with the same ids");
  });
  (*found.handler)(std::move(request),
                   [weak = weak_from_this(), context = floor_.context, turn](HttpReply reply) {
                     boost::asio::post(*context, [weak, turn, reply = std::move(reply)]() mutable {
                       if (const auto self = weak.lock()) self->answered(turn, std::move(reply));
                     });
                   });
}

void HttpConnection::answered(std::uint64_t turn, HttpReply reply) {
  if (turn != turn_) return; // too late, or a second time
  write(std::move(reply));
}

void HttpConnection::refuse(int status, const std::string& code, const std::string& message) {
  std::string quoted;
  for (const char c : message) { // what came from outside stays inside its quotes
    if (c == '"' || c == '\\') quoted.push_back('\\');
    if (static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f) quoted.push_back(c);
  }
  write({status,
         "application/json",
         R"({"error":{"code":")" + code + R"(","message":")" + quoted + "\"}}",
         {}});
}

void HttpConnection::write(HttpReply reply) {
  ++turn_;
  answer_timer_.cancel();
  answering_ = true;
  response_.emplace(static_cast<http::status>(reply.status), 11);
  response_->set(http::field::content_type, reply.content_type);
  for (const auto& [name, value] : reply.headers) response_->set(name, value);
  response_->keep_alive(keep_alive_ && !floor_.stopping);
  // 304 tells of a body that it has not: its length would be that of the other (RFC 9110 8.6).
  if (response_->result() != http::status::not_modified) response_->content_length(reply.body.size());
  if (!head_) response_->body() = std::move(reply.body);
  const auto digit = static_cast<std::size_t>(reply.status / 100);
  HttpProbe::add(floor_.probe.replies[digit < floor_.probe.replies.size() ? digit : 5]);
  stream_.expires_after(floor_.settings.write_max);
  http::async_write(stream_, *response_,
                    [self = shared_from_this()](Error error, std::size_t) { self->written(error); });
}

void HttpConnection::written(Error error) {
  answering_ = false;
  if (error || response_->need_eof() || floor_.stopping) return close();
  read_header();
}

} // namespace kindred::adapters
