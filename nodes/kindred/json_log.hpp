#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kindred::node {

/// Levels of the log, least first.
enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// Starts the process's log: one JSON object per line to standard error. Call once, before threads begin.
///   {"time":"2026-11-23T02:53:16.123456Z","level":"info","event":"ready","message":"...","field":"value",...}
void start_log(std::string_view least_level);

/// One line. `event` is a fixed camelCase name to search for; `fields` are texts. Thread-safe.
void log(LogLevel level, std::string_view event, std::string_view message,
         const std::vector<std::pair<std::string_view, std::string>>& fields = {});

/// The line without its end; what `log` writes. Pure; text that is not UTF-8 is replaced.
std::string log_line(std::string_view time, LogLevel level, std::string_view event, std::string_view message,
                     const std::vector<std::pair<std::string_view, std::string>>& fields);

} // namespace kindred::node
