#include "nodes/kindred/http_gate.hpp"

#include <gtest/gtest.h>

#include "schemas/codec/api_codec.hpp"

namespace kindred::node {
namespace {

using actors::gateway::Incoming;

constexpr std::uint32_t kLink = 2;

/// A gate whose gateway is played by hand.
struct Gate : testing::Test {
  std::vector<Incoming> asked;
  std::vector<RestReply> replies;
  Readiness readiness;
  std::int64_t now_us = 1'000'000;
  HttpGate gate{kLink,
                {[this](std::vector<Incoming> incoming) {
                   for (auto& one : incoming) asked.push_back(std::move(one));
                 },
                 [this] { return readiness; }, [] { return std::string("# metrics\n"); }}};

  void handle(const std::string& method, const std::string& target, const std::string& body = "") {
    gate.handle({method, target, body, {}}, now_us,
                [this](RestReply reply) { replies.push_back(std::move(reply)); });
  }
  void ask_for_profile() { handle("GET", "/v1/profiles/ann"); }
  void answer(const ports::ReplyTo& to, std::vector<api::AnswerBody> bodies) {
    api::Answer answer;
    answer.bodies = std::move(bodies);
    gate.reply({to, schemas::encode_answer(answer)});
  }
  static api::Profile profile(std::uint64_t events) {
    api::Profile profile;
    profile.user_id = "ann";
    profile.events = events;
    return profile;
  }
};

TEST_F(Gate, AnswersAtOnceWhatNeedsNoActor) {
  handle("GET", "/livez");
  handle("GET", "/metrics?x=1");
  handle("HEAD", "/livez");
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[0].status, 200);
  EXPECT_EQ(replies[0].body, "{\"live\":true}");
  EXPECT_EQ(replies[1].body, "# metrics\n");
  EXPECT_EQ(replies[1].type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(replies[2].status, 200);
  EXPECT_TRUE(asked.empty());
  EXPECT_EQ(gate.under_way(), 0u);
}

TEST_F(Gate, ReadinessSaysWhyNot) {
  readiness.reasons = {"partition 3: folding 12 of 90"};
  handle("GET", "/readyz");
  readiness = {true, {}};
  handle("GET", "/readyz");
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].status, 503);
  EXPECT_EQ(replies[0].body, R"({"ready":false,"notReadyBecause":["partition 3: folding 12 of 90"]})");
  EXPECT_EQ(replies[1].status, 200);
}

TEST_F(Gate, WhatIsNoCallIsRefusedAtOnce) {
  handle("GET", "/nowhere");
  handle("DELETE", "/v1/profiles/ann");
  handle("POST", "/v1/decide", "{oops");
  handle("POST", "/livez");
  ASSERT_EQ(replies.size(), 4u);
  for (const RestReply& reply : replies) {
    EXPECT_GE(reply.status, 400) << reply.body;
    EXPECT_LT(reply.status, 500) << reply.body;
  }
  EXPECT_TRUE(asked.empty());
  EXPECT_EQ(gate.under_way(), 0u);
}

TEST_F(Gate, ACallWaitsForItsAnswer) {
  ask_for_profile();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].to.link, kLink);
  EXPECT_TRUE(schemas::decode_request(asked[0].bytes).ok());
  EXPECT_TRUE(replies.empty());
  EXPECT_EQ(gate.under_way(), 1u);
  answer(asked[0].to, {profile(7)});
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].status, 200);
  EXPECT_NE(replies[0].body.find("\"events\":7"), std::string::npos) << replies[0].body;
  EXPECT_EQ(gate.under_way(), 0u);
}

TEST_F(Gate, AnswersFindTheirCallsInAnyOrder) {
  for (int i = 0; i < 3; ++i) ask_for_profile();
  answer(asked[2].to, {profile(2)});
  answer(asked[0].to, {profile(0)});
  answer(asked[1].to, {profile(1)});
  ASSERT_EQ(replies.size(), 3u);
  for (const std::size_t at : {0u, 1u, 2u}) {
    const std::string events = "\"events\":" + std::to_string(std::vector<int>{2, 0, 1}[at]);
    EXPECT_NE(replies[at].body.find(events), std::string::npos) << replies[at].body;
  }
}

TEST_F(Gate, ACallInPartsIsAnsweredWhenTheLastPartIs) {
  std::string body;
  for (int i = 0; i < 1'000; ++i) body += "{\"userId\":\"a\",\"event\":\"view\"}\n";
  handle("POST", "/v1/track", body);
  ASSERT_EQ(asked.size(), 2u) << "512 events and 488";
  answer(asked[1].to, std::vector<api::AnswerBody>(488, api::Accepted{}));
  EXPECT_TRUE(replies.empty());
  answer(asked[1].to, std::vector<api::AnswerBody>(488, api::Accepted{}));
  EXPECT_TRUE(replies.empty()) << "the same part twice is one";
  answer(asked[0].to, std::vector<api::AnswerBody>(512, api::Accepted{}));
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_NE(replies[0].body.find("\"accepted\":1000"), std::string::npos) << replies[0].body;
}

TEST_F(Gate, AnAnswerThatNobodyWaitsForGoesNowhere) {
  ask_for_profile();
  answer({kLink, 999 << 16}, {profile(1)});
  answer({kLink, asked[0].to.ticket + 1}, {profile(1)}); // a part that the call does not have
  EXPECT_TRUE(replies.empty());
  answer(asked[0].to, {profile(1)});
  answer(asked[0].to, {profile(1)});
  EXPECT_EQ(replies.size(), 1u) << "once";
}

TEST_F(Gate, BytesThatAreNoAnswerAreOurFault) {
  ask_for_profile();
  gate.reply({asked[0].to, "not a message"});
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].status, 500);
  EXPECT_NE(replies[0].body.find("internal"), std::string::npos) << replies[0].body;
}

TEST_F(Gate, WhatNobodyAnswersInTimeIsSaidToBeLate) {
  ask_for_profile();
  now_us += HttpGate::kCallMax.us;
  ask_for_profile(); // looks for late ones on the way
  EXPECT_TRUE(replies.empty()) << "at the bound it may still come";
  now_us += 1;
  handle("GET", "/livez");
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].status, http_status(api::ErrorCode::kDeadlineExceeded));
  EXPECT_EQ(gate.under_way(), 1u) << "the younger one waits on";
  answer(asked[0].to, {profile(1)});
  EXPECT_EQ(replies.size(), 2u) << "too late";
}

TEST_F(Gate, PastItsBoundItRefusesWithATimeToTryAgain) {
  for (std::size_t i = 0; i < HttpGate::kCallsMax; ++i) ask_for_profile();
  EXPECT_TRUE(replies.empty());
  ask_for_profile();
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].status, 429);
  EXPECT_EQ(replies[0].retry_after_ms, actors::gateway::kRetryAfterMs);
  EXPECT_EQ(asked.size(), HttpGate::kCallsMax) << "the gateway never saw it";
  handle("GET", "/livez");
  EXPECT_EQ(replies.back().status, 200) << "who looks after it is answered even so";
  answer(asked[0].to, {profile(1)});
  ask_for_profile();
  EXPECT_EQ(asked.size(), HttpGate::kCallsMax + 1) << "one went, one may come";
}

TEST_F(Gate, MayBeAskedAgainWhileItAnswers) {
  // Nobody is called with the lock held: a reply that leads to the next request does not wait for itself.
  gate.handle({"GET", "/v1/profiles/ann", "", {}}, now_us, [this](RestReply) { ask_for_profile(); });
  answer(asked[0].to, {profile(1)});
  EXPECT_EQ(asked.size(), 2u);
  EXPECT_EQ(gate.under_way(), 1u);
}

} // namespace
} // namespace kindred::node
