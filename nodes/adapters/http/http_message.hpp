#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kindred::adapters {

// What a handler sees of HTTP. Values; no thread rule.

struct HttpRequest {
  std::string method;                         ///< "GET", "POST", ...; HEAD comes as GET
  std::string target;                         ///< path and query as sent
  std::string path;                           ///< without the query
  std::map<std::string, std::string> headers; ///< names in lower case; of repeated ones the last
  std::string body;
};

struct HttpReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Answers one request: from any thread, once (a second call is ignored), also after the connection or the server ended.
using HttpRespond = std::function<void(HttpReply)>;
/// Runs on the server's thread: return quickly, answer when there is an answer.
using HttpHandler = std::function<void(HttpRequest, HttpRespond)>;

} // namespace kindred::adapters
