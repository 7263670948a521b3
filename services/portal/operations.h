#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/portal/http_server.h"
#include "services/portal/router.h"

namespace hjerte::portal {

// What the operator of the machine sees: /metrics (Prometheus' text format) and /healthz. Nothing of it is public.
Router MakeOperations(std::function<std::string()> metrics_text);

// Serves it over plain HTTP on a loopback address such as "127.0.0.1:9101"; any other address is refused.
absl::StatusOr<std::unique_ptr<HttpServer>> StartOperations(const std::string& address,
                                                            std::function<std::string()> metrics_text);

}  // namespace hjerte::portal
