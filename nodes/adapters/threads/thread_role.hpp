#pragma once

namespace kindred::adapters {

/// What a thread's work is worth where there are fewer cores than work.
enum class Share {
  kAnswers,  ///< somebody waits for it: as much as it asks for
  kPassesOn, ///< it has little to do and others wait for it: it takes the core as soon as it is woken
  kBehind,   ///< nobody waits for it, it must only keep up: about a tenth of that
};

/// The process's threads, those that begin later among them, run what they have before another that woke up takes the core
/// (SCHED_BATCH). A request goes through four threads; taking turns at each wake-up costs more than the requests do.
/// False: the kernel refused; nothing else is different then. Call before the first thread begins.
bool run_in_batches();

/// The policy of threads that pass on, for libraries that make their own.
inline constexpr int kPassesOnPolicy = 0; // SCHED_OTHER

/// Names the calling thread, for top, perf and debuggers (15 characters are kept), and gives it its share.
void take_role(const char* name, Share share);

} // namespace kindred::adapters
