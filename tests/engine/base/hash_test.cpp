// Fixtures for ever: a stored key, a partition or a record id that changes is lost data. The numbers were computed with the
// reference library apart from this code; those of "" and "a" stand in its own documentation.

#include "engine/base/hash.hpp"

#include <array>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/bytes.hpp"

namespace kindred {
namespace {

TEST(Hash64, IsXxh3OfTheBytesAsTheyAre) {
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2u);
  EXPECT_EQ(hash64("a"), 0xe6c632b61e964e1fu);
  EXPECT_EQ(hash64("boots"), 0x79870af3fa04188du);
  EXPECT_EQ(hash64("grün"), 0x83d0eeef88de01e3u);
  EXPECT_EQ(hash64(std::string(1000, 'k')), 0x308ce2f421066779u);
  EXPECT_EQ(hash64("a", 7), 0x9ed5888bc5a2a094u);
}

TEST(Hash128, IsXxh3WithTheHighHalfFirst) {
  EXPECT_EQ(hash128(""), (Id128{0x99aa06d3014798d8, 0x6001c324468d497f}));
  EXPECT_EQ(hash128("boots"), (Id128{0x631cd93fe3d2a88e, 0x89bacedbae56de1d}));
  EXPECT_EQ(hash128(std::string(1000, 'k')), (Id128{0xd4f479e6ec6dd1f6, 0x308ce2f421066779}));
}

TEST(Slot, IsTheTopOfTheHashOfTenantAndUser) {
  EXPECT_EQ(slot_of({1}, "ada"), Slot{0xe898});
  EXPECT_EQ(slot_of({9}, "ada"), Slot{0xf597});
}

TEST(ItemIdOf, IsTheHashOfItsExternalId) {
  EXPECT_EQ(item_id("boots"), ItemId{0x79870af3fa04188d});
  EXPECT_NE(item_id("boots"), item_id("Boots"));
}

TEST(AttributeIdOf, PartsNameAndValue) {
  EXPECT_EQ(attribute_id("brand", "northwind"), AttributeId{0x9713ca4a7ef982ac});
  EXPECT_NE(attribute_id("ab", "c"), attribute_id("a", "bc"));
}

TEST(EventRecordId, NamesTenantUserAndMessage) {
  EXPECT_EQ(event_record_id({1}, "ada", "message-1"), (RecordId{0xd242b8c4c4471bd5, 0x6f60d49adf75e0d6}));
  EXPECT_NE(event_record_id({2}, "ada", "message-1"), event_record_id({1}, "ada", "message-1"));
  EXPECT_NE(event_record_id({1}, "ad", "amessage-1"), event_record_id({1}, "ada", "message-1"));
}

TEST(PartitionOf, CutsTheSlotsIntoRanges) {
  EXPECT_EQ(partition_of({0}, 16), PartitionId{0});
  EXPECT_EQ(partition_of({0x0fff}, 16), PartitionId{0});
  EXPECT_EQ(partition_of({0x1000}, 16), PartitionId{1});
  EXPECT_EQ(partition_of({0xffff}, 16), PartitionId{15});
  EXPECT_EQ(partition_of({0xffff}, 1), PartitionId{0});
  EXPECT_EQ(partition_of({0xffff}, 65535), PartitionId{65534});
}

RC_GTEST_PROP(PartitionOf, IsBelowTheirNumberAndNeverFalls, (std::uint16_t a, std::uint16_t b)) {
  const auto partitions = *rc::gen::inRange<std::uint16_t>(1, 65535);
  const auto low = partition_of({std::min(a, b)}, partitions);
  const auto high = partition_of({std::max(a, b)}, partitions);
  RC_ASSERT(low <= high);
  RC_ASSERT(high.value < partitions);
}

/// Splitting every partition in two moves no user to a partition that is not a half of his old one.
RC_GTEST_PROP(PartitionOf, SplitsIntoHalves, (std::uint16_t slot)) {
  const auto partitions = *rc::gen::inRange<std::uint16_t>(1, 32767);
  const auto half = partition_of({slot}, static_cast<std::uint16_t>(2 * partitions));
  RC_ASSERT(partition_of({slot}, partitions).value == half.value / 2);
}

TEST(PartitionOf, SpreadsUsersEvenly) {
  int users[16] = {};
  for (int i = 0; i < 16'000; ++i)
    ++users[partition_of(slot_of(kDefaultTenant, "user" + std::to_string(i)), 16).value];
  for (const int here : users) {
    EXPECT_GT(here, 850);
    EXPECT_LT(here, 1150);
  }
}

// XXH3 takes another way for each of these lengths; durable values depend on all of them.
TEST(Hash64, EveryLengthClassIsAFixture) {
  std::string text;
  for (int i = 0; i < 2'000; ++i) text.push_back(static_cast<char>(i * 7 + 3));
  std::uint64_t all = 0;
  for (const std::size_t size :
       {0, 1, 3, 4, 8, 9, 16, 17, 32, 64, 128, 129, 240, 241, 1023, 1024, 1025, 2'000}) {
    const std::string_view part = std::string_view(text).substr(0, size);
    const Id128 wide = hash128(part, size);
    all = all * 31 + (hash64(part) ^ hash64(part, size) ^ wide.high ^ wide.low);
  }
  EXPECT_EQ(all, 58632937400532836ULL);
}

TEST(Hash64, ASeedIsAnotherFunction) {
  std::set<std::uint64_t> values;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) values.insert(hash64("ann", seed));
  EXPECT_EQ(values.size(), 1'000u);
}

TEST(Slot, UsersOfATenantSpreadOverAllSlots) {
  // 65,536 users into 16 ranges of slots: 4,096 each, give or take 5 · √4096.
  std::array<int, 16> ranges{};
  for (int i = 0; i < 65'536; ++i) ++ranges[slot_of(kDefaultTenant, "user" + std::to_string(i)).value >> 12];
  for (const int users : ranges) EXPECT_NEAR(users, 4'096, 320);
}

TEST(AttributeIdOf, NoNameAndValueMeetAnother) {
  std::set<AttributeId> ids;
  const std::vector<std::string> words{"", "a", "b", "ab", "brand", "br", "and", "\x1f", "a\x1f"};
  std::size_t pairs = 0;
  for (const auto& name : words)
    for (const auto& value : words) {
      if (name.find('\x1f') != std::string::npos) continue; // not a character of names
      ids.insert(attribute_id(name, value));
      ++pairs;
    }
  EXPECT_EQ(ids.size(), pairs);
}

} // namespace
} // namespace kindred
