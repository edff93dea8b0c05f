#include "nodes/kindred/rest.hpp"

#include <gtest/gtest.h>

#include "schemas/codec/api_codec.hpp"

namespace kindred::node {
namespace {

using api::ErrorCode;

RestCall call_of(const RestRequest& request) {
  auto translated = translate(request);
  if (auto* call = std::get_if<RestCall>(&translated)) return std::move(*call);
  ADD_FAILURE() << std::get<RestReply>(translated).body;
  return {};
}
int status_of(const RestRequest& request) {
  const auto translated = translate(request);
  const auto* reply = std::get_if<RestReply>(&translated);
  return reply ? reply->status : 0;
}
api::Answer answer_of(std::vector<api::AnswerBody> bodies) {
  api::Answer answer;
  answer.bodies = std::move(bodies);
  return answer;
}

TEST(Rest, EventsBecomeRequestsAndTheirAnswersLines) {
  const auto call = call_of(
      {"POST", "/v1/track", "{\"userId\":\"a\",\"event\":\"view\"}\n{oops\n{\"event\":\"view\"}", {}});
  ASSERT_EQ(call.requests.size(), 1u);
  EXPECT_EQ(schemas::decode_request(call.requests[0]).value().request.queries.size(), 2u);
  const auto reply =
      reply_of(call, {answer_of({api::Accepted{}, api::Error{ErrorCode::kMissingUser, "who", 0}})});
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find(R"("accepted":1,"rejected":2)"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find(R"({"line":2,"code":"malformed")"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find(R"({"line":3,"code":"missingUser")"), std::string::npos) << reply.body;
}

TEST(Rest, AnErrorOfAWholeRequestStandsForEachOfItsEvents) {
  const auto call =
      call_of({"POST", "/v1/track", R"([{"userId":"a","event":"view"},{"userId":"b","event":"view"}])", {}});
  const auto reply = reply_of(call, {answer_of({api::Error{ErrorCode::kDraining, "ending", 1000}})});
  EXPECT_EQ(reply.status, 503);
  EXPECT_NE(reply.body.find(R"("rejected":2)"), std::string::npos) << reply.body;
}

TEST(Rest, ManyEventsAreSeveralRequestsWithKeysOfTheirOwn) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "{\"userId\":\"a\",\"event\":\"view\"}\n";
  const auto call = call_of({"POST", "/v1/track", body, {{"idempotency-key", "k"}}});
  ASSERT_EQ(call.requests.size(), 2u);
  EXPECT_EQ(schemas::decode_request(call.requests[0]).value().request.idempotency_key, "k");
  EXPECT_EQ(schemas::decode_request(call.requests[1]).value().request.idempotency_key, "k+512");
  EXPECT_EQ(call.queries, (std::vector<std::size_t>{512, 488}));
}

TEST(Rest, AProfileByItsPath) {
  const auto call = call_of({"GET", "/v1/profiles/a%20b?history=3", "", {{"kindred-tenant", "t"}}});
  const auto request = schemas::decode_request(call.requests.at(0)).take().request;
  EXPECT_EQ(request.tenant, "t");
  EXPECT_EQ(std::get<api::GetProfile>(request.queries.at(0)).user_id, "a b");
  EXPECT_EQ(std::get<api::GetProfile>(request.queries.at(0)).history_max, 3);
}

TEST(Rest, WhatThePageReads) {
  const auto query_of = [](const char* target) {
    return schemas::decode_request(call_of({"GET", target, "", {{"kindred-tenant", "t"}}}).requests.at(0))
        .take()
        .request.queries.at(0);
  };
  EXPECT_EQ(std::get<api::GetProfile>(query_of("/v1/profiles/a?decisions=64&history=0")).decisions_max, 64);
  EXPECT_EQ(std::get<api::GetProfile>(query_of("/v1/profiles/a")).decisions_max, 0);
  EXPECT_EQ(std::get<api::Explain>(query_of("/v1/decisions/00000000000000010000000000000002")).decision,
            (DecisionId{1, 2}));
  EXPECT_TRUE(std::holds_alternative<api::ListModels>(query_of("/v1/models")));
  EXPECT_EQ(std::get<api::ShowModel>(query_of("/v1/models/ranker/caf%c3%a9")).name, "ranker/caf\xc3\xa9");
  EXPECT_TRUE(std::holds_alternative<api::GetStatus>(query_of("/v1/status?x=1")));
  const auto call = call_of({"GET", "/v1/models", "", {}});
  const auto reply =
      reply_of(call, {answer_of({api::Models{{{"ranker", "0a", "champion", {}, {}, 3, "won", 1, {}}}}})});
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find(R"("generation":3,"reason":"won")"), std::string::npos) << reply.body;
}

TEST(Rest, EveryPathHasItsMethodAndItsCall) {
  const auto paths = rest_paths();
  EXPECT_EQ(paths.size(), 12u);
  for (const RestPath& at : paths) {
    const std::string other = at.method == "GET" ? "POST" : "GET";
    EXPECT_EQ(status_of({other, std::string(at.path), "", {}}), 405) << at.path;
    EXPECT_NE(status_of({std::string(at.method), std::string(at.path), "", {}}), 404) << at.path;
  }
}

TEST(Rest, WhatIsNoCallIsAnsweredAtOnce) {
  EXPECT_EQ(status_of({"GET", "/v2/other", "", {}}), 404);
  EXPECT_EQ(status_of({"GET", "/v1/decide", "", {}}), 405);
  EXPECT_EQ(status_of({"POST", "/v1/decide", "{", {}}), 400);
  EXPECT_EQ(status_of({"POST", "/v1/track", "", {}}), 400);
  EXPECT_EQ(status_of({"GET", "/v1/profiles/a%2", "", {}}), 400);
  EXPECT_EQ(status_of({"GET", "/v1/profiles/a?position=x", "", {}}), 400);
  EXPECT_EQ(status_of({"GET", "/v1/profiles/a?other=x", "", {}}), 400);
  EXPECT_EQ(status_of({"GET", "/v1/profiles/a?decisions=65", "", {}}), 400);
  EXPECT_EQ(status_of({"GET", "/v1/decisions/12", "", {}}), 400);
  EXPECT_EQ(status_of({"GET", "/v1/models/%x", "", {}}), 400);
  EXPECT_EQ(status_of({"GET", "/v1/statuses", "", {}}), 404);
  EXPECT_EQ(status_of({"POST", "/v1/decide", "{}", {{"kindred-timeout-ms", "soon"}}}), 400);
  EXPECT_EQ(status_of({"POST", "/v1/track", std::string(kRestBodyBytesMax + 1, ' '), {}}), 413);
}

TEST(Rest, CodesHaveTheirStatus) {
  EXPECT_EQ(http_status(ErrorCode::kOverloaded), 429);
  EXPECT_EQ(http_status(ErrorCode::kLogUnavailable), 503);
  EXPECT_EQ(http_status(ErrorCode::kUnknownOutcome), 504);
  EXPECT_EQ(http_status(ErrorCode::kErased), 410);
  EXPECT_EQ(http_status(ErrorCode::kInvalidPrice), 400);
}

} // namespace
} // namespace kindred::node
