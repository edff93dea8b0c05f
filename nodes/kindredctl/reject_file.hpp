#pragma once

#include <fstream>
#include <optional>
#include <string>

#include "nodes/kindredctl/catalog_rows.hpp"
#include "nodes/kindredctl/row_error.hpp"

namespace kindred::ctl {

/// The file that refused rows go to (reject_text.hpp). Made, or emptied, at once, so that one that cannot be written is
/// noticed before anything is sent; it stays empty while nothing is refused. Owned by one thread.
class RejectFile {
public:
  /// `header` as CatalogRows has it. None: it cannot be written.
  static std::optional<RejectFile> create(const std::string& path, CatalogFormat format, std::string header);

  void add(std::string_view row, const RowError& error);
  /// False where not all could be written.
  bool close();

private:
  RejectFile(std::ofstream file, CatalogFormat format, std::string header)
      : file_(std::move(file)), format_(format), header_(std::move(header)) {}

  std::ofstream file_;
  CatalogFormat format_;
  std::string header_;
  bool begun_ = false;
};

/// Whether both name one file, "-" being what standard input reads: the one must not be emptied while the other is read.
bool same_file(const std::string& input, const std::string& output);

} // namespace kindred::ctl
