#include "nodes/adapters/http/http_routes.hpp"

#include <gtest/gtest.h>

namespace kindred::adapters {
namespace {

struct HttpRoutesTest : testing::Test {
  HttpRoutesTest() {
    for (const char* path : {"/a", "/a/", "/a/b/", "/"}) {
      routes.add("GET", path, [this, path](HttpRequest, HttpRespond) { hit = path; });
    }
    routes.add("POST", "/a", [this](HttpRequest, HttpRespond) { hit = "POST /a"; });
  }
  std::string found(std::string_view method, std::string_view path) {
    const auto answer = routes.find(method, path);
    if (answer.handler == nullptr) return "allowed: " + answer.allowed;
    (*answer.handler)({}, {});
    return hit;
  }
  HttpRoutes routes;
  std::string hit;
};

TEST_F(HttpRoutesTest, TheLongestPathThatFitsCounts) {
  EXPECT_EQ(found("GET", "/a"), "/a");
  EXPECT_EQ(found("GET", "/a/"), "/a/");
  EXPECT_EQ(found("GET", "/a/x"), "/a/");
  EXPECT_EQ(found("GET", "/a/b/c/d"), "/a/b/");
  EXPECT_EQ(found("GET", "/"), "/");
  EXPECT_EQ(found("POST", "/a"), "POST /a");
}

TEST_F(HttpRoutesTest, AnotherMethodIsToldWhatIsAllowed) {
  EXPECT_EQ(found("PUT", "/a"), "allowed: GET, POST");
  EXPECT_EQ(found("POST", "/a/x"), "allowed: GET");
  EXPECT_EQ(routes.find("GET", "/ab").handler, nullptr) << "the root stands for itself alone";
  EXPECT_EQ(routes.find("PUT", "/ab").allowed, "") << "and takes no other path's methods";
  EXPECT_EQ(HttpRoutes{}.find("GET", "/").allowed, "");
  EXPECT_EQ(HttpRoutes{}.find("GET", "").handler, nullptr);
}

} // namespace
} // namespace kindred::adapters
