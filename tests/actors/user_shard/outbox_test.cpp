#include "actors/user_shard/outbox.hpp"

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::user_shard {
namespace {

class OutboxTest : public ::testing::Test {
protected:
  OutboxTest() { outbox_.open(5, 100); }

  static records::Record record(std::uint16_t slot, std::uint64_t id) {
    records::Record record;
    record.header.type = records::RecordType::kErase;
    record.header.slot = {slot};
    record.header.id = {1, id};
    record.body = records::Erase{"ada", "", ""};
    return record;
  }
  static std::vector<std::uint64_t> ids(const Bytes& entry) {
    std::vector<std::uint64_t> ids;
    const auto decoded = schemas::decode_entry(entry);
    for (const auto& record : decoded.value().records) ids.push_back(record.header.id.low);
    return ids;
  }
  static ports::Verdict acked(std::uint64_t offset) {
    ports::Verdict verdict;
    verdict.kind = ports::Verdict::Kind::kAcked;
    verdict.offset = offset;
    return verdict;
  }
  static ports::Verdict refused() {
    ports::Verdict verdict;
    verdict.kind = ports::Verdict::Kind::kRefused;
    verdict.error = ports::LogError::kFull;
    return verdict;
  }

  // Slots below 0x8000 are of partition 0, the others of 1.
  Outbox outbox_{{{0}, 2, {7}}};
};

TEST_F(OutboxTest, StartsIdle) {
  EXPECT_TRUE(outbox_.idle());
  EXPECT_TRUE(outbox_.send().empty());
  EXPECT_EQ(outbox_.adopt(), std::nullopt);
}

TEST_F(OutboxTest, ABatchGoesToItsPartitionsAndThenOutByAnAdopt) {
  outbox_.take({record(0, 1), record(0x9000, 2), record(1, 3)});
  auto appends = outbox_.send();
  ASSERT_EQ(appends.size(), 2u);
  EXPECT_EQ(ids(appends[0].entry), (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(ids(appends[1].entry), (std::vector<std::uint64_t>{2}));
  outbox_.on_verdict({0}, acked(10), 0);
  EXPECT_EQ(outbox_.adopt(), std::nullopt) << "one is still on its way";
  outbox_.on_verdict({1}, acked(20), 0);
  const auto adopt = outbox_.adopt();
  ASSERT_TRUE(adopt);
  EXPECT_EQ(adopt->generation, 3u);
  EXPECT_EQ(outbox_.adopt(), std::nullopt) << "once";
  EXPECT_FALSE(outbox_.idle());
  EXPECT_EQ(outbox_.sent_end({1}), 0u) << "only what is folded counts";
  outbox_.fold(*adopt);
  EXPECT_TRUE(outbox_.idle());
  EXPECT_EQ(outbox_.done(), 3u);
  EXPECT_EQ(outbox_.sent_end({0}), 11u);
  EXPECT_EQ(outbox_.sent_end({1}), 21u);
}

TEST_F(OutboxTest, OneBatchAtATimeInOrder) {
  for (std::uint64_t id = 1; id <= Outbox::kBatchMax + 2; ++id) outbox_.take({record(0, id)});
  auto appends = outbox_.send();
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(ids(appends[0].entry).size(), Outbox::kBatchMax);
  EXPECT_TRUE(outbox_.send().empty());
  outbox_.on_verdict({0}, acked(1), 0);
  EXPECT_TRUE(outbox_.send().empty()) << "the Adopt is not folded yet";
  outbox_.fold(*outbox_.adopt());
  appends = outbox_.send();
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(ids(appends[0].entry),
            (std::vector<std::uint64_t>{Outbox::kBatchMax + 1, Outbox::kBatchMax + 2}));
}

TEST_F(OutboxTest, WhatIsRefusedIsSentAgain) {
  outbox_.take({record(0, 1), record(0x9000, 2)});
  outbox_.send();
  outbox_.on_verdict({0}, acked(10), 0);
  outbox_.on_verdict({1}, refused(), 0);
  EXPECT_EQ(outbox_.adopt(), std::nullopt);
  EXPECT_TRUE(outbox_.send().empty()) << "not before it is time";
  outbox_.retry();
  EXPECT_EQ(outbox_.send().size(), 2u) << "the other one, too: its id makes that harmless";
}

TEST_F(OutboxTest, AnUnknownVerdictIsAskedAgainWithTheSameBytes) {
  outbox_.take({record(0, 1)});
  const auto appends = outbox_.send();
  ports::Verdict unknown;
  unknown.kind = ports::Verdict::Kind::kUnknown;
  outbox_.on_verdict({0}, unknown, 1000);
  EXPECT_TRUE(outbox_.resend(1001).empty());
  const auto again = outbox_.resend(1000 + 60 * kSecond.us);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].entry, appends[0].entry);
}

TEST_F(OutboxTest, ARefusedAdoptIsHandedOutAgain) {
  outbox_.take({record(0, 1)});
  outbox_.send();
  outbox_.on_verdict({0}, acked(10), 0);
  const auto adopt = outbox_.adopt();
  outbox_.adopt_refused();
  EXPECT_EQ(outbox_.adopt(), std::nullopt) << "not before it is time";
  outbox_.retry();
  EXPECT_EQ(outbox_.adopt(), adopt);
}

TEST_F(OutboxTest, SurvivesARestart) {
  outbox_.take({record(0, 1), record(0x9000, 2)});
  outbox_.send();
  outbox_.on_verdict({0}, acked(10), 0);
  outbox_.on_verdict({1}, acked(20), 0);
  const auto adopt = *outbox_.adopt();
  Outbox before({{0}, 2, {7}});
  ASSERT_TRUE(before.restore(outbox_.canonical()));
  EXPECT_EQ(before.size(), 2u) << "the Adopt may not be in the log";
  before.fold(adopt); // it was: folded again
  EXPECT_TRUE(before.idle());
  Outbox behind({{0}, 2, {7}});
  ASSERT_TRUE(behind.restore(before.canonical()));
  EXPECT_EQ(behind.sent_end({1}), 21u);
  behind.open(5, 200);
  behind.take({record(0, 3)});
  EXPECT_EQ(behind.last(), 3u) << "numbers go on";
  EXPECT_EQ(behind.send().size(), 1u);
}

TEST_F(OutboxTest, RefusesDamagedBytes) {
  outbox_.take({record(0, 1)});
  Bytes bytes = outbox_.canonical();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Outbox other({{0}, 2, {7}});
    EXPECT_FALSE(other.restore(BytesView(bytes).substr(0, size))) << size;
  }
}

TEST_F(OutboxTest, ForeignAndOldAdoptsChangeNothing) {
  outbox_.take({record(0, 1)});
  outbox_.fold({"consentDefault", 1, {}});
  outbox_.fold({std::string(Outbox::kKind), 9, {}});
  EXPECT_EQ(outbox_.size(), 1u);
}

/// In flight when the Adopt of an earlier life is folded: what is answered then is of no batch any more.
TEST_F(OutboxTest, VerdictsOfABatchThatWasAdoptedMeanwhileCountForNothing) {
  outbox_.take({record(0, 1), record(0, 2)});
  ASSERT_EQ(outbox_.send().size(), 1u);
  outbox_.fold({std::string(Outbox::kKind), 2, Bytes(4, '\0')});
  EXPECT_TRUE(outbox_.idle());
  outbox_.take({record(0, 3), record(0x9000, 4)});
  auto appends = outbox_.send();
  ASSERT_EQ(appends.size(), 1u) << "the other lane still has one in flight";
  EXPECT_EQ(appends[0].to, PartitionId{1});
  outbox_.on_verdict({0}, refused(), 0); // of the old one
  appends = outbox_.send();
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(ids(appends[0].entry), (std::vector<std::uint64_t>{3}));
  outbox_.on_verdict({1}, acked(5), 0);
  EXPECT_EQ(outbox_.adopt(), std::nullopt) << "one is missing";
  outbox_.on_verdict({0}, acked(9), 0);
  ASSERT_TRUE(outbox_.adopt());
}

/// The same log folded by a build that sends one record less: by its number the Adopt would take out one not sent.
TEST_F(OutboxTest, AnAdoptTakesOutWhatItNamesNotHowMany) {
  outbox_.take({record(0, 9), record(0, 1), record(0, 2)});
  outbox_.send();
  outbox_.on_verdict({0}, acked(10), 0);
  const auto adopt = *outbox_.adopt();
  ASSERT_EQ(adopt.generation, 3u);
  Outbox other({{0}, 2, {7}});
  other.open(5, 200);
  other.take({record(0, 1), record(0, 2), record(0, 3)});
  other.fold(adopt);
  EXPECT_EQ(other.size(), 1u);
  const auto appends = other.send();
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(ids(appends[0].entry), (std::vector<std::uint64_t>{3}));
  other.fold(adopt);
  EXPECT_EQ(other.size(), 1u) << "once more it names nothing that waits";
}

TEST_F(OutboxTest, SaysHowMuchWaits) {
  EXPECT_EQ(outbox_.bytes(), 0u);
  outbox_.take({record(0, 1), record(0x9000, 2)});
  const std::size_t both = outbox_.bytes();
  EXPECT_GT(both, 200u);
  Outbox other({{0}, 2, {7}});
  ASSERT_TRUE(other.restore(outbox_.canonical()));
  EXPECT_EQ(other.bytes(), both);
  outbox_.send();
  outbox_.on_verdict({0}, acked(10), 0);
  outbox_.on_verdict({1}, acked(20), 0);
  outbox_.fold(*outbox_.adopt());
  EXPECT_EQ(outbox_.bytes(), 0u);
}

} // namespace
} // namespace kindred::actors::user_shard
