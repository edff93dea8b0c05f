#include "nodes/adapters/http/http_routes.hpp"

#include <cassert>

namespace kindred::adapters {

void HttpRoutes::add(const std::string& method, const std::string& path, HttpHandler handler) {
  assert(path.starts_with('/'));
  [[maybe_unused]] const bool fresh = paths_[path].emplace(method, std::move(handler)).second;
  assert(fresh && "two handlers for one method and path");
}

HttpRoutes::Found HttpRoutes::find(std::string_view method, std::string_view path) const {
  auto known = paths_.find(path);
  for (auto length = path.rfind('/'); known == paths_.end() && length != path.npos && length != 0;
       length = path.rfind('/', length - 1)) {
    known = paths_.find(path.substr(0, length + 1));
  }
  if (known == paths_.end()) return {};
  const auto handler = known->second.find(method);
  if (handler != known->second.end()) return {&handler->second, {}};
  Found found;
  for (const auto& [other, ignored] : known->second)
    found.allowed += (found.allowed.empty() ? "" : ", ") + other;
  return found;
}

} // namespace kindred::adapters
