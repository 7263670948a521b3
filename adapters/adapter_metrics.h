#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/adapter.h"
#include "services/common/certificate_ends.h"
#include "services/common/metrics.h"
#include "services/web/http_server.h"

namespace hjerte::adapters {

// An adapter's metrics for Prometheus. No label or value holds anything about a citizen.
class AdapterMetrics {
 public:
  // Serves them to the machine's operator (services/web/operations.h) on the address; nowhere when it is empty. Fails
  // when it is no loopback address or cannot be bound.
  // `tls`: what the adapter shows the gateway, for when it expires.
  static absl::StatusOr<std::unique_ptr<AdapterMetrics>> Start(const std::string& address, const std::string& source,
                                                               const std::optional<common::TlsFiles>& tls);

  // Whether it is time for the next update; counting rows is not for every round.
  bool Due(std::chrono::steady_clock::time_point now);
  void Update(const AdapterStatus& status);

 private:
  AdapterMetrics(const std::string& source, const std::optional<common::TlsFiles>& tls);

  common::Metrics metrics_;
  std::unique_ptr<web::HttpServer> listener_;
  AdapterStatus last_;
  common::Counter read_;
  common::Counter quarantined_;
  common::Counter queued_;
  common::Counter received_;
  common::Counter refused_;
  common::Counter retried_;
  common::Gauge outbox_reports_;
  common::Gauge outbox_bytes_;
  common::Gauge outbox_oldest_;
  common::Gauge quarantine_;
  common::Gauge connected_;
  common::Gauge out_of_scope_;
  common::Gauge waiting_;
  common::Counter left_cohort_;
  std::optional<common::CertificateEnds> certificate_ends_;
  std::chrono::steady_clock::time_point updated_at_{};
  std::chrono::steady_clock::time_point files_read_at_ = std::chrono::steady_clock::now();
};

}  // namespace hjerte::adapters
