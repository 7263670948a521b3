#include "services/web/operations.h"

#include <utility>

#include "absl/status/status.h"
#include "services/web/http_wire.h"
#include "services/web/listen_address.h"

namespace hjerte::web {
namespace {

constexpr int kConnectionsMax = 32;

absl::StatusOr<HttpServerOptions> OptionsFor(const std::string& address) {
  HttpServerOptions options;
  if (!ParseListenAddress(address, &options)) {
    return absl::InvalidArgumentError(address + ": not an IP address and a port, e.g. 127.0.0.1:9101");
  }
  options.plain_http = true;
  options.role = doors::Role::kOperator;
  options.connections_max = kConnectionsMax;
  if (absl::Status usable = CheckHttpOptions(options); !usable.ok()) return usable;
  return options;
}

}  // namespace

Router MakeOperations(doors::Listener listener, std::function<std::string()> metrics_text) {
  std::vector<Route> routes = {
      {"/metrics",
       [metrics_text = std::move(metrics_text)](const HttpRequest&, const PathValues&) {
         HttpResponse response;
         response.content_type = "text/plain; version=0.0.4; charset=utf-8";
         response.body = metrics_text();
         return response;
       }},
      {"/healthz", [](const HttpRequest&, const PathValues&) { return PlainText("ok\n"); }},
  };
  return {listener, std::move(routes), [](const HttpRequest&, int status) { return PlainRefusal(status); }};
}

absl::Status CheckOperationsAddress(const std::string& address) { return OptionsFor(address).status(); }

absl::StatusOr<std::unique_ptr<HttpServer>> StartOperations(doors::Listener listener, const std::string& address,
                                                            std::function<std::string()> metrics_text) {
  const absl::StatusOr<HttpServerOptions> options = OptionsFor(address);
  if (!options.ok()) return options.status();
  return HttpServer::Start(*options, MakeOperations(listener, std::move(metrics_text)));
}

}  // namespace hjerte::web
