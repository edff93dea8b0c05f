#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "nodes/adapters/kafka/kafka_life.hpp"
#include "nodes/adapters/kafka/kafka_probe.hpp"
#include "nodes/adapters/kafka/kafka_tails.hpp"
#include "nodes/adapters/kafka/kafka_writer.hpp"

namespace kindred::adapters {

/// Looks, every so often and whenever something seems wrong, whether the brokers answer and the topics are still those of
/// this life; and each second how far the leaders of the subscribed partitions are, so that a tail which hears nothing
/// is told from one that has nothing to hear. Two threads; owns nothing. What it finds:
///
///   all well: the writer resumes if it had given up       brokers silent: waited for; past the message timeout refused
///   a topic of another life, or for `believe_after` gone or shorter than it was: writer and tails end, for good
class KafkaKeeper {
public:
  /// All must outlive it. Does nothing before `begin`.
  KafkaKeeper(const KafkaSettings& settings, KafkaLife& life, const KafkaReader& reader, KafkaProbe& probe)
      : settings_(settings), life_(life), reader_(reader), probe_(probe) {}
  ~KafkaKeeper();

  /// Looks from now on, and tells these two.
  void begin(KafkaWriter& writer, KafkaTails& tails);
  /// Looks no more; from now on neither is called. Before they end.
  void stop();
  /// Look now. Any thread, also before `begin`.
  void hurry();

private:
  void run(KafkaWriter& writer, KafkaTails& tails);
  /// A thread of its own: a look at a broker that is silent takes seconds.
  void listen(KafkaTails& tails);
  /// True: all is well.
  bool look(KafkaWriter& writer, KafkaTails& tails);
  void enter(KafkaProbe::State state, const std::string& why);

  const KafkaSettings& settings_;
  KafkaLife& life_;
  const KafkaReader& reader_;
  KafkaProbe& probe_;
  // The thread's own: since when looks fail; since when brokers say that the log is gone, or another one.
  std::optional<std::chrono::steady_clock::time_point> failing_, doubted_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool hurry_ = false;
  bool closing_ = false;
  std::thread thread_, hearing_;
};

} // namespace kindred::adapters
