#include "services/web/listen_address.h"

#include <string>

#include "absl/strings/numbers.h"

namespace hjerte::web {

bool ParseListenAddress(std::string_view text, HttpServerOptions* options) {
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == std::string_view::npos || !absl::SimpleAtoi(std::string(text.substr(colon + 1)), &port) ||
      port > 65535) {
    return false;
  }
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (address.empty() || (!bracketed && address.find(':') != std::string_view::npos)) return false;
  options->address = std::string(address);
  options->port = static_cast<uint16_t>(port);
  return true;
}

}  // namespace hjerte::web
