#include "nodes/kindredctl/import_batches.hpp"

#include <map>
#include <mutex>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/profiles/watermarks.hpp"
#include "tests/support/scripted_server.hpp"

namespace kindred::ctl {
namespace {

using support::accept_all;
using support::ScriptedServer;

api::Track track(const std::string& user) {
  api::Track track;
  track.event.user_id = user;
  return track;
}

client::Options options(const ScriptedServer& server, std::uint32_t deadline_ms = 2'000) {
  client::Options options;
  options.endpoint = server.endpoint();
  options.learn_nodes = false; // the script answers what the test asks
  options.deadline_ms = deadline_ms;
  options.try_ms = 20;
  return options;
}

std::uint64_t sequence_of(const api::Query& query) {
  return std::get<api::Track>(query).event.producer->sequence;
}

/// What the requests of an import asked, as sequences.
class Asked {
public:
  /// How many requests came before this one.
  std::size_t note(const api::Request& request) {
    const std::lock_guard lock(mutex_);
    all_.emplace_back();
    for (const auto& query : request.queries) all_.back().push_back(sequence_of(query));
    return all_.size() - 1;
  }
  std::vector<std::vector<std::uint64_t>> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::vector<std::uint64_t>> all_;
};

TEST(ImportBatches, LinesGoUnderTheirProducerAndNumber) {
  api::Track seen;
  ScriptedServer server([&](const api::Request& request) {
    seen = std::get<api::Track>(request.queries.at(0));
    return std::vector{accept_all(request)};
  });
  client::Client client(options(server));
  ImportBatches batches(client, "shop", 4);
  batches.add(17, track("ann"), 100);
  batches.reject(18, {api::ErrorCode::kMalformed, "no JSON", 0});
  batches.finish();
  EXPECT_EQ(seen.event.producer, (records::Producer{"shop", 4, 17}));
  EXPECT_EQ(seen.flags, records::flags::kImport);
  EXPECT_EQ(batches.tally().accepted, 1u);
  EXPECT_EQ(batches.tally().rejected, 1u);
  EXPECT_FALSE(batches.stopped());
}

/// The gateway may have room for one partition and not for another: what it had none for goes before anything later.
TEST(ImportBatches, WhatHadNoRoomGoesBeforeAnythingLater) {
  Asked asked;
  ScriptedServer server([&](const api::Request& request) {
    api::Answer answer = accept_all(request);
    if (asked.note(request) == 0)
      for (const std::size_t line : {2, 5})
        answer.bodies[line] = api::Error{api::ErrorCode::kOverloaded, "the log's queue is full", 1};
    return std::vector{answer};
  });
  client::Client client(options(server));
  ImportBatches batches(client, "shop", 1);
  for (std::uint32_t n = 1; n <= 8; ++n) batches.add(n, track("ann"), ImportBatches::kBytesPerEnvelope / 6);
  batches.finish();
  using Sequences = std::vector<std::uint64_t>;
  EXPECT_EQ(asked.all(), (std::vector<Sequences>{{1, 2, 3, 4, 5, 6}, {3, 6}, {7, 8}}));
  EXPECT_EQ(batches.tally().accepted, 8u);
  EXPECT_EQ(batches.tally().rejected, 0u);
}

TEST(ImportBatches, ALineThatIsWrongIsPassedOver) {
  ScriptedServer server([](const api::Request& request) {
    api::Answer answer = accept_all(request);
    answer.bodies[1] = api::Error{api::ErrorCode::kInvalidPrice, "negative", 0};
    return std::vector{answer};
  });
  client::Client client(options(server));
  ImportBatches batches(client, "shop", 1);
  for (std::uint32_t n = 1; n <= 3; ++n) batches.add(n, track("ann"), 100);
  batches.finish();
  EXPECT_EQ(batches.tally().accepted, 2u);
  ASSERT_EQ(batches.tally().errors.size(), 1u);
  EXPECT_EQ(batches.tally().errors[0].line, 2u);
  EXPECT_FALSE(batches.stopped());
}

TEST(ImportBatches, StopsWhereItCannotGoOnAndSendsNothingLater) {
  Asked asked;
  ScriptedServer server([&](const api::Request& request) {
    const bool first = asked.note(request) == 0;
    return std::vector{first ? accept_all(request) : support::refuse(request, api::ErrorCode::kNotReady, 1)};
  });
  client::Client client(options(server, 20));
  ImportBatches batches(client, "shop", 1);
  for (std::uint32_t n = 1; n <= 4; ++n) batches.add(n, track("ann"), ImportBatches::kBytesPerEnvelope);
  batches.finish();
  ASSERT_TRUE(batches.stopped());
  EXPECT_EQ(batches.stopped()->line, 2u);
  EXPECT_EQ(batches.stopped()->code, kUnavailable);
  EXPECT_FALSE(batches.stopped()->why.empty());
  EXPECT_EQ(batches.tally().accepted, 1u);
  EXPECT_EQ(batches.tally().rejected, 0u) << "what became of the rest is not known";
  for (const auto& sequences : asked.all()) EXPECT_LE(sequences.back(), 2u);
}

TEST(ImportBatches, ATenantThatIsNotThereStopsAtOnce) {
  ScriptedServer server([](const api::Request& request) {
    return std::vector{support::refuse(request, api::ErrorCode::kUnknownTenant, 0)};
  });
  client::Client client(options(server));
  ImportBatches one(client, "shop", 1), two(client, "shop", 1);
  one.add(1, track("ann"), 100);
  one.finish();
  two.add(1, track("ann"), 100);
  two.add(2, track("ann"), 100);
  two.finish();
  EXPECT_EQ(server.requests(), 2);
  for (const auto* batches : {&one, &two}) {
    ASSERT_TRUE(batches->stopped())
        << "later lines, once the tenant is there, would leave these behind for good";
    EXPECT_EQ(batches->stopped()->line, 1u);
    EXPECT_EQ(batches->stopped()->code, kRefused);
  }
}

TEST(ImportBatches, AnEnvelopeTooLargeIsCutAndALineTooLargeRefused) {
  ScriptedServer server([](const api::Request& request) { return std::vector{accept_all(request)}; });
  client::Client client(options(server));
  ImportBatches batches(client, "shop", 1);
  for (std::uint32_t n = 1; n <= 40; ++n) {
    api::Track large = track("ann");
    large.event.page = std::string(n == 23 ? api::kRequestBytesMax : 60'000, 'x');
    batches.add(n, std::move(large), 10); // estimated far too low
  }
  batches.finish();
  EXPECT_FALSE(batches.stopped());
  EXPECT_EQ(batches.tally().accepted, 39u);
  ASSERT_EQ(batches.tally().errors.size(), 1u);
  EXPECT_EQ(batches.tally().errors[0].line, 23u);
  EXPECT_EQ(batches.tally().errors[0].error.code, api::ErrorCode::kTooLarge);
}

/// A server of four partitions that refuses, loses answers, takes what it does not confirm, and takes requests twice; each
/// partition drops what its watermark has passed, as the fold does.
class Troubled {
public:
  static constexpr std::uint16_t kPartitions = 4;
  explicit Troubled(std::uint64_t seed) : random_(seed) {}

  std::vector<api::Answer> serve(const api::Request& request) {
    const std::lock_guard lock(mutex_);
    if (chance(10)) return {}; // lost on its way
    if (chance(10)) return {support::refuse(request, api::ErrorCode::kOverloaded, 1)};
    std::map<std::uint16_t, api::ErrorCode>
        refused; // an entry for a partition is taken or refused as a whole
    for (std::uint16_t p = 0; p < kPartitions; ++p)
      if (chance(15))
        refused[p] = chance(50) ? api::ErrorCode::kLogUnavailable : api::ErrorCode::kUnknownOutcome;
    api::Answer answer = accept_all(request);
    for (std::size_t i = 0; i < request.queries.size(); ++i) {
      const auto& event = std::get<api::Track>(request.queries[i]).event;
      const auto p = partition_of(slot_of(kDefaultTenant, event.user_id), kPartitions).value;
      const auto error = refused.find(p);
      if (error == refused.end() || error->second == api::ErrorCode::kUnknownOutcome)
        fold(p, *event.producer);
      if (error != refused.end()) answer.bodies[i] = api::Error{error->second, "trouble", 1};
    }
    if (chance(10)) return {}; // taken, but the answer is lost
    return {answer};
  }

  std::map<std::uint64_t, int> counted() const {
    const std::lock_guard lock(mutex_);
    return counted_;
  }

private:
  bool chance(std::uint64_t percent) { return random_.below(100) < percent; }
  void fold(std::uint16_t partition, const records::Producer& producer) {
    if (partitions_[partition].take(kDefaultTenant, producer) == profiles::Watermarks::Verdict::kNew)
      ++counted_[producer.sequence];
  }

  mutable std::mutex mutex_;
  Random random_;
  std::map<std::uint16_t, profiles::Watermarks> partitions_;
  std::map<std::uint64_t, int> counted_;
};

TEST(ImportBatches, EveryAcceptedLineCountsOnceWhateverHappensOnTheWay) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    Troubled troubled(seed);
    ScriptedServer server([&](const api::Request& request) { return troubled.serve(request); });
    client::Client client(options(server));
    constexpr std::uint32_t kLines = 300;
    for (const std::uint32_t until : {170u, kLines, kLines}) { // interrupted, run again, and again
      ImportBatches batches(client, "shop", 1);
      for (std::uint32_t n = 1; n <= until; ++n)
        batches.add(n, track("user" + std::to_string(n % 23)), ImportBatches::kBytesPerEnvelope / 30);
      batches.finish();
      EXPECT_EQ(batches.tally().accepted, until) << "seed " << seed;
      EXPECT_FALSE(batches.stopped());
    }
    const auto counted = troubled.counted();
    ASSERT_EQ(counted.size(), kLines) << "seed " << seed;
    for (const auto& [sequence, times] : counted) EXPECT_EQ(times, 1) << sequence;
  }
}

} // namespace
} // namespace kindred::ctl
