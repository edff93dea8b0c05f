#include "nodes/kindredctl/verbs/context_flags.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace kindred::ctl {
namespace {

/// A verb with the flags alone, given these words.
struct Given {
  CLI::App verb;
  ContextFlags flags;
  Session session;
  records::Context context;
  bool understood = false;

  explicit Given(std::vector<std::string> words) {
    flags.add_to(verb);
    std::reverse(words.begin(), words.end()); // as CLI11 takes them
    verb.parse(words);
    understood = flags.apply(session, context);
  }
};

TEST(ContextFlags, EachFlagSetsWhatItNames) {
  const Given given({"--device", "phone", "--country", "DE", "--region", "BE", "--channel", "app", "--locale",
                     "de-DE", "--context", "weather=rain", "--context", "table=7"});
  ASSERT_TRUE(given.understood);
  EXPECT_EQ(given.context.device, records::DeviceClass::kPhone);
  EXPECT_EQ(given.context.country, "DE");
  EXPECT_EQ(given.context.region, "BE");
  EXPECT_EQ(given.context.channel, "app");
  EXPECT_EQ(given.context.locale, "de-DE");
  ASSERT_EQ(given.context.extra.size(), 2u);
  EXPECT_EQ(given.context.extra[0], (records::Property{"weather", std::string("rain")}));
  EXPECT_EQ(given.context.extra[1], (records::Property{"table", std::string("7")}));
  EXPECT_EQ(given.session.exit_code(), kOk);
}

TEST(ContextFlags, WithoutFlagsNothingIsTold) {
  const Given given({});
  EXPECT_TRUE(given.understood);
  EXPECT_EQ(given.context, records::Context{});
}

TEST(ContextFlags, EveryDeviceClassHasItsWord) {
  const std::pair<const char*, records::DeviceClass> words[] = {
      {"desktop", records::DeviceClass::kDesktop}, {"phone", records::DeviceClass::kPhone},
      {"tablet", records::DeviceClass::kTablet},   {"tv", records::DeviceClass::kTv},
      {"watch", records::DeviceClass::kWatch},     {"other", records::DeviceClass::kOther}};
  for (const auto& [word, device] : words) {
    const Given given({"--device", word});
    EXPECT_TRUE(given.understood) << word;
    EXPECT_EQ(given.context.device, device) << word;
  }
}

TEST(ContextFlags, AValueMayBeEmptyOrHoldTheSignItself) {
  const Given given({"--context", "note=", "--context", "formula=a=b"});
  ASSERT_TRUE(given.understood);
  EXPECT_EQ(given.context.extra[0], (records::Property{"note", std::string()}));
  EXPECT_EQ(given.context.extra[1], (records::Property{"formula", std::string("a=b")}));
}

TEST(ContextFlags, WhatIsNotUnderstoodIsAMistakeInTheCommandLine) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"--device", "toaster"},
                                                                 {"--device", "Phone"},
                                                                 {"--context", "no sign"},
                                                                 {"--context", "=value"}}) {
    testing::internal::CaptureStderr();
    const Given given(words);
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_FALSE(given.understood) << words[1];
    EXPECT_EQ(given.session.exit_code(), kUsage) << words[1];
    EXPECT_NE(said.find(words[0] + " " + words[1]), std::string::npos) << said;
  }
}

} // namespace
} // namespace kindred::ctl
