#include "adapters/intake/report_intake.h"

#include <utility>

#include "adapters/intake/citizen_merge.h"
#include "adapters/reports/number_check.h"
#include "adapters/reports/resource_versions.h"
#include "mapping/json/document.h"
#include "mapping/registry/report/report_check.h"
#include "services/common/time_text.h"

namespace hjerte::adapters {
namespace {

registry::Finding Error(std::string code, std::string location, std::string da, std::string en) {
  return {.severity = registry::Severity::kError,
          .code = std::move(code),
          .location = std::move(location),
          .variable = "",
          .text = {.da = std::move(da), .en = std::move(en)}};
}

const ReportKind* KindOf(const json::Value& bundle, const std::vector<ReportKind>& kinds) {
  const json::Value* meta = bundle.Find("meta");
  const json::Value* profiles = meta != nullptr ? meta->Find("profile") : nullptr;
  if (profiles == nullptr) return nullptr;
  for (const json::Value& profile : profiles->elements()) {
    // A version may follow the address: …|2.1.0.
    const std::string_view url = profile.text().substr(0, profile.text().find('|'));
    for (const ReportKind& kind : kinds) {
      if (url.ends_with("/" + kind.profile)) return &kind;
    }
  }
  return nullptr;
}

// The report's one Patient; null when there is none or more than one.
json::Value OnlyPatient(const json::Value& bundle) {
  json::Value patient;
  int count = 0;
  const json::Value* entries = bundle.Find("entry");
  for (std::size_t i = 0; entries != nullptr && i < entries->size(); ++i) {
    const json::Value* resource = entries->elements()[i].Find("resource");
    if (resource == nullptr || TypeOf(ReferenceOf(*resource)) != "Patient") continue;
    patient = *resource;
    ++count;
  }
  return count == 1 ? patient : json::Value();
}

// The instant in a member, UTC microseconds; nothing when it holds none.
std::optional<std::int64_t> InstantIn(const json::Value* object, std::string_view member) {
  const json::Value* text = object != nullptr ? object->Find(member) : nullptr;
  const auto instant = text != nullptr ? common::ParseInstant(text->text()) : std::nullopt;
  return instant ? std::optional(instant->time_since_epoch().count()) : std::nullopt;
}

}  // namespace

std::vector<ReportedResource> ReportedIn(const json::Value& report) {
  std::vector<ReportedResource> reported;
  const std::int64_t stamp_us = InstantIn(&report, "timestamp").value_or(0);
  const json::Value* entries = report.Find("entry");
  for (std::size_t i = 0; entries != nullptr && i < entries->size(); ++i) {
    const json::Value* resource = entries->elements()[i].Find("resource");
    std::string ref = resource != nullptr ? ReferenceOf(*resource) : "";
    if (ref.empty() || TypeOf(ref) == "Patient") continue;
    const std::optional<std::int64_t> own_us = InstantIn(resource->Find("meta"), "lastUpdated");
    reported.push_back({.ref = std::move(ref), .stamp_us = own_us.value_or(stamp_us)});
  }
  return reported;
}

std::string ManagingMunicipality(const json::Value& patient,
                                 const std::map<std::string, std::string>& municipality_of_sor) {
  const json::Value* managing = patient.Find("managingOrganization");
  const json::Value* identifier = managing != nullptr ? managing->Find("identifier") : nullptr;
  const json::Value* value = identifier != nullptr ? identifier->Find("value") : nullptr;
  if (value == nullptr) return "";
  const auto known = municipality_of_sor.find(std::string(value->text()));
  return known != municipality_of_sor.end() ? known->second : "";
}

TakenReport TakeReport(const std::string& json, const std::vector<ReportKind>& kinds, const IntakeContext& context,
                       json::Arena& arena) {
  TakenReport taken;
  auto parsed = json::ParseInto(arena, json);
  if (!parsed.ok()) {
    taken.findings.push_back(Error("source-json", "", "Rapporten er ikke gyldig JSON. Dan den igen.",
                                   "The report is not valid JSON. Make it again."));
    return taken;
  }
  json::Value report = *parsed;
  taken.reported = ReportedIn(report);
  const ReportKind* kind = KindOf(report, kinds);
  if (kind == nullptr) {
    taken.findings.push_back(Error("report-profile", "Bundle.meta.profile",
                                   "Rapportens profil er ikke en af dem, adapteren er sat op til. Ret profilen eller "
                                   "opsætningen.",
                                   "The report's profile is none the adapter is configured for. Correct the profile or "
                                   "the configuration."));
    return taken;
  }
  taken.findings = registry::CheckReport(*context.content, report, {.received_at_us = context.received_at_us});
  if (registry::HasErrors(taken.findings)) return taken;
  const json::Value patient = OnlyPatient(report);  // the checks saw exactly one
  const std::string managing = ManagingMunicipality(patient, *context.municipality_of_sor);
  if (!managing.empty() && managing != context.authority) {
    taken.findings.push_back(Error("report-authority", "Patient.managingOrganization",
                                   "Rapporten kommer fra en anden kommune end den, adapteren leverer for.",
                                   "The report comes from another municipality than the adapter delivers for."));
    return taken;
  }
  NormaliseReport(report, arena);
  Mapped mapped = kind->mapper->Run(report, arena);
  if (!mapped.findings.empty()) {
    taken.findings = std::move(mapped.findings);
    return taken;
  }
  if (absl::Status status = registry::AssignIdentities(mapped.bundle, arena, context.identity); !status.ok()) {
    taken.findings.push_back(Error("map-identity", "",
                                   "Rapporten har en ressource uden id eller en borger uden CPR-nummer.",
                                   "The report has a resource without an id or a citizen without a number. (" +
                                       std::string(status.message()) + ")"));
    return taken;
  }
  if (auto finding = NumberElsewhere(mapped.bundle)) {
    taken.findings.push_back(*std::move(finding));
    return taken;
  }
  taken.bundle = mapped.bundle;
  taken.citizen = ReferenceOf(OnlyPatient(taken.bundle));
  return taken;
}

}  // namespace hjerte::adapters
