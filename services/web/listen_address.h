#pragma once

#include <string_view>

#include "services/web/http_server.h"

namespace hjerte::web {

// Splits "127.0.0.1:8080" or "[::1]:8080" into address and port of the options; false when it is not of that form.
bool ParseListenAddress(std::string_view text, HttpServerOptions* options);

}  // namespace hjerte::web
