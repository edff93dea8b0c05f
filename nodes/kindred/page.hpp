#pragma once

#include <span>
#include <string_view>

#include "nodes/adapters/http/http_routes.hpp"

namespace kindred::node {

// The operators' page: the files of console/, in the program since it was built (cmake/kindred_page.cmake). Any thread;
// no state.

struct PageFile {
  std::string_view path; ///< of the URL: "/", "/page/page.js", ...
  std::string_view type; ///< as Content-Type says it
  std::string_view bytes;
};
/// Generated; lives as long as the program.
std::span<const PageFile> page_files();

/// 200 with the file, or 304 where If-None-Match names what it is. May be kept, must be asked about each time; nothing of
/// another origin may be loaded into it, and no text becomes markup (Content-Security-Policy).
adapters::HttpReply page_reply(const PageFile& file, const adapters::HttpRequest& request);

void add_page(adapters::HttpRoutes& routes);

} // namespace kindred::node
