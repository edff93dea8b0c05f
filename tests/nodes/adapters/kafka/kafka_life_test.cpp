#include "nodes/adapters/kafka/kafka_life.hpp"

#include <gtest/gtest.h>

// The notes themselves. Lives that are found, made, half made and lost: kafka_log_test.cpp, over a broker.

namespace kindred::adapters {
namespace {

TEST(LifeNote, ComesBackAsItWas) {
  for (const auto kind : {LifeNote::Kind::kLife, LifeNote::Kind::kMade, LifeNote::Kind::kEpoch}) {
    const LifeNote note{kind, 0x0123456789abcdef};
    EXPECT_EQ(decode_life_note(encode(note)), note);
  }
}

TEST(LifeNote, AnythingElseIsNone) {
  const Bytes good = encode({LifeNote::Kind::kMade, 7});
  EXPECT_FALSE(decode_life_note(""));
  EXPECT_FALSE(decode_life_note("an entry"));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(decode_life_note(good.substr(0, size)));
  EXPECT_FALSE(decode_life_note(good + "x"));
  Bytes kind = good;
  kind[5] = 4;
  EXPECT_FALSE(decode_life_note(kind)) << "a kind of a later version";
  Bytes version = good;
  version[4] = 2;
  EXPECT_FALSE(decode_life_note(version));
}

TEST(LifeNote, TheBytesAreFixed) {
  const Bytes bytes = encode({LifeNote::Kind::kEpoch, 0x0102030405060708});
  EXPECT_EQ(bytes, Bytes("KIfE\x01\x03\x08\x07\x06\x05\x04\x03\x02\x01", 14));
}

} // namespace
} // namespace kindred::adapters
