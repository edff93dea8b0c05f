#include "nodes/adapters/threads/thread_role.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kindred::adapters {
namespace {

struct Role {
  std::string name;
  int niceness = 0;
};

/// What the kernel says of a thread that took a role.
Role taken(const char* name, Share share) {
  Role role;
  std::thread([&] {
    take_role(name, share);
    std::array<char, 16> kept{};
    pthread_getname_np(pthread_self(), kept.data(), kept.size());
    role = {kept.data(), getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()))};
  }).join();
  return role;
}

TEST(ThreadRole, ThreadsHaveNames) {
  EXPECT_EQ(taken("logWriter", Share::kAnswers).name, "logWriter");
  EXPECT_EQ(taken("a name longer than the kernel keeps", Share::kAnswers).name, "a name longer t");
}

TEST(ThreadRole, WorkNobodyWaitsForIsNicerThanTheRest) {
  const int own = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
  EXPECT_EQ(taken("answers", Share::kAnswers).niceness, own);
  EXPECT_EQ(taken("behind", Share::kBehind).niceness, std::min(own + 10, 19));
  EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())), own) << "the thread alone, not its maker";
}

// In a process of its own: it cannot be taken back.
TEST(ThreadRole, BatchesHoldForThreadsThatBeginLater) {
  const pid_t child = fork();
  if (child == 0) {
    if (!run_in_batches()) _exit(2);
    int policy = -1;
    std::thread([&] { policy = sched_getscheduler(0); }).join();
    int passes_on = -1;
    std::thread([&] {
      take_role("passesOn", Share::kPassesOn);
      passes_on = sched_getscheduler(0);
    }).join();
    _exit(policy == SCHED_BATCH && passes_on == kPassesOnPolicy ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

} // namespace
} // namespace kindred::adapters
