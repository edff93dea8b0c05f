#include "nodes/kindred/page.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace kindred::node {
namespace {

const PageFile* file_at(std::string_view path) {
  const auto files = page_files();
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const PageFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

std::string header_of(const adapters::HttpReply& reply, const std::string& name) {
  for (const auto& [known, value] : reply.headers)
    if (known == name) return value;
  return {};
}

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

TEST(PageFiles, AreThoseOfTheConsoleByteForByte) {
  std::set<std::string_view> paths;
  for (const PageFile& file : page_files()) {
    EXPECT_TRUE(paths.insert(file.path).second) << file.path << " stands twice";
    const std::string name = file.path == "/" ? "page.html" : std::string(file.path.substr(6));
    EXPECT_EQ(file.bytes, text_of("console/" + name)) << file.path;
  }
  ASSERT_NE(file_at("/"), nullptr);
  EXPECT_EQ(file_at("/")->type, "text/html; charset=utf-8");
  ASSERT_NE(file_at("/page/page.js"), nullptr);
  EXPECT_EQ(file_at("/page/page.js")->type, "text/javascript; charset=utf-8");
  EXPECT_EQ(file_at("/page/README.md"), nullptr);
}

TEST(PageFiles, NameNoOtherOriginAndHoldNoInlineScript) {
  for (const PageFile& file : page_files()) {
    for (const char* scheme : {"https://", "=\"//", "url(//"})
      EXPECT_EQ(file.bytes.find(scheme), std::string_view::npos) << file.path << " " << scheme;
    for (const char* sink : {"innerHTML", "insertAdjacentHTML", "document.write", "eval(", " onclick="})
      EXPECT_EQ(file.bytes.find(sink), std::string_view::npos) << file.path << " " << sink;
  }
}

TEST(PageReply, SendsTheFileUnderAPolicy) {
  const PageFile file{"/page/a.js", "text/javascript; charset=utf-8", "let a;"};
  const auto reply = page_reply(file, {});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "let a;");
  EXPECT_EQ(reply.content_type, file.type);
  EXPECT_TRUE(header_of(reply, "Content-Security-Policy").starts_with("default-src 'self';"));
  EXPECT_EQ(header_of(reply, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header_of(reply, "Cache-Control"), "no-cache");
}

TEST(PageReply, WhoHasItIsToldThatItIsTheSame) {
  const PageFile file{"/", "text/html", "one"};
  const PageFile changed{"/", "text/html", "two"};
  const std::string tag = header_of(page_reply(file, {}), "ETag");
  ASSERT_GT(tag.size(), 2u);
  const auto asked = [](const PageFile& of, const std::string& header) {
    adapters::HttpRequest request;
    request.headers["if-none-match"] = header;
    return page_reply(of, request);
  };
  for (const std::string& header : {tag, "\"other\", W/" + tag, std::string("*")}) {
    EXPECT_EQ(asked(file, header).status, 304) << header;
    EXPECT_EQ(asked(file, header).body, "") << header;
    EXPECT_EQ(header_of(asked(file, header), "ETag"), tag);
  }
  EXPECT_EQ(asked(changed, tag).status, 200) << "a new build is seen at once";
}

TEST(AddPage, GivesEveryFileItsRouteAndNothingElse) {
  adapters::HttpRoutes routes;
  add_page(routes);
  for (const PageFile& file : page_files()) {
    const auto found = routes.find("GET", file.path);
    ASSERT_NE(found.handler, nullptr) << file.path;
    (*found.handler)({}, [&](adapters::HttpReply reply) { EXPECT_EQ(reply.body, file.bytes) << file.path; });
    EXPECT_EQ(routes.find("POST", file.path).allowed, "GET");
  }
  EXPECT_EQ(routes.find("GET", "/page/").handler, nullptr);
  EXPECT_EQ(routes.find("GET", "/other").handler, nullptr);
}

} // namespace
} // namespace kindred::node
