#include "nodes/adapters/rocksdb/rocks_log.hpp"
#include "tests/actors/ports/log_conformance.hpp"
#include "tests/nodes/adapters/rocksdb/fault_file_system.hpp"
#include "tests/support/temp_dir.hpp"

namespace kindred::adapters {
namespace {

using ports::Log;
using ports::LogConformance;
using ports::LogMaker;
using ports::LogWorld;

class RocksWorld final : public LogWorld {
public:
  explicit RocksWorld(FaultFileSystem::Fault fault) : fault_(fault) {}

  std::unique_ptr<Log> open(ports::LogBounds bounds) override {
    RocksLog::Settings settings;
    settings.directory = directory_.path() / "log";
    settings.partitions = kPartitions;
    settings.queue_max = bounds.queue_max;
    settings.queue_bytes_max = bounds.queue_bytes_max;
    settings.tail_bytes_max = bounds.tail_bytes_max;
    settings.free_bytes_min = 0;
    settings.try_again = std::chrono::milliseconds(1);
    settings.file_system = faults_;
    auto log = RocksLog::open(settings);
    if (!log.ok()) ADD_FAILURE() << log.error().what;
    return log.take();
  }
  void remake() override { std::filesystem::remove_all(directory_.path() / "log"); }
  void hold(bool held) override { faults_->hold_syncs(held); }
  void lose_next_verdict() override { faults_->fail_next_log_sync(); }
  void fail(bool failing) override { faults_->fail_with(failing ? fault_ : FaultFileSystem::Fault::kNone); }

private:
  const FaultFileSystem::Fault fault_;
  const support::TempDir directory_;
  const std::shared_ptr<FaultFileSystem> faults_ = std::make_shared<FaultFileSystem>();
};

INSTANTIATE_TEST_SUITE_P(
    Rocks, LogConformance,
    testing::Values(LogMaker{[] { return std::make_unique<RocksWorld>(FaultFileSystem::Fault::kIo); }},
                    LogMaker{[] { return std::make_unique<RocksWorld>(FaultFileSystem::Fault::kNoSpace); }}));

} // namespace
} // namespace kindred::adapters
