#pragma once

#include <cassert>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace kindred::support {

/// An empty directory of its own, removed with all that is in it when it ends. Not copied, not moved.
class TempDir {
public:
  /// Below `parent`, or below $TMPDIR (/tmp).
  explicit TempDir(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string name = (parent / "kindred-test-XXXXXX").string();
    [[maybe_unused]] const char* made = ::mkdtemp(name.data());
    assert(made != nullptr);
    path_ = name;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace kindred::support
