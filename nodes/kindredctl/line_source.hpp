#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace kindred::ctl {

inline constexpr std::size_t kLineBytesMax = 1 << 20; ///< longer lines are given cut, with `too_long` set

/// Why lines cannot be read. Closed list.
enum class LineError : std::uint8_t {
  kCannotOpen = 1,
  kCorrupt = 2, ///< the compressed stream is cut off or broken
};

/// Lines of a text file, plain, .gz or .zst (by its first bytes, not its name), or of standard input ("-").
/// Owned by one thread. Memory: one line and one block.
class LineSource {
public:
  static Result<LineSource, LineError> open(const std::string& path);
  ~LineSource();
  LineSource(LineSource&&) noexcept;
  LineSource& operator=(LineSource&&) noexcept;

  struct Line {
    std::string_view text;    ///< without the line break; good until the next call
    std::uint64_t number = 0; ///< from 1
    bool too_long = false;
  };
  /// False at the end or after an error.
  bool next(Line& line);
  bool failed() const;
  /// Share of the file that was read, in [0, 1]; 0 for a stream without a size.
  double progress() const;

private:
  struct Impl;
  explicit LineSource(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace kindred::ctl
