#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "clients/cpp/client.hpp"
#include "nodes/kindredctl/tally.hpp"

namespace kindred::ctl {

/// Sends many writes in envelopes, several under way, and keeps what became of each. (Imports: import_batches.hpp.)
/// One thread adds; answers arrive on the client's thread. Order within a user is kept: envelopes leave in the order they
/// were filled, over one connection.
class EventBatches {
public:
  static constexpr std::size_t kQueriesPerEnvelope = 256;
  static constexpr std::size_t kBytesPerEnvelope = 512 << 10; ///< estimated, below api::kRequestBytesMax
  static constexpr std::size_t kUnderWayMax = 16;

  explicit EventBatches(client::Client& client) : client_(client) {}
  /// Requires: `finish` was called, or nothing was added.
  ~EventBatches();

  /// Waits while kUnderWayMax envelopes are without answer. `line` names the input in errors.
  void add(std::uint32_t line, api::Query query, std::size_t bytes);
  /// Something that never became a query.
  void reject(std::uint32_t line, api::Error error);
  /// Sends the rest and waits for every answer.
  void finish();

  /// Requires: finish().
  const Tally& tally() const { return tally_; }
  std::uint64_t answered() const;

private:
  void send();
  void take(const std::vector<std::uint32_t>& lines, client::Outcome outcome);

  client::Client& client_;
  api::Request filling_;
  std::vector<std::uint32_t> lines_;
  std::size_t bytes_ = 0;
  mutable std::mutex mutex_; // guards the rest
  std::condition_variable answered_;
  std::size_t under_way_ = 0;
  Tally tally_;
};

} // namespace kindred::ctl
