#pragma once

#include <filesystem>
#include <utility>

#include "engine/base/result.hpp"
#include "nodes/adapters/rocksdb/open_failure.hpp"

namespace kindred::adapters {

/// Holds a directory for one owner: an advisory lock (flock) on its file OWNER, which names the process. Made if it does
/// not exist. Ends with the owner, also when the process is killed. Move-only.
class DirectoryLock {
public:
  /// kInUse if another process, or another owner in this one, holds it.
  static Result<DirectoryLock, OpenFailure> take(const std::filesystem::path& directory);

  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~DirectoryLock();

private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

} // namespace kindred::adapters
