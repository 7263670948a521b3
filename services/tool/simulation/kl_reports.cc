#include "services/tool/simulation/kl_reports.h"

#include "services/tool/simulation/export_text.h"

namespace hjerte::tool {
namespace {

constexpr const char* kServer = "https://omsorg.example.dk/fhir/";
constexpr const char* kCardiacProfile =
    "http://hjertegateway.dk/fhir/StructureDefinition/cardiac-rehabilitation-report";

}  // namespace

bool KlReports::IsNews(const std::string& name, const std::string& json) {
  const auto [entry, added] = sent_.try_emplace(name, json);
  if (added) return true;
  if (entry->second == json) return false;
  entry->second = json;
  return true;
}

std::vector<KlFile> KlReports::On(Day day, const Course& snapshot) {
  const bool refused = snapshot.fault != RowFault::kNone;
  // What was refused as a whole is sent again as a whole.
  if (refused_before_ && !refused) sent_.clear();
  refused_before_ = refused;
  Resources frame;
  Resources report;
  Resources cardiac;
  bool frame_changed = false;
  std::vector<KlFile> files;
  const std::vector<KlResource> resources = KlResourcesOf(snapshot, municipality_);
  for (const KlResource& resource : resources) {
    if (resource.frame) {
      frame.push_back(&resource);
      frame_changed = IsNews(resource.id, resource.json) || frame_changed;
    } else if (resource.faulty) {
      const std::string name = "refused" + resource.id;
      if (IsNews(name, "")) files.push_back(Bundle(snapshot, day, name, frame, {&resource}));
    } else if (IsNews(resource.id, resource.json)) {
      (resource.bundle == KlBundle::kCardiac ? cardiac : report).push_back(&resource);
    }
  }
  if (frame_changed || !report.empty()) files.push_back(Bundle(snapshot, day, "report", frame, report));
  if (!cardiac.empty()) files.push_back(Bundle(snapshot, day, "cardiac", frame, cardiac));
  return files;
}

KlFile KlReports::Bundle(const Course& snapshot, Day day, const std::string& name, const Resources& frame,
                         const Resources& changed) {
  const std::string id = NamedUuid(snapshot.key, name + IsoDate(day));
  const std::string section = snapshot.legal_basis == LegalBasis::kS119 ? "klgateway-119-" : "klgateway-140-";
  const std::string profile = KlProfileBase(snapshot.legal_basis) + section + "delivery-report";
  JsonText json;
  json.Object().Text("resourceType", "Bundle").Text("id", id).Object("meta").Array("profile");
  json.Text("", name == "report" ? profile : kCardiacProfile).End().End();
  json.Text("type", "collection").Text("timestamp", UtcInstant(At(day, 21, 25))).Array("entry");
  for (const Resources* resources : {&frame, &changed}) {
    for (const KlResource* resource : *resources) {
      json.Object()
          .Text("fullUrl", kServer + resource->type + "/" + resource->id)
          .Raw("resource", resource->json)
          .End();
    }
  }
  json.End().End();
  return {id, json.Take()};
}

}  // namespace hjerte::tool
