#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hjerte::common {

// Names and values of a metric's labels. A value shaped like a CPR is replaced; keep the number of different values
// small.
using MetricLabels = std::map<std::string, std::string>;

// A number that only grows.
class Counter {
 public:
  void Add(std::int64_t by = 1);

 private:
  friend class Metrics;
  explicit Counter(void* counter) : counter_(counter) {}
  void* counter_;  // prometheus::Counter, owned by the registry
};

// A number that goes up and down.
class Gauge {
 public:
  void Set(double value);
  void Add(double by);

 private:
  friend class Metrics;
  explicit Gauge(void* gauge) : gauge_(gauge) {}
  void* gauge_;  // prometheus::Gauge
};

// A distribution over fixed buckets.
class Histogram {
 public:
  void Observe(double value);

 private:
  friend class Metrics;
  explicit Histogram(void* histogram) : histogram_(histogram) {}
  void* histogram_;  // prometheus::Histogram
};

// The program's metrics. Metrics are added at start and cheap to update from any thread; the handles are values that
// are valid while the Metrics lives. Adding the same name and labels again gives the same metric.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Names end in _total for counters and in the unit for others (…_seconds, …_bytes).
  Counter AddCounter(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  Gauge AddGauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  Histogram AddHistogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                         const MetricLabels& labels = {});

  // All metrics in Prometheus' text format, for an HTTP route.
  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::common
