#include "nodes/kindredctl/event_batches.hpp"

#include <algorithm>
#include <utility>

#include "clients/cpp/positions.hpp"

namespace kindred::ctl {

EventBatches::~EventBatches() {
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return under_way_ == 0; });
}

void EventBatches::add(std::uint32_t line, api::Query query, std::size_t bytes) {
  if (bytes_ + bytes > kBytesPerEnvelope) send();
  filling_.queries.push_back(std::move(query));
  lines_.push_back(line);
  bytes_ += bytes;
  if (filling_.queries.size() == kQueriesPerEnvelope) send();
}

void EventBatches::reject(std::uint32_t line, api::Error error) {
  const std::lock_guard lock(mutex_);
  tally_.note(line, std::move(error));
}

void EventBatches::finish() {
  send();
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return under_way_ == 0; });
  std::sort(tally_.errors.begin(), tally_.errors.end(),
            [](const auto& a, const auto& b) { return a.line < b.line; });
}

std::uint64_t EventBatches::answered() const {
  const std::lock_guard lock(mutex_);
  return tally_.accepted + tally_.rejected;
}

void EventBatches::send() {
  if (filling_.queries.empty()) return;
  {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return under_way_ < kUnderWayMax; });
    ++under_way_;
  }
  bytes_ = 0;
  client_.call(std::exchange(filling_, {}),
               [this, lines = std::exchange(lines_, {})](client::Outcome outcome) {
                 take(lines, std::move(outcome));
               });
}

void EventBatches::take(const std::vector<std::uint32_t>& lines, client::Outcome outcome) {
  const std::lock_guard lock(mutex_);
  --under_way_;
  answered_.notify_all();
  if (!outcome.ok()) {
    tally_.unreachable = true;
    for (const auto line : lines)
      tally_.note(line, {api::ErrorCode::kUnknownOutcome, outcome.error().message, 0});
    return;
  }
  const api::Answer& answer = outcome.value();
  client::merge(tally_.positions, answer.positions);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // A request refused as a whole has one body for all.
    const auto& body = answer.bodies.size() == lines.size() ? answer.bodies[i] : answer.bodies.front();
    if (const auto* error = std::get_if<api::Error>(&body))
      tally_.note(lines[i], *error);
    else
      ++tally_.accepted;
  }
}

} // namespace kindred::ctl
