#include "nodes/kindred/command_line.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace kindred::node {
namespace {

class CommandLine : public testing::Test {
protected:
  std::variant<Config, ExitCode> read(std::vector<const char*> words) {
    words.insert(words.begin(), "kindred");
    return read_command_line(static_cast<int>(words.size()), words.data(), out_, err_);
  }
  ExitCode ends(std::vector<const char*> words) {
    const auto read_words = read(std::move(words));
    const auto* code = std::get_if<ExitCode>(&read_words);
    EXPECT_NE(code, nullptr) << "it would have served";
    return code ? *code : kFailed;
  }
  std::ostringstream out_, err_;
};

TEST_F(CommandLine, ServesWithTheDefaults) {
  const auto words = read({"serve"});
  ASSERT_TRUE(std::holds_alternative<Config>(words));
  EXPECT_EQ(std::get<Config>(words).data_dir, "kindred-data");
}

TEST_F(CommandLine, TakesEveryFlag) {
  const auto words =
      read({"serve", "--data-dir", "d", "--listen", "tcp://127.0.0.1:1", "--notify", "tcp://127.0.0.1:2",
            "--http", "127.0.0.1:3", "--partitions", "4", "--clock", "events"});
  ASSERT_TRUE(std::holds_alternative<Config>(words)) << err_.str();
  const Config& config = std::get<Config>(words);
  EXPECT_EQ(config.data_dir, "d");
  EXPECT_EQ(config.listen, "tcp://127.0.0.1:1");
  EXPECT_EQ(config.notify, "tcp://127.0.0.1:2");
  EXPECT_EQ(config.http, "127.0.0.1:3");
  EXPECT_EQ(config.partitions, 4);
  EXPECT_EQ(config.clock, ClockKind::kEvents);
}

TEST_F(CommandLine, FlagsWinOverTheFile) {
  const support::TempDir dir;
  const std::string file = (dir.path() / "k.toml").string();
  std::ofstream(file) << "partitions = 2\nnode = 5\n";
  const auto words = read({"serve", "--config", file.c_str(), "--partitions", "3"});
  ASSERT_TRUE(std::holds_alternative<Config>(words)) << err_.str();
  EXPECT_EQ(std::get<Config>(words).partitions, 3);
  EXPECT_EQ(std::get<Config>(words).node, 5);
}

TEST_F(CommandLine, HelpAndVersionEndWell) {
  EXPECT_EQ(ends({"--help"}), kOk);
  EXPECT_NE(out_.str().find("kindred serve --config"), std::string::npos);
  EXPECT_EQ(ends({"serve", "--help"}), kOk);
  EXPECT_EQ(ends({"--version"}), kOk);
}

TEST_F(CommandLine, MistakesAreUsageErrors) {
  EXPECT_EQ(ends({}), kUsage);
  EXPECT_EQ(ends({"dance"}), kUsage);
  EXPECT_EQ(ends({"serve", "--colour", "red"}), kUsage);
  EXPECT_EQ(ends({"serve", "--partitions", "none"}), kUsage);
  EXPECT_NE(err_.str().find("--partitions is 'none', but must be a whole number"), std::string::npos);
  EXPECT_EQ(ends({"serve", "--config", "gone.toml"}), kUsage);
  EXPECT_NE(err_.str().find("cannot read the configuration file gone.toml"), std::string::npos);
}

} // namespace
} // namespace kindred::node
