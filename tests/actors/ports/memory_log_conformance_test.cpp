#include "tests/actors/ports/log_conformance.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::ports {
namespace {

class MemoryWorld final : public LogWorld {
public:
  std::unique_ptr<Log> open(LogBounds bounds) override {
    support::MemoryLog::Settings settings;
    settings.partitions = kPartitions;
    settings.queue_max = bounds.queue_max;
    settings.queue_bytes_max = bounds.queue_bytes_max;
    settings.tail_bytes_max = bounds.tail_bytes_max;
    auto log = std::make_unique<support::MemoryLog>(disk_, settings);
    log_ = log.get();
    return log;
  }
  void remake() override {
    const auto incarnation = disk_->incarnation;
    disk_ = std::make_shared<support::MemoryLogDisk>();
    disk_->incarnation = incarnation + 1;
  }
  void hold(bool held) override { log_->hold(held); }
  void lose_next_verdict() override {
    log_->judge_with([this, lost = false](const Stream&, BytesView) mutable {
      using Kind = support::MemoryLog::Fate::Kind;
      return support::MemoryLog::Fate{.kind = std::exchange(lost, true) ? Kind::kTaken : Kind::kUnknownTaken};
    });
  }
  void fail(bool failing) override {
    log_->fail(failing ? std::optional(LogError::kDiskFull) : std::nullopt);
  }

private:
  std::shared_ptr<support::MemoryLogDisk> disk_ = std::make_shared<support::MemoryLogDisk>();
  support::MemoryLog* log_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Memory, LogConformance,
                         testing::Values(LogMaker{[] { return std::make_unique<MemoryWorld>(); }}));

} // namespace
} // namespace kindred::ports
