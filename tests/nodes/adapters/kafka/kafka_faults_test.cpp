#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tests/actors/ports/log_world.hpp"
#include "tests/nodes/adapters/kafka/kafka_place.hpp"

// A broker that stops, dies, comes back, while entries are under way; a producer that librdkafka calls dead.
// Law: what was acknowledged is there, in the order of the calls, once; only what was sent again after kUnknown may stand
// there more often.

namespace kindred::adapters {
namespace {

using ports::LogError;
using ports::Reader;
using ports::Verdict;
using records::Stream;

constexpr Stream kStream{records::Topic::kEvents, {2}};

/// Sends numbered entries, some under way at once, and sends again what was refused or unknown, as writers do.
class Sender {
public:
  static constexpr std::size_t kUnderWay = 64;

  Sender(KafkaLog& log, int count) : log_(log), count_(count) {}

  /// Until `acked` of them are acknowledged, or `stop` says so.
  void run_until(
      std::size_t acked, const std::function<bool()>& stop = [] { return false; }) {
    while (acked_.size() < acked && !stop()) {
      while (under_way_ < kUnderWay && (next_ < count_ || !again_.empty())) send();
      ASSERT_TRUE(take_verdict()) << "no verdict came";
    }
  }
  void finish() { run_until(static_cast<std::size_t>(count_)); }

  const std::set<int>& unknown() const { return unknown_; }       ///< ever: may stand there more than once
  const std::set<int>& sent_again() const { return sent_again_; } ///< ever: stand behind others

private:
  void send() {
    int number = next_;
    if (again_.empty()) {
      ++next_;
    } else {
      number = again_.front();
      again_.pop_front();
    }
    ++under_way_;
    log_.produce(kStream, "entry " + std::to_string(number), [this, number](Verdict verdict) {
      const std::lock_guard lock(mutex_);
      verdicts_.emplace_back(number, verdict);
      changed_.notify_all();
    });
  }
  bool take_verdict() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(120), [this] { return !verdicts_.empty(); }))
      return false;
    const auto [number, verdict] = verdicts_.front();
    verdicts_.pop_front();
    --under_way_;
    if (verdict.kind == Verdict::Kind::kAcked) {
      acked_.insert(number);
      return true;
    }
    if (verdict.kind == Verdict::Kind::kUnknown) unknown_.insert(number);
    again_.push_back(number);
    sent_again_.insert(number);
    return true;
  }

  KafkaLog& log_;
  const int count_;
  int next_ = 0;
  std::size_t under_way_ = 0;
  std::deque<int> again_;
  std::set<int> acked_, unknown_, sent_again_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<int, Verdict>> verdicts_;
};

struct KafkaFaultsTest : testing::Test {
  void SetUp() override { KINDRED_NEEDS_KAFKA(); }

  /// The law, over what a tail saw of a run in which `count` entries were acknowledged.
  static void expect_law(const std::vector<ports::LogEntry>& entries, int count, const Sender& sender) {
    std::map<Bytes, int> times;
    int last = -1;
    for (const auto& entry : entries) {
      ++times[entry.bytes];
      const int number = std::stoi(entry.bytes.substr(6));
      if (sender.sent_again().contains(number)) continue;
      EXPECT_GT(number, last) << "out of order";
      last = number;
    }
    EXPECT_EQ(times.size(), static_cast<std::size_t>(count)) << "something acknowledged is missing";
    for (const auto& [bytes, n] : times) {
      const bool once = n == 1 || sender.unknown().contains(std::stoi(bytes.substr(6)));
      EXPECT_TRUE(once) << bytes << " stands " << n << " times";
    }
  }
  static std::vector<ports::LogEntry> everything(KafkaLog& log) {
    std::vector<ports::LogEntry> all;
    const auto bounds = log.bounds(kStream).value();
    for (auto at = bounds.begin; at < bounds.end;) {
      auto entries = log.read(kStream, at, 1 << 20);
      if (!entries.ok() || entries.value().empty()) break;
      at = entries.value().back().offset + 1;
      for (auto& entry : entries.value()) all.push_back(std::move(entry));
    }
    return all;
  }
  static bool equal(const std::vector<ports::LogEntry>& left, const std::vector<ports::LogEntry>& right) {
    return std::ranges::equal(
        left, right, [](const auto& l, const auto& r) { return l.offset == r.offset && l.bytes == r.bytes; });
  }

  const KafkaPlaceForTests place;
};

TEST_F(KafkaFaultsTest, ABrokerThatStopsForAMomentCostsNoVerdict) {
  const auto log = place.open();
  ASSERT_NE(log, nullptr);
  Sender sender(*log, 3000);
  for (std::size_t round = 1; round <= 5; ++round) {
    sender.run_until(500 * round);
    shared_broker().freeze();
    ASSERT_TRUE(shared_broker().look_again());
    shared_broker().thaw();
  }
  sender.finish();
  EXPECT_TRUE(sender.unknown().empty());
  expect_law(everything(*log), 3000, sender);
}

TEST_F(KafkaFaultsTest, ABrokerThatStopsForLongLeavesEntriesUnknownAndIsFoundAgain) {
  auto settings = place.settings();
  settings.message_timeout = std::chrono::milliseconds(1'500);
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  Reader reader;
  reader.open(*log, kStream, 0);
  Sender sender(*log, 3000);
  sender.run_until(1000);
  shared_broker().freeze();
  sender.run_until(3000, [&] { return !sender.unknown().empty(); });
  EXPECT_EQ(log->health().error(), LogError::kIo);
  EXPECT_NE(log->why().find("did not acknowledge within 1500 ms"), std::string::npos) << log->why();
  EXPECT_GE(log->probe().replaced(), 1u);
  shared_broker().thaw();
  sender.finish();
  EXPECT_TRUE(log->health().ok());
  const auto all = everything(*log);
  expect_law(all, 3000, sender);
  ASSERT_TRUE(reader.wait_for(all.size()));
  EXPECT_TRUE(equal(reader.got(), all)) << "a live tail and a reader of the past differ";
  EXPECT_TRUE(reader.errors().empty());
  reader.close();
}

TEST_F(KafkaFaultsTest, ABrokerThatIsKilledIsWaitedForAndNothingAcknowledgedIsLost) {
  auto settings = place.settings();
  settings.message_timeout = std::chrono::milliseconds(90'000); // the broker's start on a busy machine
  settings.look_again = std::chrono::milliseconds(200);
  settings.request_timeout = std::chrono::milliseconds(500);
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  Reader reader;
  reader.open(*log, kStream, 0);
  Sender sender(*log, 3000);
  sender.run_until(1000);
  shared_broker().kill();
  const auto give_up = std::chrono::steady_clock::now() + ports::kPatience;
  while (log->probe().state() != KafkaProbe::State::kBrokersLost) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "the loss is not shown";
    std::this_thread::yield();
  }
  EXPECT_TRUE(log->health().ok()) << "appends are still taken";
  shared_broker().start();
  sender.finish();
  EXPECT_TRUE(sender.unknown().empty()) << "they were waited for";
  const auto all = everything(*log);
  expect_law(all, 3000, sender);
  ASSERT_TRUE(reader.wait_for(all.size()));
  EXPECT_TRUE(equal(reader.got(), all));
  EXPECT_TRUE(reader.errors().empty()) << "a lost broker is waited for";
  reader.close();
}

/// Waits until it holds; the broker's pace.
template <class Holds>
bool soon(Holds&& holds) {
  const auto give_up = std::chrono::steady_clock::now() + ports::kPatience;
  while (!holds())
    if (std::chrono::steady_clock::now() > give_up || !shared_broker().look_again()) return false;
  return true;
}

TEST_F(KafkaFaultsTest, ATailThatHearsNothingSaysSinceWhen) {
  auto settings = place.settings();
  settings.hear_again = std::chrono::milliseconds(50);
  settings.request_timeout = std::chrono::milliseconds(500);
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  Reader reader;
  reader.open(*log, kStream, 0);
  const auto unheard = [&] { return log->unheard_for(kStream.partition); };
  const auto after_a_while = std::chrono::steady_clock::now() + std::chrono::milliseconds(1'500);
  ASSERT_TRUE(soon([&] { return std::chrono::steady_clock::now() > after_a_while && unheard() < kSecond; }))
      << "idle, it is heard all the time";
  shared_broker().freeze();
  EXPECT_TRUE(soon([&] { return kSecond * 2 < unheard(); }));
  shared_broker().thaw();
  EXPECT_TRUE(soon([&] { return unheard() < kSecond; }));
  EXPECT_TRUE(reader.errors().empty());
  reader.close();
}

TEST_F(KafkaFaultsTest, ATailThatIsNotConsumedIsNotHeard) {
  auto settings = place.settings();
  settings.hear_again = std::chrono::milliseconds(50);
  settings.tail_bytes_max = 1'000;
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  std::atomic<std::size_t> bytes{0};
  const auto subscription = log->tail(kStream, 0,
                                      {.on_entries =
                                           [&](std::vector<ports::LogEntry> entries) {
                                             for (const auto& entry : entries) bytes += entry.bytes.size();
                                           },
                                       .on_caught_up = {},
                                       .on_error = {}});
  Sender sender(*log, 500);
  sender.finish();
  EXPECT_TRUE(soon([&] { return kSecond < log->unheard_for(kStream.partition); }))
      << "its window is full: the leader has more";
  EXPECT_TRUE(soon([&] {
    subscription->consumed(bytes.exchange(0));
    return log->unheard_for(kStream.partition) < kSecond;
  }));
}

TEST_F(KafkaFaultsTest, ATailThatLacksWhatOthersWereAcknowledgedIsNotHeard) {
  auto settings = place.settings();
  settings.hear_again = std::chrono::milliseconds(50);
  settings.renew_after = std::chrono::milliseconds(200);
  settings.look_again = std::chrono::milliseconds(100);
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  Reader reader;
  reader.open(*log, kStream, 0);
  Sender first(*log, 50);
  first.finish();
  ASSERT_TRUE(reader.wait_for(50));
  EXPECT_EQ(log->acked_ends(), (std::vector<std::uint64_t>{0, 0, 50, 0}));
  const auto unheard = [&] { return log->unheard_for(kStream.partition); };
  log->acked_elsewhere({0, 0, 50});
  ASSERT_TRUE(soon([&] { return unheard() < kSecond; })) << "it has all of that";
  EXPECT_EQ(log->probe().tail_clients_renewed(), 0u);
  log->acked_elsewhere({0, 0, 90, 0, 1'000}); // its leader, which is alone, ends at 50
  EXPECT_TRUE(soon([&] { return kSecond < unheard(); }));
  EXPECT_TRUE(soon([&] { return log->probe().tail_clients_renewed() >= 3; })) << "one after another";
  EXPECT_EQ(log->acked_ends().at(2), 50u) << "others' are not told as its own";
  Sender second(*log, 40);
  second.finish();
  ASSERT_TRUE(reader.wait_for(90));
  EXPECT_TRUE(soon([&] { return unheard() < kSecond; }));
  EXPECT_TRUE(equal(reader.got(), everything(*log))) << "each once, whatever client brought it";
  EXPECT_TRUE(reader.errors().empty()) << "nothing of it says that the log went back";
  reader.close();
}

TEST_F(KafkaFaultsTest, AClientStaysWhileNoBrokerTellsAnotherOneWhoLeads) {
  auto settings = place.settings();
  settings.hear_again = std::chrono::milliseconds(50);
  settings.renew_after = std::chrono::milliseconds(200);
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  Reader reader;
  reader.open(*log, kStream, 0);
  Sender sender(*log, 60);
  sender.finish();
  ASSERT_TRUE(reader.wait_for(60));
  shared_broker().freeze();
  log->acked_elsewhere({0, 0, 61});
  const auto renewed = log->probe().tail_clients_renewed();
  EXPECT_TRUE(soon([&] { return kSecond * 2 < log->unheard_for(kStream.partition); }));
  EXPECT_EQ(log->probe().tail_clients_renewed(), renewed) << "others were made, and given up";
  shared_broker().thaw();
  Sender last(*log, 1);
  last.finish();
  ASSERT_TRUE(reader.wait_for(61));
  EXPECT_TRUE(soon([&] { return log->unheard_for(kStream.partition) < kSecond; }));
  EXPECT_TRUE(reader.errors().empty());
  reader.close();
}

TEST_F(KafkaFaultsTest, ALogThatLacksWhatWasAcknowledgedIsBelievedLater) {
  auto settings = place.settings();
  settings.hear_again = settings.try_again = std::chrono::milliseconds(50);
  settings.believe_after = std::chrono::milliseconds(50);
  settings.believe_denial_after = std::chrono::milliseconds(1'500);
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  log->acked_elsewhere({0, 0, 50});
  Reader reader;
  const auto began = std::chrono::steady_clock::now();
  reader.open(*log, kStream, 40);
  ASSERT_TRUE(reader.wait_error());
  EXPECT_EQ(reader.errors(), std::vector{LogError::kWentBack});
  EXPECT_GE(std::chrono::steady_clock::now() - began, settings.believe_denial_after);
  EXPECT_LT(kSecond, log->unheard_for(kStream.partition)) << "meanwhile it was not heard";
  reader.close();
}

TEST_F(KafkaFaultsTest, AFatalProducerIsReplaced) {
  const auto log = place.open();
  ASSERT_NE(log, nullptr);
  Sender sender(*log, 3000);
  for (std::size_t round = 1; round <= 3; ++round) {
    sender.run_until(700 * round);
    log->break_producer();
    while (log->probe().fatal() < round) ASSERT_TRUE(shared_broker().look_again());
  }
  sender.finish();
  EXPECT_GE(log->probe().replaced(), 3u);
  EXPECT_TRUE(log->health().ok());
  expect_law(everything(*log), 3000, sender);
}

TEST_F(KafkaFaultsTest, AnOffsetAfterARetryIsOfTheEntryOrLaterAndBelowTheEnd) {
  const auto log = place.open();
  ASSERT_NE(log, nullptr);
  ports::Verdicts verdicts;
  log->produce(kStream, "first", verdicts.taker());
  ASSERT_TRUE(verdicts.wait_for(1));
  shared_broker().freeze();
  for (int i = 0; i < 10; ++i) log->produce(kStream, "held", verdicts.taker());
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
  while (std::chrono::steady_clock::now() < until) ASSERT_TRUE(shared_broker().look_again());
  shared_broker().thaw();
  ASSERT_TRUE(verdicts.wait_for(11));
  EXPECT_GE(log->probe().doubtful(), 10u) << "older than a retry needs";
  const auto all = everything(*log);
  ASSERT_EQ(all.size(), 11u);
  for (std::size_t i = 0; i < 11; ++i) {
    const Verdict verdict = verdicts.got()[i].second;
    ASSERT_EQ(verdict.kind, Verdict::Kind::kAcked);
    EXPECT_GE(verdict.offset, all[i].offset);
    EXPECT_LE(verdict.offset, all.back().offset);
  }
}

TEST_F(KafkaFaultsTest, ClosingGivesEveryVerdict) {
  ports::Verdicts verdicts;
  {
    const auto log = place.open();
    for (int i = 0; i < 2000; ++i) log->produce(kStream, "x", verdicts.taker());
  }
  EXPECT_EQ(verdicts.count(Verdict::Kind::kAcked), 2000u);
  {
    auto settings = place.settings();
    settings.message_timeout = std::chrono::milliseconds(500);
    const auto log = KafkaPlaceForTests::open(settings);
    shared_broker().freeze();
    for (int i = 0; i < 100; ++i) log->produce(kStream, "y", verdicts.taker());
  }
  shared_broker().thaw();
  EXPECT_EQ(verdicts.got().size(), 2100u);
  EXPECT_EQ(verdicts.count(Verdict::Kind::kUnknown), 100u);
}

} // namespace
} // namespace kindred::adapters
