#include "nodes/adapters/rocksdb/log_keys.hpp"

#include <gtest/gtest.h>

namespace kindred::adapters {
namespace {

using records::Stream;
using records::Topic;

TEST(LogKeys, StandInTheOrderOfStreamsAndOffsets) {
  const Stream first{Topic::kEvents, {1}}, second{Topic::kEvents, {256}}, models{Topic::kModels, {0}};
  EXPECT_LT(entry_key(first, 255), entry_key(first, 256));
  EXPECT_LT(entry_key(first, ~std::uint64_t{0}), entry_key(second, 0));
  EXPECT_LT(entry_key(second, 9), entry_key(models, 0));
}

TEST(LogKeys, GiveTheirOffsetToTheirStreamOnly) {
  const Stream stream{Topic::kEvents, {513}};
  const std::uint64_t offset = 0x0102030405060708;
  EXPECT_EQ(entry_key(stream, offset), Bytes("e\x00\x02\x01\x01\x02\x03\x04\x05\x06\x07\x08", 12));
  EXPECT_EQ(offset_in(entry_key(stream, offset), stream), offset);
  EXPECT_EQ(offset_in(entry_key(stream, offset), {Topic::kEvents, {514}}), std::nullopt);
  EXPECT_EQ(offset_in(begin_key(stream), stream), std::nullopt);
  EXPECT_EQ(offset_in(epoch_key(), stream), std::nullopt);
}

TEST(LogKeys, ASealFitsItsEntryAtItsOffsetOnly) {
  const Bytes value = "entry" + seal_of("entry", 7);
  EXPECT_EQ(unsealed(value, 7), "entry");
  EXPECT_EQ(unsealed(value, 8), std::nullopt) << "it stands in another's place";
  EXPECT_EQ(unsealed("Entry" + seal_of("entry", 7), 7), std::nullopt);
  EXPECT_EQ(unsealed("short", 7), std::nullopt);
  EXPECT_EQ(unsealed(seal_of("", 0), 0), "");
}

TEST(LogKeys, NumbersAreEightBytes) {
  EXPECT_EQ(number_in(number_value(1234567890123)), 1234567890123u);
  EXPECT_EQ(number_in("1234567"), std::nullopt);
  EXPECT_EQ(number_in("123456789"), std::nullopt);
}

} // namespace
} // namespace kindred::adapters
