#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>

namespace kindred::adapters {

/// What an allocator can tell and do of the pages that it holds free. Both on any thread.
struct FreePagesOf {
  std::function<std::size_t()> free_bytes;          ///< held free, not given back
  std::function<void(std::size_t bytes)> give_back; ///< at least so many, to the kernel
};

/// The process's own: tcmalloc where the program is linked with it (docs/decisions/0010); else both do nothing.
FreePagesOf own_free_pages();

/// Gives the pages that an allocator holds free back to the kernel, a little at a time. tcmalloc gives back by itself so
/// slowly that a load of minutes (an ingest, a round) stands in the resident memory for hours.
///
/// A thread of its own, joined by the destructor. What it costs: giving a page back and taking it again is about a
/// microsecond, so kAtOnce each kEvery is a few per cent of a core at most, and while there is more than kMany, which a
/// load leaves that is no longer, or another one than before, up to a tenth.
class FreePages {
public:
  static constexpr std::size_t kKept = 64 << 20;  ///< bytes that stay, for what is allocated next
  static constexpr std::size_t kAtOnce = 8 << 20; ///< the allocator is locked meanwhile, about a millisecond
  static constexpr std::chrono::milliseconds kEvery{100};
  static constexpr std::size_t kMany = 128 << 20; ///< bytes, past which it is done kTimesFaster
  static constexpr int kTimesFaster = 5;

  /// From one look to the next, where so much was free.
  static constexpr std::chrono::milliseconds pause(std::size_t free, std::chrono::milliseconds every) {
    return free > kMany ? every / kTimesFaster : every;
  }

  explicit FreePages(FreePagesOf pages, std::chrono::milliseconds every = kEvery);
  ~FreePages();

private:
  void run();

  const FreePagesOf pages_;
  const std::chrono::milliseconds every_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

} // namespace kindred::adapters
