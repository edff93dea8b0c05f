#include "tests/nodes/adapters/rocksdb/fault_file_system.hpp"

namespace kindred::adapters {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class FaultFileSystem::File final : public rocksdb::FSWritableFileOwnerWrapper {
public:
  File(FaultFileSystem& owner, const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>&& real)
      : FSWritableFileOwnerWrapper(std::move(real)), owner_(owner), log_file_(name.ends_with(".log")),
        table_(name.ends_with(".sst")) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    if (auto fault = owner_.before_append(table_); !fault.ok()) return fault;
    return target()->Append(data, options, dbg);
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& info, IODebugContext* dbg) override {
    if (auto fault = owner_.before_append(table_); !fault.ok()) return fault;
    return target()->Append(data, options, info, dbg);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    if (auto fault = owner_.before_sync(log_file_); !fault.ok()) return fault;
    return target()->Sync(options, dbg);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    if (auto fault = owner_.before_sync(log_file_); !fault.ok()) return fault;
    return target()->Fsync(options, dbg);
  }

private:
  FaultFileSystem& owner_;
  const bool log_file_, table_;
};

IOStatus FaultFileSystem::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* dbg) {
  if (auto fault = status(); !fault.ok()) return fault;
  std::unique_ptr<rocksdb::FSWritableFile> real;
  auto made = target()->NewWritableFile(name, options, &real, dbg);
  if (made.ok()) *file = std::make_unique<File>(*this, name, std::move(real));
  return made;
}

IOStatus FaultFileSystem::GetFreeSpace(const std::string& path, const IOOptions& options,
                                       std::uint64_t* bytes, IODebugContext* dbg) {
  {
    const std::lock_guard lock(mutex_);
    if (free_bytes_) {
      *bytes = *free_bytes_;
      return IOStatus::OK();
    }
  }
  return target()->GetFreeSpace(path, options, bytes, dbg);
}

IOStatus FaultFileSystem::status() const {
  switch (fault_.load()) {
  case Fault::kIo: return IOStatus::IOError("injected: input/output error");
  case Fault::kNoSpace: return IOStatus::NoSpace("injected: no space left on device");
  case Fault::kNone: break;
  }
  return IOStatus::OK();
}

IOStatus FaultFileSystem::before_append(bool table) {
  if (table) {
    std::unique_lock lock(mutex_);
    let_go_.wait(lock, [this] { return !tables_held_; });
  }
  return status();
}

IOStatus FaultFileSystem::before_sync(bool log_file) {
  if (!log_file) return status();
  ++log_syncs_;
  if (fail_next_log_sync_.exchange(false)) return IOStatus::IOError("injected: fsync failed once");
  std::unique_lock lock(mutex_);
  let_go_.wait(lock, [this] { return !held_; });
  return status();
}

} // namespace kindred::adapters
