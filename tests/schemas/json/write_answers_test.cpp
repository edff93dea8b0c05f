#include "schemas/json/write_answers.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "schemas/json/position_text.hpp"

namespace kindred::json {
namespace {

const records::Positions kPositions{{1, {records::Topic::kEvents, {3}}, 4, 5, {WriterId{6}, 7, 8}}};

TEST(WriteAnswers, ADecisionInTheNamesOfTheDesign) {
  api::Decision decision;
  decision.decision = {1, 2};
  decision.user_id = "u";
  decision.placement = "default";
  decision.items = {{"i1", 0.5, "trending", {"many look at it now"}, 0.75, true}};
  decision.fallback = "none";
  decision.models = {{"fast", "12"}};
  EXPECT_EQ(
      dump(to_json(decision, kPositions)),
      R"({"decisionId":"00000000000000010000000000000002","userId":"u","placement":"default",)"
      R"("items":[{"item":"i1","score":0.5,"source":"trending","reasons":["many look at it now"],"propensity":0.75,"explored":true}],)"
      R"("fallback":"none","model":{"fast":"12"},"position":")" +
          position_text(kPositions) + "\"}");
}

TEST(WriteAnswers, AProfileInTheNamesOfTheDesign) {
  api::Profile profile;
  profile.user_id = "u";
  profile.events = 2;
  profile.history = {{"i1", "view", Instant{kSecond.us}}};
  profile.counters = {{"view.1h", 1.5}};
  profile.segments = {{"s1", Instant{}, ""}, {"s2", Instant{}, "s3"}};
  profile.consent = records::kPersonalization | records::Purposes{1u << 7};
  profile.traits = {{"likes", std::vector<std::string>{"a", "b"}}};
  profile.cart = {"i2"};
  profile.sessions = 3;
  profile.decisions = {{{1, 2}, Instant{kSecond.us}, "home", {{"i1", true, false, true}}}};
  const auto json = to_json(profile, kPositions);
  EXPECT_EQ(json["events"], 2);
  EXPECT_EQ(dump(json["history"]), R"([{"item":"i1","event":"view","time":"1970-01-01T00:00:01Z"}])");
  EXPECT_EQ(dump(json["counters"]), R"({"view.1h":1.5})");
  EXPECT_EQ(
      dump(json["segments"]),
      R"([{"id":"s1","since":"1970-01-01T00:00:00Z"},{"id":"s2","since":"1970-01-01T00:00:00Z","before":"s3"}])");
  EXPECT_EQ(dump(json["consent"]), R"(["personalization","purpose7"])");
  EXPECT_EQ(dump(json["traits"]), R"({"likes":["a","b"]})");
  EXPECT_EQ(dump(json["cart"]), R"(["i2"])");
  EXPECT_EQ(
      dump(json["decisions"]),
      R"([{"decisionId":"00000000000000010000000000000002","time":"1970-01-01T00:00:01Z","placement":"home",)"
      R"("items":[{"item":"i1","exposed":true,"clicked":false,"purchased":true}]}])");
  EXPECT_EQ(parse_position(json["position"].get<std::string>()), kPositions);
}

TEST(WriteAnswers, TrackSaysWhichLinesWereNotTaken) {
  const auto json = track_json(2, {{3, {api::ErrorCode::kMissingUser, "who?", 0}}}, kPositions);
  EXPECT_EQ(json["accepted"], 2);
  EXPECT_EQ(json["rejected"], 1);
  EXPECT_EQ(dump(json["errors"]), R"([{"line":3,"code":"missingUser","message":"who?"}])");
  ASSERT_EQ(json["positions"].size(), 1u);
  EXPECT_EQ(parse_position(json["positions"][0].get<std::string>()), kPositions);
}

TEST(WriteAnswers, StatusAndModels) {
  api::Status status;
  status.node = "n1";
  status.not_ready_because = {"partition 3 catches up"};
  status.partitions = {{3, 77, 5, "first", {0, 1}}};
  status.models = {{"fast", "v", "live", {}, {{"items", 4}}, 0, "", 0, {}}};
  const auto json = to_json(api::AnswerBody(status), {});
  EXPECT_EQ(json["ready"], false);
  EXPECT_EQ(json["notReadyBecause"][0], "partition 3 catches up");
  EXPECT_EQ(json["now"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(json["partitions"][0]["position"], 77);
  EXPECT_EQ(json["models"][0]["trainedAt"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(json["models"][0]["metrics"]["items"], 4.0);
}

TEST(WriteAnswers, AClusterNamesTheNodesOfItsMap) {
  api::Cluster cluster{"shop", "a", 2, 0xab, {}, {{1, 0}}, {5}};
  cluster.members = {
      {"a", "tcp://h:1", "east", 100, "present", -1, 0, 1, 1, "self", "", ""},
      {"b", "tcp://h:2", "west", 100, "silent", 120, 1, 0, 1, "refused", "clockOff: by an hour", ""}};
  const auto json = to_json(api::AnswerBody(cluster), {});
  EXPECT_EQ(json["mapDigest"], "00000000000000ab");
  EXPECT_EQ(dump(json["map"]), R"([{"partition":0,"nodes":["b","a"]}])");
  EXPECT_FALSE(json["members"][0].contains("heardMsAgo"));
  EXPECT_EQ(json["members"][1]["heardMsAgo"], 120);
  EXPECT_EQ(json["members"][1]["linkReason"], "clockOff: by an hour");
  EXPECT_EQ(json["members"][1]["first"], 1);
  EXPECT_EQ(json["tenant"], 5);
  EXPECT_FALSE(json["members"][0].contains("clients"));
}

TEST(WriteAnswers, AnOldAnswerSaysHowOld) {
  api::Answer answer;
  answer.bodies = {api::Profile{}};
  EXPECT_FALSE(to_json(answer).contains("stalenessMs"));
  answer.staleness_ms = 1'500;
  EXPECT_EQ(to_json(answer)["stalenessMs"], 1'500);
}

TEST(WriteAnswers, EveryPropertyTypeHasAForm) {
  EXPECT_EQ(dump(to_json(records::PropertyValue(true))), "true");
  EXPECT_EQ(dump(to_json(records::PropertyValue(std::int64_t{-1}))), "-1");
  EXPECT_EQ(dump(to_json(records::PropertyValue(Fixed{1 << 19}))), "0.5");
  EXPECT_EQ(dump(to_json(records::PropertyValue(Instant{0}))), R"("1970-01-01T00:00:00Z")");
  EXPECT_EQ(dump(to_json(records::PropertyValue(records::Place{5, 10'000'000}))),
            R"({"latitude":5e-07,"longitude":1.0})");
}

TEST(WriteAnswers, ErrorsCarryCodeAndRetryTime) {
  EXPECT_EQ(dump(to_json(api::Error{api::ErrorCode::kOverloaded, "busy", 50})),
            R"({"code":"overloaded","message":"busy","retryAfterMs":50})");
}

TEST(WriteAnswers, BrokenTextNeverThrows) {
  api::Profile profile;
  profile.user_id = "\xff";
  EXPECT_NE(dump(to_json(profile, {})).find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(WriteAnswers, ItemsPlacementsExplanationsReplaysAndRejects) {
  records::Item item;
  item.item = "i";
  item.price = {199, 2, {'E', 'U', 'R'}};
  item.attributes = {{"brand", std::string("b")}};
  EXPECT_EQ(dump(to_json(item)["price"]), R"({"amount":1.99,"currency":"EUR"})");
  EXPECT_EQ(to_json(api::Items{{item}, "next", 9})["items"][0]["attributes"]["brand"], "b");
  records::Placement placement;
  placement.filter = records::Filter::kNeverSeen;
  placement.sources = {{"trending", Fixed{1 << 20}}};
  EXPECT_EQ(to_json(api::Placements{{placement}})["placements"][0]["filter"], "neverSeen");
  EXPECT_EQ(to_json(placement)["sources"]["trending"], 1.0);
  const auto explained =
      to_json(api::Explanation{{}, "u", "p", {}, {"because"}, {}, "none", {{"fast", "12"}}});
  EXPECT_EQ(explained["lines"][0], "because");
  EXPECT_EQ(explained["fallback"], "none");
  EXPECT_EQ(explained["generations"]["fast"], "12");
  EXPECT_EQ(to_json(api::Replayed{{}, true, {}, {}})["identical"], true);
  EXPECT_EQ(to_json(api::Rejects{
                {{{}, "u", "m", {api::ErrorCode::kInvalidPrice, "no", 0}}}})["rejects"][0]["error"]["code"],
            "invalidPrice");
}

} // namespace
} // namespace kindred::json
