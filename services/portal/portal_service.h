#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/common/config.h"
#include "services/portal/published_source.h"
#include "services/web/http_server.h"

namespace hjerte::portal {

// The `portal:` mapping of a program's configuration, or nothing when it is absent: no pages.
//   address: 0.0.0.0:443                where the pages are served
//   certificate, key                    PEM files; both required unless the next is true
//   plain_http_loopback_only: false     no TLS; `address` must then be a loopback address
//   connections_max: 512, header_bytes_max: 8KiB, request_time_max: 10s, response_time_max: 30s
// What is wrong is told by the map's Finish().
std::optional<web::HttpServerOptions> ReadPortalConfig(const common::ConfigMap& root);

// The pages, served.
class PortalService {
 public:
  // `source` must outlive the service.
  static absl::StatusOr<std::unique_ptr<PortalService>> Start(const web::HttpServerOptions& options,
                                                              const PublishedSource& source);
  ~PortalService();

  // Address of the pages for people, e.g. "https://127.0.0.1:8443/".
  std::string address() const;
  uint16_t port() const;
  web::HttpServerStats stats() const;
  // Takes a renewed certificate into use; on an error the old one stays.
  absl::Status ReloadCertificate();
  // Lets answers under way finish, then closes. Idempotent.
  void Stop();

 private:
  struct Impl;
  explicit PortalService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::portal
