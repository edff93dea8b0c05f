#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/result.hpp"
#include "schemas/api.hpp"

namespace kindred::client {

/// Why there is no answer. Closed list. What the server refused is an api::Error inside the answer, not one of these.
enum class Failure : std::uint8_t {
  kNoAnswer =
      1, ///< none before the deadline: whether a write stands is not known, send it again with its ids
  kBadEndpoint = 2,    ///< the endpoint cannot be understood
  kTooLarge = 3,       ///< over api::kRequestBytesMax: split it
  kTooManyWaiting = 4, ///< Options::waiting_max calls are under way
  kBadAnswer = 5,      ///< the peer does not speak our protocol
  kClosed = 6,         ///< the client was closed meanwhile
};
std::string_view name_of(Failure failure);

struct Problem {
  Failure failure = Failure::kNoAnswer;
  std::string message; ///< what failed, why, what to do next
};

struct Options {
  /// Where it begins: one endpoint or several, separated by commas. In a cluster any node will do; the others are learnt.
  std::string endpoint = "tcp://127.0.0.1:7400";
  std::string tenant;                 ///< empty: "default"
  std::uint32_t deadline_ms = 10'000; ///< of a call, all tries together
  std::uint32_t try_ms =
      2'000; ///< without an answer for so long, the same bytes are sent again, to the next node
  std::size_t waiting_max = 4'096; ///< calls under way
  bool read_your_writes = true;    ///< carry the positions of own writes in every later request
  bool learn_nodes =
      true; ///< ask for the cluster's map and go to the node that has the user; false: to `endpoint` only
  bool hedge_reads = true; ///< ask a second node where a read takes longer than most (hedging.hpp)
};

/// What a client did beside sending each request once.
struct Counts {
  std::uint64_t resends = 0;    ///< no answer came in try_ms
  std::uint64_t moved = 0;      ///< the node was gone, silent, or said that it cannot
  std::uint64_t hedges = 0;     ///< asked of a second node
  std::uint64_t hedges_won = 0; ///< the second one was faster
};

using Outcome = Result<api::Answer, Problem>;
using OnAnswer = std::function<void(Outcome)>;

/// Calls a Kindred server, or a cluster of them, over ZeroMQ.
///
/// Retries: a request without an answer, or refused as a whole with a retry time (overloaded, not ready, stopping, log
/// unavailable), is sent again until the deadline, with the same request id, idempotency key and message ids, so that
/// nothing counts twice. With `read_your_writes` positions of answers are merged and sent along.
///
/// Nodes: a request goes to the node that has most of its users, by the cluster's map; where that one's connection breaks
/// or is silent, or it says that it cannot, to the next one at once (exchange.hpp). Reads that take longer than most are
/// asked of a second node, and the first answer counts. A request about no user goes to the first endpoint that is up.
/// Thread-safe; owns one I/O thread. The destructor fails what is under way (kClosed) and joins.
class Client {
public:
  explicit Client(Options options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Waits for the answer, at most the deadline.
  Outcome call(api::Request request);
  /// `on_answer` runs once, on the client's thread: return quickly, do not call the blocking form in it.
  void call(api::Request request, OnAnswer on_answer);

  /// One query, one body.
  Result<api::AnswerBody, Problem> ask(api::Query query);

  /// What this client has written and seen: opaque; another client that carries them reads those writes.
  records::Positions positions() const;
  void remember(const records::Positions& positions);

  /// So far.
  Counts counts() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace kindred::client
