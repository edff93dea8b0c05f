// Messages that nobody honest sends. Each must end in a typed failure, quickly, with bounded memory; sanitizers watch.

#include <cstring>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/bounds.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/support/generators.hpp"

namespace kindred::schemas {
namespace {

/// Cap'n Proto by hand: words of one segment. Pointers as in its encoding specification.
class Words {
public:
  static std::uint64_t structure(std::int32_t offset, std::uint16_t data, std::uint16_t pointers) {
    return std::uint64_t(std::uint32_t(offset) << 2) | std::uint64_t{data} << 32 |
           std::uint64_t{pointers} << 48;
  }
  /// Kind: 0 void, 2 bytes, 6 pointers, 7 structs.
  static std::uint64_t list(std::int32_t offset, unsigned kind, std::uint32_t count) {
    return std::uint64_t(std::uint32_t(offset) << 2) | 1 | std::uint64_t{kind} << 32 |
           std::uint64_t{count} << 35;
  }
  static std::uint64_t far_away(std::uint32_t segment, std::uint32_t offset) {
    return std::uint64_t{offset} << 3 | 2 | std::uint64_t{segment} << 32;
  }
  static Bytes framed(const std::vector<std::uint64_t>& words) {
    Bytes bytes(8 + words.size() * 8, '\0');
    const auto count = static_cast<std::uint32_t>(words.size());
    std::memcpy(bytes.data() + 4, &count, sizeof count);
    std::memcpy(bytes.data() + 8, words.data(), words.size() * 8);
    return bytes;
  }
};

// Request: 4 words of data (by the schema's layout), pointers tenant, key, positions, trace, features, queries.
constexpr std::uint16_t kData = 4;
constexpr std::uint16_t kPointers = 6;

/// A request whose queries pointer is `queries`, followed by `rest`.
Bytes request_with(std::uint64_t queries, const std::vector<std::uint64_t>& rest) {
  std::vector<std::uint64_t> words{Words::structure(0, kData, kPointers)};
  words.resize(1 + kData + kPointers);
  words.back() = queries;
  words.insert(words.end(), rest.begin(), rest.end());
  return Words::framed(words);
}

CodecError refusal_of(BytesView bytes) {
  const auto back = decode_request(bytes);
  EXPECT_FALSE(back.ok());
  return back.ok() ? CodecError{} : back.error().code;
}

TEST(Hostile, TheHandmadeRequestIsOneOfOurs) {
  const auto back = decode_request(request_with(0, {}));
  ASSERT_TRUE(back.ok()) << back.error().what;
  EXPECT_EQ(back.value().request, api::Request{});
  const Bytes ours = encode_request({});
  EXPECT_EQ(ours.size(), request_with(0, {}).size()) << "the layout changed: change kData and kPointers";
}

TEST(Hostile, NothingAndZeros) {
  EXPECT_EQ(refusal_of(""), CodecError::kTruncated);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n"), CodecError::kTruncated);
  EXPECT_EQ(refusal_of("not a multiple of eight"), CodecError::kTruncated);
  EXPECT_FALSE(decode_request(Bytes(16, '\0')).ok()) << "one segment of no words has no root";
  EXPECT_TRUE(decode_request(Words::framed({0})).ok()) << "an absent root is a request without queries";
}

TEST(Hostile, SegmentTableThatPromisesTooMuch) {
  Bytes bytes = encode_request({});
  const std::uint32_t many = 0xfffffffe;
  std::memcpy(bytes.data(), &many, sizeof many);
  EXPECT_FALSE(decode_request(bytes).ok());
  bytes = encode_request({});
  std::memcpy(bytes.data() + 4, &many, sizeof many);
  EXPECT_EQ(refusal_of(bytes), CodecError::kTruncated);
}

TEST(Hostile, PointersOutOfTheMessage) {
  EXPECT_EQ(refusal_of(request_with(Words::list(1'000'000, 7, 8), {})), CodecError::kMalformed);
  EXPECT_EQ(refusal_of(request_with(Words::list(-1'000'000, 7, 8), {})), CodecError::kMalformed);
  EXPECT_EQ(refusal_of(request_with(Words::structure(0, 1, 1), {0, 0})), CodecError::kMalformed);
  EXPECT_EQ(refusal_of(request_with(Words::far_away(7, 0), {})), CodecError::kMalformed);
}

/// A list that says it has half a milliard elements of no size costs nothing to send.
TEST(Hostile, ListOfNothingsIsNotReadOut) {
  const std::uint64_t tag = Words::structure((1 << 29) - 1, 0, 0);
  const auto code = refusal_of(request_with(Words::list(0, 7, 0), {tag}));
  EXPECT_TRUE(code == CodecError::kTooLarge || code == CodecError::kMalformed);
  EXPECT_EQ(refusal_of(request_with(Words::list(0, 0, (1 << 29) - 1), {})), CodecError::kTooLarge);
}

/// The same in an answer, which has no bounds of its own: a client must not take memory for what was never sent.
TEST(Hostile, AnswerWithAListOfNothingsIsNotReadOut) {
  constexpr std::uint32_t kMany = 1 << 22;
  for (const std::uint16_t pointer : {0, 1, 2}) { // positions, generations, bodies
    std::vector<std::uint64_t> words{Words::structure(0, 3, 3), 0, 0, 0, 0, 0, 0};
    words[4 + pointer] = Words::list(2 - pointer, 7, 0);
    words.push_back(Words::structure(kMany, 0, 0));
    const auto back = decode_answer(Words::framed(words));
    ASSERT_FALSE(back.ok()) << pointer;
    EXPECT_EQ(back.error().code, CodecError::kTooLarge) << pointer << back.error().what;
  }
}

/// 4096 queries that are all the same struct: read once each, the traversal limit is what stops it.
TEST(Hostile, OneTextReadThroughManyPointersHitsTheTraversalLimit) {
  // Query: tag word (which = 8, an item), pointer to one and the same item with a title of 8 KiB.
  constexpr std::uint32_t kCount = 4096;
  std::vector<std::uint64_t> rest{Words::structure(kCount, 1, 1)};
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const std::int32_t behind = static_cast<std::int32_t>(2 * (kCount - i) - 2);
    rest.push_back(8);
    rest.push_back(Words::structure(behind, 0, 2)); // item: pointers item, title
  }
  rest.push_back(0);                       // no id
  rest.push_back(Words::list(0, 2, 8001)); // title
  for (int i = 0; i < 1001; ++i) rest.push_back(i == 1000 ? 0 : 0x6161616161616161ULL);
  const Bytes bytes = request_with(Words::list(0, 7, 2 * kCount), rest);
  ASSERT_LT(bytes.size(), api::kRequestBytesMax);
  EXPECT_EQ(refusal_of(bytes), CodecError::kMalformed) << "more broken queries than kHostileQueriesMax";
}

/// Each broken structure costs an exception: after some the request is refused, not all four thousand.
TEST(Hostile, ManyBrokenQueriesFailTheRequest) {
  for (const std::uint32_t count :
       {std::uint32_t{kHostileQueriesMax}, std::uint32_t{kHostileQueriesMax} + 1}) {
    std::vector<std::uint64_t> rest{Words::structure(static_cast<std::int32_t>(count), 1, 1)};
    for (std::uint32_t i = 0; i < count; ++i) {
      rest.push_back(7);
      rest.push_back(Words::structure(1'000'000, 1, 2));
    }
    const auto back = decode_request(request_with(Words::list(0, 7, 2 * count), rest));
    EXPECT_EQ(back.ok(), count == kHostileQueriesMax);
    if (back.ok()) {
      ASSERT_EQ(back.value().broken.size(), count);
      EXPECT_EQ(back.value().broken[0].second.code, CodecError::kMalformed);
    }
  }
}

TEST(Hostile, QueryOfAKindNobodyKnows) {
  const auto back = decode_request(request_with(Words::list(0, 7, 2), {Words::structure(1, 1, 1), 999, 0}));
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back.value().broken.size(), 1u);
  EXPECT_EQ(back.value().broken[0].second.code, CodecError::kOutOfRange);
}

TEST(Hostile, TextWithoutItsEnd) {
  // getProfile (7) whose user id is a list of bytes that does not end in zero.
  const auto back = decode_request(
      request_with(Words::list(0, 7, 2), {Words::structure(1, 1, 1), 7, Words::structure(0, 1, 1), 0,
                                          Words::list(0, 2, 8), ~0ULL}));
  ASSERT_TRUE(back.ok()) << back.error().what;
  ASSERT_EQ(back.value().broken.size(), 1u);
  EXPECT_EQ(back.value().broken[0].second.code, CodecError::kMalformed);
}

TEST(Hostile, AnswerOfAKindThisClientDoesNotKnow) {
  Bytes bytes = encode_answer([] {
    api::Answer answer;
    answer.bodies.emplace_back(api::Accepted{3, 4, true});
    return answer;
  }());
  // The body's tag is a 16-bit 1 somewhere in the last three words; find it by trying.
  bool found = false;
  for (std::size_t at = bytes.size() - 24; at < bytes.size() && !found; at += 2) {
    Bytes other = bytes;
    other[at] = 99;
    const auto back = decode_answer(other);
    if (!back.ok() || back.value().bodies.size() != 1) continue;
    const auto* error = std::get_if<api::Error>(&back.value().bodies[0]);
    found = error && error->code == api::ErrorCode::kUnsupportedVersion;
  }
  EXPECT_TRUE(found);
}

RC_GTEST_PROP(Hostile, AnyBytesAreTakenOrRefused, (std::string bytes)) {
  Bytes scratch;
  (void)decode_request(bytes);
  (void)decode_answer(bytes);
  (void)decode_notification(bytes);
  (void)peek_request(bytes, scratch);
  RC_ASSERT(!decode_entry(bytes).ok());
  (void)decode_record(bytes);
}

/// Several bytes changed at once, behind a segment table that stays right.
TEST(Hostile, ManyChangedBytesAreTakenOrRefused) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    tests::AnyValue any(seed, 3);
    Bytes bytes = encode_request(any.make<api::Request>());
    for (std::uint64_t n = 1 + any.below(8); n > 0; --n)
      bytes[8 + any.below(bytes.size() - 8)] = static_cast<char>(any.below(256));
    const auto back = decode_request(bytes);
    if (back.ok()) {
      ASSERT_LE(back.value().request.queries.size(), api::kQueriesMax);
    }
  }
}

} // namespace
} // namespace kindred::schemas
