#pragma once

#include <atomic>
#include <cstdint>

namespace kindred::adapters {

/// What an operator sees of a log on Kafka. Written by the log, read by whoever exports metrics; both without locks.
class KafkaProbe {
public:
  /// Named states; anything but kTaking has its words in KafkaLog::why().
  enum class State : std::uint8_t {
    kTaking = 1,      ///< appends are taken, the brokers answer
    kBrokersLost = 2, ///< the brokers do not answer; appends are taken and wait
    kGivenUp = 3,     ///< the same for longer than an append waits: appends are refused
    kOtherLife = 4,   ///< a topic was deleted or made anew under the log: nothing is taken any more
  };

  void saw_acked(std::uint64_t entries, std::uint64_t bytes) {
    add(acked_, entries);
    add(bytes_, bytes);
  }
  void saw_refusal() { add(refusals_, 1); }
  void saw_broker_refusal() { add(broker_refusals_, 1); }
  void saw_unknown(std::uint64_t entries) { add(unknown_, entries); }
  void saw_doubtful(std::uint64_t entries) { add(doubtful_, entries); }
  void saw_fatal() { add(fatal_, 1); }
  void saw_replaced() { add(replaced_, 1); }
  void saw_tail_restart() { add(tail_restarts_, 1); }
  void saw_tail_client_renewed() { add(tail_clients_renewed_, 1); }
  void saw_look(bool well) { add(well ? looks_ : looks_failed_, 1); }
  void saw_queue(std::size_t entries, std::size_t bytes) {
    queued_.store(entries, std::memory_order_relaxed);
    queued_bytes_.store(bytes, std::memory_order_relaxed);
  }
  void enter(State state) { state_.store(state, std::memory_order_relaxed); }

  State state() const { return state_.load(std::memory_order_relaxed); }
  std::uint64_t acked() const { return get(acked_); }                     ///< entries
  std::uint64_t bytes() const { return get(bytes_); }                     ///< of these
  std::uint64_t refusals() const { return get(refusals_); }               ///< at the door
  std::uint64_t broker_refusals() const { return get(broker_refusals_); } ///< entries the brokers refused
  std::uint64_t unknown() const { return get(unknown_); }                 ///< entries without a verdict
  std::uint64_t doubtful() const {
    return get(doubtful_);
  }                                                   ///< offsets taken from the log's end (kafka_writer.hpp)
  std::uint64_t fatal() const { return get(fatal_); } ///< producers that librdkafka called dead
  std::uint64_t replaced() const { return get(replaced_); } ///< producers given up, for whatever reason
  std::uint64_t tail_restarts() const {
    return get(tail_restarts_);
  } ///< subscriptions that had to fetch anew
  std::uint64_t tail_clients_renewed() const {
    return get(tail_clients_renewed_);
  }                                                   ///< since one tail of theirs was stuck
  std::uint64_t looks() const { return get(looks_); } ///< that found brokers and life as they should be
  std::uint64_t looks_failed() const { return get(looks_failed_); } ///< that did not
  std::uint64_t queued() const { return get(queued_); }             ///< entries without a verdict
  std::uint64_t queued_bytes() const { return get(queued_bytes_); }

private:
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::uint64_t n) { count.fetch_add(n, std::memory_order_relaxed); }
  static std::uint64_t get(const Count& count) { return count.load(std::memory_order_relaxed); }

  std::atomic<State> state_{State::kTaking};
  Count acked_{0}, bytes_{0}, refusals_{0}, broker_refusals_{0}, unknown_{0}, doubtful_{0}, fatal_{0},
      replaced_{0};
  Count tail_restarts_{0}, tail_clients_renewed_{0}, looks_{0}, looks_failed_{0}, queued_{0},
      queued_bytes_{0};
};

} // namespace kindred::adapters
