#include "clients/cpp/positions.hpp"

#include <gtest/gtest.h>

namespace kindred::client {
namespace {

records::Position at(std::uint16_t partition, std::uint64_t writer, std::uint64_t epoch,
                     std::uint64_t sequence, std::uint64_t incarnation = 1) {
  records::Position position;
  position.incarnation = incarnation;
  position.stream.partition = {partition};
  position.author = {WriterId{writer}, epoch, sequence};
  return position;
}

TEST(Positions, TheLaterOfAWriterStays) {
  records::Positions seen;
  merge(seen, {at(0, 1, 1, 5)});
  merge(seen, {at(0, 1, 1, 4)});
  EXPECT_EQ(seen, records::Positions{at(0, 1, 1, 5)});
  merge(seen, {at(0, 1, 2, 1)});
  EXPECT_EQ(seen, records::Positions{at(0, 1, 2, 1)}) << "a later epoch is later, whatever the sequence";
}

TEST(Positions, WritersAndStreamsStandSideBySide) {
  records::Positions seen;
  merge(seen, {at(0, 1, 1, 5), at(0, 2, 1, 1), at(1, 1, 1, 1)});
  EXPECT_EQ(seen.size(), 3u);
}

TEST(Positions, AnotherLifeOfTheLogReplacesTheOldOfItsStream) {
  records::Positions seen;
  merge(seen, {at(0, 1, 1, 5), at(0, 2, 1, 1), at(1, 1, 1, 1)});
  merge(seen, {at(0, 1, 1, 1, 2)});
  EXPECT_EQ(seen, (records::Positions{at(1, 1, 1, 1), at(0, 1, 1, 1, 2)}));
}

TEST(Positions, NeverMoreThanTheBound) {
  records::Positions seen;
  for (std::uint64_t writer = 0; writer < records::kPositionsMax + 10; ++writer)
    merge(seen, {at(0, writer, 1, 1)});
  EXPECT_EQ(seen.size(), records::kPositionsMax);
  EXPECT_EQ(seen.back(), at(0, records::kPositionsMax + 9, 1, 1));
}

} // namespace
} // namespace kindred::client
