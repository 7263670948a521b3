#include "services/portal/operations.h"

#include <utility>

#include "absl/status/status.h"
#include "services/portal/http_wire.h"
#include "services/portal/listen_address.h"

namespace hjerte::portal {
namespace {

constexpr int kConnectionsMax = 32;

}  // namespace

Router MakeOperations(std::function<std::string()> metrics_text) {
  std::vector<Route> routes = {
      {"/metrics", Role::kOperator,
       [metrics_text = std::move(metrics_text)](const HttpRequest&, const PathValues&) {
         HttpResponse response;
         response.content_type = "text/plain; version=0.0.4; charset=utf-8";
         response.body = metrics_text();
         return response;
       }},
      {"/healthz", Role::kOperator, [](const HttpRequest&, const PathValues&) { return PlainText("ok\n"); }},
  };
  return {std::move(routes), [](const HttpRequest&, int status) { return PlainRefusal(status); }};
}

absl::StatusOr<std::unique_ptr<HttpServer>> StartOperations(const std::string& address,
                                                            std::function<std::string()> metrics_text) {
  HttpServerOptions options;
  if (!ParseListenAddress(address, &options)) {
    return absl::InvalidArgumentError(address + ": not an IP address and a port, e.g. 127.0.0.1:9101");
  }
  options.plain_http = true;
  options.role = Role::kOperator;
  options.connections_max = kConnectionsMax;
  return HttpServer::Start(options, MakeOperations(std::move(metrics_text)));
}

}  // namespace hjerte::portal
