#include "nodes/kindred/page.hpp"

#include "engine/base/hash.hpp"

namespace kindred::node {

namespace {

constexpr const char* kPolicy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

/// Whether the header names the tag: it is a list, each perhaps with W/ in front.
bool names(const std::string& if_none_match, const std::string& tag) {
  return if_none_match == "*" || if_none_match.find(tag) != std::string::npos;
}

} // namespace

adapters::HttpReply page_reply(const PageFile& file, const adapters::HttpRequest& request) {
  const std::string tag = '"' + to_hex(hash128(file.bytes)) + '"';
  adapters::HttpReply reply;
  reply.content_type = file.type;
  reply.headers = {{"ETag", tag},
                   {"Cache-Control", "no-cache"},
                   {"Content-Security-Policy", kPolicy},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Referrer-Policy", "no-referrer"}};
  const auto known = request.headers.find("if-none-match");
  if (known != request.headers.end() && names(known->second, tag))
    reply.status = 304;
  else
    reply.body = file.bytes;
  return reply;
}

void add_page(adapters::HttpRoutes& routes) {
  for (const PageFile& file : page_files())
    routes.add("GET", std::string(file.path),
               [&file](const adapters::HttpRequest& request, const adapters::HttpRespond& respond) {
                 respond(page_reply(file, request));
               });
}

} // namespace kindred::node
