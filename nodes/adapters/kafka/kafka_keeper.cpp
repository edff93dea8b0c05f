#include "nodes/adapters/kafka/kafka_keeper.hpp"

#include "nodes/adapters/threads/thread_role.hpp"

namespace kindred::adapters {

using ports::LogError;
using Clock = std::chrono::steady_clock;
using State = KafkaProbe::State;

KafkaKeeper::~KafkaKeeper() { stop(); }

void KafkaKeeper::begin(KafkaWriter& writer, KafkaTails& tails) {
  thread_ = std::thread([this, &writer, &tails] { run(writer, tails); });
}

void KafkaKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void KafkaKeeper::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  woken_.notify_one();
}

void KafkaKeeper::run(KafkaWriter& writer, KafkaTails& tails) {
  take_role("kafkaKeeper", Share::kAnswers);
  heard_ = Clock::now();
  bool well = true;
  std::unique_lock lock(mutex_);
  while (probe_.state() != State::kOtherLife) {
    // Trouble is looked at at once, but only once per interval while it lasts.
    if (well) {
      woken_.wait_for(lock, settings_.look_again, [this] { return hurry_ || closing_; });
    } else {
      woken_.wait_for(lock, settings_.try_again, [this] { return closing_; });
    }
    if (closing_) return;
    hurry_ = false;
    lock.unlock();
    well = look(writer, tails);
    lock.lock();
  }
}

bool KafkaKeeper::look(KafkaWriter& writer, KafkaTails& tails) {
  const auto verified = life_.verify();
  probe_.saw_look(verified.ok());
  if (verified.ok()) {
    heard_ = Clock::now();
    probe_.enter(State::kTaking);
    writer.resume();
    return true;
  }
  if (verified.error() != LogError::kNoStream && verified.error() != LogError::kWentBack) {
    const bool given_up = writer.health().has_value();
    if (!given_up && Clock::now() - heard_ > settings_.message_timeout) {
      writer.refuse(
          "no broker of " + settings_.bootstrap +
          " shows all topics; appends go on by themselves when one does. See the brokers and the network");
    }
    probe_.enter(given_up ? State::kGivenUp : State::kBrokersLost);
    return false;
  }
  probe_.enter(State::kOtherLife);
  writer.end(verified.error(), std::string("a topic of this log was deleted or made anew under it (") +
                                   std::string(ports::name_of(verified.error())) +
                                   "); nothing more is written. Bring it back from a backup, then restart");
  tails.end(verified.error());
  return false;
}

} // namespace kindred::adapters
