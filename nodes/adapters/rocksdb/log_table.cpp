#include "nodes/adapters/rocksdb/log_table.hpp"

#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <random>

#include "nodes/adapters/rocksdb/format_file.hpp"
#include "nodes/adapters/rocksdb/log_keys.hpp"

namespace kindred::adapters {

using ports::LogEntry;
using ports::LogError;
using records::Stream;
using records::Topic;

namespace {

constexpr std::uint32_t kLogVersion = 1;
constexpr std::size_t kSingleTopics = 3; ///< control, models, library

std::string stream_name(const Stream& stream) {
  static constexpr const char* kTopics[] = {"events", "control", "models", "library"};
  return std::string(kTopics[static_cast<std::size_t>(stream.topic)]) + "/" +
         std::to_string(stream.partition.value);
}

rocksdb::Options log_options() {
  rocksdb::Options options = base_options();
  // What was acknowledged must not be rolled back: a torn last record of a WAL is a crash, anything else refuses to open.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // Entries are written once, read in order and trimmed from the front: kept in blob files they are not rewritten by
  // compaction, and a file goes when all of it was trimmed.
  options.enable_blob_files = true;
  options.min_blob_size = 1024;
  options.blob_file_size = 64 << 20;
  options.blob_compression_type = rocksdb::kLZ4Compression;
  options.enable_blob_garbage_collection = true;
  return options;
}

rocksdb::WriteOptions synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

std::uint64_t by_chance() {
  std::random_device source;
  const std::uint64_t high = source();
  return (high << 32 | source()) | 1; // never 0
}

} // namespace

LogTable::LogTable(Settings settings, DirectoryLock lock)
    : settings_(std::move(settings)), lock_(std::move(lock)),
      database_({settings_.directory / "db", log_options(), settings_.file_system}),
      bounds_(std::make_unique<StreamBounds[]>(settings_.partitions + kSingleTopics)) {}

LogTable::~LogTable() {
  database_.close();
  if (opened_) note_ends();
}

Result<std::unique_ptr<LogTable>, OpenFailure> LogTable::open(Settings settings) {
  auto lock = DirectoryLock::take(settings.directory);
  if (!lock.ok()) return lock.error();
  std::unique_ptr<LogTable> table(new LogTable(std::move(settings), lock.take()));
  if (auto made = table->make_or_check(); !made.ok()) return made.error();
  if (auto loaded = table->load(); !loaded.ok()) return loaded.error();
  if (auto noted = table->check_noted_ends(); !noted.ok()) return noted.error();
  table->opened_ = true;
  return table;
}

Result<Done, OpenFailure> LogTable::make_or_check() {
  const auto path = settings_.directory / "FORMAT";
  const auto found = read_format(path, "log", kLogVersion);
  if (!found.ok()) return found.error();
  FormatFile format{"log", kLogVersion, {}};
  if (found.value()) {
    format = *found.value();
  } else {
    const auto incarnation = settings_.incarnation != 0 ? settings_.incarnation : by_chance();
    format.fields = {{"incarnation", incarnation}, {"made", 0}, {"partitions", settings_.partitions}};
    if (auto written = write_format(path, format); !written.ok()) return written.error();
  }
  if (format.field("partitions") != settings_.partitions) {
    return OpenFailure{OpenError::kOtherPartitions,
                       settings_.directory.string() + " was made with " +
                           std::to_string(format.field("partitions")) + " partitions, asked for are " +
                           std::to_string(settings_.partitions) +
                           ". The number is fixed: ask for the same, or name another directory."};
  }
  incarnation_ = format.field("incarnation");
  // Only a log whose making was not finished may be made: otherwise a missing database is a loss.
  const bool making = format.field("made") == 0;
  const auto status = database_.open(making);
  if (!status.ok()) return open_failure(settings_.directory, status);
  if (!making) return Done{};
  format.fields["made"] = 1;
  return write_format(path, format);
}

bool LogTable::known(const Stream& stream) const {
  if (stream.topic > Topic::kLibrary) return false;
  return stream.partition.value < (stream.topic == Topic::kEvents ? settings_.partitions : 1);
}

std::size_t LogTable::index_of(const Stream& stream) const {
  if (stream.topic == Topic::kEvents) return stream.partition.value;
  return settings_.partitions + static_cast<std::size_t>(stream.topic) - 1;
}

std::vector<Stream> LogTable::streams() const {
  std::vector<Stream> all;
  for (std::uint16_t p = 0; p < settings_.partitions; ++p) all.push_back({Topic::kEvents, {p}});
  for (const Topic topic : {Topic::kControl, Topic::kModels, Topic::kLibrary}) all.push_back({topic, {0}});
  return all;
}

std::uint64_t LogTable::end(const Stream& stream) const {
  return bounds_[index_of(stream)].end.load(std::memory_order_acquire);
}

ports::Log::Bounds LogTable::bounds(const Stream& stream) const {
  const auto& bounds = bounds_[index_of(stream)];
  const auto begin = bounds.begin.load(std::memory_order_acquire); // first, so that begin <= end
  return {begin, end(stream)};
}

Result<Done, LogError> LogTable::append(std::span<Append> entries) {
  const auto db = database_.access();
  if (!db) return LogError::kIo;
  rocksdb::WriteBatch batch;
  std::vector<std::uint64_t> taken(settings_.partitions + kSingleTopics,
                                   0); ///< of each stream, by this batch
  for (auto& entry : entries) {
    entry.offset = end(entry.stream) + taken[index_of(entry.stream)]++;
    const Bytes key = entry_key(entry.stream, entry.offset);
    const Bytes seal = seal_of(entry.bytes, entry.offset);
    const rocksdb::Slice key_part = slice_of(key);
    const rocksdb::Slice value_parts[] = {slice_of(entry.bytes), slice_of(seal)};
    const auto put = batch.Put(rocksdb::SliceParts(&key_part, 1), rocksdb::SliceParts(value_parts, 2));
    if (!put.ok()) return log_error(put);
  }
  const auto status = db->Write(synced(), &batch);
  if (!status.ok()) return log_error(status);
  for (const auto& entry : entries)
    bounds_[index_of(entry.stream)].end.store(entry.offset + 1, std::memory_order_release);
  return Done{};
}

Result<std::vector<LogEntry>, LogError> LogTable::read(const Stream& stream, std::uint64_t from,
                                                       std::size_t bytes_max) const {
  const auto [begin, end] = bounds(stream);
  if (from < begin) return LogError::kOutOfRange;
  if (from > end) return LogError::kWentBack;
  std::vector<LogEntry> entries;
  if (from == end) return entries;
  const auto db = database_.access();
  if (!db) return LogError::kIo;
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const Bytes upper = entry_key(stream, end);
  const rocksdb::Slice upper_bound = slice_of(upper);
  options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> cursor(db->NewIterator(options));
  std::size_t bytes = 0;
  for (cursor->Seek(slice_of(entry_key(stream, from))); cursor->Valid(); cursor->Next()) {
    const auto offset = offset_in(view_of(cursor->key()), stream);
    if (offset != from + entries.size()) break;
    const auto entry = unsealed(view_of(cursor->value()), *offset);
    if (!entry) break;
    bytes += entry->size();
    if (!entries.empty() && bytes > bytes_max) return entries;
    entries.push_back({*offset, Bytes(*entry)});
  }
  if (!entries.empty()) return entries; // the next read meets what stopped this one
  if (!cursor->status().ok()) return log_error(cursor->status());
  // Offsets of this log have no gaps: what is missing was lost, or trimmed a moment ago.
  return from < bounds(stream).begin ? LogError::kOutOfRange : LogError::kCorrupt;
}

Result<Done, LogError> LogTable::trim(const Stream& stream, std::uint64_t before) {
  const std::lock_guard lock(settings_mutex_);
  const auto [begin, end] = bounds(stream);
  before = std::min(before, end);
  if (before <= begin) return Done{};
  const auto db = database_.access();
  if (!db) return LogError::kIo;
  rocksdb::WriteBatch batch;
  const Bytes first = entry_key(stream, begin), last = entry_key(stream, before);
  auto status = batch.DeleteRange(slice_of(first), slice_of(last));
  if (status.ok()) status = batch.Put(slice_of(begin_key(stream)), slice_of(number_value(before)));
  if (status.ok()) status = db->Write(synced(), &batch);
  if (!status.ok()) return log_error(status);
  bounds_[index_of(stream)].begin.store(before, std::memory_order_release);
  return Done{};
}

Result<std::uint64_t, LogError> LogTable::next_epoch() {
  const std::lock_guard lock(settings_mutex_);
  const auto db = database_.access();
  if (!db) return LogError::kIo;
  std::string value;
  auto status = db->Get({}, slice_of(epoch_key()), &value);
  if (!status.ok() && !status.IsNotFound()) return log_error(status);
  const auto last = status.IsNotFound() ? std::optional<std::uint64_t>(0) : number_in(value);
  if (!last) return LogError::kCorrupt;
  status = db->Put(synced(), slice_of(epoch_key()), slice_of(number_value(*last + 1)));
  if (!status.ok()) return log_error(status);
  return *last + 1;
}

Result<Done, OpenFailure> LogTable::reopen() {
  const auto status = database_.reopen();
  if (!status.ok()) return open_failure(settings_.directory, status);
  auto loaded = load();
  if (!loaded.ok()) database_.close();
  return loaded;
}

Result<Done, OpenFailure> LogTable::load() {
  const auto db = database_.access();
  for (const Stream& stream : streams()) {
    if (auto loaded = load(*db, stream); !loaded.ok()) return loaded;
  }
  return Done{};
}

Result<Done, OpenFailure> LogTable::load(rocksdb::DB& db, const Stream& stream) {
  const std::string where = settings_.directory.string() + ": " + stream_name(stream);
  std::string value;
  const auto got = db.Get({}, slice_of(begin_key(stream)), &value);
  if (!got.ok() && !got.IsNotFound()) return open_failure(settings_.directory, got);
  const auto begin = got.IsNotFound() ? std::optional<std::uint64_t>(0) : number_in(value);
  if (!begin)
    return OpenFailure{OpenError::kCorrupt, where + ": its beginning cannot be read. Restore a backup."};
  std::uint64_t end = *begin;
  const std::unique_ptr<rocksdb::Iterator> cursor(db.NewIterator({}));
  cursor->SeekForPrev(slice_of(entry_key(stream, ~std::uint64_t{0})));
  if (!cursor->status().ok()) return open_failure(settings_.directory, cursor->status());
  const auto last = cursor->Valid() ? offset_in(view_of(cursor->key()), stream) : std::nullopt;
  if (last) {
    if (!unsealed(view_of(cursor->value()), *last)) {
      return OpenFailure{OpenError::kCorrupt, where + ": entry " + std::to_string(*last) +
                                                  " does not match its checksum. Restore a backup."};
    }
    end = std::max(end, *last + 1);
  }
  const auto seen = bounds_[index_of(stream)].end.load(std::memory_order_acquire);
  if (end < seen) {
    return OpenFailure{OpenError::kWentBack, where + " ends at " + std::to_string(end) +
                                                 ", but entries up to " + std::to_string(seen) +
                                                 " were acknowledged. Check the disk; restore a backup."};
  }
  bounds_[index_of(stream)].begin.store(*begin, std::memory_order_release);
  bounds_[index_of(stream)].end.store(end, std::memory_order_release);
  return Done{};
}

Result<Done, OpenFailure> LogTable::check_noted_ends() {
  const auto path = settings_.directory / "ENDS";
  const auto noted = read_format(path, "ends", kLogVersion);
  if (!noted.ok()) return noted.error();
  if (!noted.value()) return Done{};
  for (const Stream& stream : streams()) {
    const auto before = noted.value()->field(stream_name(stream));
    if (end(stream) >= before) continue;
    return OpenFailure{OpenError::kWentBack, settings_.directory.string() + ": " + stream_name(stream) +
                                                 " ends at " + std::to_string(end(stream)) +
                                                 ", but held entries up to " + std::to_string(before) +
                                                 " when it was closed. Restore a backup, or remove " +
                                                 path.string() + " to go on without them."};
  }
  return Done{};
}

void LogTable::note_ends() const {
  FormatFile ends{"ends", kLogVersion, {}};
  for (const Stream& stream : streams()) ends.fields[stream_name(stream)] = end(stream);
  // A note that cannot be written (full disk) leaves the older one, which is still true.
  (void)write_format(settings_.directory / "ENDS", ends);
}

} // namespace kindred::adapters
