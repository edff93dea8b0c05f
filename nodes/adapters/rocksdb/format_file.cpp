#include "nodes/adapters/rocksdb/format_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "engine/base/hash.hpp"

namespace kindred::adapters {

namespace {

std::string hex64(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

OpenFailure of_errno(const std::filesystem::path& path, const char* act) {
  const OpenError code = errno == ENOSPC || errno == EDQUOT                    ? OpenError::kDiskFull
                         : errno == EACCES || errno == EPERM || errno == EROFS ? OpenError::kNoPermission
                                                                               : OpenError::kIo;
  return {code, std::string("cannot ") + act + " " + path.string() + ": " + std::strerror(errno)};
}

/// Closes on every way out.
struct File {
  int fd = -1;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

bool write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return true;
}

std::optional<FormatFile> parse(const std::string& text) {
  const auto mark = text.rfind("checksum ");
  if (mark == std::string::npos ||
      text.substr(mark) != "checksum " + hex64(hash64(text.substr(0, mark))) + "\n") {
    return std::nullopt;
  }
  std::istringstream lines(text.substr(0, mark));
  FormatFile format;
  std::string word;
  if (!(lines >> word >> format.kind) || word != "kindred") return std::nullopt;
  if (!(lines >> word >> format.version) || word != "version") return std::nullopt;
  for (std::uint64_t value = 0; lines >> word >> value;) format.fields[word] = value;
  return format;
}

} // namespace

std::uint64_t FormatFile::field(const std::string& name, std::uint64_t otherwise) const {
  const auto found = fields.find(name);
  return found == fields.end() ? otherwise : found->second;
}

std::string FormatFile::text() const {
  std::string text = "kindred " + kind + "\nversion " + std::to_string(version) + "\n";
  for (const auto& [name, value] : fields) text += name + " " + std::to_string(value) + "\n";
  return text + "checksum " + hex64(hash64(text)) + "\n";
}

Result<std::optional<FormatFile>, OpenFailure>
read_format(const std::filesystem::path& path, const std::string& kind, std::uint32_t version_max) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    if (error) return OpenFailure{OpenError::kIo, "cannot look at " + path.string() + ": " + error.message()};
    return std::optional<FormatFile>{};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return of_errno(path, "read");
  std::ostringstream content;
  content << file.rdbuf();
  const auto format = parse(content.str());
  if (!format) {
    return OpenFailure{OpenError::kCorrupt,
                       path.string() +
                           " is damaged: its checksum is wrong. Restore the directory from a backup."};
  }
  if (format->kind != kind) {
    return OpenFailure{OpenError::kCorrupt, path.string() + " says this is a '" + format->kind +
                                                "', not a '" + kind + "'. Name another data directory."};
  }
  if (format->version > version_max) {
    return OpenFailure{OpenError::kNewerVersion,
                       path.string() + " has version " + std::to_string(format->version) +
                           ", this build reads up to " + std::to_string(version_max) +
                           ". Use the newer build, or another data directory."};
  }
  return format;
}

Result<Done, OpenFailure> write_format(const std::filesystem::path& path, const FormatFile& format) {
  const auto fresh = path.string() + ".new";
  {
    const File file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)};
    if (file.fd < 0 || !write_all(file.fd, format.text()) || ::fsync(file.fd) != 0)
      return of_errno(fresh, "write");
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return of_errno(path, "replace");
  const auto parent = path.parent_path();
  const File directory{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.fd < 0 || ::fsync(directory.fd) != 0) return of_errno(parent, "sync");
  return Done{};
}

} // namespace kindred::adapters
