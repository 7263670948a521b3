#include "adapters/reports/delivery.h"

#include "adapters/reports/resource_versions.h"
#include "hjertegateway/v1/delivery.pb.h"
#include "mapping/json/document.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"

namespace hjerte::adapters {

Delivery MakeDelivery(std::string bundle, const DeliverySource& source, const StateFile& state) {
  std::string origin;
  origin.append("|").append(source.authority).append("|").append(source.source_id);
  hjertegateway::v1::DeliverRequest request;
  for (const std::string& variable : source.carries) {
    origin.append("|").append(variable);
    request.mutable_source()->add_carries(variable);
  }
  common::Sha256Hasher hasher;
  hasher.Update(bundle);
  hasher.Update(origin);
  request.set_delivery_id(common::ToHex(state.Hide("delivery", common::ToHex(hasher.Finish()))));
  request.set_authority(std::string(source.authority));
  request.mutable_source()->set_id(std::string(source.source_id));
  request.mutable_source()->set_software(std::string(source.software));
  request.set_fhir_bundle_json(std::move(bundle));
  return {.id = request.delivery_id(), .request = request.SerializeAsString()};
}

absl::StatusOr<std::string> BundleOfDelivery(const std::string& request) {
  hjertegateway::v1::DeliverRequest parsed;
  if (!parsed.ParseFromString(request) || !parsed.has_fhir_bundle_json()) {
    return absl::DataLossError("the kept report is no delivery");
  }
  return parsed.fhir_bundle_json();
}

absl::StatusOr<OutboxReport> ReadDelivery(const std::string& request) {
  hjertegateway::v1::DeliverRequest parsed;
  if (!parsed.ParseFromString(request) || !parsed.has_fhir_bundle_json()) {
    return absl::DataLossError("the kept report is no delivery");
  }
  const auto bundle = json::Parse(parsed.fhir_bundle_json());
  if (!bundle.ok()) return absl::DataLossError("the kept report is no JSON");
  OutboxReport report{
      .delivery_id = parsed.delivery_id(), .citizen = {}, .record = {}, .course = {}, .refs = {}, .payload = request};
  const json::Value* entries = bundle->root().Find("entry");
  for (std::size_t i = 0; entries != nullptr && i < entries->size(); ++i) {
    const json::Value* resource = entries->elements()[i].Find("resource");
    std::string ref = resource != nullptr ? ReferenceOf(*resource) : "";
    if (TypeOf(ref) == "Patient") report.citizen = ref;
    if (!ref.empty()) report.refs.push_back(std::move(ref));
  }
  return report;
}

}  // namespace hjerte::adapters
