#include "schemas/codec/api_codec.hpp"

#include <cmath>
#include <optional>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "schemas/codec/bounds.hpp"
#include "tests/support/generators.hpp"

namespace kindred::schemas {
namespace {

using tests::any;
using tests::AnyValue;

api::Request request_of(api::Query query) {
  api::Request request;
  request.request_id = 42;
  request.queries.push_back(std::move(query));
  return request;
}

api::Answer answer_of(api::AnswerBody body) {
  api::Answer answer;
  answer.request_id = 42;
  answer.bodies.push_back(std::move(body));
  return answer;
}

api::Query profile_of(std::string user) { return api::GetProfile{std::move(user), {"views"}, true, 0}; }

api::Query decision_for(std::string user) {
  api::Decide decide;
  decide.user_id = std::move(user);
  return decide;
}

api::Query view_by(std::string user) {
  api::Track track;
  track.event.user_id = std::move(user);
  track.event.type = records::EventType::kView;
  return track;
}

/// Why the one query of a request was not understood.
CodecError broken_query(const api::Query& query) {
  const auto back = decode_request(encode_request(request_of(query)));
  EXPECT_TRUE(back.ok());
  if (!back.ok()) return {};
  EXPECT_EQ(back.value().broken.size(), 1u);
  return back.value().broken.empty() ? CodecError{} : back.value().broken[0].second.code;
}

CodecError refusal_of(const api::Request& request) {
  const auto back = decode_request(encode_request(request));
  EXPECT_FALSE(back.ok());
  return back.ok() ? CodecError{} : back.error().code;
}

// ---- every query and answer ----

class EveryQuery : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryQuery, ComesBackAsItWas) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const api::Request request = request_of(AnyValue(seed, seed % 9).query(GetParam()));
    const Bytes bytes = encode_request(request);
    const auto back = decode_request(bytes);
    ASSERT_TRUE(back.ok()) << seed << ": " << back.error().what;
    ASSERT_TRUE(back.value().broken.empty()) << seed << ": " << back.value().broken[0].second.what;
    ASSERT_EQ(back.value().request, request) << seed;
    ASSERT_EQ(encode_request(back.value().request), bytes) << seed;
  }
}

TEST_P(EveryQuery, TruncatedAtAnyByteIsATypedFailure) {
  const Bytes bytes = encode_request(request_of(AnyValue(4, 3).query(GetParam())));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto back = decode_request(BytesView(bytes).substr(0, size));
    ASSERT_FALSE(back.ok()) << size;
    ASSERT_EQ(back.error().code, CodecError::kTruncated) << size << back.error().what;
  }
}

TEST_P(EveryQuery, AnyFlippedBitGivesAValueOrATypedFailure) {
  const Bytes bytes = encode_request(request_of(AnyValue(6, 2).query(GetParam())));
  std::size_t failures = 0;
  Bytes scratch;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto back = decode_request(flipped);
    if (!back.ok() || !back.value().broken.empty()) ++failures;
    (void)peek_request(flipped, scratch);
  }
  EXPECT_GT(failures, 0u);
}

INSTANTIATE_TEST_SUITE_P(Queries, EveryQuery,
                         testing::Range(std::size_t{0}, std::variant_size_v<api::Query>));

class EveryAnswer : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryAnswer, ComesBackAsItWas) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const api::Answer answer = answer_of(AnyValue(seed, seed % 9).answer_body(GetParam()));
    const Bytes bytes = encode_answer(answer);
    const auto back = decode_answer(bytes);
    ASSERT_TRUE(back.ok()) << seed << ": " << back.error().what;
    ASSERT_EQ(back.value(), answer) << seed;
    ASSERT_EQ(encode_answer(back.value()), bytes) << seed;
  }
}

TEST_P(EveryAnswer, TruncatedAtAnyByteIsATypedFailure) {
  const Bytes bytes = encode_answer(answer_of(AnyValue(4, 3).answer_body(GetParam())));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto back = decode_answer(BytesView(bytes).substr(0, size));
    ASSERT_FALSE(back.ok()) << size;
    ASSERT_EQ(back.error().code, CodecError::kTruncated) << size;
  }
}

TEST_P(EveryAnswer, AnyFlippedBitGivesAValueOrATypedFailure) {
  const Bytes bytes = encode_answer(answer_of(AnyValue(6, 2).answer_body(GetParam())));
  std::size_t failures = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    if (!decode_answer(flipped).ok()) ++failures;
  }
  EXPECT_GT(failures, 0u);
}

INSTANTIATE_TEST_SUITE_P(Answers, EveryAnswer,
                         testing::Range(std::size_t{0}, std::variant_size_v<api::AnswerBody>));

/// Whoever knows only the name of an event need not know our numbers.
TEST(TrackQuery, CustomEventOfAKnownNameBecomesItsType) {
  const auto typed = [](const char* name) {
    api::Track track;
    track.event.type_name = name;
    const auto back = decode_request(encode_request(request_of(track)));
    EXPECT_TRUE(back.ok());
    return std::get<api::Track>(back.value().request.queries.at(0)).event;
  };
  EXPECT_EQ(typed("Order Completed").type, records::EventType::kPurchase);
  EXPECT_EQ(typed("Order Completed").type_name, "");
  EXPECT_EQ(typed("addToCart").type, records::EventType::kAddToCart);
  EXPECT_EQ(typed("Danced").type, records::EventType::kCustom);
  EXPECT_EQ(typed("Danced").type_name, "Danced");
}

// ---- envelopes ----

RC_GTEST_PROP(RequestEnvelope, AnyOneComesBack, ()) {
  const api::Request request = *any<api::Request>();
  const auto back = decode_request(encode_request(request));
  RC_ASSERT(back.ok());
  RC_ASSERT(back.value().broken.empty());
  RC_ASSERT(back.value().request == request);
}

RC_GTEST_PROP(AnswerEnvelope, AnyOneComesBack, ()) {
  const api::Answer answer = *any<api::Answer>();
  const auto back = decode_answer(encode_answer(answer));
  RC_ASSERT(back.ok());
  RC_ASSERT(back.value() == answer);
}

RC_GTEST_PROP(NotificationEnvelope, AnyOneComesBack, ()) {
  const api::Notification notification = *any<api::Notification>();
  const auto back = decode_notification(encode_notification(notification));
  RC_ASSERT(back.ok());
  RC_ASSERT(back.value() == notification);
}

RC_GTEST_PROP(RequestEnvelope, IsReadAtAnyAlignment, ()) {
  const api::Request request = *any<api::Request>();
  const auto shift = *rc::gen::inRange<std::size_t>(0, 8);
  const Bytes shifted = Bytes(shift, '#') + encode_request(request);
  const auto back = decode_request(BytesView(shifted).substr(shift));
  RC_ASSERT(back.ok());
  RC_ASSERT(back.value().request == request);
}

TEST(RequestEnvelope, OfMoreThanOneSegmentIsRead) {
  api::Request request;
  for (int i = 0; i < 2000; ++i) request.queries.push_back(view_by("user " + std::to_string(i)));
  const Bytes bytes = encode_request(request);
  ASSERT_GT(bytes.size(), 128u << 10);
  ASSERT_NE(bytes[0], 0) << "one segment only: the test tests nothing";
  const auto back = decode_request(bytes);
  ASSERT_TRUE(back.ok()) << back.error().what;
  EXPECT_EQ(back.value().request, request);
}

TEST(RequestEnvelope, OfAnotherVersionIsRefused) {
  api::Request request = request_of(profile_of("ada"));
  request.version = api::kProtocolVersion + 1;
  EXPECT_EQ(refusal_of(request), CodecError::kUnsupportedVersion);
  request.version = 0;
  EXPECT_EQ(refusal_of(request), CodecError::kUnsupportedVersion);
}

TEST(RequestEnvelope, EndsAtItsBounds) {
  api::Request request;
  request.queries.assign(api::kQueriesMax + 1, api::GetStatus{});
  EXPECT_EQ(refusal_of(request), CodecError::kTooLarge);
  request.queries.pop_back();
  EXPECT_TRUE(decode_request(encode_request(request)).ok());

  request = {};
  request.positions.resize(records::kPositionsMax + 1);
  EXPECT_EQ(refusal_of(request), CodecError::kTooLarge);
  request = {};
  request.features.resize(kFeaturesMax + 1);
  EXPECT_EQ(refusal_of(request), CodecError::kTooLarge);
  request = {};
  request.tenant = Bytes(kNameBytesMax + 1, 't');
  EXPECT_EQ(refusal_of(request), CodecError::kTooLarge);
  request.tenant = "\xc3\x28";
  EXPECT_EQ(refusal_of(request), CodecError::kInvalidText);
  request = {};
  request.priority = 3;
  EXPECT_EQ(refusal_of(request), CodecError::kOutOfRange);
  request = {};
  request.consistency = static_cast<api::Consistency>(9);
  EXPECT_EQ(refusal_of(request), CodecError::kOutOfRange);
}

TEST(RequestEnvelope, OverAMegabyteIsRefusedUnread) {
  const auto back = decode_request(Bytes(api::kRequestBytesMax + 8, '\0'));
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.error().code, CodecError::kTooLarge);
}

TEST(AnswerEnvelope, NumbersThatAreNoneAreRefused) {
  for (const double wrong : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    api::Profile profile;
    profile.counters = {{"views", wrong}};
    const auto back = decode_answer(encode_answer(answer_of(profile)));
    ASSERT_FALSE(back.ok());
    EXPECT_EQ(back.error().code, CodecError::kOutOfRange);
    api::Decision decision;
    decision.items = {{"boots", wrong, "", {}, 1, false}};
    EXPECT_FALSE(decode_answer(encode_answer(answer_of(decision))).ok());
  }
}

// ---- a broken query costs its slot ----

TEST(BrokenQuery, LeavesTheOthersWhole) {
  api::Request request;
  request.queries = {view_by("ada"), view_by("\xff"), profile_of("ben")};
  const auto back = decode_request(encode_request(request));
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back.value().broken.size(), 1u);
  EXPECT_EQ(back.value().broken[0].first, 1u);
  EXPECT_EQ(back.value().broken[0].second.code, CodecError::kInvalidText);
  EXPECT_EQ(back.value().broken[0].second.what, "userId: not UTF-8");
  ASSERT_EQ(back.value().request.queries.size(), 3u);
  EXPECT_EQ(back.value().request.queries[0], request.queries[0]);
  EXPECT_EQ(back.value().request.queries[1], api::Query(api::Track{}));
  EXPECT_EQ(back.value().request.queries[2], request.queries[2]);
}

TEST(BrokenQuery, OneAmongAThousand) {
  api::Request request;
  request.queries.assign(1000, view_by("ada"));
  std::get<api::Track>(request.queries[500]).event.item = Bytes(257, 'x');
  const auto back = decode_request(encode_request(request));
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back.value().broken.size(), 1u);
  EXPECT_EQ(back.value().broken[0].first, 500u);
  EXPECT_EQ(back.value().broken[0].second.code, CodecError::kTooLarge);
}

TEST(BrokenQuery, SaysWhichBoundItBroke) {
  api::Decide decide;
  decide.exclude.assign(kExcludedMax + 1, "i");
  EXPECT_EQ(broken_query(decide), CodecError::kTooLarge);
  api::GetProfile profile;
  profile.counters.assign(kCountersMax + 1, "c");
  EXPECT_EQ(broken_query(profile), CodecError::kTooLarge);
  api::SetPlacement placement;
  placement.placement.sources.resize(kSourcesMax + 1);
  EXPECT_EQ(broken_query(placement), CodecError::kTooLarge);
  api::PutItem item;
  item.item.attributes.resize(records::kAttributesMax + 1);
  EXPECT_EQ(broken_query(item), CodecError::kTooLarge);
  api::UpdateProfile update;
  update.update.traits.resize(records::kTraitsMax + 1);
  EXPECT_EQ(broken_query(update), CodecError::kTooLarge);
  api::Expose expose;
  expose.exposed.slots.resize(records::kSlotsMax + 1);
  EXPECT_EQ(broken_query(expose), CodecError::kTooLarge);
  api::GiveReward reward;
  reward.reward.value = Fixed{INT64_MAX};
  EXPECT_EQ(broken_query(reward), CodecError::kOutOfRange);
}

/// A track whose event was changed, and what the server says to it: nothing if it is taken.
std::optional<CodecError> refusal_of_event(void (*change)(records::Event&)) {
  api::Query query = view_by("ada");
  change(std::get<api::Track>(query).event);
  const auto back = decode_request(encode_request(request_of(query)));
  EXPECT_TRUE(back.ok());
  if (!back.ok() || back.value().broken.empty()) return std::nullopt;
  return back.value().broken[0].second.code;
}

TEST(EventBounds, ExternalIdsEndAt256Bytes) {
  using records::Event;
  EXPECT_EQ(refusal_of_event([](Event& e) { e.item.assign(kExternalIdBytesMax, 'i'); }), std::nullopt);
  EXPECT_EQ(refusal_of_event([](Event& e) { e.item.assign(kExternalIdBytesMax + 1, 'i'); }),
            CodecError::kTooLarge);
  EXPECT_EQ(refusal_of_event([](Event& e) { e.user_id.assign(kExternalIdBytesMax + 1, 'i'); }),
            CodecError::kTooLarge);
  EXPECT_EQ(refusal_of_event([](Event& e) { e.message_id.assign(kExternalIdBytesMax + 1, 'i'); }),
            CodecError::kTooLarge);
}

TEST(EventBounds, FreeTextEndsAt4KiB) {
  using records::Event;
  EXPECT_EQ(refusal_of_event([](Event& e) { e.page.assign(kTextBytesMax, 'p'); }), std::nullopt);
  EXPECT_EQ(refusal_of_event([](Event& e) { e.page.assign(kTextBytesMax + 1, 'p'); }), CodecError::kTooLarge);
  EXPECT_EQ(refusal_of_event([](Event& e) {
              e.properties = {{"p", Bytes(kTextBytesMax + 1, 'x')}};
            }),
            CodecError::kTooLarge);
}

TEST(EventBounds, ListsEndAtTheirConstants) {
  using records::Event;
  EXPECT_EQ(refusal_of_event([](Event& e) {
              e.properties.resize(records::kPropertiesMax);
              e.lines.resize(records::kOrderLinesMax);
              e.variants.resize(kVariantsMax);
              e.other_ids.resize(kOtherIdsMax);
            }),
            std::nullopt);
  EXPECT_EQ(refusal_of_event([](Event& e) { e.properties.resize(records::kPropertiesMax + 1); }),
            CodecError::kTooLarge);
  EXPECT_EQ(refusal_of_event([](Event& e) { e.lines.resize(records::kOrderLinesMax + 1); }),
            CodecError::kTooLarge);
  EXPECT_EQ(refusal_of_event([](Event& e) { e.other_ids.resize(kOtherIdsMax + 1); }), CodecError::kTooLarge);
  EXPECT_EQ(refusal_of_event([](Event& e) { e.variants.resize(kVariantsMax + 1); }), CodecError::kTooLarge);
  EXPECT_EQ(refusal_of_event([](Event& e) { e.context.extra.resize(records::kPropertiesMax + 1); }),
            CodecError::kTooLarge);
  EXPECT_EQ(refusal_of_event([](Event& e) {
              e.properties = {{"list", std::vector<std::string>(records::kListMax + 1)}};
            }),
            CodecError::kTooLarge);
}

/// Every text and list within its bound, and the whole over the event's.
TEST(EventBounds, WholeEndsAt64KiB) {
  using records::Event;
  EXPECT_EQ(refusal_of_event([](Event& e) {
              e.properties.assign(15, {"p", Bytes(kTextBytesMax, 'x')});
            }),
            std::nullopt);
  EXPECT_EQ(refusal_of_event([](Event& e) {
              e.properties.assign(16, {"p", Bytes(kTextBytesMax, 'x')});
            }),
            CodecError::kTooLarge);
}

/// An answer is as long as the server made it: a client takes all of it.
TEST(AnswerEnvelope, HasNoBoundsOfARequest) {
  api::Profile profile;
  profile.user_id = "ada";
  profile.traits = {{"story", Bytes(50'000, 's')}};
  profile.history.resize(5000);
  const api::Answer answer = answer_of(profile);
  const auto back = decode_answer(encode_answer(answer));
  ASSERT_TRUE(back.ok()) << back.error().what;
  EXPECT_EQ(back.value(), answer);
}

// ---- the peek ----

RequestPeek peek_of(const api::Request& request) {
  Bytes scratch;
  const auto peek = peek_request(encode_request(request), scratch);
  EXPECT_TRUE(peek.ok());
  RequestPeek seen = peek.ok() ? peek.value() : RequestPeek{};
  seen.user = seen.tenant = {}; // their bytes are gone
  return seen;
}

TEST(Peek, SeesTheEnvelopeAndTheOneUser) {
  api::Request request = request_of(profile_of("ada"));
  request.tenant = "shop";
  request.deadline_us = 1234;
  request.remaining_ms = 56;
  request.queries.push_back(decision_for("ada"));
  const Bytes bytes = encode_request(request);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const Bytes shifted = Bytes(shift, '#') + bytes;
    Bytes scratch;
    const auto peek = peek_request(BytesView(shifted).substr(shift), scratch);
    ASSERT_TRUE(peek.ok());
    EXPECT_EQ(peek.value().version, api::kProtocolVersion);
    EXPECT_EQ(peek.value().request_id, 42u);
    EXPECT_EQ(peek.value().deadline_us, 1234);
    EXPECT_EQ(peek.value().remaining_ms, 56u);
    EXPECT_EQ(peek.value().queries, 2u);
    EXPECT_EQ(peek.value().tenant, "shop");
    EXPECT_TRUE(peek.value().read_only_single_user);
    EXPECT_EQ(peek.value().user, "ada");
  }
}

TEST(Peek, SeesWhatIsNotForOneReaderOnly) {
  api::Request request = request_of(profile_of("ada"));
  EXPECT_TRUE(peek_of(request).read_only_single_user);
  request.queries.push_back(profile_of("ben"));
  EXPECT_FALSE(peek_of(request).read_only_single_user);
  request.queries = {decision_for("ada"), view_by("ada")};
  EXPECT_FALSE(peek_of(request).read_only_single_user);
  EXPECT_FALSE(peek_of(request_of(api::GetStatus{})).read_only_single_user);
  EXPECT_FALSE(peek_of(request_of(profile_of(""))).read_only_single_user);
  EXPECT_FALSE(peek_of(api::Request{}).read_only_single_user);
  EXPECT_EQ(peek_of(api::Request{}).queries, 0u);
}

/// Whoever asks twice gets another decision where it has no request id.
TEST(Peek, SeesWhetherDecisionsHaveRequestIds) {
  const auto named = [](std::vector<api::Query> queries) {
    api::Request request;
    request.queries = std::move(queries);
    Bytes scratch;
    const Bytes bytes = encode_request(request);
    return peek_request(bytes, scratch).value().decisions_named;
  };
  api::GetProfile profile;
  profile.user_id = "ada";
  api::Decide decide;
  decide.user_id = "ada";
  EXPECT_TRUE(named({profile}));
  EXPECT_FALSE(named({profile, decide}));
  decide.request_id = "r1";
  EXPECT_TRUE(named({profile, decide}));
}

RC_GTEST_PROP(Peek, AgreesWithTheDecodedRequest, ()) {
  const api::Request request = *any<api::Request>();
  const Bytes bytes = encode_request(request);
  Bytes scratch;
  const auto peek = peek_request(bytes, scratch);
  RC_ASSERT(peek.ok());
  RC_ASSERT(peek.value().request_id == request.request_id);
  RC_ASSERT(peek.value().queries == request.queries.size());
  RC_ASSERT(peek.value().tenant == request.tenant);
  if (!peek.value().read_only_single_user) return;
  for (const api::Query& query : request.queries) {
    const auto* decide = std::get_if<api::Decide>(&query);
    const auto* profile = std::get_if<api::GetProfile>(&query);
    RC_ASSERT(decide || profile);
    RC_ASSERT((decide ? decide->user_id : profile->user_id) == peek.value().user);
  }
}

} // namespace
} // namespace kindred::schemas
