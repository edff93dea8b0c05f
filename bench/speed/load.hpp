#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace kindred::bench {

/// One DEALER connection that keeps a fixed number of requests under way: the client half of every serving row, the same
/// for Kindred and for the reference. One thread.
class Load {
public:
  explicit Load(const std::string& endpoint);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  struct Result {
    double per_second = 0;
    std::vector<double> latencies_us; ///< of every answer, unsorted
    std::uint64_t answers = 0;
  };

  /// Closed loop: `next` gives request n; `depth` under way; for `seconds`, after one depth as warm-up.
  /// `check` may look at an answer (called for every 1,024th).
  using Next = std::function<const Bytes&(std::uint64_t n)>;
  using Check = std::function<void(BytesView answer)>;
  Result closed(const Next& next, int depth, double seconds, const Check& check = {});

  /// Open loop at `rate` per second for `seconds`, after `warm_up` of the same that does not count: what was asked before may
  /// have left work. Latency counts from the time a request was due.
  Result open(const Next& next, double rate, double seconds, double warm_up);

private:
  void send(const Bytes& bytes);
  /// Waits for an answer up to `at_most`; false if none came.
  bool receive(std::chrono::milliseconds at_most, Bytes& answer);

  void* context_ = nullptr;
  void* socket_ = nullptr;
};

/// The q-quantile (0..1) of values; sorts them.
double quantile(std::vector<double>& values, double q);
double median(std::vector<double> values);

/// CPU time a process has used so far, user and system, in seconds.
double cpu_seconds(int pid);

/// The reference: a ROUTER that sends back what it gets, as a process of its own. Ends with the object.
class EchoProcess {
public:
  EchoProcess();
  ~EchoProcess();
  EchoProcess(const EchoProcess&) = delete;
  EchoProcess& operator=(const EchoProcess&) = delete;
  const std::string& endpoint() const { return endpoint_; }

private:
  std::string endpoint_;
  int pid_ = -1;
};

/// The reference for durable events: events per second of a loop that writes batches of `batch` values of `bytes` into
/// RocksDB with fsync, in a folder of its own below `folder`.
double bare_rocksdb_events_per_second(const std::string& folder, int batch, int bytes, double seconds);

} // namespace kindred::bench
