#include "actors/gateway/append_lane.hpp"

#include <gtest/gtest.h>

#include "actors/gateway/contract.hpp"

namespace kindred::actors::gateway {
namespace {

using ports::LogError;
using ports::Verdict;

const records::Stream kStream{records::Topic::kEvents, {3}};

Bytes record_of(std::string_view user) {
  records::Record record;
  record.header.type = records::RecordType::kErase;
  record.body = records::Erase{std::string(user), "", ""};
  return schemas::encode_record(record);
}

records::Entry entry_of(const std::optional<Bytes>& bytes) {
  if (!bytes) {
    ADD_FAILURE() << "no entry";
    return {};
  }
  auto decoded = schemas::decode_entry(*bytes);
  EXPECT_TRUE(decoded.ok());
  return decoded.ok() ? decoded.take() : records::Entry{};
}

Verdict acked(std::uint64_t offset) { return {Verdict::Kind::kAcked, offset, {}}; }
Verdict refused(LogError error) { return {Verdict::Kind::kRefused, 0, error}; }
Verdict unknown() { return {Verdict::Kind::kUnknown, 0, LogError::kIo}; }

class AppendLaneTest : public testing::Test {
protected:
  AppendLane lane{{77, kStream, WriterId{5}, 100}};
};

TEST_F(AppendLaneTest, NothingWaitsAtFirst) {
  EXPECT_TRUE(lane.idle());
  EXPECT_FALSE(lane.send());
  EXPECT_FALSE(lane.resend(1'000'000'000));
}

TEST_F(AppendLaneTest, ARequestsRecordsGoInOneEntryInOrder) {
  lane.add(1, {record_of("a"), record_of("b")});
  lane.add(2, {record_of("c")});
  EXPECT_EQ(lane.waiting_records(), 3u);
  const auto entry = entry_of(lane.send());
  EXPECT_EQ(entry.author, (records::Authorship{WriterId{5}, 100, 1}));
  ASSERT_EQ(entry.records.size(), 3u);
  EXPECT_EQ(records::user_of(entry.records[2].body), "c");
  const auto outcome = lane.on_verdict(acked(9), 0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->position, (records::Position{77, kStream, 9, 0, entry.author}));
  EXPECT_EQ(outcome->parts, (std::vector<LanePart>{{1, 0, 2}, {2, 2, 1}}));
  EXPECT_TRUE(lane.idle());
}

TEST_F(AppendLaneTest, WhatComesMeanwhileIsCollected) {
  lane.add(1, {record_of("a")});
  ASSERT_TRUE(lane.send());
  lane.add(2, {record_of("b")});
  lane.add(3, {record_of("c")});
  EXPECT_FALSE(lane.send()) << "one entry at a time";
  ASSERT_TRUE(lane.on_verdict(acked(0), 0));
  const auto next = entry_of(lane.send());
  EXPECT_EQ(next.author.sequence, 2u);
  EXPECT_EQ(next.records.size(), 2u);
}

TEST_F(AppendLaneTest, ARefusalLeavesNoGap) {
  lane.add(1, {record_of("a")});
  ASSERT_TRUE(lane.send());
  const auto outcome = lane.on_verdict(refused(LogError::kDiskFull), 0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->verdict.error, LogError::kDiskFull);
  lane.add(2, {record_of("b")});
  EXPECT_EQ(entry_of(lane.send()).author, (records::Authorship{WriterId{5}, 100, 1}));
}

TEST_F(AppendLaneTest, WithoutVerdictTheSameBytesAreSentAgain) {
  lane.add(1, {record_of("a")});
  const auto first = lane.send();
  EXPECT_FALSE(lane.on_verdict(unknown(), 1'000)) << "nobody can be told yet";
  EXPECT_FALSE(lane.resend(1'000 + kAppendRetryAfter.us - 1));
  EXPECT_EQ(lane.resend(1'000 + kAppendRetryAfter.us), first);
  EXPECT_FALSE(lane.resend(1'000 + 2 * kAppendRetryAfter.us)) << "its verdict is awaited";
  ASSERT_TRUE(lane.on_verdict(acked(4), 0));
  lane.add(2, {record_of("b")});
  EXPECT_EQ(entry_of(lane.send()).author.sequence, 2u);
}

TEST_F(AppendLaneTest, AfterADoubtARefusalBeginsANewEpoch) {
  lane.add(1, {record_of("a")});
  ASSERT_TRUE(lane.send());
  lane.on_verdict(unknown(), 0);
  ASSERT_TRUE(lane.resend(kAppendRetryAfter.us));
  ASSERT_TRUE(lane.on_verdict(refused(LogError::kIo), 0));
  lane.add(2, {record_of("b")});
  EXPECT_EQ(entry_of(lane.send()).author, (records::Authorship{WriterId{5}, 101, 1}))
      << "sequence 1 of epoch 100 may stand in the log with other records";
}

TEST_F(AppendLaneTest, AFullEntryIsClosedAndTheNextOneBegun) {
  const std::vector<Bytes> many(records::kRecordsPerEntryMax, record_of("a"));
  lane.add(1, many);
  lane.add(2, {record_of("b")});
  EXPECT_EQ(entry_of(lane.send()).records.size(), records::kRecordsPerEntryMax);
  const auto outcome = lane.on_verdict(acked(0), 0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->parts.size(), 1u);
  EXPECT_EQ(entry_of(lane.send()).records.size(), 1u);
}

TEST_F(AppendLaneTest, AVerdictNobodyWaitsForIsNothing) { EXPECT_FALSE(lane.on_verdict(acked(0), 0)); }

} // namespace
} // namespace kindred::actors::gateway
