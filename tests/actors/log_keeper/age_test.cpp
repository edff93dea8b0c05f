#include "actors/log_keeper/age.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::actors::log_keeper {
namespace {

const records::Stream kStream{records::Topic::kEvents, {1}};
constexpr Instant kStart{1'000'000'000'000};

Bytes entry_at(Instant stamp) {
  records::Entry entry;
  records::Record record;
  record.header.type = records::RecordType::kEvent;
  record.header.stamp = stamp;
  records::Event event;
  event.user_id = "ada";
  record.body = event;
  entry.records.push_back(record);
  return schemas::encode_entry(entry);
}

struct Age : testing::Test {
  void append(Bytes entry) {
    log.produce(kStream, std::move(entry), [](ports::Verdict) {});
  }
  std::uint64_t first(Duration after, std::uint64_t below = 1'000'000) {
    const auto found = first_not_before(log, kStream, kStart + after, below);
    EXPECT_TRUE(found.ok());
    return found.ok() ? found.value() : 0;
  }
  support::MemoryLog log{{.partitions = 2}};
};

TEST_F(Age, FindsTheFirstThatIsYoungEnough) {
  EXPECT_EQ(first({0}), 0u) << "nothing is there";
  for (int n = 0; n < 100; ++n) append(entry_at(kStart + kSecond * n));
  EXPECT_EQ(first(kSecond * 0), 0u);
  EXPECT_EQ(first(kSecond * 37), 37u);
  EXPECT_EQ(first(kSecond * 1'000), 100u) << "all are old";
  EXPECT_EQ(first(kSecond * 37, 20), 20u) << "not above what is asked";
  ASSERT_TRUE(log.trim(kStream, 50).ok());
  EXPECT_EQ(first(kSecond * 37), 50u) << "older ones are gone already";
  EXPECT_EQ(first(kSecond * 61), 61u);
}

TEST_F(Age, OffsetsMayHaveGaps) {
  Random random(7);
  log.judge_with([&](const records::Stream&, BytesView) {
    support::MemoryLog::Fate fate;
    fate.gap = random.below(5);
    return fate;
  });
  for (int n = 0; n < 100; ++n) append(entry_at(kStart + kSecond * n));
  const auto entries = log.read(kStream, 0, 1 << 20);
  ASSERT_EQ(entries.value().size(), 100u);
  for (int n = 0; n < 100; ++n) {
    const std::uint64_t found = first(kSecond * n);
    EXPECT_LE(found, entries.value()[static_cast<std::size_t>(n)].offset);
    if (n > 0) {
      EXPECT_GT(found, entries.value()[static_cast<std::size_t>(n) - 1].offset);
    }
  }
}

TEST_F(Age, WhatCannotBeReadCountsAsYoung) {
  for (int n = 0; n < 10; ++n) append(entry_at(kStart));
  append("none of ours");
  EXPECT_EQ(first(kDay), 10u);
}

TEST_F(Age, SaysWhyItCannotLook) {
  EXPECT_EQ(first_not_before(log, {records::Topic::kEvents, {9}}, kStart, 10).error(),
            ports::LogError::kNoStream);
}

} // namespace
} // namespace kindred::actors::log_keeper
