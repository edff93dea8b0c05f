#include "nodes/adapters/rocksdb/rocks_log.hpp"

#include "nodes/adapters/rocksdb/log_table.hpp"
#include "nodes/adapters/rocksdb/log_tails.hpp"
#include "nodes/adapters/rocksdb/log_writer.hpp"

namespace kindred::adapters {

using ports::LogEntry;
using ports::LogError;
using records::Stream;

/// In the order of need: the writer ends first, the table last.
struct RocksLog::Parts {
  Parts(std::unique_ptr<LogTable> opened, const Settings& settings)
      : table(std::move(opened)), tails(*table, settings.tail_bytes_max),
        writer(*table, tails, probe,
               {.queue_max = settings.queue_max,
                .queue_bytes_max = settings.queue_bytes_max,
                .group_entries_max = settings.group_entries_max,
                .group_bytes_max = settings.group_bytes_max,
                .free_bytes_min = settings.free_bytes_min,
                .try_again = settings.try_again}) {}

  const std::unique_ptr<LogTable> table;
  LogProbe probe;
  LogTails tails;
  LogWriter writer;
};

Result<std::unique_ptr<RocksLog>, OpenFailure> RocksLog::open(Settings settings) {
  auto table =
      LogTable::open({settings.directory, settings.partitions, settings.incarnation, settings.file_system});
  if (!table.ok()) return table.error();
  return std::unique_ptr<RocksLog>(new RocksLog(std::make_unique<Parts>(table.take(), settings)));
}

RocksLog::RocksLog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RocksLog::~RocksLog() = default;

std::uint64_t RocksLog::incarnation() const { return parts_->table->incarnation(); }
std::uint16_t RocksLog::partitions() const { return parts_->table->partitions(); }
std::string RocksLog::why() const { return parts_->writer.why(); }
const LogProbe& RocksLog::probe() const { return parts_->probe; }

void RocksLog::produce(const Stream& stream, Bytes entry, OnVerdict on_verdict) {
  parts_->writer.produce(stream, std::move(entry), std::move(on_verdict));
}

std::unique_ptr<ports::Subscription> RocksLog::tail(const Stream& stream, std::uint64_t from,
                                                    ports::TailSink sink) {
  return parts_->tails.add(stream, from, std::move(sink));
}

Result<ports::Log::Bounds, LogError> RocksLog::bounds(const Stream& stream) {
  if (!parts_->table->known(stream)) return LogError::kNoStream;
  return parts_->table->bounds(stream);
}

Result<std::vector<LogEntry>, LogError> RocksLog::read(const Stream& stream, std::uint64_t from,
                                                       std::size_t bytes_max) {
  if (!parts_->table->known(stream)) return LogError::kNoStream;
  return parts_->table->read(stream, from, bytes_max);
}

Result<Done, LogError> RocksLog::trim(const Stream& stream, std::uint64_t before) {
  if (!parts_->table->known(stream)) return LogError::kNoStream;
  return parts_->table->trim(stream, before);
}

Result<std::uint64_t, LogError> RocksLog::next_epoch() { return parts_->table->next_epoch(); }

Result<Done, LogError> RocksLog::health() const {
  if (const auto error = parts_->writer.health()) return *error;
  return Done{};
}

} // namespace kindred::adapters
