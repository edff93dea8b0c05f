#include <gtest/gtest.h>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/gateway/messages.hpp"
#include "schemas/codec/api_codec.hpp"
#include "tests/support/hand_clock.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/questions.hpp"

namespace kindred::actors::gateway {
namespace {

/// Where answers go; by ticket, in order.
struct Answers final : ports::Link {
  void reply(std::vector<Outgoing> answers) override {
    for (auto& one : answers) {
      auto answer = schemas::decode_answer(one.bytes);
      ASSERT_TRUE(answer.ok());
      got.emplace_back(one.to.ticket, answer.take());
    }
  }
  void publish(std::string, Bytes) override {}
  std::vector<std::pair<std::uint64_t, api::Answer>> got;
};

// The test scheduler runs actors only when told to: no threads, no sleeping, no luck.
struct GatewayShell : testing::Test {
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  support::MemoryLog log{{.partitions = 1, .manual = true}};
  Answers answers;
  support::HandClock clock, events_clock{true};
  ports::SnapshotCell<catalog::Snapshot> library;
  ports::SnapshotCell<fast_models::Snapshot> models;
  Probe probe;
  std::vector<user_shard::Ask> asks;
  std::vector<user_shard::Settle> settles;
  int drained = 0;
  std::uint64_t tickets = 0;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());

  GatewayShell() { library.publish(std::make_shared<const catalog::Snapshot>()); }

  Actor start(bool follows_events = false) {
    Settings settings;
    settings.partitions = 1;
    settings.incarnation = log.incarnation();
    settings.writer = {5};
    settings.epoch = 1;
    settings.follows_events = follows_events;
    settings.ends = {0};
    return spawn(system, settings,
                 {log,
                  answers,
                  follows_events ? events_clock : clock,
                  {library, models, [] { return api::Status{}; }},
                  probe,
                  [this](PartitionId, user_shard::Ask ask) { asks.push_back(std::move(ask)); },
                  [this](PartitionId, user_shard::Settle settle) { settles.push_back(settle); },
                  [](const std::string&, model::Ask) {},
                  [](const std::string&, model::Settle) {},
                  [this] { ++drained; }});
  }
  void ask(const Actor& actor, std::vector<api::Query> queries) {
    Requests requests;
    requests.requests.push_back(
        {{1, ++tickets}, schemas::encode_request(support::request_of(std::move(queries)))});
    requests.now = clock.now();
    requests.steady_us = clock.steady_us();
    caf::anon_send(actor, std::move(requests));
    scheduler.run();
  }
  void pulse() {
    scheduler.trigger_timeouts();
    scheduler.run();
  }
  void end(const Actor& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    scheduler.run();
  }
};

TEST_F(GatewayShell, AppendsAndAnswersWhenTheVerdictIsThere) {
  const auto actor = start();
  ask(actor, {support::view("ann", "lamp", "m1")});
  EXPECT_TRUE(answers.got.empty()) << "not before it is durable";
  log.pump();
  scheduler.run();
  ASSERT_EQ(answers.got.size(), 1u);
  EXPECT_EQ(answers.got[0].first, 1u) << "to whom it came from";
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(answers.got[0].second.bodies.at(0)));
  EXPECT_EQ(log.bounds({records::Topic::kEvents, {0}}).value().end, 1u);
  EXPECT_EQ(log.bounds({records::Topic::kLibrary, {}}).value().end, 1u) << "an item first met is registered";
  EXPECT_EQ(probe.appends, 2u);
  end(actor);
}

TEST_F(GatewayShell, WhatTheLogRefusesIsSaidToBeRefused) {
  const auto actor = start();
  log.fail(ports::LogError::kDiskFull);
  ask(actor, {support::view("ann", "lamp", "m1")});
  log.pump();
  scheduler.run();
  ASSERT_EQ(answers.got.size(), 1u);
  const auto* error = std::get_if<api::Error>(&answers.got[0].second.bodies.at(0));
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->code, api::ErrorCode::kLogUnavailable);
  end(actor);
}

TEST_F(GatewayShell, WhatAShardAnswersIsHandedOn) {
  const auto actor = start();
  api::GetProfile get;
  get.user_id = "ann";
  ask(actor, {support::view("ann", "lamp", "m1"), get}); // with a write: the gateway puts the answer together
  log.pump();
  scheduler.run();
  ASSERT_EQ(asks.size(), 1u);
  EXPECT_TRUE(std::any_of(asks[0].positions.begin(), asks[0].positions.end(), [](const auto& position) {
    return position.stream.topic == records::Topic::kEvents && position.author.writer == WriterId{5};
  })) << "the read sees the write";
  api::Profile profile;
  profile.events = 1;
  PartDone done{asks[0].ticket, 0, {{asks[0].items.at(0).query, profile}}, {}, 0};
  caf::anon_send(actor, std::move(done));
  scheduler.run();
  ASSERT_EQ(answers.got.size(), 1u);
  EXPECT_EQ(std::get<api::Profile>(answers.got[0].second.bodies.at(1)).events, 1u);
  end(actor);
}

TEST_F(GatewayShell, ItsPulseEndsWhatNobodyAnswersInTime) {
  const auto actor = start();
  api::GetProfile get;
  get.user_id = "ann";
  ask(actor, {support::view("ann", "lamp", "m1"), get});
  log.pump();
  scheduler.run();
  pulse();
  EXPECT_TRUE(answers.got.empty());
  clock.pass(kDeadlineDefault + kSecond);
  pulse();
  ASSERT_EQ(answers.got.size(), 1u);
  const auto& bodies = answers.got[0].second.bodies;
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(bodies.at(0))) << "what was done stands";
  EXPECT_EQ(std::get<api::Error>(bodies.at(1)).code, api::ErrorCode::kDeadlineExceeded);
  pulse();
  EXPECT_EQ(answers.got.size(), 1u) << "once";
  end(actor);
}

TEST_F(GatewayShell, TheEventsClockFollowsWhatIsTracked) {
  const auto actor = start(true);
  api::Track track = support::view("ann", "lamp", "m1");
  track.event.event_time = events_clock.now() + kHour;
  ask(actor, {track});
  log.pump();
  scheduler.run();
  ASSERT_EQ(answers.got.size(), 1u);
  EXPECT_EQ(events_clock.now(), track.event.event_time);
  end(actor);
}

TEST_F(GatewayShell, IsDrainedWhenTheLastAnswerIsGivenAndSaysSoOnce) {
  const auto actor = start();
  ask(actor, {support::view("ann", "lamp", "m1")});
  caf::anon_send(actor, Drain{});
  scheduler.run();
  EXPECT_EQ(drained, 0) << "one is under way";
  ask(actor, {support::view("ann", "lamp", "m2")});
  ASSERT_EQ(answers.got.size(), 1u);
  EXPECT_EQ(std::get<api::Error>(answers.got[0].second.bodies.at(0)).code, api::ErrorCode::kDraining);
  log.pump();
  scheduler.run();
  EXPECT_EQ(answers.got.size(), 2u);
  EXPECT_EQ(drained, 1);
  caf::anon_send(actor, Drain{});
  pulse();
  EXPECT_EQ(drained, 1);
  end(actor);
}

TEST_F(GatewayShell, DrainedAtOnceWhereNothingIsUnderWay) {
  const auto actor = start();
  caf::anon_send(actor, Drain{});
  scheduler.run();
  EXPECT_EQ(drained, 1);
  end(actor);
}

TEST_F(GatewayShell, AVerdictThatComesAfterItsEndGoesNowhere) {
  const auto actor = start();
  ask(actor, {support::view("ann", "lamp", "m1")});
  end(actor);
  log.pump(); // the entry is written all the same, and its client asks again with the same ids
  scheduler.run();
  EXPECT_TRUE(answers.got.empty());
  EXPECT_EQ(log.bounds({records::Topic::kEvents, {0}}).value().end, 1u);
}

} // namespace
} // namespace kindred::actors::gateway
