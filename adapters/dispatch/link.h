#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "mapping/registry/finding.h"
#include "services/common/delivery_metadata.h"

namespace hjerte::adapters {

// What came over the link.
struct LinkEvent {
  enum class Kind : std::uint8_t {
    // The gateway took the connection and says which store it has and how large a request may be.
    kConnected,
    // The gateway has it for good, now or already before.
    kReceived,
    // It is wrong in itself, or its id is known with other content: sending it again will not help.
    kRefused,
    // This adapter may not deliver for the authority: an operator has to act.
    kNotAllowed,
    // The gateway cannot keep it just now.
    kTryLater,
    // The connection ended; whatever was sent and not answered may or may not have arrived.
    kDown,
  };
  Kind kind = Kind::kDown;
  std::string delivery_id;
  std::vector<registry::Finding> findings;
  // Of kDown: why, for the operator.
  std::string reason;
  // Of kConnected and kReceived: which store it is; empty from a gateway that does not say.
  std::string store{};
  // Of kConnected: the most bytes a request may have.
  std::size_t report_bytes_max = common::kReportBytesMax;
};

// A connection to the gateway that carries requests there and answers back. Implementations own their threads; the
// dispatcher calls from one.
class Link {
 public:
  virtual ~Link() = default;
  // Begins a connection; whether it holds shows in Wait. Ends the one before, silently.
  virtual void Connect() = 0;
  // Hands over a serialised DeliverRequest. The caller keeps the number of unanswered requests within the window the
  // link was made for. Without a connection it is lost, and kDown is or was reported.
  virtual void Send(std::string request) = 0;
  // What has come since, waiting at most so long for the first.
  virtual std::vector<LinkEvent> Wait(std::chrono::milliseconds timeout) = 0;
};

}  // namespace hjerte::adapters
