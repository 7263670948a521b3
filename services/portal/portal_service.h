#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/common/config.h"
#include "services/portal/http_server.h"
#include "services/portal/published_source.h"

namespace hjerte::portal {

// The web part of a program's configuration.
struct PortalConfig {
  HttpServerOptions pages;                      // for everyone
  std::optional<HttpServerOptions> operations;  // for the operator, loopback only: health and metrics
};

// Reads the `http:` mapping:
//   listen: "0.0.0.0:8443"              address and port of the pages (IPv6: "[::]:8443")
//   certificate, key: files             PEM; both required unless the next is true
//   plain_http_loopback_only: false     no TLS; refused unless `listen` is a loopback address
//   connections_max: 512, header_bytes_max: 8KiB, request_time_max: 10s, response_time_max: 30s
//   operations: "127.0.0.1:9100"        optional: plain HTTP for the operator on a loopback address
// What is wrong is told by the map's Finish().
PortalConfig ReadPortalConfig(const common::ConfigMap& map);

// The pages and their listeners, running.
class PortalService {
 public:
  // `source` must outlive the service. `metrics_text` (may be empty) is what /metrics shows the operator.
  static absl::StatusOr<std::unique_ptr<PortalService>> Start(const PortalConfig& config, const PublishedSource& source,
                                                              std::function<std::string()> metrics_text);
  ~PortalService();

  // Address of the pages for people, e.g. "https://127.0.0.1:8443/".
  std::string address() const;
  // Ports listened on; operations is 0 when it is off.
  uint16_t pages_port() const;
  uint16_t operations_port() const;
  // Counters of the pages' listener.
  HttpServerStats stats() const;
  // Takes renewed certificates into use; on an error the old ones stay.
  absl::Status ReloadCertificate();
  // Lets answers under way finish, then closes. Idempotent.
  void Stop();

 private:
  struct Impl;
  explicit PortalService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::portal
