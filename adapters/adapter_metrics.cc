#include "adapters/adapter_metrics.h"

#include "services/web/operations.h"

namespace hjerte::adapters {
namespace {

constexpr std::chrono::milliseconds kInterval{500};
constexpr std::chrono::seconds kReadFilesEvery{30};
constexpr double kMicroseconds = 1e6;

}  // namespace

AdapterMetrics::AdapterMetrics(const std::string& source, const std::optional<common::TlsFiles>& tls)
    : read_(metrics_.AddCounter("hjerte_adapter_records_read_total", "Records read from the source",
                                {{"source", source}})),
      quarantined_(metrics_.AddCounter("hjerte_adapter_records_quarantined_total", "Records put in quarantine")),
      queued_(metrics_.AddCounter("hjerte_adapter_reports_queued_total", "Reports put in the outbox")),
      received_(metrics_.AddCounter("hjerte_adapter_reports_received_total", "Reports the gateway has received")),
      refused_(metrics_.AddCounter("hjerte_adapter_reports_refused_total", "Reports the gateway has refused")),
      retried_(metrics_.AddCounter("hjerte_adapter_reports_retried_total", "Attempts postponed by the gateway")),
      outbox_reports_(metrics_.AddGauge("hjerte_adapter_outbox_reports", "Reports waiting to be sent")),
      outbox_bytes_(metrics_.AddGauge("hjerte_adapter_outbox_bytes", "Bytes waiting to be sent")),
      outbox_oldest_(metrics_.AddGauge("hjerte_adapter_outbox_oldest_timestamp_seconds",
                                       "When the oldest waiting report was made, 0 when none waits")),
      quarantine_(metrics_.AddGauge("hjerte_adapter_quarantine_records", "Records in quarantine")),
      connected_(metrics_.AddGauge("hjerte_adapter_connected", "1 while the gateway answers")),
      out_of_scope_(
          metrics_.AddGauge("hjerte_adapter_courses_out_of_scope", "Courses that are none of the registry's")),
      waiting_(metrics_.AddGauge("hjerte_adapter_courses_waiting", "Courses that cannot be judged yet")),
      left_cohort_(metrics_.AddCounter("hjerte_adapter_courses_left_cohort_total",
                                       "Courses that were sent, came out of scope and were taken back")) {
  if (tls) certificate_ends_.emplace(metrics_, "hjerte_adapter", *tls);
}

absl::StatusOr<std::unique_ptr<AdapterMetrics>> AdapterMetrics::Start(const std::string& address,
                                                                      const std::string& source,
                                                                      const std::optional<common::TlsFiles>& tls) {
  std::unique_ptr<AdapterMetrics> metrics(new AdapterMetrics(source, tls));
  if (address.empty()) return metrics;
  auto listener = web::StartOperations(doors::Listener::kAdapterOperations, address,
                                       [&shown = metrics->metrics_] { return shown.Text(); });
  if (!listener.ok()) return listener.status();
  metrics->listener_ = *std::move(listener);
  return metrics;
}

bool AdapterMetrics::Due(std::chrono::steady_clock::time_point now) { return now - updated_at_ >= kInterval; }

void AdapterMetrics::Update(const AdapterStatus& status) {
  updated_at_ = std::chrono::steady_clock::now();
  read_.Add(status.pipeline.records_read - last_.pipeline.records_read);
  quarantined_.Add(status.pipeline.records_quarantined - last_.pipeline.records_quarantined);
  queued_.Add(status.pipeline.reports_queued - last_.pipeline.reports_queued);
  received_.Add(status.dispatcher.received - last_.dispatcher.received);
  refused_.Add(status.dispatcher.refused - last_.dispatcher.refused);
  retried_.Add(status.dispatcher.retried - last_.dispatcher.retried);
  outbox_reports_.Set(static_cast<double>(status.outbox.reports));
  outbox_bytes_.Set(static_cast<double>(status.outbox.bytes));
  outbox_oldest_.Set(static_cast<double>(status.outbox.oldest_us) / kMicroseconds);
  quarantine_.Set(static_cast<double>(status.quarantined));
  connected_.Set(status.connected ? 1 : 0);
  out_of_scope_.Set(static_cast<double>(status.courses.out_of_scope));
  waiting_.Set(static_cast<double>(status.courses.waiting));
  left_cohort_.Add(status.pipeline.courses_left_cohort - last_.pipeline.courses_left_cohort);
  if (certificate_ends_ && updated_at_ - files_read_at_ >= kReadFilesEvery) {
    files_read_at_ = updated_at_;
    certificate_ends_->Update();
  }
  last_ = status;
}

}  // namespace hjerte::adapters
