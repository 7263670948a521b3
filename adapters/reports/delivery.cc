#include "adapters/reports/delivery.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "adapters/reports/resource_versions.h"
#include "hjertegateway/v1/delivery.pb.h"
#include "mapping/json/document.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"

namespace hjerte::adapters {
namespace {

// Puts a report's resources in the place of what earlier ones hold of them.
void Join(const std::vector<ResourceVersion>& versions, std::vector<StampedResource>& joined,
          std::unordered_map<std::string_view, std::size_t>& places) {
  for (const ResourceVersion& version : versions) {
    const StampedResource resource{version.ref, version.resource, version.text, version.stamp_us};
    // Another citizen: the number was corrected meanwhile, and nothing of the course is the first one's any more.
    const std::string_view place = TypeOf(version.ref) == "Patient" ? TypeOf(version.ref) : version.ref;
    const auto [at, is_new] = places.emplace(place, joined.size());
    if (is_new) {
      joined.push_back(resource);
    } else if (resource.stamp_us >= joined[at->second].stamp_us || place != version.ref) {
      joined[at->second] = resource;
    }
  }
}

absl::StatusOr<hjertegateway::v1::DeliverRequest> ParseRequest(const std::string& bytes) {
  hjertegateway::v1::DeliverRequest request;
  if (request.ParseFromString(bytes) && request.has_fhir_bundle_json()) return request;
  return absl::DataLossError("the kept report is no delivery");
}

}  // namespace

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

absl::StatusOr<OutboxReport> JoinReports(const std::vector<OutboxReport>& reports, const StateFile& state) {
  json::Arena arena;
  absl::StatusOr<hjertegateway::v1::DeliverRequest> request;
  // Keeps the names that what is joined refers to.
  std::deque<std::vector<ResourceVersion>> versions;
  std::vector<StampedResource> joined;
  std::unordered_map<std::string_view, std::size_t> places;
  OutboxReport whole = reports.back();
  whole.refs.clear();
  for (const OutboxReport& report : reports) {
    request = ParseRequest(report.payload);
    if (!request.ok()) return request.status();
    const auto bundle = json::ParseInto(arena, arena.CopyText(request->fhir_bundle_json()));
    if (!bundle.ok()) return absl::DataLossError("the kept report is no JSON");
    Join(versions.emplace_back(VersionsOf(*bundle, arena)), joined, places);
    whole.refs.insert(whole.refs.end(), report.refs.begin(), report.refs.end());
  }
  std::sort(whole.refs.begin(), whole.refs.end());
  whole.refs.erase(std::unique(whole.refs.begin(), whole.refs.end()), whole.refs.end());
  std::int64_t stamp_us = 0;
  for (const StampedResource& resource : joined) stamp_us = std::max(stamp_us, resource.stamp_us);
  const std::vector<std::string> carries(request->source().carries().begin(), request->source().carries().end());
  Delivery delivery = MakeDelivery(WriteReport(joined, stamp_us),
                                   {.authority = request->authority(),
                                    .source_id = request->source().id(),
                                    .software = request->source().software(),
                                    .carries = carries},
                                   state);
  whole.delivery_id = std::move(delivery.id);
  whole.payload = std::move(delivery.request);
  return whole;
}

absl::StatusOr<std::string> BundleOfDelivery(const std::string& request) {
  const auto parsed = ParseRequest(request);
  if (!parsed.ok()) return parsed.status();
  return parsed->fhir_bundle_json();
}

absl::StatusOr<OutboxReport> ReadDelivery(const std::string& request) {
  const auto parsed = ParseRequest(request);
  if (!parsed.ok()) return parsed.status();
  const auto bundle = json::Parse(parsed->fhir_bundle_json());
  if (!bundle.ok()) return absl::DataLossError("the kept report is no JSON");
  OutboxReport report{
      .delivery_id = parsed->delivery_id(), .citizen = {}, .record = {}, .course = {}, .refs = {}, .payload = request};
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
