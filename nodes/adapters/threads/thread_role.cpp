#include "nodes/adapters/threads/thread_role.hpp"

#include <array>
#include <cstring>

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace kindred::adapters {

namespace {
constexpr int kBehindNice = 10;
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
  // Linux keeps niceness by thread. It may only go up without rights: a thread keeps its first share.
  if (share == Share::kBehind) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kBehindNice);
}

} // namespace kindred::adapters
