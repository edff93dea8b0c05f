#include "nodes/kindredctl/reject_file.hpp"

#include <filesystem>

#include "nodes/kindredctl/reject_text.hpp"

namespace kindred::ctl {

std::optional<RejectFile> RejectFile::create(const std::string& path, CatalogFormat format,
                                             std::string header) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) return std::nullopt;
  return RejectFile(std::move(file), format, std::move(header));
}

void RejectFile::add(std::string_view row, const RowError& error) {
  const bool csv = format_ == CatalogFormat::kCsv;
  if (csv && !begun_) file_ << csv_reject_header(header_) << '\n';
  begun_ = true;
  file_ << (csv ? csv_reject(row, error) : ndjson_reject(row, error)) << '\n';
}

bool RejectFile::close() {
  file_.close();
  return !file_.fail();
}

bool same_file(const std::string& input, const std::string& output) {
  std::error_code unknown; // such as an output that is not there yet
  return std::filesystem::equivalent(input == "-" ? "/dev/stdin" : input, output, unknown);
}

} // namespace kindred::ctl
