#include "nodes/adapters/threads/thread_role.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace kindred::adapters {

namespace {
constexpr int kBehindNicer = 10; // than the process
constexpr int kNiceMost = 19;
constexpr std::size_t kNameBytes = 16; // the kernel's, the end's zero among them
} // namespace

bool run_in_batches() {
  const sched_param none{};
  return sched_setscheduler(0, SCHED_BATCH, &none) == 0;
}

void take_role(const char* name, Share share) {
  std::array<char, kNameBytes> kept{};
  std::strncpy(kept.data(), name, kept.size() - 1);
  pthread_setname_np(pthread_self(), kept.data());
  if (share == Share::kAnswers) return;
  if (share == Share::kPassesOn) {
    const sched_param none{};
    pthread_setschedparam(pthread_self(), kPassesOnPolicy, &none);
    return;
  }
  // Linux keeps niceness by thread; the first thread's is the process's own. It may only go up without rights.
  const int own = getpriority(PRIO_PROCESS, static_cast<id_t>(getpid()));
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), std::min(own + kBehindNicer, kNiceMost));
}

} // namespace kindred::adapters
