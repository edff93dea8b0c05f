#pragma once

#include <functional>
#include <vector>

#include "actors/ports/log.hpp"
#include "engine/base/result.hpp"

namespace kindred::actors::replay {

/// The two questions a replay asks of a log; in a process ports::Log, in tests what they like.
struct LogReader {
  std::function<Result<ports::Log::Bounds, ports::LogError>(const records::Stream&)> bounds;
  std::function<Result<std::vector<ports::LogEntry>, ports::LogError>(
      const records::Stream&, std::uint64_t from, std::size_t bytes_max)>
      read;
};

/// What came of one step of a long reading.
enum class Reading : std::uint8_t {
  kMore,    ///< a slice was read, there is more
  kReached, ///< everything below the asked end was handed over
  kTrimmed, ///< the log no longer begins at 0: the state cannot be rebuilt
  kBroken,  ///< the log cannot be read
};

} // namespace kindred::actors::replay
