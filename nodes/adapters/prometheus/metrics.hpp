#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kindred::adapters {

/// The metrics of a node in Prometheus' text form.
///
/// Nothing is counted here: rooms count in their probes (atomics, tens of nanoseconds less than a shared counter), and
/// each series is read from its probe when someone scrapes. So hot paths never touch this class.
///
/// Register at start, then only `text`. Thread-safe; readers must be callable from any thread and outlive this.
/// Requires of every name: [a-z_]+ with the unit last (seconds, bytes), counters ending in _total; help is not empty;
/// one help and one kind per name; no label named user or item; at most kSeriesMax series. Asserted: we err.
class Metrics {
public:
  using Labels = std::vector<std::pair<std::string, std::string>>;
  using Read = std::function<double()>;

  struct Distribution {
    std::vector<std::uint64_t> counts; ///< per bucket, one more than there are bounds: the last is above all
    double sum = 0;
  };
  using ReadDistribution = std::function<Distribution()>;

  /// A family whose series are known only when read: calls `emit` once for each.
  using Emit = std::function<void(const Labels& labels, double value)>;
  using ReadMany = std::function<void(const Emit& emit)>;

  static constexpr std::size_t kSeriesMax = 2'000; ///< lines that name a value; a histogram has bounds + 3
  static constexpr std::size_t kManyMax =
      100; ///< series of one family read with ReadMany; the rest is left out

  /// `fixed` goes onto every series.
  explicit Metrics(Labels fixed = {});
  ~Metrics();

  void counter(const std::string& name, const std::string& help, const Labels& labels, Read read);
  void gauge(const std::string& name, const std::string& help, const Labels& labels, Read read);
  /// `bounds` are upper bounds, growing, in the unit of the name.
  void histogram(const std::string& name, const std::string& help, const Labels& labels,
                 std::vector<double> bounds, ReadDistribution read);
  void counters(const std::string& name, const std::string& help, ReadMany read);
  void gauges(const std::string& name, const std::string& help, ReadMany read);

  /// What `GET /metrics` answers; content type kContentType. Reads every probe.
  std::string text() const;
  /// Series registered, families read with ReadMany counted as kManyMax.
  std::size_t series() const;

  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

private:
  struct Families;
  const std::unique_ptr<Families> families_;
};

} // namespace kindred::adapters
