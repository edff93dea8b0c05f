#include "engine/base/varint.hpp"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred {
namespace {

std::string put(std::uint32_t value) {
  char room[kVarintMax];
  return {room, put_varint(room, value)};
}

/// The number that the bytes are, all of them; -1: they are none.
std::int64_t taken(const std::string& bytes) {
  const char* at = bytes.data();
  std::uint32_t value = 0;
  const bool sound = take_varint(at, bytes.data() + bytes.size(), value);
  return sound && at == bytes.data() + bytes.size() ? std::int64_t{value} : -1;
}

RC_GTEST_PROP(Varint, AnyNumberComesBack, (std::uint32_t value)) { RC_ASSERT(taken(put(value)) == value); }
RC_GTEST_PROP(Varint, FoldingHasAnInverse, (std::int32_t value)) {
  RC_ASSERT(unfolded(folded(value)) == value);
}

TEST(Varint, BytesAreFixed) {
  EXPECT_EQ(put(0), std::string(1, '\0'));
  EXPECT_EQ(put(127), "\x7f");
  EXPECT_EQ(put(128), "\x80\x01");
  EXPECT_EQ(put(0xffffffffu), "\xff\xff\xff\xff\x0f");
  EXPECT_EQ(folded(-1), 1u);
  EXPECT_EQ(folded(1), 2u);
  EXPECT_EQ(folded(INT32_MIN), 0xffffffffu);
}

TEST(Varint, WhatIsNoneIsRefused) {
  EXPECT_EQ(taken(""), -1);
  EXPECT_EQ(taken("\x80"), -1) << "it ends early";
  EXPECT_EQ(taken("\xff\xff\xff\xff\x10"), -1) << "33 bits";
  EXPECT_EQ(taken("\xff\xff\xff\xff\xff\x01"), -1) << "it does not end";
}

} // namespace
} // namespace kindred
