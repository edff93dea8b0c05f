#include "nodes/adapters/kafka/kafka_log.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "nodes/adapters/kafka/client_conf.hpp"
#include "nodes/adapters/kafka/kafka_life.hpp"
#include "nodes/adapters/kafka/topic_plan.hpp"
#include "tests/actors/ports/log_world.hpp"
#include "tests/nodes/adapters/kafka/kafka_place.hpp"

// What is KafkaLog's own: opening, its topics, their life. Lost brokers: kafka_faults_test.cpp. The port itself:
// kafka_log_conformance_test.cpp.

namespace kindred::adapters {
namespace {

using ports::LogError;
using ports::Reader;
using ports::Verdict;
using ports::Verdicts;
using records::Stream;
using Settings = std::vector<std::pair<std::string, std::string>>;

constexpr Stream kZero{records::Topic::kEvents, {0}};
constexpr Stream kOne{records::Topic::kEvents, {1}};

const std::vector<std::string> kAll{"events", "control", "models", "library", "life"};

struct KafkaLogTest : testing::Test {
  void SetUp() override { KINDRED_NEEDS_KAFKA(); }

  Settings safe() const { return TopicPlan(place.settings()).wanted(); }
  /// As it should be, but for one setting.
  Settings safe_but(const std::string& name, const std::string& value) const {
    auto settings = safe();
    for (auto& setting : settings) {
      if (setting.first == name) setting.second = value;
    }
    return settings;
  }
  static KafkaFailure refused(const KafkaSettings& with) {
    auto log = KafkaLog::open(with);
    if (!log.ok()) return log.error();
    ADD_FAILURE() << "opened";
    return {};
  }
  static Verdict put(KafkaLog& log, const Stream& stream, Bytes entry) {
    Verdicts verdicts;
    log.produce(stream, std::move(entry), verdicts.taker());
    EXPECT_TRUE(verdicts.wait_for(1));
    return verdicts.got().front().second;
  }

  const KafkaPlaceForTests place;
};

TEST_F(KafkaLogTest, TopicsThatAnOperatorMadeAreTakenAsTheyAre) {
  place.make(kAll, 4, safe());
  auto settings = place.settings();
  settings.make_topics = false;
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(put(*log, kZero, "x").kind, Verdict::Kind::kAcked);
}

TEST_F(KafkaLogTest, MissingTopicsAreNamedWithAllThatTheyNeed) {
  auto settings = place.settings();
  settings.make_topics = false;
  const auto failure = refused(settings);
  EXPECT_EQ(failure.code, KafkaOpenError::kNoTopics);
  for (const auto& name : kAll)
    EXPECT_NE(failure.what.find(place.topic(name)), std::string::npos) << failure.what;
  EXPECT_NE(failure.what.find("retention.ms=-1"), std::string::npos) << failure.what;
}

TEST_F(KafkaLogTest, UnsafeTopicsAreRefusedWithWhatToSet) {
  const Settings unsafe{{"cleanup.policy", "compact"},    {"retention.ms", "86400000"},
                        {"retention.bytes", "1000000"},   {"unclean.leader.election.enable", "true"},
                        {"max.message.bytes", "1048588"}, {"segment.ms", "604800000"}};
  std::size_t i = 0;
  for (const auto& [name, value] : unsafe) {
    const KafkaPlaceForTests other;
    other.make({kAll[i % kAll.size()]}, 4, safe_but(name, value));
    const auto failure = refused(other.settings());
    EXPECT_EQ(failure.code, KafkaOpenError::kUnsafe) << name;
    EXPECT_NE(failure.what.find("topic " + other.topic(kAll[i % kAll.size()]) + ": " + name + " is " + value),
              std::string::npos)
        << failure.what;
    ++i;
  }
}

TEST_F(KafkaLogTest, TooFewReplicasAreRefused) {
  place.make(kAll, 4, safe());
  auto settings = place.settings();
  settings.replication = 3;
  settings.min_in_sync = 2;
  const auto failure = refused(settings);
  EXPECT_EQ(failure.code, KafkaOpenError::kUnsafe);
  EXPECT_NE(failure.what.find("it has 1 replicas, give it 3"), std::string::npos) << failure.what;
  EXPECT_NE(failure.what.find("min.insync.replicas is 1, set it to 2"), std::string::npos) << failure.what;
}

TEST_F(KafkaLogTest, TheNumberOfPartitionsIsFixed) {
  { const auto log = place.open(); }
  auto other = place.settings();
  other.partitions = 5;
  const auto failure = refused(other);
  EXPECT_EQ(failure.code, KafkaOpenError::kOtherPartitions);
  EXPECT_NE(failure.what.find("has 4 partitions, asked for are 5"), std::string::npos) << failure.what;
}

TEST_F(KafkaLogTest, NoBrokerIsSaidInTime) {
  auto settings = place.settings();
  settings.bootstrap = "127.0.0.1:1";
  settings.open_timeout = std::chrono::milliseconds(300);
  const auto failure = refused(settings);
  EXPECT_EQ(failure.code, KafkaOpenError::kUnreachable);
  EXPECT_NE(failure.what.find("bootstrap servers"), std::string::npos) << failure.what;
}

TEST_F(KafkaLogTest, ATopicThatIsGoneIsALossAndNotANewLog) {
  { const auto log = place.open(); }
  place.remove({"models"});
  const auto failure = refused(place.settings());
  EXPECT_EQ(failure.code, KafkaOpenError::kLost);
  EXPECT_NE(failure.what.find(place.topic("models")), std::string::npos) << failure.what;
}

TEST_F(KafkaLogTest, ATopicThatWasMadeAnewByHandIsNoticedAtTheStart) {
  for (const std::string name : {"events", "life"}) {
    const KafkaPlaceForTests other;
    { const auto log = other.open(); }
    other.remove({name});
    other.make({name}, 4, safe());
    const auto failure = refused(other.settings());
    EXPECT_EQ(failure.code, KafkaOpenError::kLost) << name;
  }
}

TEST_F(KafkaLogTest, ATrimmedTopicIsStillOfThisLife) {
  std::uint64_t life = 0;
  {
    const auto log = place.open();
    ASSERT_NE(log, nullptr);
    life = log->incarnation();
    const auto offset = put(*log, kZero, "x").offset;
    ASSERT_TRUE(log->trim(kZero, offset + 1).ok());
  }
  const auto log = place.open();
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->incarnation(), life);
}

TEST_F(KafkaLogTest, AMakingThatWasInterruptedIsFinished) {
  place.make(kAll, 4, safe());
  const auto settings = place.settings();
  const TopicPlan plan(settings);
  ASSERT_TRUE(KafkaScribe(settings, plan).write({kLifeTopic, 0}, encode({LifeNote::Kind::kLife, 77})));
  ASSERT_TRUE(KafkaScribe(settings, plan).write({1, 0}, encode({LifeNote::Kind::kLife, 77})));
  const auto log = place.open();
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->incarnation(), 77u);
  EXPECT_EQ(put(*log, kZero, "x").kind, Verdict::Kind::kAcked);
}

TEST_F(KafkaLogTest, NodesThatOpenAtOnceAgreeOnOneLife) {
  std::vector<std::unique_ptr<KafkaLog>> logs(4);
  std::vector<std::thread> nodes;
  for (auto& log : logs) nodes.emplace_back([&] { log = place.open(); });
  for (auto& node : nodes) node.join();
  for (const auto& log : logs) {
    ASSERT_NE(log, nullptr);
    EXPECT_EQ(log->incarnation(), logs.front()->incarnation());
  }
  EXPECT_EQ(logs[0]->bounds(kZero).value().begin, 0u);
  EXPECT_TRUE(logs[0]->read(kZero, 0, 100).value().empty()) << "notes are no entries";
}

TEST_F(KafkaLogTest, EpochsOfAllNodesAreDifferentAndGrow) {
  const auto first = place.open(), second = place.open();
  ASSERT_TRUE(first && second);
  std::mutex mutex;
  std::set<std::uint64_t> epochs;
  std::vector<std::thread> nodes;
  for (int i = 0; i < 4; ++i) {
    nodes.emplace_back([&, &log = i % 2 == 0 ? *first : *second] {
      std::uint64_t last = 0;
      for (int call = 0; call < 5; ++call) {
        const auto epoch = log.next_epoch();
        ASSERT_TRUE(epoch.ok());
        EXPECT_GT(epoch.value(), last);
        last = epoch.value();
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(epochs.insert(last).second) << "given twice";
      }
    });
  }
  for (auto& node : nodes) node.join();
  EXPECT_EQ(epochs.size(), 20u);
}

TEST_F(KafkaLogTest, WhatTheBrokerRefusesIsRefusedWithItsReason) {
  const auto log = place.open();
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(put(*log, kOne, Bytes(100'000, 'x')).kind, Verdict::Kind::kAcked);
  place.set("events", "max.message.bytes", "10000");
  Verdict verdict;
  do { // a broker needs a moment until it goes by a new setting
    verdict = put(*log, kOne, Bytes(100'000, 'y'));
  } while (verdict.kind == Verdict::Kind::kAcked);
  EXPECT_EQ(verdict.kind, Verdict::Kind::kRefused);
  EXPECT_EQ(verdict.error, LogError::kTooLarge);
  EXPECT_EQ(put(*log, kOne, "small").kind, Verdict::Kind::kAcked);
  EXPECT_EQ(log->bounds(kOne).value().end, log->probe().acked()) << "a refused entry stands in the log";
  EXPECT_GE(log->probe().broker_refusals(), 1u);
}

TEST_F(KafkaLogTest, ATailThatIsTrimmedAwayIsOutOfRange) {
  constexpr std::size_t kBytes = 3 << 20; // more than is fetched ahead, after three of them
  auto settings = place.settings();
  settings.tail_bytes_max = kBytes;
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  for (char c = 'a'; c < 'k'; ++c) ASSERT_EQ(put(*log, kOne, Bytes(kBytes, c)).kind, Verdict::Kind::kAcked);
  Reader reader(/*eager=*/false);
  reader.open(*log, kOne, 0);
  ASSERT_TRUE(reader.wait_for(1));
  ASSERT_TRUE(log->trim(kOne, log->bounds(kOne).value().end).ok());
  while (reader.errors().empty() && reader.got().size() < 10) {
    reader.consume_all();
    ASSERT_TRUE(shared_broker().look_again());
  }
  EXPECT_EQ(reader.errors(), std::vector{LogError::kOutOfRange});
  EXPECT_LT(reader.got().size(), 10u);
  reader.close();
}

TEST_F(KafkaLogTest, ATopicDeletedUnderATailEndsIt) {
  const auto log = place.open();
  ASSERT_NE(log, nullptr);
  put(*log, kZero, "x");
  Reader reader, idle;
  reader.open(*log, kZero, 0);
  idle.open(*log, {records::Topic::kModels, {}}, 0);
  ASSERT_TRUE(reader.wait_for(1));
  place.remove({"events"});
  ASSERT_TRUE(reader.wait_error());
  EXPECT_EQ(reader.errors(), std::vector{LogError::kNoStream});
  ASSERT_TRUE(idle.wait_error()) << "a log of which a part is gone is no log";
  const auto verdict = put(*log, kZero, "y");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kRefused);
  EXPECT_EQ(verdict.error, LogError::kNoStream);
  EXPECT_EQ(log->health().error(), LogError::kNoStream);
  EXPECT_NE(log->why().find("deleted or made anew"), std::string::npos) << log->why();
  EXPECT_EQ(log->probe().state(), KafkaProbe::State::kOtherLife);
  reader.close();
  idle.close();
}

TEST_F(KafkaLogTest, ATopicMadeAnewUnderATailEndsIt) {
  auto settings = place.settings();
  settings.look_again = std::chrono::milliseconds(50);
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  put(*log, kZero, "x");
  Reader reader;
  reader.open(*log, kZero, 0);
  ASSERT_TRUE(reader.wait_for(1));
  place.remove({"events"});
  place.make({"events"}, 4, safe());
  ASSERT_TRUE(reader.wait_error());
  EXPECT_TRUE(reader.errors() == std::vector{LogError::kWentBack} ||
              reader.errors() == std::vector{LogError::kNoStream})
      << ports::name_of(reader.errors().front());
  EXPECT_EQ(reader.got().size(), 1u);
  EXPECT_NE(put(*log, kZero, "y").kind, Verdict::Kind::kAcked) << "the offset goes back";
  while (log->health().ok()) ASSERT_TRUE(shared_broker().look_again());
  EXPECT_EQ(put(*log, kZero, "y").kind, Verdict::Kind::kRefused);
  EXPECT_EQ(put(*log, kOne, "y").kind, Verdict::Kind::kRefused);
  reader.close();
}

TEST_F(KafkaLogTest, AnEntryThatLandsInATopicMadeAnewIsNotAcknowledged) {
  auto settings = place.settings();
  settings.look_again = std::chrono::hours(1); // only the offset can tell
  const auto log = KafkaPlaceForTests::open(settings);
  ASSERT_NE(log, nullptr);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(put(*log, kOne, "x").kind, Verdict::Kind::kAcked);
  place.remove({"events"});
  place.make({"events"}, 4, safe());
  const auto verdict = put(*log, kOne, "y");
  EXPECT_NE(verdict.kind, Verdict::Kind::kAcked);
  while (log->health().ok()) ASSERT_TRUE(shared_broker().look_again());
  EXPECT_EQ(log->probe().state(), KafkaProbe::State::kOtherLife);
}

struct KafkaGuardedTest : KafkaLogTest {
  KafkaSettings guarded(const char* mechanism, const char* password) const {
    auto settings = place.settings();
    settings.bootstrap = shared_broker().guarded();
    settings.security = "SASL_SSL";
    settings.ca_file = shared_broker().certificate();
    settings.sasl_mechanism = mechanism;
    settings.user = support::KafkaBroker::kUser;
    settings.password = password;
    return settings;
  }
};

TEST_F(KafkaGuardedTest, ADoorWithAPasswordOpensToItsUserOnly) {
  auto wrong = guarded("PLAIN", "something else");
  wrong.open_timeout = std::chrono::milliseconds(1'500);
  EXPECT_EQ(refused(wrong).code, KafkaOpenError::kUnreachable);
  auto stranger = guarded("PLAIN", support::KafkaBroker::kPassword);
  stranger.ca_file.clear(); // the system's authorities do not know this broker
  stranger.open_timeout = std::chrono::milliseconds(1'500);
  EXPECT_EQ(refused(stranger).code, KafkaOpenError::kUnreachable);
  const auto log = KafkaPlaceForTests::open(guarded("PLAIN", support::KafkaBroker::kPassword));
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(put(*log, kZero, "x").kind, Verdict::Kind::kAcked);
  Reader reader;
  reader.open(*log, kZero, 0);
  EXPECT_TRUE(reader.wait_for(1));
  reader.close();
  EXPECT_TRUE(log->next_epoch().ok());
}

TEST_F(KafkaGuardedTest, ScramOpensOrItIsSaidWhyThisLibraryCannot) {
  auto settings = guarded("SCRAM-SHA-512", support::KafkaBroker::kPassword);
  settings.open_timeout = std::chrono::milliseconds(5'000);
  const auto log = KafkaLog::open(settings);
  if (rd_kafka_version() >= kKafkaScramMended) {
    EXPECT_TRUE(log.ok());
  } else {
    ASSERT_FALSE(log.ok()) << "it works after all: take the hint out";
    EXPECT_NE(log.error().what.find("SCRAM"), std::string::npos) << log.error().what;
  }
}

TEST_F(KafkaLogTest, LinesOfTheLibraryComeToTheCallback) {
  std::mutex mutex;
  std::string lines;
  auto settings = place.settings();
  settings.bootstrap = "127.0.0.1:1";
  settings.open_timeout = std::chrono::milliseconds(300);
  settings.on_log_line = [&](int, std::string_view line) {
    const std::lock_guard lock(mutex);
    lines += line;
  };
  refused(settings);
  EXPECT_NE(lines.find("127.0.0.1:1"), std::string::npos);
}

} // namespace
} // namespace kindred::adapters
