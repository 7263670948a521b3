#include "services/portal/portal_service.h"

#include <chrono>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/portal/portal.h"
#include "services/portal/texts.h"

namespace hjerte::portal {
namespace {

int Seconds(std::chrono::milliseconds time) {
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

// Splits "address:port" into the options; tells the map when it is not one.
void ReadListen(const common::ConfigMap& map, std::string_view key, HttpServerOptions* options) {
  const std::string listen = map.String(key);
  const size_t colon = listen.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) || port > 65535) {
    map.Fail(key, "expected an IP address and a port, e.g. \"127.0.0.1:8080\"");
    return;
  }
  options->address = listen.substr(0, colon);
  if (options->address.size() > 2 && options->address.front() == '[' && options->address.back() == ']') {
    options->address = options->address.substr(1, options->address.size() - 2);
  }
  options->port = static_cast<uint16_t>(port);
}

}  // namespace

PortalConfig ReadPortalConfig(const common::ConfigMap& map) {
  PortalConfig config;
  HttpServerOptions& pages = config.pages;
  ReadListen(map, "listen", &pages);
  pages.plain_http = map.Bool("plain_http_loopback_only", false);
  if (!pages.plain_http) {
    pages.certificate_file = map.Path("certificate").string();
    pages.private_key_file = map.Path("key").string();
  }
  pages.connections_max = static_cast<int>(map.Integer("connections_max", {8, 100'000}, pages.connections_max));
  pages.header_bytes_max = static_cast<size_t>(map.Size("header_bytes_max", 8192));
  if (pages.header_bytes_max < 1024 || pages.header_bytes_max > 65536) {
    map.Fail("header_bytes_max", "expected 1KiB to 64KiB");
  }
  pages.request_seconds_max =
      Seconds(map.Duration("request_time_max", std::chrono::seconds(pages.request_seconds_max)));
  pages.response_seconds_max =
      Seconds(map.Duration("response_time_max", std::chrono::seconds(pages.response_seconds_max)));
  if (map.Has("operations")) {
    HttpServerOptions operations;
    ReadListen(map, "operations", &operations);
    operations.plain_http = true;
    operations.role = Role::kOperator;
    operations.connections_max = 32;
    config.operations = operations;
  }
  return config;
}

struct PortalService::Impl {
  explicit Impl(Texts shipped) : texts(std::move(shipped)) {}
  Texts texts;
  bool tls = false;
  std::string host;
  std::unique_ptr<HttpServer> pages;
  std::unique_ptr<HttpServer> operations;
};

absl::StatusOr<std::unique_ptr<PortalService>> PortalService::Start(const PortalConfig& config,
                                                                    const PublishedSource& source,
                                                                    std::function<std::string()> metrics_text) {
  auto texts = Texts::Shipped();
  if (!texts.ok()) return texts.status();
  auto impl = std::make_unique<Impl>(*std::move(texts));
  const Router router = MakePortal({&source, &impl->texts, std::move(metrics_text)});
  auto pages = HttpServer::Start(config.pages, router);
  if (!pages.ok()) return pages.status();
  impl->pages = *std::move(pages);
  if (config.operations) {
    auto operations = HttpServer::Start(*config.operations, router);
    if (!operations.ok()) return operations.status();
    impl->operations = *std::move(operations);
  }
  impl->tls = !config.pages.plain_http;
  impl->host =
      config.pages.address.find(':') == std::string::npos ? config.pages.address : "[" + config.pages.address + "]";
  return std::unique_ptr<PortalService>(new PortalService(std::move(impl)));
}

PortalService::PortalService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PortalService::~PortalService() { Stop(); }

std::string PortalService::address() const {
  return absl::StrCat(impl_->tls ? "https://" : "http://", impl_->host, ":", impl_->pages->port(), "/");
}

uint16_t PortalService::pages_port() const { return impl_->pages->port(); }
uint16_t PortalService::operations_port() const { return impl_->operations ? impl_->operations->port() : 0; }
HttpServerStats PortalService::stats() const { return impl_->pages->stats(); }
absl::Status PortalService::ReloadCertificate() { return impl_->pages->ReloadCertificate(); }

void PortalService::Stop() {
  impl_->pages->Stop();
  if (impl_->operations) impl_->operations->Stop();
}

}  // namespace hjerte::portal
