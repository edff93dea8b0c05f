#include "nodes/adapters/rocksdb/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace kindred::adapters {

namespace {

std::string owner_named_in(int fd) {
  char text[32] = {};
  const ssize_t size = ::pread(fd, text, sizeof text - 1, 0);
  if (size <= 0) return "another process";
  return "process " + std::string(text, std::strcspn(text, "\n"));
}

} // namespace

Result<DirectoryLock, OpenFailure> DirectoryLock::take(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    const bool denied = error == std::errc::permission_denied || error == std::errc::read_only_file_system;
    const bool full = error == std::errc::no_space_on_device;
    return OpenFailure{denied ? OpenError::kNoPermission
                       : full ? OpenError::kDiskFull
                              : OpenError::kIo,
                       "cannot make " + directory.string() + ": " + error.message()};
  }
  const auto path = directory / "OWNER";
  DirectoryLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (lock.fd_ < 0) {
    return OpenFailure{errno == EACCES || errno == EROFS ? OpenError::kNoPermission
                       : errno == ENOSPC                 ? OpenError::kDiskFull
                                                         : OpenError::kIo,
                       "cannot open " + path.string() + ": " + std::strerror(errno) +
                           ". The server's user must own the data directory."};
  }
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    return OpenFailure{OpenError::kInUse, directory.string() + " is in use by " + owner_named_in(lock.fd_) +
                                              ". Stop it, or name another data directory."};
  }
  // Only for people to read: that it cannot be written on a full disk takes nothing from the lock.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.fd_, 0) == 0 && ::pwrite(lock.fd_, pid.data(), pid.size(), 0) < 0) return lock;
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_); // gives the lock up
}

} // namespace kindred::adapters
