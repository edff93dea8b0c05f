#include "nodes/adapters/allocator/free_pages.hpp"

#include <algorithm>

#include "nodes/adapters/threads/thread_role.hpp"

// gperftools' malloc_extension_c.h, weak: a program with another allocator links too.
extern "C" {
int MallocExtension_GetNumericProperty(const char* property, std::size_t* value) __attribute__((weak));
void MallocExtension_ReleaseToSystem(std::size_t bytes) __attribute__((weak));
}

namespace kindred::adapters {

FreePagesOf own_free_pages() {
  return {[]() -> std::size_t {
            std::size_t bytes = 0;
            if (MallocExtension_GetNumericProperty == nullptr ||
                MallocExtension_GetNumericProperty("tcmalloc.pageheap_free_bytes", &bytes) == 0)
              return 0;
            return bytes;
          },
          [](std::size_t bytes) {
            if (MallocExtension_ReleaseToSystem != nullptr) MallocExtension_ReleaseToSystem(bytes);
          }};
}

FreePages::FreePages(FreePagesOf pages, std::chrono::milliseconds every)
    : pages_(std::move(pages)), every_(every), thread_([this] { run(); }) {}

FreePages::~FreePages() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void FreePages::run() {
  take_role("freePages", Share::kAnswers); // put aside with the allocator locked, it would hold up everybody
  std::unique_lock lock(mutex_);
  auto until_next = every_;
  while (!changed_.wait_for(lock, until_next, [this] { return ending_; })) {
    const std::size_t free = pages_.free_bytes();
    if (free > kKept) pages_.give_back(std::min(free - kKept, kAtOnce));
    until_next = pause(free, every_);
  }
}

} // namespace kindred::adapters
