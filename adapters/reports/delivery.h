#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/state/outbox.h"

namespace hjerte::adapters {

// Who a report comes from.
struct DeliverySource {
  std::string_view authority;
  std::string_view source_id;
  std::string_view software;
  const std::vector<std::string>& carries;
};

// A report ready to travel.
struct Delivery {
  // Hex keyed hash of the Bundle's bytes, the authority, the source and what it carries: the same report is the same
  // delivery whenever it is made, and nobody can try citizens' numbers against it.
  std::string id;
  // A serialised hjertegateway.v1.DeliverRequest; the Bundle in it is canonical JSON.
  std::string request;
};

// `bundle` is canonical JSON.
Delivery MakeDelivery(std::string bundle, const DeliverySource& source, const StateFile& state);

// One report in the place of several of one course, in the order they were made: of each resource the latest version,
// and of citizens the last report's. At least one; DataLoss when one is no DeliverRequest with a Bundle.
absl::StatusOr<OutboxReport> JoinReports(const std::vector<OutboxReport>& reports, const StateFile& state);

// Reads a request back for the outbox; its record and its course are left empty. DataLoss when it is no DeliverRequest
// with a Bundle.
absl::StatusOr<OutboxReport> ReadDelivery(const std::string& request);

// The Bundle of a request as JSON text; DataLoss when it has none.
absl::StatusOr<std::string> BundleOfDelivery(const std::string& request);

}  // namespace hjerte::adapters
