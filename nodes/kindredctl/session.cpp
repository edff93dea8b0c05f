#include "nodes/kindredctl/session.hpp"

#include <unistd.h>

#include <chrono>

#include <fmt/format.h>

#include "schemas/json/position_text.hpp"

namespace kindred::ctl {

client::Client& Session::client() {
  if (!client_) client_ = std::make_unique<client::Client>(options);
  return *client_;
}

bool Session::add_positions(api::Request& request) {
  for (const std::string& text : after) {
    const auto positions = json::parse_position(text);
    if (!positions) {
      say_usage("'" + text + "' is no position: give one as an answer printed it");
      return false;
    }
    request.positions.insert(request.positions.end(), positions->begin(), positions->end());
  }
  if (!request.positions.empty()) request.consistency = api::Consistency::kPosition;
  return true;
}

std::optional<api::Answer> Session::answer_of(api::Request request) {
  const std::size_t asked = request.queries.size();
  if (!add_positions(request)) return std::nullopt;
  client::Outcome outcome = client().call(std::move(request));
  if (!outcome.ok()) {
    say_problem(outcome.error());
    return std::nullopt;
  }
  if (outcome.value().bodies.size() == asked) return outcome.take();
  if (outcome.value().bodies.size() == 1) {
    if (const auto* error = std::get_if<api::Error>(&outcome.value().bodies.front())) {
      say_error(*error);
      return std::nullopt;
    }
  }
  say_problem(
      {client::Failure::kBadAnswer, "the answer does not fit the question: do both sides have one version?"});
  return std::nullopt;
}

bool Session::ask(api::Query query, const Words& words) {
  api::Request request;
  request.queries.push_back(std::move(query));
  const auto answer = answer_of(std::move(request));
  if (!answer) return false;
  const api::AnswerBody& body = answer->bodies.front();
  if (const auto* error = std::get_if<api::Error>(&body)) {
    say_error(*error);
    return false;
  }
  if (answer->staleness_ms > 0)
    fmt::print(stderr, "kindredctl: as it was {} ms ago at most: the node does not hear the log\n",
               answer->staleness_ms);
  if (json)
    print(json::to_json(*answer));
  else
    words(body);
  return true;
}

void Session::print(const json::Json& document) const { fmt::print("{}\n", json::dump(document, 2)); }

void Session::say_error(const api::Error& error) {
  fail(exit_code_of(error.code));
  if (json) {
    json::Json document;
    document["error"] = json::to_json(error);
    print(document);
    return;
  }
  fmt::print(stderr, "kindredctl: {}: {}\n", api::name_of(error.code), error.message);
  if (error.retry_after_ms > 0) fmt::print(stderr, "  try again in {} ms\n", error.retry_after_ms);
}

void Session::say_problem(const client::Problem& problem) {
  fail(exit_code_of(problem.failure));
  if (json) {
    json::Json document;
    document["error"]["code"] = client::name_of(problem.failure);
    document["error"]["message"] = problem.message;
    print(document);
    return;
  }
  fmt::print(stderr, "kindredctl: {}\n", problem.message);
}

void Session::say_usage(const std::string& what) {
  fail(kUsage);
  fmt::print(stderr, "kindredctl: {}\n", what);
}

Progress::Progress() : terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\n");
}

void Progress::show(double share, const std::string& words) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const std::int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  if (shown_ && now_ms - last_ms_ < 100 && share < 1) return;
  last_ms_ = now_ms;
  shown_ = true;
  constexpr int kWidth = 30;
  std::string bar;
  if (share >= 0) {
    const int full = static_cast<int>(share * kWidth);
    bar = "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "] ";
  }
  fmt::print(stderr, "\r\033[K{}{}", bar, words);
  std::fflush(stderr);
}

} // namespace kindred::ctl
