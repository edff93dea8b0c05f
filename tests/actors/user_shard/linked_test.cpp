// Ids that were linked to others: where questions for them go, what is sent on, over crashes. One partition, so that both
// ids lie in it; over several: tests/laws/link_law_test.cpp, tests/nodes/kindred/link_test.py.

#include <gtest/gtest.h>

#include "tests/actors/user_shard/shard_world.hpp"

namespace kindred::actors::user_shard {
namespace {

using api::ErrorCode;
using records::RecordType;

api::Query profile_of(std::string user) {
  api::GetProfile query;
  query.user_id = std::move(user);
  return query;
}
api::Query link_of(std::string user, std::string to) {
  return api::LinkUsers{{std::move(user), std::move(to), ""}};
}

struct ShardLinked : testing::Test {
  ShardWorld world;

  /// As the gateway appends it.
  records::Position link(const std::string& user, const std::string& to) {
    return world.track(
        {ShardWorld::record(records::Link{user, to, ""}, RecordType::kLink, user, ++number, world.now)});
  }
  std::size_t logged(RecordType type) {
    std::size_t count = 0;
    for (const auto& record : world.logged(world.stream())) count += record.header.type == type ? 1 : 0;
    return count;
  }
  std::uint64_t events(const std::string& user) {
    const auto body = world.one(profile_of(user));
    const auto* profile = std::get_if<api::Profile>(&body);
    return profile == nullptr ? 0 : profile->events;
  }
  std::uint64_t number = 1'000;
};

TEST_F(ShardLinked, TheProfileGoesThroughTheOutbox) {
  world.track("visitor", "lamp");
  world.track("ada", "table");
  link("visitor", "ada");
  EXPECT_EQ(logged(RecordType::kMergeIn), 1u);
  EXPECT_EQ(logged(RecordType::kAdopt), 1u);
  EXPECT_TRUE(world.shard->outbox().idle());
  EXPECT_EQ(events("ada"), 2u);
  const auto body = world.one(profile_of("ada"));
  EXPECT_EQ(std::get<api::Profile>(body).linked_ids, std::vector<std::string>{"visitor"});
}

TEST_F(ShardLinked, AQuestionForTheLinkedIdIsHandedBackWithTheOther) {
  link("visitor", "ada");
  const auto ticket = world.ask({profile_of("visitor")});
  const auto* done = world.done(ticket);
  ASSERT_NE(done, nullptr);
  ASSERT_TRUE(done->items.at(0).sent_on);
  EXPECT_EQ(std::get<api::GetProfile>(done->items[0].sent_on->query_value).user_id, "ada");
  // Its own position, and where the other's partition has seen what was sent on.
  ASSERT_EQ(done->positions.size(), 2u);
  const auto merged = world.ask({profile_of("ada")}, {done->positions[1]});
  EXPECT_NE(world.done(merged), nullptr);
}

TEST_F(ShardLinked, ItWaitsForWhatIsOnItsWay) {
  link("visitor", "ada");
  world.log->hold(true);
  const auto position = world.track("visitor", "lamp"); // not in the log yet
  const auto ticket = world.ask({profile_of("visitor")}, {position});
  EXPECT_EQ(world.done(ticket), nullptr);
  world.log->hold(false);
  world.log->pump();
  world.run();
  const auto* done = world.done(ticket);
  ASSERT_NE(done, nullptr);
  ASSERT_TRUE(done->items.at(0).sent_on);
  const auto asked = world.ask({done->items[0].sent_on->query_value}, done->positions);
  ASSERT_NE(world.done(asked), nullptr);
  EXPECT_EQ(std::get<api::Profile>(world.done(asked)->items[0].body).events, 1u);
}

TEST_F(ShardLinked, TheLinkIsAnsweredOnceTheOtherHasIt) {
  world.track("visitor", "lamp");
  const auto position = link("visitor", "ada");
  const auto ticket = world.ask({link_of("visitor", "ada")}, {position});
  const auto* done = world.done(ticket);
  ASSERT_NE(done, nullptr);
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(done->items.at(0).body));
  EXPECT_EQ(done->positions.size(), 2u);
}

TEST_F(ShardLinked, ContradictionsAreConflicts) {
  link("visitor", "ada");
  const auto code = [&](const std::string& user, const std::string& to) {
    const auto body = world.one(link_of(user, to), {link(user, to)});
    const auto* error = std::get_if<api::Error>(&body);
    return error == nullptr ? ErrorCode{} : error->code;
  };
  EXPECT_EQ(code("visitor", "bob"), ErrorCode::kConflict);
  EXPECT_EQ(code("ada", "visitor"), ErrorCode::kConflict);
  EXPECT_EQ(code("visitor", "ada"), ErrorCode{}) << "told again it is as it was";
}

TEST_F(ShardLinked, TheFastPathHandsTheWholeRequestBack) {
  link("visitor", "ada");
  api::Request request;
  request.request_id = 8;
  request.queries = {profile_of("visitor")};
  world.forward(request);
  EXPECT_TRUE(world.replies.empty());
  ASSERT_EQ(world.handed_back.size(), 1u);
  EXPECT_EQ(schemas::decode_request(world.handed_back[0].request).value().request, request);
}

TEST_F(ShardLinked, ADecisionForTheLinkedIdIsMadeForTheOther) {
  world.put_item("lamp");
  link("visitor", "ada");
  api::Decide decide;
  decide.user_id = "visitor";
  decide.request_id = "r1";
  const auto ticket = world.ask({decide});
  ASSERT_NE(world.done(ticket), nullptr);
  const auto& item = world.done(ticket)->items.at(0);
  ASSERT_TRUE(item.sent_on);
  EXPECT_EQ(std::get<api::Decide>(item.sent_on->query_value).user_id, "ada");
  EXPECT_EQ(logged(RecordType::kDecided), 0u) << "nobody decided for the linked id";
}

TEST_F(ShardLinked, NothingIsLostOrDoubledOverACrash) {
  for (int crash_after = 0; crash_after < 40; ++crash_after) {
    ShardWorld fresh;
    const auto tell = [&](records::Body body, RecordType type, const std::string& user, std::uint64_t id) {
      fresh.log->produce(
          fresh.stream(),
          schemas::encode_entry(
              {{WriterId{77}, 1, id}, {ShardWorld::record(std::move(body), type, user, id, fresh.now)}}),
          [](ports::Verdict) {});
    };
    records::Event event;
    event.user_id = "visitor";
    event.item = "lamp";
    event.event_time = fresh.now;
    event.type = records::EventType::kView;
    event.message_id = "m1";
    tell(event, RecordType::kEvent, "visitor", 1);
    tell(records::Link{"visitor", "ada", ""}, RecordType::kLink, "visitor", 2);
    event.message_id = "m2";
    tell(event, RecordType::kEvent, "visitor", 3);
    for (int step = 0; step < crash_after && fresh.step(); ++step) {
    }
    fresh.crash();
    fresh.begin_life();
    fresh.run();
    fresh.pass(kSecond * 2);
    fresh.run();
    EXPECT_TRUE(fresh.shard->outbox().idle()) << crash_after;
    const auto body = fresh.one(profile_of("ada"));
    const auto* profile = std::get_if<api::Profile>(&body);
    ASSERT_NE(profile, nullptr) << crash_after;
    EXPECT_EQ(profile->events, 2u) << crash_after;
  }
}

TEST_F(ShardLinked, TheEventsClockSettlesOnlyOnceEverythingIsThere) {
  ShardWorld events(true);
  events.track("visitor", "lamp");
  events.track(
      {ShardWorld::record(records::Link{"visitor", "ada", ""}, RecordType::kLink, "visitor", 9, events.now)});
  EXPECT_FALSE(events.shard->outbox().idle()) << "nothing is sent between two requests";
  const auto ticket = events.settle();
  ASSERT_FALSE(events.settled.empty());
  EXPECT_EQ(events.settled.back().ticket, ticket);
  EXPECT_TRUE(events.shard->outbox().idle());
  ASSERT_EQ(events.settled.back().sent_ends.size(), 1u);
  EXPECT_LE(events.settled.back().sent_ends.begin()->second, events.settled.back().end);
}

/// Read-your-writes over the ids: asked of ada with the position of what the visitor did.
TEST_F(ShardLinked, AQuestionGoesByTheLinkedIdItsPositionsMayBeOf) {
  link("visitor", "ada");
  world.log->hold(true);
  const auto position = world.track("visitor", "lamp");
  const auto ticket = world.ask({profile_of("ada")}, {position});
  world.log->hold(false);
  world.log->pump();
  while (world.done(ticket) == nullptr) ASSERT_TRUE(world.step());
  const auto* done = world.done(ticket);
  if (!done->items.at(0).sent_on) { // everything was there already
    EXPECT_EQ(std::get<api::Profile>(done->items[0].body).events, 1u);
    return;
  }
  EXPECT_EQ(done->items[0].sent_on->via, "visitor");
  Ask by;
  by.ticket = 900;
  by.tenant = kDefaultTenant;
  by.now = world.now;
  by.deadline_us = world.steady_us + kSecond.us;
  by.positions = done->positions;
  by.items = {*done->items[0].sent_on};
  world.to_shard(by);
  world.run();
  ASSERT_NE(world.done(900), nullptr);
  const auto& back = world.done(900)->items.at(0).sent_on;
  ASSERT_TRUE(back) << "and is sent back to her";
  EXPECT_EQ(back->via, "");
  EXPECT_EQ(back->seen, std::vector<std::string>{"visitor"});
  by.ticket = 901;
  by.items = {*back};
  by.positions = world.done(900)->positions;
  world.to_shard(by);
  world.run();
  ASSERT_NE(world.done(901), nullptr);
  ASSERT_FALSE(world.done(901)->items.at(0).sent_on);
  EXPECT_EQ(std::get<api::Profile>(world.done(901)->items[0].body).events, 1u);
}

TEST_F(ShardLinked, ViaAnIdThatIsNobodysAnyMoreItComesBackAtOnce) {
  world.track("ada", "lamp");
  Ask by;
  by.ticket = 900;
  by.tenant = kDefaultTenant;
  by.now = world.now;
  by.deadline_us = world.steady_us + kSecond.us;
  by.items = {{0, profile_of("ada"), "visitor", {}}};
  world.to_shard(by);
  world.run();
  const auto& back = world.done(900)->items.at(0).sent_on;
  ASSERT_TRUE(back);
  EXPECT_EQ(back->via, "");
  EXPECT_EQ(back->seen, std::vector<std::string>{"visitor"}) << "and not by it again";
}

TEST_F(ShardLinked, TheFastPathHandsBackWhatOtherPartitionsMayKnowOf) {
  link("visitor", "ada");
  api::Request request;
  request.request_id = 8;
  request.queries = {profile_of("ada")};
  world.forward(request);
  EXPECT_EQ(world.replies.size(), 1u);
  request.positions = {{world.log->incarnation(), {records::Topic::kEvents, {3}}, 5, 0, {}}};
  world.forward(request);
  EXPECT_EQ(world.replies.size(), 2u) << "his ids are of this partition, all of them";
  world.log->hold(true);
  world.track("visitor", "lamp");
  world.log->hold(false);
  world.log->pump();
  while (world.shard->outbox().idle()) ASSERT_TRUE(world.step());
  request.positions = {{world.log->incarnation(), world.stream(), 0, 0, {}}};
  world.carry_out(
      world.shard->handle(Forward{{{{}, schemas::encode_request(request), kDefaultTenant}}, world.now, 0}));
  EXPECT_EQ(world.handed_back.size(), 1u) << "something of his is on its way";
}

/// Erased under one id: who asks of the other one with that position sees nothing of him.
TEST_F(ShardLinked, AnErasureToldOfALinkedIdIsSeenByTheOther) {
  world.track("ada", "lamp");
  link("visitor", "ada");
  world.log->hold(true);
  const auto position = world.track({ShardWorld::record(records::Erase{"visitor", "asked", ""},
                                                        RecordType::kErase, "visitor", 9'000, world.now)});
  Ask by;
  by.ticket = 900;
  by.tenant = kDefaultTenant;
  by.now = world.now;
  by.deadline_us = world.steady_us + kSecond.us;
  by.positions = {position};
  by.items = {{0, profile_of("ada"), "visitor", {}}};
  world.to_shard(by);
  world.log->hold(false);
  world.log->pump();
  while (world.done(900) == nullptr) ASSERT_TRUE(world.step());
  by.ticket = 901;
  by.items = {*world.done(900)->items.at(0).sent_on};
  by.positions = world.done(900)->positions;
  EXPECT_EQ(by.positions.size(), 2u) << "and says from where that is seen";
  world.to_shard(by);
  world.run();
  const auto* error = std::get_if<api::Error>(&world.done(901)->items.at(0).body);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->code, ErrorCode::kNotFound);
}

/// Of a chain the outbox may be empty while the next one is not: it is asked along the chain.
TEST_F(ShardLinked, AChainIsAskedAlong) {
  link("a", "b");
  link("b", "c");
  const auto position = world.track("a", "lamp");
  const auto ticket = world.ask({profile_of("c")}, {position});
  ASSERT_NE(world.done(ticket), nullptr);
  ASSERT_TRUE(world.done(ticket)->items.at(0).sent_on);
  EXPECT_EQ(world.done(ticket)->items[0].sent_on->via, "a") << "not by b, which is directly his";
}

/// 50,000 of its own records wait for the log when the batch is where it is to be: what says so must find room later.
TEST_F(ShardLinked, AFullLaneDoesNotStopTheOutbox) {
  world.put_item("lamp");
  world.log->hold(true);
  api::Request request;
  request.request_id = 9;
  api::Decide decide;
  decide.user_id = "bob";
  decide.count = 1;
  request.queries.assign(api::kQueriesMax, decide);
  link("visitor", "ada");
  for (std::size_t sent = 0; sent < kAppendWaitingMax + 2 * api::kQueriesMax; sent += api::kQueriesMax)
    world.forward(request);
  EXPECT_GT(world.probe.decisions_unlogged, 0u) << "the lane is full";
  world.log->hold(false);
  world.log->pump();
  world.run();
  for (int i = 0; i < 50 && !world.shard->outbox().idle(); ++i) world.pass(kSecond);
  EXPECT_TRUE(world.shard->outbox().idle());
  EXPECT_EQ(events("visitor"), 0u);
}

} // namespace
} // namespace kindred::actors::user_shard
