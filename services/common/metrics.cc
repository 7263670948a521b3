#include "services/common/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/socket.h>

#include <chrono>
#include <future>

#include "services/common/file_descriptor.h"
#include "services/common/scrub.h"

namespace hjerte::common {
namespace {

MetricLabels Scrubbed(const MetricLabels& labels) {
  MetricLabels clean;
  for (const auto& [name, value] : labels) clean.emplace(name, ScrubCpr(value));
  return clean;
}

constexpr std::chrono::milliseconds kKnockInterval(20);

// Connects to a port of this machine and leaves at once.
void KnockOn(int port) {
  const FileDescriptor knock(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (knock.valid()) ::connect(knock.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
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

struct MetricsListener::Impl {
  explicit Impl(const std::string& address) : exposer(address, 1) {}
  prometheus::Exposer exposer;
};

MetricsListener::MetricsListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

// The listener's thread looks every two seconds whether it should end, or when somebody calls; so we call.
MetricsListener::~MetricsListener() {
  const int port = impl_->exposer.GetListeningPorts().front();
  std::future<void> ended = std::async(std::launch::async, [this] { impl_.reset(); });
  do {
    KnockOn(port);
  } while (ended.wait_for(kKnockInterval) != std::future_status::ready);
}

absl::StatusOr<std::unique_ptr<MetricsListener>> MetricsListener::Start(const Metrics& metrics,
                                                                        const std::string& address) {
  try {
    auto impl = std::make_unique<Impl>(address);
    impl->exposer.RegisterCollectable(metrics.impl_->registry);
    return std::unique_ptr<MetricsListener>(new MetricsListener(std::move(impl)));
  } catch (const std::exception& error) {
    return absl::UnavailableError("metrics cannot be served on " + address + ": " + error.what());
  }
}

int MetricsListener::port() const { return impl_->exposer.GetListeningPorts().front(); }

}  // namespace hjerte::common
