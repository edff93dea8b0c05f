#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace kindred::adapters {

// What disks do to files, done by hand.

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void overwrite(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}
inline void flip_bit(const std::filesystem::path& path, std::size_t byte) {
  std::string content = content_of(path);
  content.at(byte) ^= 0x10;
  overwrite(path, content);
}
/// Files below `directory` whose name ends so, by name.
inline std::vector<std::filesystem::path> files_ending(const std::filesystem::path& directory,
                                                       const std::string& end) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.path().string().ends_with(end)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}
/// Where `needle` stands in the one file that holds it; the file comes back in `path`. npos if none does.
inline std::size_t find_in_files(const std::vector<std::filesystem::path>& files, const std::string& needle,
                                 std::filesystem::path& path) {
  for (const auto& file : files) {
    const auto at = content_of(file).find(needle);
    if (at == std::string::npos) continue;
    path = file;
    return at;
  }
  return std::string::npos;
}

} // namespace kindred::adapters
