#include "adapters/state/delivery_id.h"

#include "hjertegateway/v1/delivery.pb.h"

namespace hjerte::adapters {

std::string DeliveryIdOf(const std::string& request) {
  hjertegateway::v1::DeliverRequest parsed;
  return parsed.ParseFromString(request) ? parsed.delivery_id() : std::string();
}

absl::StatusOr<std::string> RenameDelivery(const std::string& request, const std::string& id) {
  hjertegateway::v1::DeliverRequest parsed;
  if (!parsed.ParseFromString(request)) return absl::DataLossError("the kept report is no delivery");
  parsed.set_delivery_id(id);
  return parsed.SerializeAsString();
}

}  // namespace hjerte::adapters
