#pragma once

#include <rocksdb/listener.h>

#include <atomic>
#include <cstdint>

namespace kindred::adapters {

/// How often RocksDB made a database's writes wait for its own flushes and compactions, since the process began. Told by
/// RocksDB on its threads, of what a write runs into only once it got through; read by whoever exports metrics, without locks.
class WriteStalls final : public rocksdb::EventListener {
public:
  void OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) override {
    const auto now = info.condition.cur;
    if (now == rocksdb::WriteStallCondition::kDelayed) slowings_.fetch_add(1, std::memory_order_relaxed);
    if (now == rocksdb::WriteStallCondition::kStopped) stops_.fetch_add(1, std::memory_order_relaxed);
  }

  std::uint64_t slowings() const { return slowings_.load(std::memory_order_relaxed); }
  std::uint64_t stops() const { return stops_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> slowings_{0}, stops_{0};
};

} // namespace kindred::adapters
