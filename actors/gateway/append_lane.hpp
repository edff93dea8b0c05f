#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "actors/ports/log.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::gateway {

/// A request's records in one stream, from `index` on in their entry.
struct LanePart {
  std::uint64_t ticket = 0; ///< names request and what to do with the verdict
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  friend bool operator==(const LanePart&, const LanePart&) = default;
};

/// What became of an entry: told once per entry.
struct LaneOutcome {
  ports::Verdict verdict;
  records::Position position; ///< of the entry; meaningful where acked
  std::vector<LanePart> parts;
};

/// The gateway's writer of one stream: collects records into entries and sees each through to its verdict.
///
/// One entry is in flight at a time; what comes meanwhile is collected into the next one, so that a busy stream makes
/// bigger entries and the log's group commit joins the streams. So a refused entry leaves no gap: its sequence goes to the
/// next one. Only where an attempt had no verdict (it may stand in the log) and the next one was refused, the writer
/// starts a new epoch, because its sequence may be taken.
/// Pure; owned by the gateway's state; not thread-safe.
class AppendLane {
public:
  struct Settings {
    std::uint64_t incarnation = 0;
    records::Stream stream;
    WriterId writer;
    std::uint64_t epoch =
        0; ///< greater than any this writer used; this lane uses epoch .. epoch + kEpochsPerStart - 1
  };
  static constexpr std::uint64_t kEpochsPerStart = 1 << 16;

  explicit AppendLane(Settings settings) : settings_(settings), epoch_(settings.epoch) {}

  /// The records of one request go into one entry, in order; `send` will hand it out.
  /// Requires: not empty, within one entry's bounds (kRecordsPerEntryMax, kEntryBytesMax).
  void add(std::uint64_t ticket, const std::vector<Bytes>& records);

  /// The next entry's bytes, if none is in flight and something waits: produce them, then call `on_verdict`.
  std::optional<Bytes> send();

  /// The verdict of the entry in flight. Nothing where it is unknown: the same bytes are to be sent again, when `resend`
  /// is asked after `now_us` + kAppendRetryAfter.
  std::optional<LaneOutcome> on_verdict(const ports::Verdict& verdict, std::int64_t steady_us);

  /// The same bytes once more, if the last attempt had no verdict and it is time.
  std::optional<Bytes> resend(std::int64_t steady_us);

  const records::Stream& stream() const { return settings_.stream; }
  bool idle() const { return !in_flight_ && waiting_.empty() && builder_.empty(); }
  std::size_t waiting_records() const; ///< not counting the entry in flight
  bool in_flight() const { return in_flight_.has_value(); }
  /// Who the entry will be by that holds what was added last, unless an entry before it is refused.
  records::Authorship last() const;

private:
  struct InFlight {
    Bytes bytes;
    records::Authorship author;
    std::vector<LanePart> parts;
    bool ever_unknown = false;
    std::optional<std::int64_t> resend_at_us;
  };
  records::Position position_of(std::uint64_t offset, const records::Authorship& author) const;

  const Settings settings_;
  std::uint64_t epoch_;
  std::uint64_t sequence_ = 0; ///< of the last entry that may stand in the log in this epoch
  schemas::EntryBuilder builder_;
  std::vector<LanePart> building_;
  struct Full {
    schemas::EntryBuilder builder;
    std::vector<LanePart> parts;
  };
  std::deque<Full> waiting_; ///< closed to new records; oldest first
  std::optional<InFlight> in_flight_;
};

} // namespace kindred::actors::gateway
