// Law bounds: past a named bound callers get a typed refusal with a retry time where trying again helps; nothing vanishes.
#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "tests/support/questions.hpp"
#include "tests/support/server_process.hpp"

namespace kindred {
namespace {

using support::view;

struct BoundsLaw : testing::Test {
  BoundsLaw()
      : server({.data_dir = folder.path() / "data",
                .partitions = 2,
                .clock = "wall",
                .more = {},
                .before = {}}) {}
  void SetUp() override { ASSERT_TRUE(server.wait_ready()) << server.log(); }

  api::Error refusal(api::Request request) {
    client::Client client(server.client_options());
    const auto answer = client.call(std::move(request));
    if (!answer.ok()) return {api::ErrorCode::kInternal, answer.error().message, 0};
    const auto* error = std::get_if<api::Error>(&answer.value().bodies.front());
    return error != nullptr ? *error : api::Error{api::ErrorCode{}, "taken", 0};
  }

  support::TemporaryFolder folder;
  support::ServerProcess server;
};

TEST_F(BoundsLaw, QueriesOfARequest) {
  std::vector<api::Query> queries(api::kQueriesMax + 1, api::GetProfile{.user_id = "u", .counters = {}});
  const auto error = refusal(support::request_of(std::move(queries)));
  EXPECT_EQ(error.code, api::ErrorCode::kTooLarge) << error.message;
  EXPECT_NE(error.message.find("4,096"), std::string::npos) << error.message;
}

TEST_F(BoundsLaw, PropertiesOfAnEvent) {
  auto track = view("ada", "lamp");
  for (std::size_t i = 0; i <= records::kPropertiesMax; ++i) {
    track.event.properties.push_back({"p" + std::to_string(i), true});
  }
  EXPECT_EQ(refusal(support::request_of({track})).code, api::ErrorCode::kTooLarge);
}

TEST_F(BoundsLaw, LengthOfAnId) {
  EXPECT_EQ(refusal(support::request_of({view(std::string(kExternalIdBytesMax + 1, 'u'), "lamp")})).code,
            api::ErrorCode::kTooLarge);
  EXPECT_EQ(refusal(support::request_of({view("ada", std::string(kExternalIdBytesMax + 1, 'i'))})).code,
            api::ErrorCode::kTooLarge);
}

TEST_F(BoundsLaw, BytesOfAnEvent) {
  auto track = view("ada", "lamp");
  track.event.page = std::string(records::kEventBytesMax + 1, 'p');
  EXPECT_EQ(refusal(support::request_of({track})).code, api::ErrorCode::kTooLarge);
}

TEST_F(BoundsLaw, AFloodIsAnsweredOrRefusedWithARetryTime) {
  constexpr int kFlood = 40'000;
  auto options = server.client_options();
  options.waiting_max = kFlood;
  options.deadline_ms = 60'000;
  options.try_ms = 1'000; // an answer that found no room on the way is asked for again, with the same ids
  client::Client client(options);
  std::atomic<int> answered{0}, refused{0}, wrong{0}, open{kFlood};
  std::promise<void> done;
  for (int n = 0; n < kFlood; ++n) {
    client.call(
        support::request_of({view("user" + std::to_string(n % 100), "lamp")}), [&](client::Outcome outcome) {
          if (!outcome.ok()) {
            ++wrong;
          } else if (const auto* error = std::get_if<api::Error>(&outcome.value().bodies.front())) {
            (error->code == api::ErrorCode::kOverloaded && error->retry_after_ms > 0 ? refused : wrong)++;
          } else {
            ++answered;
          }
          if (--open == 0) done.set_value();
        });
  }
  done.get_future().wait();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(answered + refused, kFlood);
  EXPECT_GT(answered, 0);
  std::uint64_t folded = 0;
  for (int user = 0; user < 100; ++user) folded += support::events_of(client, "user" + std::to_string(user));
  EXPECT_GE(folded, static_cast<std::uint64_t>(answered)) << "what was answered was folded";
  EXPECT_LE(folded, static_cast<std::uint64_t>(kFlood)) << "and nothing twice";
}

} // namespace
} // namespace kindred
