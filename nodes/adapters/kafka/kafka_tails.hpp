#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "nodes/adapters/kafka/handles.hpp"
#include "nodes/adapters/kafka/kafka_probe.hpp"
#include "nodes/adapters/kafka/kafka_reader.hpp"
#include "nodes/adapters/kafka/topic_plan.hpp"

namespace kindred::adapters {

/// Serves the subscriptions of a log on Kafka.
///
/// A subscription has a queue of librdkafka of its own, which fetches ahead up to a bound and says when something came. One
/// thread takes from the queues, in turn and in slices, and calls the receivers; while a receiver's window is full its
/// queue is left alone, and the library stops fetching by itself. A client of the brokers fetches a partition once: a
/// second subscription of the same stream gets a second client, kept for the next one that needs it.
///
///   starting ──> fetching ── the offset is not there ──> the bounds say which error it is, or: fetch anew
///      └─ again later while the brokers do not answer; kIo never reaches the receiver
///
/// *Known ends.* What this node's own appends, and those of others, were acknowledged at is in the log, whatever a leader says
/// that leads no more and does not know. A tail that has not come so far is not heard (`unheard_for`); where it has room and
/// nothing comes for `renew_after`, its client gives way to another one, as soon as that one heard who leads. It asks one broker
/// alone, the next one each time: the library asks those that it talks to, so the same lonely leader again and again. Where
/// that does not help, another one follows twice as late.
///
/// Thread-safe. Calls to librdkafka are made on the tails' thread only.
class KafkaTails {
public:
  static constexpr std::size_t kSliceBytes = 1 << 20;

  /// All must outlive it. `on_trouble`: some topic is not what it was; the owner looks at once.
  KafkaTails(const KafkaSettings& settings, const TopicPlan& plan, const KafkaReader& reader,
             KafkaProbe& probe, std::function<void()> on_trouble);
  /// Requires: no subscription is left.
  ~KafkaTails();

  std::unique_ptr<ports::Subscription> add(const records::Stream& stream, std::uint64_t from,
                                           ports::TailSink sink);

  /// Partitions of the events log that are subscribed.
  std::vector<KafkaPlace> watched() const;
  /// What the leaders said at `asked` where these end; a tail that has come so far has heard everything up to then.
  void ends(const std::vector<KafkaPlace>& places, const std::vector<std::optional<std::uint64_t>>& ends,
            std::chrono::steady_clock::time_point asked);
  /// An append of this node was acknowledged: the partition ends there at least, whatever a leader says that leads no more.
  void acked(PartitionId partition, std::uint64_t end);
  /// Up to where that was, by partition; 0: none yet.
  std::vector<std::uint64_t> acked_ends() const;
  /// The same of other nodes' appends; more than there are partitions: not looked at.
  void acked_elsewhere(const std::vector<std::uint64_t>& ends);
  /// Since when a partition's tail may lack something that its leader had: the age of what it has delivered, at most.
  std::chrono::steady_clock::duration unheard_for(PartitionId partition) const;

  /// Up to where a tail of it has come, 0: none has: it ends there at least.
  std::uint64_t reached(const records::Stream& stream) const;
  /// Nothing of this log can be trusted any more: every subscription, now and later, ends so.
  void end(ports::LogError error);

private:
  struct Tail;
  struct Client;
  struct Renewal;
  class Handle;
  using TailPtr = std::shared_ptr<Tail>;

  void remove(const TailPtr& tail);
  void consumed(Tail& tail, std::size_t bytes);
  void wake();
  static void readable(rd_kafka_t* client, void* tail);

  void run();
  void start(Tail& tail);
  bool start_fetching(Tail& tail);
  std::unique_ptr<Client> make_tails_client(std::size_t turn) const;
  Client* client_for(const records::Stream& stream);
  void stop(Tail& tail);
  bool serve(Tail& tail);
  bool refill(Tail& tail);
  std::vector<ports::LogEntry> slice(Tail& tail, std::size_t bytes_max);
  void say_caught_up(Tail& tail);
  void look_at_end(Tail& tail);
  void heard(const Tail& tail, std::chrono::steady_clock::time_point at);
  std::uint64_t known_end(const Tail& tail) const;
  bool stuck(Tail& tail) const;
  void begin_renewal(Client& old);
  void carry_on(const std::vector<TailPtr>& tails);
  void treat(Tail& tail, rd_kafka_resp_err_t error);
  void finish(Tail& tail, ports::LogError error);

  const KafkaSettings& settings_;
  const TopicPlan& plan_;
  const KafkaReader& reader_;
  KafkaProbe& probe_;
  const std::function<void()> on_trouble_;

  std::vector<std::unique_ptr<Client>> clients_;       ///< the thread's own
  std::unique_ptr<Renewal> renewal_;                   ///< the thread's own
  std::size_t turn_ = 0;                               ///< the same: of renewals that were begun
  std::vector<std::atomic<std::uint64_t>> acked_ends_; ///< by partition of events: of this node's appends
  std::vector<std::atomic<std::uint64_t>> known_ends_; ///< the same, and of others'
  std::vector<std::atomic<std::int64_t>> heard_ticks_; ///< by partition of events: of the steady clock
  mutable std::mutex mutex_;                           ///< of all below
  std::condition_variable woken_;
  std::vector<TailPtr> tails_;
  std::vector<TailPtr> ended_; ///< their queues are still to be closed
  std::optional<ports::LogError> over_;
  struct End {
    std::uint64_t end = 0;
    std::chrono::steady_clock::time_point asked;
  };
  std::map<std::int32_t, End> ends_; ///< told, not looked at yet; by partition of events
  bool work_ = false;
  bool closing_ = false;
  std::thread thread_;
};

} // namespace kindred::adapters
