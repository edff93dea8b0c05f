#include "engine/base/bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred {
namespace {

TEST(ByteWriter, IsLittleEndianWithoutPadding) {
  ByteWriter to;
  to.u8(0x01);
  to.u16(0x0203);
  to.u32(0x04050607);
  to.u64(0x08090a0b0c0d0e0f);
  EXPECT_EQ(to.view(), BytesView("\x01\x03\x02\x07\x06\x05\x04\x0f\x0e\x0d\x0c\x0b\x0a\x09\x08", 15));
}

TEST(ByteWriter, WritesIdsHighFirstAndTextsWithTheirLength) {
  ByteWriter to;
  to.id128({1, 2});
  to.text("ab");
  to.i32(-1);
  EXPECT_EQ(to.take(), Bytes("\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x02\0\0\0ab\xff\xff\xff\xff", 26));
  EXPECT_EQ(to.size(), 0u) << "take empties";
}

RC_GTEST_PROP(Bytes, ComeBack,
              (std::uint8_t a, std::uint16_t b, std::uint32_t c, std::uint64_t d, std::int32_t e,
               std::int64_t f, std::string g)) {
  ByteWriter to;
  to.u8(a);
  to.u16(b);
  to.u32(c);
  to.u64(d);
  to.i32(e);
  to.i64(f);
  to.text(g);
  to.instant({f});
  to.i128(static_cast<__int128>(f) << 60);
  to.id128({d, c});
  const Bytes bytes = to.take();
  ByteReader from(bytes);
  RC_ASSERT(from.u8() == a);
  RC_ASSERT(from.u16() == b);
  RC_ASSERT(from.u32() == c);
  RC_ASSERT(from.u64() == d);
  RC_ASSERT(from.i32() == e);
  RC_ASSERT(from.i64() == f);
  RC_ASSERT(from.text() == g);
  RC_ASSERT(from.instant() == Instant{f});
  RC_ASSERT(from.i128() == static_cast<__int128>(f) << 60);
  RC_ASSERT(from.id128() == (Id128{d, c}));
  RC_ASSERT(from.ok());
  RC_ASSERT(from.at_end());
}

TEST(ByteReader, PastTheEndIsZeroAndNotOk) {
  ByteReader from(BytesView("\x01\x02\x03", 3));
  EXPECT_EQ(from.u16(), 0x0201);
  EXPECT_TRUE(from.ok());
  EXPECT_EQ(from.u16(), 0);
  EXPECT_FALSE(from.ok());
  EXPECT_EQ(from.u8(), 0) << "once wrong, all that follows is zero, also what would have been there";
  EXPECT_EQ(from.raw(1), "");
  EXPECT_EQ(from.text(), "");
}

TEST(ByteReader, TextLongerThanTheRestIsRefused) {
  ByteWriter to;
  to.u32(1000);
  to.raw("short");
  const Bytes bytes = to.take();
  ByteReader from(bytes);
  EXPECT_EQ(from.text(), "");
  EXPECT_FALSE(from.ok());
}

TEST(ByteReader, CountsThatCannotFitAreRefusedBeforeMemoryIsTaken) {
  ByteWriter to;
  to.u32(3);
  to.raw("abcdef");
  const Bytes bytes = to.take();
  EXPECT_EQ(ByteReader(bytes).count(2), 3u);
  ByteReader from(bytes);
  EXPECT_EQ(from.count(3), 0u);
  EXPECT_FALSE(from.ok());
}

TEST(ByteReader, OfNothingIsAtItsEnd) {
  ByteReader from("");
  EXPECT_TRUE(from.at_end());
  EXPECT_TRUE(from.ok());
  EXPECT_EQ(from.left(), 0u);
}

/// Writes and reads back one value of a kind by chance; what it is, is a function of the chance alone.
void write_any(ByteWriter& out, Random& random) {
  switch (random.below(9)) {
  case 0: return out.u8(static_cast<std::uint8_t>(random.next()));
  case 1: return out.u16(static_cast<std::uint16_t>(random.next()));
  case 2: return out.u32(static_cast<std::uint32_t>(random.next()));
  case 3: return out.u64(random.next());
  case 4: return out.i32(static_cast<std::int32_t>(random.next()));
  case 5: return out.i64(static_cast<std::int64_t>(random.next()));
  case 6: return out.i128(static_cast<__int128>(random.next()) << 64 | random.next());
  case 7: return out.id128({random.next(), random.next()});
  default: return out.text(std::string(random.below(20), 'x'));
  }
}

bool reads_back(ByteReader& in, Random& random) {
  switch (random.below(9)) {
  case 0: return in.u8() == static_cast<std::uint8_t>(random.next());
  case 1: return in.u16() == static_cast<std::uint16_t>(random.next());
  case 2: return in.u32() == static_cast<std::uint32_t>(random.next());
  case 3: return in.u64() == random.next();
  case 4: return in.i32() == static_cast<std::int32_t>(random.next());
  case 5: return in.i64() == static_cast<std::int64_t>(random.next());
  case 6: return in.i128() == (static_cast<__int128>(random.next()) << 64 | random.next());
  case 7: return in.id128() == Id128{random.next(), random.next()};
  default: return in.text() == std::string(random.below(20), 'x');
  }
}

RC_GTEST_PROP(Bytes, AnySequenceComesBackAndNoCutOfItDoes, (std::uint64_t seed)) {
  constexpr int kValues = 12;
  ByteWriter out;
  Random writing(seed);
  for (int i = 0; i < kValues; ++i) write_any(out, writing);
  const auto reads_all = [&](BytesView bytes) {
    ByteReader in(bytes);
    Random reading(seed);
    bool same = true;
    for (int i = 0; i < kValues; ++i) same = reads_back(in, reading) && same;
    return same && in.ok() && in.at_end();
  };
  RC_ASSERT(reads_all(out.view()));
  for (std::size_t size = 0; size < out.size(); ++size) RC_ASSERT(!reads_all(out.view().substr(0, size)));
  RC_ASSERT(!reads_all(Bytes(out.view()) + "x"));
}

TEST(ByteReader, OnceItFailedItReadsZerosEvenIfThereWouldBeBytes) {
  ByteReader in("\1\2\3\4");
  EXPECT_EQ(in.u64(), 0u);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0u);
  EXPECT_EQ(in.raw(1), "");
  EXPECT_EQ(in.text(), "");
  EXPECT_EQ(in.count(1), 0u);
  EXPECT_EQ(in.left(), 4u) << "nothing was taken";
}

TEST(ByteReader, ACountThatJustFitsIsRead) {
  ByteWriter out;
  out.u32(3);
  out.raw("123456");
  EXPECT_EQ(ByteReader(out.view()).count(2), 3u);
  EXPECT_EQ(ByteReader(out.view()).count(3), 0u) << "2 of 3 bytes would fit";
  EXPECT_EQ(ByteReader(out.view()).count(0), 3u) << "things without bytes always fit";
}

TEST(ByteWriter, TakingEmptiesItAndClearingToo) {
  ByteWriter out;
  out.text("abc");
  EXPECT_EQ(out.take().size(), 7u);
  EXPECT_EQ(out.take(), "");
  out.u8(1);
  out.clear();
  EXPECT_EQ(out.size(), 0u);
}

} // namespace
} // namespace kindred
