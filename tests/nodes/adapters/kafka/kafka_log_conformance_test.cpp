#include <thread>

#include "tests/actors/ports/log_conformance.hpp"
#include "tests/nodes/adapters/kafka/kafka_place.hpp"

// The port's suite over a real broker. A broker that is stopped (SIGSTOP) holds what it was sent, and answers nobody.

namespace kindred::ports {
namespace {

using adapters::KafkaLog;
using adapters::KafkaPlaceForTests;
using adapters::shared_broker;

class KafkaWorld final : public LogWorld {
public:
  ~KafkaWorld() override { thaw_after_the_next_unknown_.request_stop(); }

  std::string missing() const override { return support::KafkaBroker::missing(); }
  std::unique_ptr<Log> open(LogBounds bounds) override {
    auto settings = place_.settings();
    settings.partitions = kPartitions;
    settings.queue_max = bounds.queue_max;
    settings.queue_bytes_max = bounds.queue_bytes_max;
    settings.tail_bytes_max = bounds.tail_bytes_max;
    auto log = KafkaPlaceForTests::open(settings);
    log_ = log.get();
    return log;
  }
  void remake() override { place_.remove_all(); }
  void hold(bool held) override { held ? shared_broker().freeze() : shared_broker().thaw(); }
  void fail(bool failing) override { hold(failing); }
  void lose_next_verdict() override {
    shared_broker().freeze();
    thaw_after_the_next_unknown_ =
        std::jthread([this, before = log_->probe().unknown()](std::stop_token stop) {
          while (log_->probe().unknown() == before && !stop.stop_requested() && shared_broker().look_again())
            continue;
          shared_broker().thaw();
        });
  }

private:
  const KafkaPlaceForTests place_;
  KafkaLog* log_ = nullptr;
  std::jthread thaw_after_the_next_unknown_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, LogConformance,
                         testing::Values(LogMaker{[] { return std::make_unique<KafkaWorld>(); }}));

} // namespace
} // namespace kindred::ports
