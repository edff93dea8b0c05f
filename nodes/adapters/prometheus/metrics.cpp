#include "nodes/adapters/prometheus/metrics.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <map>
#include <mutex>

namespace kindred::adapters {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

namespace {

bool well_named(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

bool allowed(const Metrics::Labels& labels) {
  return std::ranges::all_of(labels, [](const auto& label) {
    return well_named(label.first) && label.first != "user" && label.first != "item";
  });
}

ClientMetric::Histogram histogram_of(const std::vector<double>& bounds, const Metrics::Distribution& read) {
  assert(read.counts.size() == bounds.size() + 1);
  ClientMetric::Histogram histogram;
  std::uint64_t cumulated = 0;
  for (std::size_t i = 0; i < read.counts.size(); ++i) {
    cumulated += read.counts[i];
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({cumulated, bound});
  }
  histogram.sample_count = cumulated;
  histogram.sample_sum = read.sum;
  return histogram;
}

} // namespace

struct Metrics::Families {
  using Add = std::function<void(MetricFamily& family)>;
  struct Family {
    std::string help;
    MetricType type;
    std::vector<Add> series;
  };

  void add(const std::string& name, const std::string& help, MetricType type, std::size_t count, Add add) {
    assert(well_named(name) && !help.empty());
    assert((type == MetricType::Counter) == name.ends_with("_total"));
    const std::lock_guard lock(mutex);
    auto& family = families.try_emplace(name, Family{help, type, {}}).first->second;
    assert(family.help == help && family.type == type);
    family.series.push_back(std::move(add));
    series += count;
    assert(series <= kSeriesMax);
  }
  ClientMetric metric(const Labels& labels) const {
    assert(allowed(labels));
    ClientMetric metric;
    for (const auto& [name, value] : fixed) metric.label.push_back({name, value});
    for (const auto& [name, value] : labels) metric.label.push_back({name, value});
    return metric;
  }
  static void set(ClientMetric& metric, MetricType type, double value) {
    if (type == MetricType::Counter) metric.counter.value = value;
    if (type == MetricType::Gauge) metric.gauge.value = value;
  }
  void one(const std::string& name, const std::string& help, MetricType type, const Labels& labels,
           Read read) {
    add(name, help, type, 1,
        [type, read = std::move(read), metric = metric(labels)](MetricFamily& family) mutable {
          set(metric, type, read());
          family.metric.push_back(metric);
        });
  }
  void many(const std::string& name, const std::string& help, MetricType type, ReadMany read) {
    add(name, help, type, kManyMax, [this, type, read = std::move(read)](MetricFamily& family) {
      std::size_t left = kManyMax;
      read([&](const Labels& labels, double value) {
        if (left == 0) return;
        --left;
        auto filled = metric(labels);
        set(filled, type, value);
        family.metric.push_back(std::move(filled));
      });
    });
  }

  Labels fixed;
  mutable std::mutex mutex;
  std::map<std::string, Family> families;
  std::size_t series = 0;
};

Metrics::Metrics(Labels fixed) : families_(std::make_unique<Families>()) {
  families_->fixed = std::move(fixed);
}
Metrics::~Metrics() = default;

void Metrics::counter(const std::string& name, const std::string& help, const Labels& labels, Read read) {
  families_->one(name, help, MetricType::Counter, labels, std::move(read));
}

void Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels, Read read) {
  families_->one(name, help, MetricType::Gauge, labels, std::move(read));
}

void Metrics::counters(const std::string& name, const std::string& help, ReadMany read) {
  families_->many(name, help, MetricType::Counter, std::move(read));
}

void Metrics::gauges(const std::string& name, const std::string& help, ReadMany read) {
  families_->many(name, help, MetricType::Gauge, std::move(read));
}

void Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels,
                        std::vector<double> bounds, ReadDistribution read) {
  assert(std::ranges::is_sorted(bounds));
  const std::size_t lines = bounds.size() + 3; // the bucket above all, sum, count
  families_->add(name, help, MetricType::Histogram, lines,
                 [bounds = std::move(bounds), read = std::move(read),
                  metric = families_->metric(labels)](MetricFamily& family) mutable {
                   metric.histogram = histogram_of(bounds, read());
                   family.metric.push_back(metric);
                 });
}

std::string Metrics::text() const {
  std::vector<MetricFamily> all;
  {
    const std::lock_guard lock(families_->mutex);
    for (auto& [name, family] : families_->families) {
      MetricFamily out;
      out.name = name;
      out.help = family.help;
      out.type = family.type;
      for (auto& add : family.series) add(out);
      if (!out.metric.empty()) all.push_back(std::move(out));
    }
  }
  return prometheus::TextSerializer().Serialize(all);
}

std::size_t Metrics::series() const {
  const std::lock_guard lock(families_->mutex);
  return families_->series;
}

} // namespace kindred::adapters
