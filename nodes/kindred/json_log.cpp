#include "nodes/kindred/json_log.hpp"

#include <chrono>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "schemas/json/time_text.hpp"

namespace kindred::node {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
  case LogLevel::kDebug: return spdlog::level::debug;
  case LogLevel::kInfo: return spdlog::level::info;
  case LogLevel::kWarn: return spdlog::level::warn;
  case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

const char* name_of(LogLevel level) {
  switch (level) {
  case LogLevel::kDebug: return "debug";
  case LogLevel::kInfo: return "info";
  case LogLevel::kWarn: return "warn";
  case LogLevel::kError: return "error";
  }
  return "info";
}

} // namespace

void start_log(std::string_view least_level) {
  auto logger =
      std::make_shared<spdlog::logger>("kindred", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v"); // the line is ours, whole
  logger->set_level(spdlog::level::from_str(std::string(least_level)));
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

std::string log_line(std::string_view time, LogLevel level, std::string_view event, std::string_view message,
                     const std::vector<std::pair<std::string_view, std::string>>& fields) {
  nlohmann::ordered_json line{
      {"time", time}, {"level", name_of(level)}, {"event", event}, {"message", message}};
  for (const auto& [name, text] : fields) line[std::string(name)] = text;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void log(LogLevel level, std::string_view event, std::string_view message,
         const std::vector<std::pair<std::string_view, std::string>>& fields) {
  if (!spdlog::should_log(spdlog_level(level))) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const Instant time{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
  spdlog::log(spdlog_level(level), "{}", log_line(json::time_text(time), level, event, message, fields));
}

} // namespace kindred::node
