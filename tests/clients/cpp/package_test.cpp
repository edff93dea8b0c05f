// The installed package, used by a project that knows nothing of this tree.
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/scripted_server.hpp"

namespace kindred::client {
namespace {

namespace fs = std::filesystem;

int run(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct Package : testing::Test {
  void SetUp() override {
    const char* build = std::getenv("KINDRED_BUILD_DIR");
    if (build == nullptr) GTEST_SKIP() << "KINDRED_BUILD_DIR is not set: run it by ctest (2026-11-23)";
    build_dir = build;
    char name[] = "/tmp/kindred-package-XXXXXX";
    place = mkdtemp(name);
  }
  void TearDown() override {
    if (!place.empty()) fs::remove_all(place);
  }
  std::string quiet(const std::string& command) {
    return command + " > " + (place / "log").string() + " 2>&1";
  }

  fs::path build_dir, place;
};

TEST_F(Package, AConsumerFindsBuildsAndCalls) {
  const std::string prefix = (place / "prefix").string();
  ASSERT_EQ(
      run(quiet("cmake --install " + build_dir.string() + " --prefix " + prefix + " --component client")), 0);
  const std::string out = (place / "build").string();
  const std::string flags = std::getenv("CXXFLAGS") != nullptr ? std::getenv("CXXFLAGS") : "";
  ASSERT_EQ(run(quiet("cmake -S clients/cpp/examples -B " + out + " -G Ninja -DCMAKE_PREFIX_PATH=" + prefix +
                      " -DCMAKE_CXX_FLAGS='" + flags + "'")),
            0);
  ASSERT_EQ(run(quiet("cmake --build " + out)), 0);

  support::ScriptedServer server([](const api::Request& request) {
    api::Answer answer;
    answer.request_id = request.request_id;
    api::Status status;
    status.ready = true;
    answer.bodies.emplace_back(status);
    return std::vector{answer};
  });
  EXPECT_EQ(run(quiet(out + "/is_ready " + server.endpoint())), 0);
}

} // namespace
} // namespace kindred::client
