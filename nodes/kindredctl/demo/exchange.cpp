#include "nodes/kindredctl/demo/exchange.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace kindred::demo {

namespace {

bool same_source(const records::Position& a, const records::Position& b) {
  return a.stream == b.stream && a.author.writer == b.author.writer;
}

bool newer(const records::Position& a, const records::Position& b) {
  return std::pair(a.author, a.index) > std::pair(b.author, b.index);
}

double ms_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

Result<std::vector<api::AnswerBody>, Failure> Conversation::ask(std::vector<api::Query> queries) {
  std::vector<api::AnswerBody> bodies;
  for (std::size_t from = 0; from < queries.size(); from += kEnvelopeQueries) {
    const std::size_t to = std::min(from + kEnvelopeQueries, queries.size());
    api::Request request;
    std::move(queries.begin() + std::ptrdiff_t(from), queries.begin() + std::ptrdiff_t(to),
              std::back_inserter(request.queries));
    request.positions = positions_;
    if (!positions_.empty()) request.consistency = api::Consistency::kPosition;
    const std::size_t count = request.queries.size();
    const bool decides = std::holds_alternative<api::Decide>(request.queries.back());
    const bool tracks = std::holds_alternative<api::Track>(request.queries.front()) ||
                        std::holds_alternative<api::Expose>(request.queries.front());
    const auto start = std::chrono::steady_clock::now();
    auto answer = exchange_.ask(std::move(request));
    keep_time(decides, tracks, count, ms_since(start));
    if (!answer.ok()) return answer.error();
    if (answer.value().bodies.size() == 1 && count > 1) return unexpected(answer.value().bodies.front());
    if (answer.value().bodies.size() != count)
      return Failure{FailureCode::kBadAnswer, "the server answered " +
                                                  std::to_string(answer.value().bodies.size()) + " of " +
                                                  std::to_string(count) + " queries; report this as a bug"};
    remember(answer.value().positions);
    std::move(answer.value().bodies.begin(), answer.value().bodies.end(), std::back_inserter(bodies));
  }
  return bodies;
}

Failure Conversation::unexpected(const api::AnswerBody& body) {
  if (const auto* error = std::get_if<api::Error>(&body))
    return {FailureCode::kRefused, std::string(api::name_of(error->code)) + ": " + error->message};
  return {FailureCode::kBadAnswer,
          "the server answered with another kind of body than was asked; report this as a bug"};
}

void Conversation::remember(const records::Positions& told) {
  for (const records::Position& position : told) {
    const auto known = std::find_if(positions_.begin(), positions_.end(),
                                    [&](const records::Position& p) { return same_source(p, position); });
    if (known == positions_.end())
      positions_.push_back(position);
    else if (newer(position, *known))
      *known = position;
  }
}

void Conversation::keep_time(bool decides, bool tracks, std::size_t count, double took_ms) {
  if (decides) {
    times_.decides += count;
    times_.decide_total_ms += took_ms;
    (count == 1 ? times_.single_ms : times_.decide_ms).push_back(took_ms);
  } else if (tracks) {
    times_.tracks += count;
    times_.track_total_ms += took_ms;
  }
}

} // namespace kindred::demo
