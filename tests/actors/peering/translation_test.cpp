#include "actors/peering/translation.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::peering {
namespace {

user_shard::Ask question() {
  user_shard::Ask ask;
  ask.tenant = {5};
  ask.now = {77};
  ask.durable_decisions = true;
  ask.positions = {{42, {records::Topic::kEvents, {7}}, 9, 1, {{5}, 2, 11}}};
  ask.items.push_back({2, api::GetProfile{"ada", {}}, "visitor", {"seen"}});
  ask.items.push_back({4, api::GetProfile{"eve", {}}});
  return ask;
}

TEST(PeeringTranslation, APartIsTheSameOnTheOtherSide) {
  const auto part = part_of({3}, question());
  EXPECT_EQ(part.partition, 3);
  const auto back = shard_ask(part, 99, 1234);
  EXPECT_EQ(back.ticket, 99u);
  EXPECT_EQ(back.deadline_us, 1234);
  EXPECT_EQ(back.now, question().now);
  EXPECT_TRUE(back.durable_decisions);
  EXPECT_EQ(back.positions, question().positions);
  EXPECT_EQ(part_of({3}, back), part);
}

TEST(PeeringTranslation, AnAnswerIsTheSameOnTheOtherSide) {
  user_shard::PartDone done;
  done.partition = 3;
  done.staleness_ms = 7;
  done.positions = question().positions;
  done.items.push_back({2, api::Error{api::ErrorCode::kNotFound, "nobody", 0}, std::nullopt});
  done.items.push_back({4, api::Error{}, question().items[0]});
  const auto back = done_of(answer_of(done), 99, 3);
  EXPECT_EQ(back.ticket, 99u);
  EXPECT_EQ(back.staleness_ms, 7u);
  EXPECT_EQ(back.positions, done.positions);
  ASSERT_EQ(back.items.size(), 2u);
  EXPECT_EQ(back.items[0].query, 2u);
  EXPECT_EQ(back.items[0].body, done.items[0].body);
  ASSERT_TRUE(back.items[1].sent_on.has_value());
  EXPECT_EQ(back.items[1].query, 4u);
  EXPECT_EQ(back.items[1].sent_on->via, "visitor");
  EXPECT_EQ(back.items[1].sent_on->seen, std::vector<std::string>{"seen"});
  EXPECT_EQ(back.items[1].sent_on->query_value, done.items[1].sent_on->query_value);
}

TEST(PeeringTranslation, ALearnerIsAskedOneThingAtATime) {
  const model::Ask ask{1, 3, {5}, {77}, api::TrainModel{"ranker"}};
  auto part = part_of("ranker", ask);
  EXPECT_EQ(part.partition, kindred::peers::kNoPartition);
  const auto back = learner_ask(part, 8);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->ticket, 8u);
  EXPECT_EQ(back->query, 3u);
  EXPECT_EQ(back->query_value, ask.query_value);
  part.queries.push_back(ask.query_value);
  part.ways.emplace_back();
  EXPECT_FALSE(learner_ask(part, 8).has_value());
}

TEST(PeeringTranslation, StepsOfRoundsAreTheSameOnTheOtherSide) {
  const std::vector<model::ToShard> steps{
      {{3}, user_shard::OpenRound{{5}, "itemItem", 70, {9}, 69, Instant{8}}},
      {{3}, user_shard::AskPass{{5}, "itemItem", 70, 2, std::make_shared<const Bytes>("parameters")}},
      {{3}, user_shard::CloseRound{{5}, "itemItem", 70, true, {10}}}};
  for (const auto& step : steps) {
    const auto back = to_shard(step_of(step));
    EXPECT_EQ(back.message.index(), step.message.index());
    EXPECT_EQ(step_of(back), step_of(step));
  }
  const std::vector<user_shard::Rounds::Report> reports{
      user_shard::Gathered{{3}, {5}, "itemItem", 70, 1234, "", true},
      user_shard::Passed{{3}, {5}, "itemItem", 70, 2, "sum", ""},
      user_shard::Closed{{3}, {5}, "itemItem", 70}};
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto ask = step_of(steps[i]);
    const auto answer = answer_of(reports[i]);
    const auto back = report_of(ask, answer);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->index(), reports[i].index());
    EXPECT_EQ(answer_of(*back), answer);
    EXPECT_FALSE(report_of(step_of(steps[(i + 1) % 3]), answer).has_value()) << "of another step";
  }
  EXPECT_EQ(std::get<user_shard::Gathered>(*lost(step_of(steps[0]), "gone")).lost, "gone");
  EXPECT_EQ(std::get<user_shard::Passed>(*lost(step_of(steps[1]), "gone")).pass, 2u);
  EXPECT_FALSE(lost(step_of(steps[2]), "gone").has_value());
}

TEST(PeeringTranslation, StandingsAreTheSameOnTheOtherSide) {
  user_shard::Standing standing;
  standing.partition = {3};
  standing.ready = true;
  standing.applied_end = 100;
  standing.users = 17;
  standing.erased[{5}] = 20;
  standing.agreed = {{4096, {1, 2}}};
  standing.moves.push_back({{5}, {"ada", "", "clustered-1", {9}, "events"}});
  const auto back = standing_of(standing_of(standing));
  EXPECT_EQ(standing_of(back), standing_of(standing));
  EXPECT_EQ(back.erased, standing.erased);
  EXPECT_EQ(back.agreed, standing.agreed);
  const model::Rounds rounds{7, 8, {9}, "outcome", true, true, true};
  const auto told = standing_of("ranker", {5}, rounds);
  EXPECT_EQ(told.learner, "ranker");
  EXPECT_EQ(standing_of("ranker", {5}, rounds_of(told)), told);
}

} // namespace
} // namespace kindred::actors::peering
