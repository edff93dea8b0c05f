#pragma once

// Cases of the conformance suite: order, offsets, tails. Included by log_conformance.hpp.

namespace kindred::ports {

TEST_P(LogConformance, AnEmptyStreamHasNothingAndSaysSo) {
  open();
  const auto bounds = log_->bounds(kEvents3);
  ASSERT_TRUE(bounds.ok());
  EXPECT_EQ(bounds.value().begin, bounds.value().end);
  const auto entries = log_->read(kEvents3, bounds.value().end, 1024);
  ASSERT_TRUE(entries.ok());
  EXPECT_TRUE(entries.value().empty());
  for (const Stream& stream : {kEvents0, kEvents3, kModels}) { // whoever has read nothing begins at 0
    EXPECT_EQ(log_->bounds(stream).value().begin, 0u);
    EXPECT_TRUE(log_->read(stream, 0, 1024).value().empty());
  }
  EXPECT_TRUE(log_->health().ok());
  EXPECT_EQ(log_->partitions(), LogWorld::kPartitions);
}

TEST_P(LogConformance, AcknowledgesWithGrowingOffsetsBelowTheEnd) {
  open();
  const auto offsets = put_many(kEvents0, 100);
  for (std::size_t i = 1; i < offsets.size(); ++i) EXPECT_LT(offsets[i - 1], offsets[i]);
  EXPECT_GT(log_->bounds(kEvents0).value().end, offsets.back());
  EXPECT_EQ(everything(kEvents0), numbered(100));
}

TEST_P(LogConformance, VerdictsOfAStreamComeInTheOrderOfTheCalls) {
  open();
  Verdicts verdicts;
  for (std::uint64_t i = 0; i < 500; ++i) log_->produce(kEvents0, "x", verdicts.taker(i));
  ASSERT_TRUE(verdicts.wait_for(500));
  const auto got = verdicts.got();
  for (std::uint64_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i].first, i);
}

TEST_P(LogConformance, BytesComeBackAsTheyWere) {
  open();
  Bytes binary(70'001, '\0');
  for (std::size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i * 31);
  put(kModels, binary);
  put(kModels, Bytes(1, '\0'));
  EXPECT_EQ(everything(kModels), (std::vector<Bytes>{binary, Bytes(1, '\0')}));
}

TEST_P(LogConformance, StreamsAreApart) {
  open();
  put_many(kEvents0, 3, "zero ");
  put_many(kEvents3, 2, "three ");
  put_many(kModels, 1, "models ");
  EXPECT_EQ(everything(kEvents0), numbered(3, "zero "));
  EXPECT_EQ(everything(kEvents3), numbered(2, "three "));
  EXPECT_EQ(everything(kModels), numbered(1, "models "));
}

TEST_P(LogConformance, ReadStopsAtItsBoundButGivesAtLeastOne) {
  open();
  for (int i = 0; i < 10; ++i) put(kEvents0, Bytes(100, 'a'));
  const auto begin = log_->bounds(kEvents0).value().begin;
  EXPECT_EQ(log_->read(kEvents0, begin, 1).value().size(), 1u);
  EXPECT_EQ(log_->read(kEvents0, begin, 350).value().size(), 3u);
  EXPECT_EQ(log_->read(kEvents0, begin, 1 << 20).value().size(), 10u);
}

TEST_P(LogConformance, ATailGivesWhatIsThereAndWhatComes) {
  open();
  put_many(kEvents0, 50, "old ");
  Reader reader;
  reader.open(*log_, kEvents0, 0);
  ASSERT_TRUE(reader.wait_caught_up(log_->bounds(kEvents0).value().end));
  put_many(kEvents0, 50, "new ");
  ASSERT_TRUE(reader.wait_for(100));
  ASSERT_TRUE(reader.wait_caught_up(log_->bounds(kEvents0).value().end));
  auto expected = numbered(50, "old ");
  for (auto& bytes : numbered(50, "new ")) expected.push_back(bytes);
  EXPECT_EQ(bytes_of(reader.got()), expected);
  EXPECT_TRUE(reader.errors().empty());
  reader.close();
}

TEST_P(LogConformance, ATailFromTheMiddleOrTheEndBeginsThere) {
  open();
  const auto offsets = put_many(kEvents0, 10);
  Reader middle, end;
  middle.open(*log_, kEvents0, offsets[7]);
  end.open(*log_, kEvents0, log_->bounds(kEvents0).value().end);
  ASSERT_TRUE(middle.wait_for(3));
  ASSERT_TRUE(end.wait_caught_up(offsets.back() + 1));
  EXPECT_EQ(bytes_of(middle.got()), (std::vector<Bytes>{"entry 7", "entry 8", "entry 9"}));
  EXPECT_TRUE(end.got().empty());
  put(kEvents0, "after");
  ASSERT_TRUE(middle.wait_for(4));
  ASSERT_TRUE(end.wait_for(1));
  EXPECT_EQ(end.got().front().bytes, "after");
  middle.close();
  end.close();
}

TEST_P(LogConformance, ManyTailsOfOneStreamSeeTheSame) {
  open();
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 5; ++i) {
    readers.push_back(std::make_unique<Reader>());
    readers.back()->open(*log_, kEvents0, 0);
    put_many(kEvents0, 40);
  }
  for (auto& reader : readers) {
    ASSERT_TRUE(reader->wait_for(200));
    EXPECT_EQ(bytes_of(reader->got()), everything(kEvents0));
    reader->close();
  }
}

TEST_P(LogConformance, ASlowReaderIsNotSentMoreThanItsWindow) {
  constexpr std::size_t kWindow = 10'000, kEntry = 1'000;
  open({.tail_bytes_max = kWindow});
  Reader reader(/*eager=*/false);
  reader.open(*log_, kEvents0, 0);
  for (int i = 0; i < 100; ++i) put(kEvents0, Bytes(kEntry, static_cast<char>('a' + i % 26)));
  ASSERT_TRUE(reader.wait_for(kWindow / kEntry));
  // Nothing more may come now; that it does not is seen at the end, by what each round brought.
  std::size_t seen = 0;
  while (seen < 100) {
    ASSERT_TRUE(reader.wait_for(seen + 1));
    EXPECT_LE(reader.bytes() - seen * kEntry, 2 * kWindow) << "more than a window and a slice";
    seen = reader.got().size();
    reader.consume_all();
  }
  EXPECT_EQ(bytes_of(reader.got()), everything(kEvents0));
  reader.close();
}

TEST_P(LogConformance, ASubscriptionMayEndInsideItsOwnCallback) {
  open();
  std::unique_ptr<Subscription> subscription;
  std::mutex mutex;
  std::condition_variable changed;
  int calls = 0;
  TailSink sink;
  sink.on_entries = [&](std::vector<LogEntry>) {
    const std::lock_guard lock(mutex);
    ++calls;
    subscription.reset();
    changed.notify_all();
  };
  {
    const std::lock_guard lock(mutex);
    subscription = log_->tail(kEvents0, log_->bounds(kEvents0).value().end, std::move(sink));
  }
  put_many(kEvents0, 1);
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, kPatience, [&] { return calls == 1; }));
    EXPECT_EQ(subscription, nullptr);
  }
  put_many(kEvents0, 20);
  EXPECT_EQ(calls, 1);
}

TEST_P(LogConformance, NoCallbackRunsAfterASubscriptionEnded) {
  open();
  std::atomic<bool> stop{false};
  std::thread producer([&] {
    while (!stop) put(kEvents0, "x");
  });
  for (int round = 0; round < 30; ++round) {
    auto reader = std::make_unique<Reader>(); // freed memory: the sanitizers notice a late callback
    reader->open(*log_, kEvents0, 0);
    EXPECT_TRUE(reader->wait_for(round + 1));
    reader->close();
  }
  stop = true;
  producer.join();
}

TEST_P(LogConformance, CallbacksMayProduce) {
  open();
  Verdicts verdicts;
  TailSink sink;
  std::atomic<int> chain{0};
  sink.on_entries = [&](std::vector<LogEntry> entries) {
    for (const auto& entry : entries) {
      if (chain.fetch_add(1) < 10) log_->produce(kEvents3, entry.bytes + "+", verdicts.taker());
    }
  };
  const auto subscription = log_->tail(kEvents3, 0, std::move(sink));
  put(kEvents3, "seed");
  ASSERT_TRUE(verdicts.wait_for(10));
  EXPECT_EQ(everything(kEvents3).back(), "seed++++++++++");
}

TEST_P(LogConformance, ConcurrentProducersKeepTheirOwnOrder) {
  open();
  constexpr int kProducers = 4, kEach = 300;
  Verdicts verdicts;
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) {
        log_->produce(i % 2 == 0 ? kEvents0 : kEvents3, std::to_string(p) + ":" + std::to_string(i),
                      verdicts.taker());
      }
    });
  }
  for (auto& producer : producers) producer.join();
  ASSERT_TRUE(verdicts.wait_for(kProducers * kEach));
  EXPECT_EQ(verdicts.count(Verdict::Kind::kAcked), static_cast<std::size_t>(kProducers * kEach));
  std::size_t found = 0;
  for (const Stream& stream : {kEvents0, kEvents3}) {
    std::vector<int> last(kProducers, -1);
    for (const Bytes& entry : everything(stream)) {
      const int p = entry[0] - '0', i = std::stoi(entry.substr(2));
      EXPECT_LT(last[p], i);
      last[p] = i;
      ++found;
    }
  }
  EXPECT_EQ(found, static_cast<std::size_t>(kProducers * kEach));
}

} // namespace kindred::ports
