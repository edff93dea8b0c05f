#include "nodes/adapters/rocksdb/rocks_state_store.hpp"

#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cassert>

#include "nodes/adapters/rocksdb/database.hpp"
#include "nodes/adapters/rocksdb/directory_lock.hpp"
#include "nodes/adapters/rocksdb/flying_batch.hpp"
#include "nodes/adapters/rocksdb/format_file.hpp"
#include "nodes/adapters/threads/steady_us.hpp"
#include "nodes/adapters/threads/thread_role.hpp"

namespace kindred::adapters {

using ports::StoreBatch;
using ports::StoreError;

namespace {

constexpr std::uint32_t kStateVersion = 1;
constexpr int kPlainLevels = 2; // what is in them is written again soon: not worth compressing

Bytes state_key(const ports::StateStore::Space& space, BytesView key) {
  Bytes full;
  full.reserve(1 + space.size() + key.size());
  full.push_back(static_cast<char>(space.size()));
  return full.append(space).append(key);
}

/// The first key behind all keys with the prefix. Requires: not only 0xff bytes, which no space's length is.
Bytes behind(Bytes prefix) {
  while (static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  ++prefix.back();
  return prefix;
}

/// A key's group, behind its space, as RocksDB's filters want it. Its name stands in the files: those that have another are
/// read without filter.
class Group final : public rocksdb::SliceTransform {
public:
  explicit Group(std::size_t (*group_of)(BytesView)) : group_of_(group_of) {}
  const char* Name() const override { return "kindred.group.1"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), size_in(key)}; }
  bool InDomain(const rocksdb::Slice& key) const override { return size_in(key) > 0; }

private:
  /// With the space; 0: of no group.
  std::size_t size_in(const rocksdb::Slice& key) const {
    const std::size_t space = key.empty() ? 0 : 1 + static_cast<unsigned char>(key[0]);
    if (key.size() <= space || space == 0) return 0;
    const std::size_t group = group_of_(view_of(key).substr(space));
    return group == 0 ? 0 : space + group;
  }
  std::size_t (*const group_of_)(BytesView);
};

Result<std::unique_ptr<Database>, OpenFailure> open_database(const RocksStateStore::Settings& settings) {
  const auto path = settings.directory / "FORMAT";
  const auto found = read_format(path, "state", kStateVersion);
  if (!found.ok()) return found.error();
  FormatFile format{"state", kStateVersion, {{"made", 0}}};
  if (found.value()) {
    format = *found.value();
  } else if (auto written = write_format(path, format); !written.ok()) {
    return written.error();
  }
  auto options = base_options();
  options.compression_per_level.assign(static_cast<std::size_t>(options.num_levels), options.compression);
  std::fill_n(options.compression_per_level.begin(), kPlainLevels, rocksdb::kNoCompression);
  if (settings.group_of != nullptr) options.prefix_extractor = std::make_shared<Group>(settings.group_of);
  auto database = std::make_unique<Database>(
      Database::Settings{settings.directory / "db", std::move(options), settings.file_system});
  const bool making = format.field("made") == 0;
  if (const auto status = database->open(making); !status.ok())
    return open_failure(settings.directory, status);
  format.fields["made"] = 1;
  if (making) {
    if (auto written = write_format(path, format); !written.ok()) return written.error();
  }
  return database;
}

} // namespace

Result<std::unique_ptr<RocksStateStore>, OpenFailure> RocksStateStore::open(Settings settings) {
  auto lock = DirectoryLock::take(settings.directory);
  if (!lock.ok()) return lock.error();
  auto held = std::make_unique<DirectoryLock>(lock.take());
  auto database = open_database(settings);
  if (!database.ok()) return database.error();
  return std::unique_ptr<RocksStateStore>(
      new RocksStateStore(std::move(settings), std::move(held), database.take()));
}

RocksStateStore::RocksStateStore(Settings settings, std::unique_ptr<DirectoryLock> lock,
                                 std::unique_ptr<Database> database)
    : settings_(std::move(settings)), lock_(std::move(lock)), database_(std::move(database)),
      thread_([this] { run(); }) {}

RocksStateStore::~RocksStateStore() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::optional<StoreError> RocksStateStore::health() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

bool RocksStateStore::sync() {
  const auto db = database_->access();
  return db && db->SyncWAL().ok();
}

std::string RocksStateStore::why() const {
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return why_;
  }
  const Duration writing = writing_for();
  if (writing <= settings_.slow_write) return "";
  std::uint64_t stopped = 0; // the writer is in the database, so nobody opens it anew meanwhile
  if (const auto db = database_->access())
    db->GetIntProperty(rocksdb::DB::Properties::kIsWriteStopped, &stopped);
  return "a batch has been written to " + settings_.directory.string() + " for " +
         std::to_string(writing.us / kSecond.us) + " s" +
         (stopped != 0 ? ", since RocksDB waits for its flushes or compactions" : "") +
         ": what is folded waits for it. See the disk, and db/LOG there.";
}

Duration RocksStateStore::writing_for() const {
  const std::int64_t since_us = writing_since_us_.load();
  return {since_us == 0 ? 0 : std::max<std::int64_t>(0, steady_us() - since_us)};
}

const WriteStalls& RocksStateStore::stalls() const { return database_->stalls(); }

std::size_t RocksStateStore::queued() const {
  const std::lock_guard lock(mutex_);
  return flying_.size();
}

void RocksStateStore::set_state(std::optional<StoreError> error, std::string why) {
  const std::lock_guard lock(mutex_);
  failed_ = error;
  why_ = std::move(why);
}

void RocksStateStore::write(const Space& space, StoreBatch batch, OnWritten on_written) {
  assert(space.size() <= ports::kSpaceBytesMax);
  auto flying = std::make_shared<const FlyingBatch>(std::move(batch));
  std::optional<StoreError> refused;
  {
    const std::lock_guard lock(mutex_);
    if (closing_) {
      refused = StoreError::kClosed;
    } else if (failed_) {
      refused = failed_;
    } else if (flying_.size() >= ports::kFlushQueueMax || flying_.contains(space)) {
      refused = StoreError::kBusy;
    } else {
      flying_.emplace(space, flying);
      queue_.push_back({space, std::move(flying), std::move(on_written)});
    }
  }
  if (refused) return on_written(*refused);
  changed_.notify_one();
}

std::shared_ptr<const FlyingBatch> RocksStateStore::in_flight(const Space& space) const {
  const std::lock_guard lock(mutex_);
  const auto found = flying_.find(space);
  return found == flying_.end() ? nullptr : found->second;
}

Result<std::optional<Bytes>, StoreError> RocksStateStore::get(const Space& space, BytesView key) {
  if (const auto flying = in_flight(space)) {
    if (const auto* change = flying->find(key)) return change->value;
    if (flying->replaces()) return std::optional<Bytes>{};
  }
  const auto db = database_->access();
  if (!db) return StoreError::kIo;
  std::string value;
  const auto status = db->Get({}, slice_of(state_key(space, key)), &value);
  if (status.IsNotFound()) return std::optional<Bytes>{};
  if (!status.ok()) return store_error(status);
  return std::optional<Bytes>{std::move(value)};
}

Result<Done, StoreError> RocksStateStore::scan(const Space& space, BytesView prefix,
                                               const std::function<bool(BytesView, BytesView)>& each,
                                               BytesView from) {
  const auto flying = in_flight(space); // kept while its views are used
  std::vector<const StoreBatch::Change*> changes;
  if (flying) changes = flying->with_prefix(prefix, from);
  auto change = changes.begin();

  const auto db = database_->access();
  if (!db) return StoreError::kIo;
  const Bytes first = state_key(space, std::max(prefix, from)), last = behind(state_key(space, prefix));
  const rocksdb::Slice upper = slice_of(last);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const bool group = settings_.group_of != nullptr && from.empty() && !prefix.empty() &&
                     settings_.group_of(prefix) == prefix.size();
  options.total_order_seek =
      !group; // what is asked for has one group: filters may say that a file has nothing of it
  const std::unique_ptr<rocksdb::Iterator> cursor(db->NewIterator(options));
  const std::size_t skip = 1 + space.size();
  if (!flying || !flying->replaces()) cursor->Seek(slice_of(first));
  while (cursor->Valid() || change != changes.end()) {
    const BytesView stored = cursor->Valid() ? view_of(cursor->key()).substr(skip) : BytesView{};
    const bool changed = change != changes.end() && (!cursor->Valid() || (*change)->key <= stored);
    const bool both = changed && cursor->Valid() && (*change)->key == stored;
    if (changed) {
      if ((*change)->value && !each((*change)->key, *(*change)->value)) return Done{};
      ++change;
    } else if (!each(stored, view_of(cursor->value()))) {
      return Done{};
    }
    if (!changed || both) cursor->Next();
  }
  if (!cursor->status().ok()) return store_error(cursor->status());
  return Done{};
}

namespace {

/// A snapshot of RocksDB's; it ends with the instance that it is of.
class RocksFrozenSpace final : public ports::FrozenSpace {
public:
  RocksFrozenSpace(const Database& database, const ports::StateStore::Space& space,
                   const Database::Access& db)
      : database_(database), prefix_(state_key(space, {})), opening_(db.opening()),
        snapshot_(db->GetSnapshot()) {}
  ~RocksFrozenSpace() override {
    const auto db = database_.access();
    if (db && db.opening() == opening_) db->ReleaseSnapshot(snapshot_);
  }
  Result<Done, StoreError> scan(BytesView from,
                                const std::function<bool(BytesView, BytesView)>& each) override {
    const auto db = database_.access();
    if (!db || db.opening() != opening_) return StoreError::kClosed;
    const Bytes last = behind(prefix_);
    const rocksdb::Slice upper = slice_of(last);
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    options.total_order_seek = true;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> cursor(db->NewIterator(options));
    for (cursor->Seek(slice_of(prefix_ + Bytes(from))); cursor->Valid(); cursor->Next())
      if (!each(view_of(cursor->key()).substr(prefix_.size()), view_of(cursor->value()))) return Done{};
    if (!cursor->status().ok()) return store_error(cursor->status());
    return Done{};
  }

private:
  const Database& database_;
  const Bytes prefix_;
  const std::uint64_t opening_;
  const rocksdb::Snapshot* const snapshot_;
};

} // namespace

Result<std::unique_ptr<ports::FrozenSpace>, StoreError> RocksStateStore::freeze(const Space& space) {
  const auto db = database_->access();
  if (!db) return StoreError::kIo;
  return std::unique_ptr<ports::FrozenSpace>(new RocksFrozenSpace(*database_, space, db));
}

// ---- the writer's thread ----

void RocksStateStore::run() {
  take_role("stateWriter", Share::kBehind);
  while (true) {
    std::deque<Queued> queued;
    {
      std::unique_lock lock(mutex_);
      if (failed_) {
        changed_.wait_for(lock, settings_.try_again, [this] { return closing_; });
      } else {
        changed_.wait(lock, [this] { return !queue_.empty() || closing_; });
      }
      if (closing_ && queue_.empty()) return;
      queued.swap(queue_);
    }
    if (const auto failed = health()) {
      for (auto& one : queued) answer(std::move(one), *failed);
      if (recover()) set_state(std::nullopt, "");
      continue;
    }
    for (auto& one : queued) {
      if (const auto failed = health())
        answer(std::move(one), *failed);
      else
        write_one(std::move(one));
    }
  }
}

bool RocksStateStore::has_room() const {
  const auto free_bytes = database_->free_bytes();
  return !free_bytes || *free_bytes >= settings_.free_bytes_min;
}

// One by one: RocksDB's copy of what is written is that of one space.
void RocksStateStore::write_one(Queued queued) {
  Result<Done, StoreError> verdict = StoreError::kDiskFull;
  if (!has_room()) {
    set_state(StoreError::kDiskFull, "the disk of " + settings_.directory.string() + " has less than " +
                                         std::to_string(settings_.free_bytes_min >> 20) +
                                         " MiB left. Make room: writing goes on by itself.");
  } else {
    writing_since_us_ = steady_us();
    verdict = put(queued);
    writing_since_us_ = 0;
    if (!verdict.ok()) {
      reopen_ = true;
      set_state(verdict.error(),
                "writing to " + settings_.directory.string() + " failed (" +
                    std::string(name_of(verdict.error())) +
                    "): it is opened anew before writing goes on. See the disk and the kernel's log.");
    }
  }
  answer(std::move(queued), verdict);
}

Result<Done, StoreError> RocksStateStore::put(const Queued& queued) {
  const auto db = database_->access();
  if (!db) return StoreError::kIo;
  rocksdb::WriteBatch batch;
  if (queued.batch->replaces()) {
    const Bytes first = state_key(queued.space, {}), last = behind(first);
    const auto status = batch.DeleteRange(slice_of(first), slice_of(last));
    if (!status.ok()) return store_error(status);
  }
  for (const auto& change : queued.batch->changes()) {
    const Bytes key = state_key(queued.space, change.key);
    const auto status =
        change.value ? batch.Put(slice_of(key), slice_of(*change.value)) : batch.Delete(slice_of(key));
    if (!status.ok()) return store_error(status);
  }
  const auto status = db->Write({}, &batch);
  if (!status.ok()) return store_error(status);
  return Done{};
}

void RocksStateStore::answer(Queued queued, Result<Done, StoreError> verdict) {
  {
    const std::lock_guard lock(mutex_);
    flying_.erase(queued.space);
  }
  queued.batch.reset(); // before the verdict, at which the next one may come
  queued.on_written(verdict);
}

bool RocksStateStore::recover() {
  if (!has_room()) return false;
  if (!reopen_) return true;
  const auto status = database_->reopen();
  if (!status.ok()) {
    set_state(store_error(status), open_failure(settings_.directory, status).what);
    return false;
  }
  reopen_ = false;
  return true;
}

} // namespace kindred::adapters
