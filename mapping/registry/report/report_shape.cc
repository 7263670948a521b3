#include "mapping/registry/report/report_shape.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/registry/course/assembly.h"
#include "mapping/registry/course/fhir_read.h"
#include "mapping/registry/report/finding_text.h"

namespace hjerte::registry {
namespace {

constexpr int64_t kClockSlackUs = int64_t{5} * 60 * 1'000'000;

// Required elements (R4, cardinality 1..1) and the required binding of status, for the types the registry uses. Other
// types are let through: they are not looked at.
struct TypeRule {
  std::string_view type;
  std::array<std::string_view, 3> required;
  std::array<std::string_view, 10> statuses;
};

constexpr std::array<TypeRule, 10> kTypes = {{
    {"Patient", {}, {}},
    {"Organization", {}, {}},
    {"Condition", {"subject"}, {}},
    {"ServiceRequest",
     {"status", "intent", "subject"},
     {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}},
    {"CarePlan",
     {"status", "intent", "subject"},
     {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}},
    {"Encounter",
     {"status", "class"},
     {"planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error",
      "unknown"}},
    {"Observation",
     {"status", "code"},
     {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}},
    {"Procedure",
     {"status", "subject"},
     {"preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"}},
    {"QuestionnaireResponse", {"status"}, {"in-progress", "completed", "amended", "entered-in-error", "stopped"}},
    {"Goal", {}, {}},
}};

constexpr std::array<std::string_view, 9> kDetailStatuses = {"not-started", "scheduled", "in-progress",
                                                             "on-hold",     "completed", "cancelled",
                                                             "stopped",     "unknown",   "entered-in-error"};

const TypeRule* RuleOf(std::string_view type) {
  const auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRule& rule) { return rule.type == type; });
  return found == kTypes.end() ? nullptr : &*found;
}

bool HasOffset(std::string_view instant) {
  return instant.size() > 16 &&
         (instant.back() == 'Z' || instant[instant.size() - 6] == '+' || instant[instant.size() - 6] == '-');
}

// A stamp must be an instant and not lie in the receiver's future. It stands in `member` of what is at `location`.
void CheckStamp(const json::Value* stamp, std::string_view location, std::string_view member,
                const CheckOptions& options, FindingList& findings) {
  if (stamp == nullptr) return;
  const std::optional<int64_t> instant =
      stamp->is_string() && HasOffset(stamp->text()) ? ParseInstant(stamp->text()) : std::nullopt;
  if (!instant) {
    findings.Add(
        ShapeFinding("dhrd-stamp-format", absl::StrCat(std::string(location), std::string(member)),
                     "Tidsstemplet er ikke et gyldigt tidspunkt med tidszone. Ret udtrækket i omsorgssystemet.",
                     "The stamp is not a valid instant with time zone. Correct the care system's extract."));
  } else if (*instant > options.received_at_us + kClockSlackUs) {
    findings.Add(
        ShapeFinding("dhrd-stamp-future", absl::StrCat(std::string(location), std::string(member)),
                     "Tidsstemplet ligger mere end fem minutter efter modtagelsen. Ret uret i omsorgssystemet.",
                     "The stamp lies more than five minutes after receipt. Correct the care system's clock."));
  }
}

void CheckStatus(const json::Value& resource, const TypeRule& rule, const std::string& location,
                 FindingList& findings) {
  const json::Value* status = resource.Find("status");
  if (status != nullptr && !rule.statuses[0].empty() &&
      (!status->is_string() || status->text().empty() ||
       std::find(rule.statuses.begin(), rule.statuses.end(), status->text()) == rule.statuses.end())) {
    findings.Add(
        ShapeFinding("dhrd-resource-status", location + ".status",
                     "Status er ikke en af FHIR R4's koder for denne ressource. Ret udtrækket eller kortet.",
                     "Status is not one of FHIR R4's codes for this resource. Correct the extract or the map."));
  }
  const json::Value* detail = PlanDetail(resource);
  if (rule.type != "CarePlan" || detail == nullptr) return;
  if (std::find(kDetailStatuses.begin(), kDetailStatuses.end(), TextOf(*detail, "status")) == kDetailStatuses.end()) {
    findings.Add(ShapeFinding(
        "dhrd-resource-status", location + ".activity[0].detail.status",
        "Aktivitetens status mangler eller er ikke en af FHIR R4's koder. Ret udtrækket eller kortet.",
        "The activity's status is missing or not one of FHIR R4's codes. Correct the extract or the map."));
  }
}

// Dates that no variable reads, but that place what variables read.
void CheckDates(const json::Value& resource, const std::string& location, FindingList& findings) {
  const auto valid = [&](const json::Value& holder, std::string_view name, const char* at) {
    const json::Value* date = holder.Find(name);
    if (date == nullptr || (date->is_string() && ParseDay(date->text()))) return true;
    findings.Add(ShapeFinding("dhrd-date-format", location + at,
                              "Datoen er ikke en hel, gyldig dato. Ret datoen i omsorgssystemet.",
                              "The date is not a whole, valid date. Correct the date in the care system."));
    return false;
  };
  valid(resource, "effectiveDateTime", ".effective");
  valid(resource, "authored", ".authored");
  valid(resource, "deceasedDateTime", ".deceased");
  const json::Value* period = resource.Find("period");
  if (period == nullptr || TextOf(resource, "resourceType") == "CarePlan") return;  // A plan's are variables.
  if (!valid(*period, "start", ".period.start") || !valid(*period, "end", ".period.end")) return;
  const std::optional<int64_t> start = ParseInstant(TextOf(*period, "start"));
  const std::optional<int64_t> end = ParseInstant(TextOf(*period, "end"));
  if (start && end && *start > *end && ParseDay(TextOf(*period, "start")) != ParseDay(TextOf(*period, "end"))) {
    findings.Add(ShapeFinding("dhrd-period-order", location + ".period",
                              "Perioden slutter før den begynder. Ret tidspunkterne i omsorgssystemet.",
                              "The period ends before it begins. Correct the times in the care system."));
  }
}

}  // namespace

bool IsLookedAt(std::string_view resource_type) { return RuleOf(resource_type) != nullptr; }

bool CheckBundle(const json::Value& bundle, const CheckOptions& options, FindingList& findings) {
  if (!bundle.is_object() || TextOf(bundle, "resourceType") != "Bundle" || TextOf(bundle, "type") != "collection") {
    findings.Add(
        ShapeFinding("dhrd-report-type", "Bundle.type",
                     "Indberetningen skal være en FHIR Bundle af typen collection. Ret udtrækket eller kortet.",
                     "The report must be a FHIR Bundle of type collection. Correct the extract or the map."));
    return false;
  }
  CheckStamp(bundle.Find("timestamp"), "Bundle", ".timestamp", options, findings);
  const json::Value* entries = bundle.Find("entry");
  if (entries == nullptr || !entries->is_array() || entries->size() == 0) {
    findings.Add(ShapeFinding("dhrd-report-empty", "Bundle.entry", "Indberetningen er tom. Ret udtrækket eller kortet.",
                              "The report is empty. Correct the extract or the map."));
    return false;
  }
  size_t patients = 0;
  bool stamped = bundle.Find("timestamp") != nullptr;
  for (const json::Value& entry : entries->elements()) {
    const json::Value* resource = entry.Find("resource");
    if (resource == nullptr) continue;
    if (TextOf(*resource, "resourceType") == "Patient") ++patients;
    const json::Value* meta = resource->Find("meta");
    stamped = stamped || (meta != nullptr && meta->Find("lastUpdated") != nullptr);
  }
  if (!stamped) {
    findings.Add(ShapeFinding("dhrd-stamp-required", "Bundle.timestamp",
                              "Indberetningen har intet tidsstempel. Sæt Bundle.timestamp eller meta.lastUpdated.",
                              "The report has no stamp. Set Bundle.timestamp or meta.lastUpdated."));
  }
  if (patients != 1) {
    findings.Add(ShapeFinding("dhrd-report-patient", "Bundle.entry",
                              "Indberetningen skal indeholde netop én borger. Del den op, eller tilføj borgeren.",
                              "The report must hold exactly one citizen. Split it, or add the citizen."));
  }
  return true;
}

void CheckResource(const json::Value& resource, const std::string& location, const CheckOptions& options,
                   FindingList& findings) {
  const std::string_view type = TextOf(resource, "resourceType");
  if (!IsFhirId(type)) {
    findings.Add(ShapeFinding("dhrd-resource-type", location,
                              "En post har ingen ressourcetype. Ret udtrækket eller kortet.",
                              "An entry has no resource type. Correct the extract or the map."));
    return;
  }
  if (!IsFhirId(TextOf(resource, "id"))) {
    const bool referral = type == "ServiceRequest";
    Finding finding = ShapeFinding(
        referral ? "dhrd-course_key-required" : "dhrd-resource-id", location + ".id",
        referral ? "Henvisningen har ingen nøgle, så forløbet kan ikke genkendes. Tag forløbets nøgle med i udtrækket."
                 : "Ressourcen har intet gyldigt id. Ret udtrækket eller kortet.",
        referral
            ? "The referral has no key, so the course cannot be recognised. Include the course's key in the extract."
            : "The resource has no valid id. Correct the extract or the map.");
    if (referral) finding.variable = "course_key";
    findings.Add(std::move(finding));
  }
  if (const json::Value* meta = resource.Find("meta")) {
    CheckStamp(meta->Find("lastUpdated"), location, ".meta.lastUpdated", options, findings);
  }
  const TypeRule* rule = RuleOf(type);
  if (rule == nullptr) return;
  CheckStatus(resource, *rule, location, findings);
  if (IsEnteredInError(resource)) return;  // A retraction needs no content.
  for (const std::string_view element : rule->required) {
    if (element.empty() || resource.Find(element) != nullptr) continue;
    findings.Add(ShapeFinding(
        "dhrd-resource-element", absl::StrCat(location, ".", std::string(element)),
        absl::StrCat("Elementet ", std::string(element), " mangler, som FHIR R4 kræver. Ret udtrækket eller kortet."),
        absl::StrCat("The element ", std::string(element),
                     ", which FHIR R4 requires, is missing. Correct the extract or the map.")));
  }
  CheckDates(resource, location, findings);
}

}  // namespace hjerte::registry
