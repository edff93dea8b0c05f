#pragma once

#include <atomic>
#include <functional>
#include <utility>
#include <vector>

#include "actors/gateway/probe.hpp"
#include "nodes/adapters/prometheus/metrics.hpp"

namespace kindred::node {

inline constexpr double kMicro = 1e-6;

template <class Int>
double value_of(const std::atomic<Int>& count) {
  return static_cast<double>(count.load(std::memory_order_relaxed));
}

/// Registers what is read straight from a counter.
struct MetricWriter {
  adapters::Metrics& metrics;

  template <class Count>
  void counter(const char* name, const char* help, const Count& count,
               const adapters::Metrics::Labels& labels = {}) {
    metrics.counter(name, help, labels, [&count] { return value_of(count); });
  }
  /// One histogram: the sum of all that `parts` names.
  void durations(const char* name, const char* help,
                 std::function<std::vector<const actors::gateway::Durations*>()> parts) {
    std::vector<double> bounds;
    for (const auto us : actors::gateway::Durations::kBounds_us)
      bounds.push_back(static_cast<double>(us) * kMicro);
    metrics.histogram(name, help, {}, bounds, [parts = std::move(parts)] {
      adapters::Metrics::Distribution all;
      all.counts.resize(actors::gateway::Durations::kBounds_us.size() + 1);
      for (const actors::gateway::Durations* part : parts()) {
        for (std::size_t i = 0; i < all.counts.size(); ++i) all.counts[i] += part->counts[i].load();
        all.sum += value_of(part->sum_us) * kMicro;
      }
      return all;
    });
  }
  template <class Count>
  void gauge(const char* name, const char* help, const Count& count,
             const adapters::Metrics::Labels& labels = {}) {
    metrics.gauge(name, help, labels, [&count] { return value_of(count); });
  }
};

} // namespace kindred::node
