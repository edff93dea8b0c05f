#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/replay/messages.hpp"
#include "actors/replay/probe.hpp"
#include "tests/support/hand_clock.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::actors::replay {
namespace {

constexpr Instant kNow{1'750'000'000'000'000};

/// A decision that stands nowhere: the log is empty.
Recall lost(std::uint64_t job, std::uint16_t partition = 0) {
  Recall recall;
  recall.job = job;
  recall.partition = {partition};
  recall.tenant = kDefaultTenant;
  recall.decision = {1, job};
  recall.again = job % 2 == 0;
  recall.now = kNow;
  return recall;
}

const api::Error* error_of(const Recalled& recalled) { return std::get_if<api::Error>(&recalled.body); }

// The test scheduler runs actors only when told to: no threads, no sleeping, no luck.
struct ReplayShell : testing::Test {
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  support::MemoryLog log{{.partitions = 4}};
  support::HandClock clock;
  Probe probe;
  std::vector<Recalled> told;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());

  Actor start() {
    return spawn(system, {log, clock, probe, [this](Recalled one) { told.push_back(std::move(one)); }},
                 false);
  }
  void end(const Actor& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    scheduler.run();
  }
};

TEST_F(ReplayShell, AnswersEveryJobToTheShardItCameFrom) {
  const auto actor = start();
  for (std::uint64_t job = 1; job <= 5; ++job)
    caf::anon_send(actor, lost(job, static_cast<std::uint16_t>(job % 4)));
  scheduler.run();
  ASSERT_EQ(told.size(), 5u);
  for (std::uint64_t job = 1; job <= 5; ++job) {
    EXPECT_EQ(told[job - 1].job, job) << "in the order they came";
    EXPECT_EQ(told[job - 1].partition.value, job % 4);
    EXPECT_NE(error_of(told[job - 1]), nullptr) << "the log has no such record";
  }
  EXPECT_EQ(probe.replays(), 2u);
  EXPECT_EQ(probe.explanations(), 3u);
  EXPECT_EQ(probe.waiting(), 0u);
  end(actor);
}

TEST_F(ReplayShell, WorksOnWithoutBeingToldAndRestsWhenThereIsNothingToDo) {
  const auto actor = start();
  caf::anon_send(actor, lost(1));
  scheduler.run();
  EXPECT_EQ(told.size(), 1u);
  EXPECT_FALSE(scheduler.has_job()) << "it does not pulse for nothing";
  caf::anon_send(actor, lost(2));
  scheduler.run();
  EXPECT_EQ(told.size(), 2u) << "and begins again";
  end(actor);
}

TEST_F(ReplayShell, TheClockOfThePulseIsThatOfThePort) {
  const auto actor = start();
  Recall late = lost(1);
  late.deadline_us = clock.steady_us();
  Recall in_time = lost(2);
  in_time.deadline_us = clock.steady_us() + 1;
  caf::anon_send(actor, late);
  caf::anon_send(actor, in_time);
  scheduler.run();
  ASSERT_EQ(told.size(), 2u);
  ASSERT_NE(error_of(told[0]), nullptr);
  EXPECT_EQ(error_of(told[0])->code, api::ErrorCode::kDeadlineExceeded);
  ASSERT_NE(error_of(told[1]), nullptr);
  EXPECT_NE(error_of(told[1])->code, api::ErrorCode::kDeadlineExceeded);
  end(actor);
}

TEST_F(ReplayShell, EndsInTheMiddleOfItsWork) {
  const auto actor = start();
  for (std::uint64_t job = 1; job <= 3; ++job) caf::anon_send(actor, lost(job));
  scheduler.run_once(); // whatever it has done by now, it is not finished
  end(actor);
  EXPECT_LE(told.size(), 3u);
  EXPECT_EQ(system.registry().running(), 0u);
}

TEST_F(ReplayShell, WorksInAThreadOfItsOwn) {
  // Nothing but a real thread shows that: wait for the answer, which is what shards do.
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::uint64_t> jobs;
  const auto actor = spawn(system, {log, clock, probe, [&](Recalled one) {
                                      const std::lock_guard lock(mutex);
                                      jobs.push_back(one.job);
                                      changed.notify_all();
                                    }});
  caf::anon_send(actor, lost(4));
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return jobs.size() == 1; }));
    EXPECT_EQ(jobs, (std::vector<std::uint64_t>{4}));
  }
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  system.await_all_actors_done(); // it calls into what is on this stack
}

} // namespace
} // namespace kindred::actors::replay
