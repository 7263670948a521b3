#include "services/common/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "services/common/scrub.h"

namespace hjerte::common {
namespace {

MetricLabels Scrubbed(const MetricLabels& labels) {
  MetricLabels clean;
  for (const auto& [name, value] : labels) clean.emplace(name, ScrubCprInWords(value));
  return clean;
}

}  // namespace

void Counter::Add(std::int64_t by) { static_cast<prometheus::Counter*>(counter_)->Increment(static_cast<double>(by)); }
void Gauge::Set(double value) { static_cast<prometheus::Gauge*>(gauge_)->Set(value); }
void Gauge::Add(double by) { static_cast<prometheus::Gauge*>(gauge_)->Increment(by); }
void Histogram::Observe(double value) { static_cast<prometheus::Histogram*>(histogram_)->Observe(value); }

struct Metrics::Impl {
  std::shared_ptr<prometheus::Registry> registry =
      std::make_shared<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::AddCounter(const std::string& name, const std::string& help, const MetricLabels& labels) {
  return Counter(&prometheus::BuildCounter().Name(name).Help(help).Register(*impl_->registry).Add(Scrubbed(labels)));
}

Gauge Metrics::AddGauge(const std::string& name, const std::string& help, const MetricLabels& labels) {
  return Gauge(&prometheus::BuildGauge().Name(name).Help(help).Register(*impl_->registry).Add(Scrubbed(labels)));
}

Histogram Metrics::AddHistogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                                const MetricLabels& labels) {
  return Histogram(
      &prometheus::BuildHistogram().Name(name).Help(help).Register(*impl_->registry).Add(Scrubbed(labels), bounds));
}

std::string Metrics::Text() const { return prometheus::TextSerializer().Serialize(impl_->registry->Collect()); }

}  // namespace hjerte::common
