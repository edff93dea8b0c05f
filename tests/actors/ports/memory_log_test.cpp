#include "tests/support/memory_log.hpp"

#include <gtest/gtest.h>

// What MemoryLog adds to the port: steps chosen by the caller, and faults. The port itself: the conformance suite.

namespace kindred::support {
namespace {

using ports::LogError;
using ports::Verdict;
using records::Stream;
using Step = MemoryLog::Step;

constexpr Stream kZero{records::Topic::kEvents, {0}};
constexpr Stream kOne{records::Topic::kEvents, {1}};

struct MemoryLogSteps : testing::Test {
  std::shared_ptr<MemoryLogDisk> disk = std::make_shared<MemoryLogDisk>();
  std::unique_ptr<MemoryLog> log = std::make_unique<MemoryLog>(disk, MemoryLog::Settings{.manual = true});
  std::vector<Verdict> verdicts;
  std::vector<Bytes> seen;

  void produce(const Stream& stream, Bytes entry) {
    log->produce(stream, std::move(entry), [this](Verdict verdict) { verdicts.push_back(verdict); });
  }
  std::unique_ptr<ports::Subscription> tail(const Stream& stream, std::uint64_t from = 0) {
    ports::TailSink sink;
    sink.on_entries = [this](std::vector<ports::LogEntry> entries) {
      for (auto& entry : entries) seen.push_back(std::move(entry.bytes));
    };
    return log->tail(stream, from, std::move(sink));
  }
};

TEST_F(MemoryLogSteps, NothingMovesUntilItIsStepped) {
  const auto subscription = tail(kZero);
  produce(kZero, "a");
  EXPECT_EQ(log->bounds(kZero).value().end, 0u);
  ASSERT_TRUE(log->step({Step::Kind::kCommit, kZero, 0}));
  EXPECT_EQ(log->bounds(kZero).value().end, 1u);
  EXPECT_TRUE(verdicts.empty()) << "durable, and nobody knows yet: the window of a crash";
  ASSERT_TRUE(log->step({Step::Kind::kVerdict, kZero, 0}));
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_TRUE(seen.empty());
  log->pump();
  EXPECT_EQ(seen, std::vector<Bytes>{"a"});
  EXPECT_FALSE(log->step({Step::Kind::kCommit, kZero, 0}));
}

TEST_F(MemoryLogSteps, VerdictsOfTwoStreamsMayComeInAnyOrder) {
  produce(kZero, "a");
  produce(kOne, "b");
  EXPECT_EQ(log->ready(),
            (std::vector<Step>{{Step::Kind::kCommit, kZero, 0}, {Step::Kind::kCommit, kOne, 0}}));
  ASSERT_TRUE(log->step({Step::Kind::kCommit, kOne, 0}));
  ASSERT_TRUE(log->step({Step::Kind::kVerdict, kOne, 0}));
  EXPECT_EQ(verdicts.size(), 1u);
  log->pump();
  EXPECT_EQ(verdicts.size(), 2u);
}

TEST_F(MemoryLogSteps, ACrashKeepsWhatWasCommittedAndNothingElse) {
  produce(kZero, "kept");
  produce(kZero, "gone");
  ASSERT_TRUE(log->step({Step::Kind::kCommit, kZero, 0}));
  log.reset();
  EXPECT_TRUE(verdicts.empty());
  log = std::make_unique<MemoryLog>(disk, MemoryLog::Settings{});
  EXPECT_EQ(log->bounds(kZero).value().end, 1u);
  EXPECT_EQ(log->read(kZero, 0, 100).value().front().bytes, "kept");
}

TEST_F(MemoryLogSteps, TheJudgeDecidesEachFate) {
  using Fate = MemoryLog::Fate;
  using Kind = Fate::Kind;
  log->judge_with([](const Stream&, BytesView entry) {
    if (entry == "refused") return Fate{.kind = Kind::kRefused, .error = LogError::kDiskFull};
    if (entry == "lost") return Fate{.kind = Kind::kUnknownLost};
    if (entry == "quiet") return Fate{.kind = Kind::kUnknownTaken};
    if (entry == "twice") return Fate{.copies = 2, .gap = 5};
    return Fate{};
  });
  for (const char* entry : {"a", "refused", "lost", "quiet", "twice"}) produce(kZero, entry);
  log->pump();
  ASSERT_EQ(verdicts.size(), 5u);
  EXPECT_EQ(verdicts[0].kind, Verdict::Kind::kAcked);
  EXPECT_EQ(verdicts[1].kind, Verdict::Kind::kRefused);
  EXPECT_EQ(verdicts[1].error, LogError::kDiskFull);
  EXPECT_EQ(verdicts[2].kind, Verdict::Kind::kUnknown);
  EXPECT_EQ(verdicts[3].kind, Verdict::Kind::kUnknown);
  EXPECT_EQ(verdicts[4].offset, 8u) << "five skipped, two written behind offsets 0 and 1";
  const auto entries = log->read(kZero, 0, 1000).value();
  std::vector<Bytes> bytes;
  for (const auto& entry : entries) bytes.push_back(entry.bytes);
  EXPECT_EQ(bytes, (std::vector<Bytes>{"a", "quiet", "twice", "twice"}));
  const auto subscription = tail(kZero);
  log->pump();
  EXPECT_EQ(seen, bytes) << "a gap in the offsets stops no tail";
}

TEST_F(MemoryLogSteps, ALostTailEndsThoseWhoWerePastIt) {
  for (const char* entry : {"a", "b", "c"}) produce(kZero, entry);
  log->pump();
  std::vector<LogError> errors;
  ports::TailSink sink;
  sink.on_entries = [](std::vector<ports::LogEntry>) {};
  sink.on_error = [&](LogError error) { errors.push_back(error); };
  const auto past = log->tail(kZero, 0, std::move(sink));
  log->pump();
  log->lose_tail(kZero, 1);
  log->pump();
  EXPECT_EQ(errors, std::vector{LogError::kWentBack});
  EXPECT_EQ(log->bounds(kZero).value().end, 1u);
}

TEST_F(MemoryLogSteps, RottenBytesAreCorruptAndWhatStandsBeforeThemIsRead) {
  for (const char* entry : {"a", "b", "c"}) produce(kZero, entry);
  log->pump();
  log->rot(kZero, 1);
  std::vector<LogError> errors;
  ports::TailSink sink;
  sink.on_entries = [&](std::vector<ports::LogEntry> entries) { seen.push_back(entries.front().bytes); };
  sink.on_error = [&](LogError error) { errors.push_back(error); };
  const auto subscription = log->tail(kZero, 0, std::move(sink));
  log->pump();
  EXPECT_EQ(seen, std::vector<Bytes>{"a"});
  EXPECT_EQ(errors, std::vector{LogError::kCorrupt});
  EXPECT_EQ(log->read(kZero, 1, 100).error(), LogError::kCorrupt);
}

} // namespace
} // namespace kindred::support
