#include "services/portal/portal_service.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/portal/portal.h"
#include "services/portal/texts.h"
#include "services/web/listen_address.h"

namespace hjerte::portal {
namespace {

constexpr int64_t kHeaderBytesMin = 1024;
constexpr int64_t kHeaderBytesMax = 65536;

// A length of time in whole seconds, one at least.
int Seconds(std::chrono::milliseconds time) {
  return std::max(1, static_cast<int>(std::chrono::ceil<std::chrono::seconds>(time).count()));
}

}  // namespace

std::optional<web::HttpServerOptions> ReadPortalConfig(const common::ConfigMap& root) {
  const std::optional<common::ConfigMap> map = root.OptionalMap("portal");
  if (!map) return std::nullopt;
  web::HttpServerOptions options;
  const std::string address = map->String("address");
  if (!address.empty() && !web::ParseListenAddress(address, &options)) {
    map->Fail("address", "expected an IP address and a port, e.g. 127.0.0.1:8080");
  }
  options.plain_http = map->Bool("plain_http_loopback_only", false);
  if (!options.plain_http) {
    options.certificate_file = map->Path("certificate").string();
    options.private_key_file = map->Path("key").string();
  }
  options.connections_max = static_cast<int>(map->Integer("connections_max", {8, 100'000}, options.connections_max));
  const int64_t header_bytes = map->Size("header_bytes_max", static_cast<int64_t>(options.header_bytes_max));
  if (header_bytes < kHeaderBytesMin || header_bytes > kHeaderBytesMax) {
    map->Fail("header_bytes_max", "expected 1KiB to 64KiB");
  }
  options.header_bytes_max = static_cast<size_t>(header_bytes);
  options.request_seconds_max =
      Seconds(map->Duration("request_time_max", std::chrono::seconds(options.request_seconds_max)));
  options.response_seconds_max =
      Seconds(map->Duration("response_time_max", std::chrono::seconds(options.response_seconds_max)));
  return options;
}

struct PortalService::Impl {
  explicit Impl(Texts shipped) : texts(std::move(shipped)) {}
  Texts texts;
  std::string host;  // with scheme, without port
  std::unique_ptr<web::HttpServer> server;
};

absl::StatusOr<std::unique_ptr<PortalService>> PortalService::Start(const web::HttpServerOptions& options,
                                                                    const PublishedSource& source) {
  auto texts = Texts::Shipped();
  if (!texts.ok()) return texts.status();
  auto impl = std::make_unique<Impl>(*std::move(texts));
  auto server = web::HttpServer::Start(options, MakePortal({&source, &impl->texts}));
  if (!server.ok()) return server.status();
  impl->server = *std::move(server);
  const bool ipv6 = options.address.find(':') != std::string::npos;
  impl->host = (options.plain_http ? "http://" : "https://") + (ipv6 ? "[" + options.address + "]" : options.address);
  return std::unique_ptr<PortalService>(new PortalService(std::move(impl)));
}

PortalService::PortalService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PortalService::~PortalService() = default;

std::string PortalService::address() const { return absl::StrCat(impl_->host, ":", port(), "/"); }
uint16_t PortalService::port() const { return impl_->server->port(); }
web::HttpServerStats PortalService::stats() const { return impl_->server->stats(); }
absl::Status PortalService::ReloadCertificate() { return impl_->server->ReloadCertificate(); }
void PortalService::Stop() { impl_->server->Stop(); }

}  // namespace hjerte::portal
