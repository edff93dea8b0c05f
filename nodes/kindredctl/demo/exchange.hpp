#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/result.hpp"
#include "nodes/kindredctl/demo/failure.hpp"
#include "schemas/api.hpp"

namespace kindred::demo {

/// The one thing that the demo and the replay need of a server: an envelope out, its answer back. kindredctl binds it
/// to the client library; tests to a fake.
class Exchange {
public:
  virtual ~Exchange() = default;

  /// Blocks until the answer is there or the deadline is past. An answer has one body per query of the request, in
  /// order; a refusal of the whole envelope is a Failure. Envelope fields (ids, deadline) are the implementation's.
  virtual Result<api::Answer, Failure> ask(api::Request request) = 0;
};

/// Queries per envelope that the demo sends at most.
inline constexpr std::size_t kEnvelopeQueries = 256;

/// What a conversation has cost so far, by the caller's steady clock.
struct Times {
  std::vector<double> decide_ms; ///< round trip of each envelope that ended with a decide and held more
  std::vector<double> single_ms; ///< round trip of envelopes with one decide and nothing else
  std::uint64_t decides = 0;
  double decide_total_ms = 0.0;
  std::uint64_t tracks = 0;
  double track_total_ms = 0.0;
  double total_s = 0.0;
};

/// A conversation over an Exchange: cuts queries into envelopes, carries the positions of what was acknowledged into
/// every later request (read-your-writes), keeps time. Owned by one run, not thread-safe; `exchange` must outlive it.
class Conversation {
public:
  explicit Conversation(Exchange& exchange) : exchange_(exchange) {}

  /// The answers' bodies in the order of the queries. A body that is an Error is left to the caller.
  Result<std::vector<api::AnswerBody>, Failure> ask(std::vector<api::Query> queries);

  /// As `ask`, and every body must be of type T; the first that is not becomes a Failure with the server's words.
  template <class T>
  Result<std::vector<T>, Failure> ask_for(std::vector<api::Query> queries) {
    auto bodies = ask(std::move(queries));
    if (!bodies.ok()) return bodies.error();
    std::vector<T> found;
    for (api::AnswerBody& body : bodies.value()) {
      if (T* one = std::get_if<T>(&body))
        found.push_back(std::move(*one));
      else
        return unexpected(body);
    }
    return found;
  }

  const records::Positions& positions() const { return positions_; }
  const Times& times() const { return times_; }
  Times& times() { return times_; }

  /// What the server said instead, as a failure.
  static Failure unexpected(const api::AnswerBody& body);

private:
  void remember(const records::Positions& newer);
  void keep_time(bool decides, bool tracks, std::size_t count, double took_ms);

  Exchange& exchange_;
  records::Positions positions_; ///< the newest of each (stream, writer)
  Times times_;
};

} // namespace kindred::demo
