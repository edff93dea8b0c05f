#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "clients/cpp/client.hpp"
#include "nodes/kindredctl/exit_code.hpp"
#include "nodes/kindredctl/tally.hpp"

namespace kindred::ctl {

/// Sends the lines of an import so that none arrives behind a later one that was taken: one envelope is under way, and the
/// next leaves only when every line of it was accepted or refused for what it is. What was refused for want of room, or has
/// no verdict, is sent again first, in its order. If that does not come to an end within kTriesMax calls, it stops there,
/// before any later line. A line that was refused for what it is (malformed, too large) is passed over.
/// One thread; every call may wait for answers.
class OrderedBatches {
public:
  static constexpr std::size_t kQueriesPerEnvelope = 1'024;
  static constexpr std::size_t kBytesPerEnvelope =
      512 << 10; ///< estimated; an envelope too large is cut in halves
  static constexpr int kTriesMax =
      8; ///< calls in a row that settle no line, each with the session's deadline

  /// `on_refused` hears of every line that the server refused for what it is.
  using OnRefused = std::function<void(std::uint32_t line, const api::Error& error)>;
  explicit OrderedBatches(client::Client& client, OnRefused on_refused = {})
      : client_(client), on_refused_(std::move(on_refused)) {}

  /// Lines come with growing numbers. After a stop nothing is sent any more.
  void add(std::uint32_t line, api::Query query, std::size_t bytes);
  /// Something that never became a query.
  void reject(std::uint32_t line, api::Error error) { tally_.note(line, std::move(error)); }
  /// Sends what waits, and comes back when all of it has a verdict, or after a stop.
  void send();
  /// Sends the rest.
  void finish();
  /// The first line that has no verdict yet.
  std::optional<std::uint32_t> waiting() const {
    return lines_.empty() ? std::nullopt : std::optional(lines_.front().number);
  }

  /// The first line that was neither accepted nor refused, and why it went no further.
  struct Stop {
    std::uint32_t line = 0;
    std::string why;
    ExitCode code = kUnavailable;
  };
  const std::optional<Stop>& stopped() const { return stop_; }
  /// Requires: finish().
  const Tally& tally() const { return tally_; }
  std::uint64_t answered() const { return tally_.accepted + tally_.rejected; }

private:
  struct Line {
    std::uint32_t number = 0;
    api::Query query;
  };
  void take(client::Outcome outcome, std::size_t asked);
  void take_bodies(const api::Answer& answer);
  void refuse(std::uint32_t line, const api::Error& error);
  void cut(std::size_t asked, const std::string& why);
  void refused_as_a_whole(const api::Error& error, std::size_t asked);
  void stop(std::string why, ExitCode code);

  client::Client& client_;
  OnRefused on_refused_;
  std::vector<Line> lines_; ///< without a verdict, in order
  std::size_t bytes_ = 0;   ///< of lines_, estimated
  std::size_t envelope_max_ = kQueriesPerEnvelope;
  int tries_ = 0;              ///< calls since a line was settled
  std::uint32_t pause_ms_ = 0; ///< before the next call
  std::string last_reason_;    ///< why a line has no verdict yet
  std::optional<Stop> stop_;
  Tally tally_;
};

} // namespace kindred::ctl
