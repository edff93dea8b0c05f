#pragma once

// Cases of the conformance suite: bounds, trimming, restarts, faults. Included by log_conformance.hpp.

namespace kindred::ports {

TEST_P(LogConformance, RefusesAtTheDoorWhatCannotBe) {
  open();
  const Verdict large = put(kEvents0, Bytes(records::kEntryBytesMax + 1, 'x'));
  EXPECT_EQ(large.kind, Verdict::Kind::kRefused);
  EXPECT_EQ(large.error, LogError::kTooLarge);
  const Stream nowhere{records::Topic::kEvents, {LogWorld::kPartitions}};
  const Verdict lost = put(nowhere, "x");
  EXPECT_EQ(lost.kind, Verdict::Kind::kRefused);
  EXPECT_EQ(lost.error, LogError::kNoStream);
  EXPECT_EQ(log_->bounds(nowhere).error(), LogError::kNoStream);
  EXPECT_EQ(log_->read(nowhere, 0, 1).error(), LogError::kNoStream);
  EXPECT_EQ(log_->trim(nowhere, 0).error(), LogError::kNoStream);
  Reader reader;
  reader.open(*log_, nowhere, 0);
  ASSERT_TRUE(reader.wait_error());
  EXPECT_EQ(reader.errors(), std::vector{LogError::kNoStream});
  reader.close();
  EXPECT_TRUE(everything(kEvents0).empty());
}

TEST_P(LogConformance, TakesAnEntryOfExactlyTheBound) {
  open();
  EXPECT_EQ(put(kEvents0, Bytes(records::kEntryBytesMax, 'x')).kind, Verdict::Kind::kAcked);
  EXPECT_EQ(everything(kEvents0).front().size(), records::kEntryBytesMax);
}

TEST_P(LogConformance, AFullQueueRefusesAndLosesNothingItTook) {
  constexpr std::size_t kQueue = 20;
  open({.queue_max = kQueue});
  world_->hold(true);
  Verdicts verdicts;
  constexpr std::size_t kSent = 200; // an adapter may have taken some out of its queue before it was held up
  for (std::size_t i = 0; i < kSent; ++i) log_->produce(kEvents0, std::to_string(i), verdicts.taker(i));
  const std::size_t refused = verdicts.count(Verdict::Kind::kRefused);
  EXPECT_GE(refused, kSent - 2 * kQueue - 1) << "more was taken than the queue and what was in hand";
  EXPECT_LE(refused, kSent - kQueue) << "the queue did not take what its bound promises";
  for (const auto& [tag, verdict] : verdicts.got()) EXPECT_EQ(verdict.error, LogError::kFull);

  world_->hold(false);
  ASSERT_TRUE(verdicts.wait_for(kSent));
  EXPECT_EQ(verdicts.count(Verdict::Kind::kAcked), kSent - refused);
  EXPECT_EQ(everything(kEvents0).size(), kSent - refused);
  EXPECT_EQ(put(kEvents0, "again").kind, Verdict::Kind::kAcked);
}

TEST_P(LogConformance, AQueueIsFullByBytesToo) {
  open({.queue_bytes_max = 10'000});
  world_->hold(true);
  Verdicts verdicts;
  for (int i = 0; i < 100; ++i) log_->produce(kEvents0, Bytes(1'000, 'x'), verdicts.taker());
  EXPECT_GE(verdicts.count(Verdict::Kind::kRefused), 79u);
  world_->hold(false);
  EXPECT_TRUE(verdicts.wait_for(100));
}

TEST_P(LogConformance, WhatIsSentTwiceStandsTwice) {
  open();
  put(kEvents0, "same");
  put(kEvents0, "same");
  EXPECT_EQ(everything(kEvents0).size(), 2u)
      << "the fold drops repeats, by author; the log does not know them";
}

TEST_P(LogConformance, AnUnknownEntrySentAgainStandsOnceOrTwice) {
  open();
  put(kEvents0, "before");
  Reader reader;
  reader.open(*log_, kEvents0, 0);
  world_->lose_next_verdict();
  const Verdict verdict = put(kEvents0, "maybe");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kUnknown);
  insist(kEvents0, "maybe");
  insist(kEvents0, "after");
  const auto all = everything(kEvents0);
  const auto copies = std::ranges::count(all, "maybe");
  EXPECT_TRUE(copies == 1 || copies == 2) << copies;
  EXPECT_EQ(all.front(), "before");
  EXPECT_EQ(all.back(), "after");
  ASSERT_TRUE(reader.wait_for(all.size()));
  EXPECT_EQ(bytes_of(reader.got()), all) << "a live tail and a reader of the past differ";
  reader.close();
}

TEST_P(LogConformance, FailingStorageRefusesWithAReasonAndRecoversByItself) {
  open();
  put_many(kEvents0, 5, "before ");
  Reader reader;
  reader.open(*log_, kEvents0, 0);
  world_->fail(true);
  std::size_t acked = 0;
  LogError reason{};
  for (int i = 0; i < 20; ++i) {
    const Verdict verdict = put(kEvents0, "during");
    acked += verdict.kind == Verdict::Kind::kAcked;
    if (verdict.kind == Verdict::Kind::kRefused) reason = verdict.error;
  }
  EXPECT_EQ(acked, 0u) << "acknowledged what is not durable";
  EXPECT_TRUE(reason == LogError::kIo || reason == LogError::kDiskFull) << name_of(reason);
  ASSERT_FALSE(log_->health().ok());
  EXPECT_EQ(log_->health().error(), reason);

  world_->fail(false);
  insist(kEvents0, "after");
  EXPECT_TRUE(log_->health().ok());
  const auto all = everything(kEvents0);
  EXPECT_EQ(std::vector(all.begin(), all.begin() + 5), numbered(5, "before "));
  EXPECT_EQ(all.back(), "after");
  ASSERT_TRUE(reader.wait_for(all.size()));
  EXPECT_EQ(bytes_of(reader.got()), all);
  EXPECT_TRUE(reader.errors().empty());
  reader.close();
}

TEST_P(LogConformance, TrimForgetsTheFrontAndNeverMovesTheEnd) {
  open();
  const auto offsets = put_many(kEvents0, 10);
  const auto end = log_->bounds(kEvents0).value().end;
  for (int twice = 0; twice < 2; ++twice) {
    ASSERT_TRUE(log_->trim(kEvents0, offsets[6]).ok());
    EXPECT_EQ(log_->bounds(kEvents0).value().begin, offsets[6]);
    EXPECT_EQ(log_->bounds(kEvents0).value().end, end);
  }
  ASSERT_TRUE(log_->trim(kEvents0, offsets[2]).ok()) << "below the beginning: nothing to do";
  EXPECT_EQ(log_->bounds(kEvents0).value().begin, offsets[6]);
  EXPECT_EQ(everything(kEvents0), (std::vector<Bytes>{"entry 6", "entry 7", "entry 8", "entry 9"}));
  EXPECT_EQ(log_->read(kEvents0, offsets[5], 1024).error(), LogError::kOutOfRange);
  Reader reader;
  reader.open(*log_, kEvents0, offsets[5]);
  ASSERT_TRUE(reader.wait_error());
  EXPECT_EQ(reader.errors(), std::vector{LogError::kOutOfRange});
  EXPECT_TRUE(reader.got().empty());
  reader.close();
}

TEST_P(LogConformance, AWhollyTrimmedStreamGoesOnWhereItWas) {
  open();
  const auto offsets = put_many(kEvents0, 10);
  const auto end = log_->bounds(kEvents0).value().end;
  ASSERT_TRUE(log_->trim(kEvents0, end + 1000).ok()) << "never beyond the end";
  EXPECT_EQ(log_->bounds(kEvents0).value().begin, end);
  reopen();
  EXPECT_EQ(log_->bounds(kEvents0).value().begin, end);
  EXPECT_EQ(log_->bounds(kEvents0).value().end, end);
  EXPECT_GE(put(kEvents0, "next").offset, end);
  EXPECT_EQ(everything(kEvents0), std::vector<Bytes>{"next"});
}

TEST_P(LogConformance, AnOffsetBehindTheEndMeansTheLogWentBack) {
  open();
  put_many(kEvents0, 3);
  const auto end = log_->bounds(kEvents0).value().end;
  EXPECT_EQ(log_->read(kEvents0, end + 1, 1024).error(), LogError::kWentBack);
  Reader reader;
  reader.open(*log_, kEvents0, end + 1);
  ASSERT_TRUE(reader.wait_error());
  EXPECT_EQ(reader.errors(), std::vector{LogError::kWentBack});
  reader.close();
}

TEST_P(LogConformance, AReopenedLogKeepsWhatWasAcknowledged) {
  open();
  const auto life = log_->incarnation();
  put_many(kEvents0, 20);
  put_many(kModels, 3, "model ");
  const auto epoch = log_->next_epoch();
  ASSERT_TRUE(epoch.ok());
  EXPECT_GT(log_->next_epoch().value(), epoch.value());
  reopen();
  EXPECT_EQ(log_->incarnation(), life);
  EXPECT_GT(log_->next_epoch().value(), epoch.value() + 1) << "a new producer must not look like an old one";
  EXPECT_EQ(everything(kEvents0), numbered(20));
  EXPECT_EQ(everything(kModels), numbered(3, "model "));
  const auto end = log_->bounds(kEvents0).value().end;
  EXPECT_GE(put(kEvents0, "next").offset, end);
  Reader reader;
  reader.open(*log_, kEvents0, 0);
  ASSERT_TRUE(reader.wait_for(21));
  EXPECT_EQ(reader.got().back().bytes, "next");
  reader.close();
}

TEST_P(LogConformance, ALogMadeAnewIsAnotherLife) {
  open();
  const auto life = log_->incarnation();
  put_many(kEvents0, 3);
  log_.reset();
  world_->remake();
  open();
  EXPECT_NE(log_->incarnation(), life);
  EXPECT_TRUE(everything(kEvents0).empty());
}

} // namespace kindred::ports
