#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "engine/base/result.hpp"
#include "nodes/adapters/rocksdb/open_failure.hpp"

namespace kindred::adapters {

/// A small text file that says what a directory holds, for people and for the next start:
///
///     kindred log
///     version 1
///     incarnation 81985529216486895
///     partitions 16
///     checksum 5f0c…            XXH3-64 of all lines before it, 16 hex digits
///
/// Value type. Written as a whole: a new file is synced, renamed over the old one, and the directory synced, so that a
/// crash leaves the old or the new text, never a part.
struct FormatFile {
  std::string kind;
  std::uint32_t version = 1;
  std::map<std::string, std::uint64_t> fields;

  std::uint64_t field(const std::string& name, std::uint64_t otherwise = 0) const;
  std::string text() const;
  friend bool operator==(const FormatFile&, const FormatFile&) = default;
};

/// Nothing if the file does not exist. kCorrupt for a wrong checksum or kind, kNewerVersion for version > `version_max`.
Result<std::optional<FormatFile>, OpenFailure>
read_format(const std::filesystem::path& path, const std::string& kind, std::uint32_t version_max);
Result<Done, OpenFailure> write_format(const std::filesystem::path& path, const FormatFile& format);

} // namespace kindred::adapters
