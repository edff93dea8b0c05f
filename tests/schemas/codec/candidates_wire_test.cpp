#include "schemas/codec/candidates_wire.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "schemas/codec/bounds.hpp"

namespace kindred::schemas {
namespace {

records::Decided decided_with(std::size_t sources, std::vector<records::Candidate> candidates,
                              std::vector<std::int32_t> scores_q8) {
  records::Decided decided;
  decided.sources.assign(sources, "source");
  decided.candidates = std::move(candidates);
  decided.source_scores_q8 = std::move(scores_q8);
  return decided;
}

struct Unpacked {
  records::Decided decided;
  std::optional<CodecError> error;
};
Unpacked unpacked(BytesView packed, std::size_t sources, Writer writer = Writer::kStranger) {
  Unpacked out{decided_with(sources, {}, {}), std::nullopt};
  Reading reading(writer);
  unpack_candidates(reading, packed, out.decided);
  if (!reading.ok()) out.error = reading.take_failure().code;
  return out;
}

TEST(Candidates, AreTheBytesThatTheContractSays) {
  const auto decided = decided_with(3, {{{0x0102}, -2}, {{0xff}, 300}}, {0, 1, -65, 0, 0, 0});
  const Bytes expected("\x02\x01\0\0\0\0\0\0" // item
                       "\x03"                 // -2
                       "\x06"                 // the second and third source
                       "\x02"                 // 1
                       "\x81\x01"             // -65
                       "\xff\0\0\0\0\0\0\0"
                       "\xd8\x04" // 300
                       "\0",      // no source
                       24);
  EXPECT_EQ(pack_candidates(decided), expected);
  EXPECT_EQ(unpacked(expected, 3).decided, decided);
}

RC_GTEST_PROP(Candidates, AnyComeBack, ()) {
  const auto sources = *rc::gen::inRange<std::size_t>(0, kSourcesMax + 1);
  const auto count = *rc::gen::inRange<std::size_t>(0, records::kCandidatesMax + 1);
  const auto score =
      rc::gen::oneOf(rc::gen::just(0), rc::gen::inRange(-300, 300), rc::gen::arbitrary<std::int32_t>(),
                     rc::gen::element(INT32_MIN, INT32_MAX));
  std::vector<records::Candidate> candidates;
  for (std::size_t i = 0; i < count; ++i)
    candidates.push_back({{*rc::gen::arbitrary<std::uint64_t>()}, *score});
  const auto decided = decided_with(sources, candidates,
                                    *rc::gen::container<std::vector<std::int32_t>>(count * sources, score));
  const Unpacked back = unpacked(pack_candidates(decided), sources);
  RC_ASSERT(!back.error);
  RC_ASSERT(back.decided == decided);
}

TEST(Candidates, CutAnywhereButBetweenTwoTheyAreMalformed) {
  const auto decided = decided_with(2, {{{1}, 70'000}, {{2}, 5}}, {1, -70'000, 0, 3});
  const Bytes packed = pack_candidates(decided);
  std::size_t whole = 0;
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const Unpacked cut = unpacked(BytesView(packed).substr(0, size), 2);
    whole += cut.error ? 0 : 1;
    EXPECT_EQ(cut.error.value_or(CodecError::kMalformed), CodecError::kMalformed) << size;
  }
  EXPECT_EQ(whole, 2u) << "none, and the first alone";
}

TEST(Candidates, HostileBytesAreTyped) {
  const Bytes item(8, '\1');
  EXPECT_EQ(unpacked(item + Bytes("\0\4", 2) + "\2", 2).error, CodecError::kMalformed)
      << "a third source of two";
  EXPECT_EQ(unpacked(item + "\x80\x80\x80\x80\x80\x01", 2).error, CodecError::kMalformed)
      << "a number without end";
  EXPECT_EQ(unpacked(item + Bytes("\xff\xff\xff\xff\x1f\0", 6), 2).error, CodecError::kMalformed)
      << "over 32 bits";
  EXPECT_EQ(unpacked(item + Bytes("\xff\xff\xff\xff\x0f\0", 6), 2).decided.candidates[0].score_q8, INT32_MIN);
  const Bytes one = item + Bytes("\0\0", 2);
  Bytes many;
  for (std::size_t i = 0; i < records::kCandidatesMax; ++i) many += one;
  EXPECT_EQ(unpacked(many, 0).error, std::nullopt);
  for (const Writer writer : {Writer::kStranger, Writer::kOurs}) {
    const Unpacked wide = unpacked(many, 50'000, writer);
    EXPECT_EQ(wide.error, CodecError::kMalformed) << "more sources than 32 bits name";
    EXPECT_LE(wide.decided.source_scores_q8.capacity(), 64u * 32u) << "and nothing is made room for";
  }
  EXPECT_EQ(unpacked(many + one, 0).error, CodecError::kTooLarge);
  EXPECT_EQ(unpacked(many + one, 0, Writer::kOurs).error, std::nullopt) << "what was taken is read";
}

} // namespace
} // namespace kindred::schemas
