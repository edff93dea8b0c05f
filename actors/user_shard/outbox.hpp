#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "actors/gateway/append_lane.hpp"
#include "actors/ports/log.hpp"
#include "engine/records/record.hpp"

namespace kindred::actors::user_shard {

/// What a partition owes others (records.md §11): records its fold left for users whose partitions they are to be appended
/// in, until an Adopt record of its own says that they are there.
///
/// A batch at a time, in order: its records are appended to their partitions; once all of these have them, one Adopt
/// {kOutbox, number of the last} is to be appended here; folded, it takes them out. So a crash anywhere sends some again,
/// which changes nothing (their ids), and loses none. The Adopt's value tells how far each partition's log had to be read
/// to see what was sent there, so that whoever was sent on asks from there; and the id of the last record, up to which it
/// takes them out: where another build's fold left other records, numbers would name the wrong ones.
/// What waits is a node-local value, written with the state it came from. Past kOutboxRecordsMax
/// or kOutboxBytesMax the gateway takes no more writes for this partition; what its log holds already is still taken.
/// Pure; owned by the shard's state; not thread-safe.
class Outbox {
public:
  struct Settings {
    PartitionId partition;
    std::uint16_t partitions = 1;
    WriterId writer; ///< of the shard; the outbox appends as another, which follows from it
  };
  explicit Outbox(Settings settings) : settings_(settings) {}

  static constexpr std::string_view kKind = "outbox";    ///< of its Adopt records
  static constexpr std::size_t kBatchMax = 256;          ///< records on their way at once
  static constexpr std::size_t kBatchBytesMax = 4 << 20; ///< of them; one at least

  struct Append {
    PartitionId to;
    Bytes entry;
  };

  /// At start, before anything is sent: the life of the log, and epochs that were never used.
  void open(std::uint64_t incarnation, std::uint64_t epoch);

  /// What an entry left, in order.
  void take(const std::vector<records::Record>& records);
  /// An Adopt of this partition was folded; of another kind: nothing.
  void fold(const records::Adopt& adopt);

  /// The appends that are due. Requires: folded up to where the log ended at start, for what was sent in an earlier life.
  std::vector<Append> send();
  /// Those whose verdict did not come.
  std::vector<Append> resend(std::int64_t steady_us);
  /// The verdict of the append in flight to `to`.
  void on_verdict(PartitionId to, const ports::Verdict& verdict, std::int64_t steady_us);
  /// The batch is where it is to be: to be appended to this partition, once. None: not yet, or it was handed out.
  std::optional<records::Adopt> adopt();
  /// It was not appended: `adopt` hands it out again after `retry`.
  void adopt_refused() { adopt_refused_ = adopting_; }
  /// What was refused is sent again from here on. Called now and then, so that a log that refuses is left alone meanwhile.
  void retry();

  /// Nothing is owed.
  bool idle() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  std::size_t bytes() const { return bytes_; } ///< of the records that wait
  std::uint64_t last() const { return last_; } ///< number of the newest record ever taken
  std::uint64_t done() const { return done_; } ///< all up to this number are where they are to be
  /// All that was sent to a partition stands before this offset of its log; 0: nothing was.
  std::uint64_t sent_end(PartitionId to) const;
  const std::map<PartitionId, std::uint64_t>& sent_ends() const { return sent_ends_; }

  /// The node-local value, and its inverse (false: not what `canonical` writes).
  Bytes canonical() const;
  bool restore(BytesView canonical);

private:
  struct Owed {
    PartitionId to;
    RecordId id;
    Bytes record;
  };
  void push(Owed owed);
  std::uint64_t number_of(std::uint64_t told, const RecordId& id) const;
  void pop_through(std::uint64_t number);
  gateway::AppendLane& lane(PartitionId to);

  const Settings settings_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t epoch_ = 0;
  std::deque<Owed> waiting_; ///< numbered done_ + 1 ...
  std::size_t bytes_ = 0;    ///< of their records
  std::uint64_t last_ = 0;
  std::uint64_t done_ = 0;
  std::map<PartitionId, std::uint64_t> sent_ends_; ///< as adopted

  // the batch
  std::map<PartitionId, gateway::AppendLane> lanes_;
  std::uint64_t batch_ = 0;    ///< number of its last record, and ticket of its parts; 0: none
  std::size_t unanswered_ = 0; ///< of its records
  bool refused_ = false;       ///< one of them was: all are sent again
  bool adopting_ = false;
  bool adopt_refused_ = false;
  std::map<PartitionId, std::uint64_t> batch_ends_;
};

} // namespace kindred::actors::user_shard
