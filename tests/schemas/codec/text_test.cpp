#include "schemas/codec/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred::schemas {
namespace {

/// The slow, obvious model: decode to a code point, and look whether it is allowed and written in its shortest form.
bool plainly_utf8(BytesView bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const int length = first < 0x80       ? 1
                       : first >> 5 == 6  ? 2
                       : first >> 4 == 14 ? 3
                       : first >> 3 == 30 ? 4
                                          : 0;
    if (length == 0 || i + length > bytes.size()) return false;
    std::uint32_t point = length == 1 ? first : first & (0x7f >> length);
    for (int k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i + k]);
      if (next >> 6 != 2) return false;
      point = point << 6 | (next & 0x3f);
    }
    constexpr std::uint32_t kFirstOfLength[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kFirstOfLength[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
      return false;
    i += length;
  }
  return true;
}

TEST(Utf8, TakesCharactersOfEveryLengthAtEveryPlace) {
  for (const BytesView one : {"a", "ß", "中", "🙂"})
    for (std::size_t before = 0; before < 20; ++before)
      EXPECT_TRUE(is_utf8(Bytes(before, 'x') + Bytes(one) + "tail that is longer than a word"))
          << one << before;
  EXPECT_TRUE(is_utf8(""));
}

TEST(Utf8, RefusesWhatUnicodeRefuses) {
  for (const BytesView wrong :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xe4\xb8", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xf0\x9f\x99"}) {
    EXPECT_FALSE(is_utf8(wrong));
    EXPECT_FALSE(is_utf8("fifteen letters" + Bytes(wrong)));
    EXPECT_FALSE(is_utf8(Bytes(wrong) + "a"));
  }
}

TEST(Utf8, EveryOneAndTwoBytesAgreeWithTheModel) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const Bytes two{static_cast<char>(a), static_cast<char>(b)};
      ASSERT_EQ(is_utf8(two), plainly_utf8(two)) << a << " " << b;
    }
  }
}

TEST(Utf8, EveryThreeAndFourBytesOfTheBordersAgreeWithTheModel) {
  constexpr unsigned char kBorders[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                        0xc0, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                        0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
  for (const auto a : kBorders) {
    for (const auto b : kBorders) {
      for (const auto c : kBorders) {
        for (const auto d : kBorders) {
          const Bytes four{static_cast<char>(a), static_cast<char>(b), static_cast<char>(c),
                           static_cast<char>(d)};
          ASSERT_EQ(is_utf8(four), plainly_utf8(four));
          ASSERT_EQ(is_utf8(four.substr(0, 3)), plainly_utf8(four.substr(0, 3)));
        }
      }
    }
  }
}

RC_GTEST_PROP(Utf8, AgreesWithTheModel, (std::string any)) { RC_ASSERT(is_utf8(any) == plainly_utf8(any)); }

} // namespace
} // namespace kindred::schemas
