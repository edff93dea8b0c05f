#include "engine/base/bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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

} // namespace
} // namespace kindred
