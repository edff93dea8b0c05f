#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "schemas/api.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/shopper.hpp"

namespace kindred::simulation {

/// A client that imports some lines under a producer, in the order that such a client owes (docs/protocol.md, Imports), and
/// now and then begins again at the first line. Every sending of a line has another message id, so that nothing but the
/// watermark can know it again. Its users are plain ones: at the end the ledger's sums say whether each line counts once.
/// Owned by one run.
class Importer {
public:
  Importer(std::uint32_t number, std::uint64_t seed, Ledger& ledger);

  /// As Shopper's.
  std::optional<Shopper::Outgoing> next(Instant now, std::int64_t steady_us);
  void only_finish() { finishing_ = true; }
  bool idle() const { return !asked_id_; }
  std::vector<std::string> take(const api::Answer& answer);

private:
  static constexpr std::uint32_t kLines = 60;
  static constexpr std::uint32_t kEnvelopeMax = 8;
  void begin_envelope(Instant now);
  api::Track line(std::uint32_t number);
  bool settle(std::uint32_t number, const api::AnswerBody& body, const records::Positions& positions,
              std::vector<std::string>& wrong);

  const std::uint32_t number_;
  Random random_;
  Ledger& ledger_;
  Instant history_; ///< when it happened: the same for every sending
  std::uint32_t first_unsent_ = 1;
  std::vector<std::uint32_t> left_; ///< lines of the envelope without a verdict, in order
  std::optional<std::uint64_t> asked_id_;
  Bytes asked_;
  std::int64_t asked_us_ = 0;
  std::uint64_t next_request_ = 1;
  std::uint64_t sendings_ = 0;
  bool finishing_ = false;
};

} // namespace kindred::simulation
