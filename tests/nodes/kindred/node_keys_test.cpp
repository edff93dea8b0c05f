#include "nodes/kindred/node_keys.hpp"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "nodes/adapters/zmq/curve_keys.hpp"
#include "nodes/kindred/command_line.hpp"
#include "tests/support/temp_dir.hpp"

namespace kindred::node {
namespace {

struct NodeKeys : testing::Test {
  support::TempDir folder;
  std::filesystem::path file = folder.path() / "node.key";
};

TEST_F(NodeKeys, AreMadeForTheirOwnerAlone) {
  const auto made = make_key_file(file);
  ASSERT_TRUE(made.ok()) << made.error().what;
  struct stat about {};
  ASSERT_EQ(stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  const auto secret = read_key_file(file);
  ASSERT_TRUE(secret.ok()) << secret.error().what;
  EXPECT_EQ(adapters::public_key_of(secret.value()), made.value());
}

TEST_F(NodeKeys, AreNeverWrittenOver) {
  ASSERT_TRUE(make_key_file(file).ok());
  const auto first = read_key_file(file).value();
  EXPECT_FALSE(make_key_file(file).ok());
  EXPECT_EQ(read_key_file(file).value(), first);
}

TEST_F(NodeKeys, AFileThatOthersMayReadIsRefused) {
  ASSERT_TRUE(make_key_file(file).ok());
  ASSERT_EQ(chmod(file.c_str(), 0640), 0);
  const auto secret = read_key_file(file);
  ASSERT_FALSE(secret.ok());
  EXPECT_NE(secret.error().what.find("chmod 600"), std::string::npos);
}

TEST_F(NodeKeys, AFileWithoutAKeyIsRefused) {
  EXPECT_FALSE(read_key_file(file).ok()) << "there is none";
  std::ofstream(file) << "not a key\n";
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  EXPECT_FALSE(read_key_file(file).ok());
}

TEST_F(NodeKeys, TheVerbPrintsThePublicOne) {
  std::ostringstream out, err;
  const std::string path = file.string();
  const char* arguments[] = {"kindred", "keys", "--out", path.c_str()};
  const auto ended = read_command_line(4, arguments, out, err);
  EXPECT_EQ(std::get<ExitCode>(ended), kOk) << err.str();
  EXPECT_EQ(out.str(), adapters::public_key_of(read_key_file(file).value()) + "\n");
  EXPECT_EQ(std::get<ExitCode>(read_command_line(4, arguments, out, err)), kFailed) << "not written over";
}

} // namespace
} // namespace kindred::node
