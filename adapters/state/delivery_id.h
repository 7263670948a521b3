#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace hjerte::adapters {

// A kept request's delivery id; empty when it is no DeliverRequest.
std::string DeliveryIdOf(const std::string& request);
// The same request under another one; DataLoss when it is no DeliverRequest.
absl::StatusOr<std::string> RenameDelivery(const std::string& request, const std::string& id);

}  // namespace hjerte::adapters
