#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "actors/supervision/contract.hpp"

namespace kindred::actors::supervision {
namespace {

/// What the supervisor did, seen from the test's thread; waits for conditions, never for time.
struct Seen {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<caf::actor> made;
  std::vector<std::string> restarts;

  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return made.size() >= count; }));
  }
  caf::actor last() {
    const std::lock_guard lock(mutex);
    return made.back();
  }
};

/// As the server runs its actors; the other policy's queue has locks of its own, which the thread sanitizer cannot see in a
/// library that was not built for it.
struct SharingThreads : caf::actor_system_config {
  SharingThreads() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
  }
};

/// A class: CAF 0.17 takes what is behind a null pointer to spawn a function without arguments.
struct Idle : caf::event_based_actor {
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

/// Counted off before its supervisor is told that it is gone, which an attached functor need not be.
struct Counted : Idle {
  Counted(caf::actor_config& config, std::atomic<int>& living) : Idle(config), living(living) {}
  void on_exit() override { --living; }
  std::atomic<int>& living;
};

TEST(Supervision, WhatEndsIsMadeAgainAndWhatIsShutDownIsNot) {
  SharingThreads config;
  caf::actor_system system(config);
  Seen seen;
  const auto make = [&] {
    const auto actor = caf::actor_cast<caf::actor>(system.spawn<Idle>());
    const std::lock_guard lock(seen.mutex);
    seen.made.push_back(actor);
    seen.changed.notify_all();
    return actor;
  };
  {
    const auto supervisor = spawn(system, {{"only", make}},
                                  [&](const std::string& name, const std::string&, Duration) {
                                    const std::lock_guard lock(seen.mutex);
                                    seen.restarts.push_back(name);
                                  },
                                  {});
    seen.wait_for(1);
    caf::anon_send_exit(seen.last(), caf::exit_reason::unhandled_exception);
    seen.wait_for(2);
    caf::anon_send_exit(seen.last(), caf::exit_reason::kill);
    seen.wait_for(3);
    caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
  }
  system.await_all_actors_done(); // it ended its child
  EXPECT_EQ(seen.made.size(), 3u);
  EXPECT_EQ(seen.restarts, (std::vector<std::string>{"only", "only"}));
  seen.made.clear();
}

TEST(Supervision, WhatCannotBeMadeNowIsTriedAgain) {
  SharingThreads config;
  caf::actor_system system(config);
  Seen seen;
  int attempts = 0;
  const auto supervisor = spawn(system,
                                {{"late",
                                  [&]() -> caf::actor {
                                    if (++attempts < 3) return nullptr;
                                    const auto actor = caf::actor_cast<caf::actor>(system.spawn<Idle>());
                                    const std::lock_guard lock(seen.mutex);
                                    seen.made.push_back(actor);
                                    seen.changed.notify_all();
                                    return actor;
                                  }}},
                                [](const std::string&, const std::string&, Duration) {}, {});
  seen.wait_for(1);
  EXPECT_EQ(attempts, 3);
  caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
  system.await_all_actors_done();
  seen.made.clear();
}

TEST(Supervision, WhatIsNotWantedIsNotMadeAndWantedAgainItIsMadeOnceItIsGone) {
  SharingThreads config;
  caf::actor_system system(config);
  Seen seen;
  std::atomic<int> living{0};
  std::atomic<bool> two_at_once{false};
  const auto make = [&] {
    if (++living > 1) two_at_once = true;
    const auto actor = caf::actor_cast<caf::actor>(system.spawn<Counted>(std::ref(living)));
    const std::lock_guard lock(seen.mutex);
    seen.made.push_back(actor);
    seen.changed.notify_all();
    return actor;
  };
  const auto supervisor = spawn(
      system,
      {{"other", [&] { return caf::actor_cast<caf::actor>(system.spawn<Idle>()); }}, {"shard", make, false}},
      [&](const std::string& name, const std::string&, Duration) {
        const std::lock_guard lock(seen.mutex);
        seen.restarts.push_back(name);
      },
      {});
  caf::anon_send(supervisor, Want{1, false});
  caf::anon_send(supervisor, Want{1, true});
  seen.wait_for(1);
  for (int i = 0; i < 50; ++i) {
    caf::anon_send(supervisor, Want{1, false});
    caf::anon_send(supervisor, Want{1, true});
    seen.wait_for(static_cast<std::size_t>(2 + i));
  }
  EXPECT_FALSE(two_at_once) << "two of one partition at once would write over each other";
  caf::anon_send_exit(seen.last(), caf::exit_reason::unhandled_exception);
  seen.wait_for(52);
  caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
  system.await_all_actors_done();
  EXPECT_EQ(seen.restarts, std::vector<std::string>{"shard"});
  seen.made.clear();
}

} // namespace
} // namespace kindred::actors::supervision
