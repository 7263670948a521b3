#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/web/http_server.h"
#include "services/web/router.h"

namespace hjerte::web {

// What the operator of the machine sees of a program: /metrics (Prometheus' text format) and /healthz. `listener` is
// the program's one for operations.
Router MakeOperations(doors::Listener listener, std::function<std::string()> metrics_text);

// Whether an address such as "127.0.0.1:9101" will do for StartOperations.
absl::Status CheckOperationsAddress(const std::string& address);

// Serves it over plain HTTP on a loopback address such as "127.0.0.1:9101"; any other address is refused.
absl::StatusOr<std::unique_ptr<HttpServer>> StartOperations(doors::Listener listener, const std::string& address,
                                                            std::function<std::string()> metrics_text);

}  // namespace hjerte::web
