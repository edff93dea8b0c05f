#include "nodes/kindred/data_directory.hpp"

#include <optional>

#include "nodes/adapters/rocksdb/format_file.hpp"

namespace kindred::node {

using adapters::FormatFile;
using adapters::OpenError;

namespace {

constexpr const char* kKind = "data";

/// Holds anything but what a lock leaves behind: then a directory without MANIFEST is somebody else's.
bool holds_foreign_files(const std::filesystem::path& path) {
  std::error_code ignored;
  for (const auto& one : std::filesystem::directory_iterator(path, ignored))
    if (one.path().filename() != "OWNER" && one.path().filename() != "lost+found" &&
        one.path().filename().string().rfind("MANIFEST", 0) != 0)
      return true;
  return false;
}

std::string fixed_text(const std::filesystem::path& path, const std::string& what, const std::string& made,
                       const std::string& asked) {
  return path.string() + " was made with " + what + " " + made + ", asked for is " + asked +
         ": it is fixed when the directory is made; leave the flag out, or serve another directory";
}

} // namespace

DirectoryFailure failure_of(const adapters::OpenFailure& failure) {
  switch (failure.code) {
  case OpenError::kInUse: return {DirectoryError::kInUse, failure.what};
  case OpenError::kNewerVersion: return {DirectoryError::kNewerVersion, failure.what};
  case OpenError::kCorrupt:
  case OpenError::kWentBack: return {DirectoryError::kCorrupt, failure.what};
  case OpenError::kOtherPartitions: return {DirectoryError::kOtherPartitions, failure.what};
  case OpenError::kNoPermission:
  case OpenError::kDiskFull:
  case OpenError::kIo: break;
  }
  return {DirectoryError::kUnusable, failure.what};
}

Result<DataDirectory, DirectoryFailure> DataDirectory::open(const Config& config, std::uint64_t chance) {
  auto lock = adapters::DirectoryLock::take(config.data_dir);
  if (!lock.ok()) return failure_of(lock.error());
  DataDirectory directory(config.data_dir, lock.take());
  const auto manifest = config.data_dir / "MANIFEST";
  auto read = adapters::read_format(manifest, kKind, kDirectoryVersion);
  if (!read.ok()) return failure_of(read.error());
  std::optional<FormatFile> format = read.take();
  if (!format) {
    if (holds_foreign_files(config.data_dir))
      return DirectoryFailure{DirectoryError::kNotOurs,
                              config.data_dir.string() +
                                  " is not empty and holds no MANIFEST of ours: serve an empty "
                                  "directory, or restore the whole one"};
    format = FormatFile{kKind, kDirectoryVersion, {}};
    format->fields["incarnation"] = chance;
    format->fields["partitions"] = config.partitions.value_or(kPartitionsDefault);
    format->fields["clock"] = static_cast<std::uint64_t>(config.clock.value_or(ClockKind::kWall));
    format->fields["node"] = config.node;
    if (auto written = adapters::write_format(manifest, *format); !written.ok())
      return failure_of(written.error());
  }
  directory.incarnation_ = format->field("incarnation");
  directory.partitions_ = static_cast<std::uint16_t>(format->field("partitions"));
  directory.clock_ = format->field("clock") == 0 ? ClockKind::kWall : ClockKind::kEvents;
  if (config.partitions && *config.partitions != directory.partitions_)
    return DirectoryFailure{DirectoryError::kOtherPartitions,
                            fixed_text(config.data_dir, "partitions", std::to_string(directory.partitions_),
                                       std::to_string(*config.partitions))};
  if (config.clock && *config.clock != directory.clock_)
    return DirectoryFailure{DirectoryError::kOtherClock,
                            fixed_text(config.data_dir, "clock", std::string(name_of(directory.clock_)),
                                       std::string(name_of(*config.clock)))};
  if (format->field("node") != config.node)
    return DirectoryFailure{DirectoryError::kOtherNode,
                            fixed_text(config.data_dir, "node", std::to_string(format->field("node")),
                                       std::to_string(config.node))};
  return directory;
}

} // namespace kindred::node
