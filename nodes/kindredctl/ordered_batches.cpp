#include "nodes/kindredctl/ordered_batches.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "clients/cpp/positions.hpp"

namespace kindred::ctl {
namespace {

constexpr std::uint32_t kPauseMsMin = 10;

/// Of the line itself: sending it again changes nothing.
bool is_about_the_line(api::ErrorCode code) {
  return exit_code_of(code) == kRefused || code == api::ErrorCode::kCollision;
}

/// Of the import as a whole: no later line would fare better, and some might once somebody mends it.
bool is_about_the_import(api::ErrorCode code) {
  return code == api::ErrorCode::kUnknownTenant || code == api::ErrorCode::kUnsupportedVersion;
}

} // namespace

void OrderedBatches::add(std::uint32_t line, api::Query query, std::size_t bytes) {
  if (stop_) return;
  if (bytes_ + bytes > kBytesPerEnvelope) send();
  if (stop_) return;
  lines_.push_back({line, std::move(query)});
  bytes_ += bytes;
  if (lines_.size() >= kQueriesPerEnvelope) send();
}

void OrderedBatches::refuse(std::uint32_t line, const api::Error& error) {
  tally_.note(line, error);
  if (on_refused_) on_refused_(line, error);
}

void OrderedBatches::finish() {
  send();
  std::sort(tally_.errors.begin(), tally_.errors.end(),
            [](const auto& a, const auto& b) { return a.line < b.line; });
}

void OrderedBatches::send() {
  tries_ = 0;
  while (!lines_.empty() && !stop_) {
    if (++tries_ > kTriesMax) return stop(last_reason_, kUnavailable);
    const std::size_t asked = std::min(lines_.size(), envelope_max_);
    api::Request request;
    request.queries.reserve(asked);
    for (std::size_t i = 0; i < asked; ++i) request.queries.push_back(lines_[i].query);
    take(client_.call(std::move(request)), asked);
    const auto pause_ms = std::exchange(pause_ms_, 0);
    if (pause_ms > 0 && !stop_) std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  }
  bytes_ = 0;
}

void OrderedBatches::take(client::Outcome outcome, std::size_t asked) {
  if (!outcome.ok()) {
    last_reason_ = outcome.error().message;
    switch (outcome.error().failure) {
    case client::Failure::kTooLarge: return cut(asked, last_reason_);
    case client::Failure::kNoAnswer:
    case client::Failure::kTooManyWaiting: return;
    default: return stop(last_reason_, exit_code_of(outcome.error().failure));
    }
  }
  const api::Answer& answer = outcome.value();
  client::merge(tally_.positions, answer.positions);
  const auto* error = answer.bodies.size() == 1 ? std::get_if<api::Error>(&answer.bodies.front()) : nullptr;
  if (error && (answer.bodies.size() != asked || is_about_the_import(error->code)))
    return refused_as_a_whole(*error, asked);
  if (answer.bodies.size() != asked)
    return stop("the answer does not fit the question: do both sides have one version?", kFailed);
  take_bodies(answer);
}

void OrderedBatches::take_bodies(const api::Answer& answer) {
  std::vector<Line> left;
  for (std::size_t i = 0; i < answer.bodies.size(); ++i) {
    const auto* error = std::get_if<api::Error>(&answer.bodies[i]);
    if (!error) {
      ++tally_.accepted;
    } else if (is_about_the_line(error->code)) {
      refuse(lines_[i].number, *error);
    } else {
      last_reason_ = error->message;
      pause_ms_ = std::max({pause_ms_, error->retry_after_ms, kPauseMsMin});
      left.push_back(std::move(lines_[i]));
    }
  }
  if (left.size() < answer.bodies.size()) tries_ = 0;
  const auto rest = lines_.begin() + static_cast<std::ptrdiff_t>(answer.bodies.size());
  left.insert(left.end(), std::make_move_iterator(rest), std::make_move_iterator(lines_.end()));
  lines_ = std::move(left);
}

/// Fewer at once; a line that is too large alone is refused.
void OrderedBatches::cut(std::size_t asked, const std::string& why) {
  tries_ = 0;
  envelope_max_ = std::max<std::size_t>(1, asked / 2);
  if (asked > 1) return;
  refuse(lines_.front().number, {api::ErrorCode::kTooLarge, why, 0});
  lines_.erase(lines_.begin());
}

void OrderedBatches::refused_as_a_whole(const api::Error& error, std::size_t asked) {
  last_reason_ = error.message;
  if (error.code == api::ErrorCode::kTooLarge) return cut(asked, last_reason_);
  if (is_about_the_line(error.code)) return stop(last_reason_, exit_code_of(error.code));
  pause_ms_ = std::max(error.retry_after_ms, kPauseMsMin);
}

void OrderedBatches::stop(std::string why, ExitCode code) {
  stop_ = Stop{lines_.front().number, std::move(why), code};
  lines_.clear();
}

} // namespace kindred::ctl
