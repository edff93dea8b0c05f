#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/adapters/http/http_message.hpp"

namespace kindred::adapters {

/// Which handler answers which method and path. A path that ends with '/' stands for all below it, but "/" for itself
/// alone; the longest that fits counts. Value type; not changed while a server uses it.
class HttpRoutes {
public:
  void add(const std::string& method, const std::string& path, HttpHandler handler);

  struct Found {
    const HttpHandler* handler = nullptr; ///< null: see `allowed`
    std::string
        allowed; ///< the methods the path has, if another was asked ("GET, POST"); empty: no such path
  };
  Found find(std::string_view method, std::string_view path) const;

private:
  using Methods = std::map<std::string, HttpHandler, std::less<>>;
  std::map<std::string, Methods, std::less<>> paths_;
};

} // namespace kindred::adapters
