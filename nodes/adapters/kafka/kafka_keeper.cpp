#include "nodes/adapters/kafka/kafka_keeper.hpp"

#include "nodes/adapters/threads/thread_role.hpp"

namespace kindred::adapters {

using ports::LogError;
using Clock = std::chrono::steady_clock;
using State = KafkaProbe::State;

KafkaKeeper::~KafkaKeeper() { stop(); }

void KafkaKeeper::begin(KafkaWriter& writer, KafkaTails& tails) {
  thread_ = std::thread([this, &writer, &tails] { run(writer, tails); });
  hearing_ = std::thread([this, &tails] { listen(tails); });
}

void KafkaKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (hearing_.joinable()) hearing_.join();
}

void KafkaKeeper::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  woken_.notify_all();
}

void KafkaKeeper::run(KafkaWriter& writer, KafkaTails& tails) {
  take_role("kafkaKeeper", Share::kAnswers);
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

void KafkaKeeper::listen(KafkaTails& tails) {
  take_role("kafkaHears", Share::kAnswers);
  std::unique_lock lock(mutex_);
  while (!woken_.wait_for(lock, settings_.hear_again, [this] { return closing_; })) {
    lock.unlock();
    const auto asked = Clock::now();
    const auto places = tails.watched();
    if (!places.empty() && probe_.state() != State::kOtherLife)
      tails.ends(places, reader_.ends_of(places), asked);
    lock.lock();
  }
}

bool KafkaKeeper::look(KafkaWriter& writer, KafkaTails& tails) {
  const auto began = Clock::now();
  const auto verified = life_.verify();
  probe_.saw_look(verified.ok());
  if (verified.ok()) {
    failing_.reset();
    doubted_.reset();
    enter(State::kTaking, "the brokers show the log again");
    writer.resume();
    return true;
  }
  if (!failing_) failing_ = began;
  const auto& doubt = verified.error();
  const bool other = doubt.error == LogError::kNoStream || doubt.error == LogError::kWentBack;
  if (!other) doubted_.reset(); // who does not answer says nothing
  if (other && !doubted_) doubted_ = began;
  if (other && (doubt.certain || Clock::now() - *doubted_ >= settings_.believe_after)) {
    const std::string why = std::string("a topic of this log was deleted or made anew under it (") +
                            std::string(ports::name_of(doubt.error)) +
                            "); nothing more is written. Bring it back from a backup, then restart";
    enter(State::kOtherLife, why);
    writer.end(doubt.error, why);
    tails.end(doubt.error);
    return false;
  }
  const bool given_up = writer.health().has_value();
  if (!given_up && Clock::now() - *failing_ > settings_.message_timeout) {
    writer.refuse(
        "no broker of " + settings_.bootstrap +
        " shows all topics; appends go on by themselves when one does. See the brokers and the network");
  }
  enter(given_up ? State::kGivenUp : State::kBrokersLost,
        given_up ? "appends are refused until the brokers show the log again"
                 : "the brokers do not show the log: " + std::string(ports::name_of(doubt.error)));
  return false;
}

void KafkaKeeper::enter(State state, const std::string& why) {
  if (probe_.state() == state) return;
  probe_.enter(state);
  if (settings_.on_log_line) settings_.on_log_line(state == State::kTaking ? 5 : 3, why);
}

} // namespace kindred::adapters
