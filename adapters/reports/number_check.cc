#include "adapters/reports/number_check.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "mapping/registry/course/citizen_number.h"

namespace hjerte::adapters {
namespace {

constexpr std::size_t kCprDigits = 10;
constexpr std::size_t kBirthdayDigits = 6;

std::string_view TextOf(const json::Value& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value != nullptr && value->is_string() ? value->text() : std::string_view();
}

// The citizen's number in the forms it is written in; all of one number begin with its birthday.
std::vector<std::string> FormsOf(const json::Value& patient) {
  std::vector<std::string> forms;
  const json::Value* identifiers = patient.Find("identifier");
  if (identifiers == nullptr) return forms;
  for (const json::Value& identifier : identifiers->elements()) {
    const std::string_view number = TextOf(identifier, "value");
    if (!registry::IsCitizenNumberSystem(TextOf(identifier, "system")) || number.size() < kCprDigits) continue;
    forms.emplace_back(number);
    if (number.size() == kCprDigits) {
      for (const char* between : {"-", " ", "\xC2\xA0"}) {
        forms.push_back(std::string(number.substr(0, kBirthdayDigits)) + between +
                        std::string(number.substr(kBirthdayDigits)));
      }
    }
  }
  return forms;
}

bool TextHolds(std::string_view text, const std::vector<std::string>& forms) {
  if (text.size() < kCprDigits) return false;
  std::string_view absent;
  for (const std::string& form : forms) {
    // What begins like a form that is not there by far needs no look of its own.
    const std::string_view birthday = std::string_view(form).substr(0, kBirthdayDigits);
    if (birthday == absent) continue;
    if (text.find(birthday) == std::string_view::npos) {
      absent = birthday;
    } else if (text.find(form) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// Depth is limited by the document's own.
bool Holds(const json::Value& value, const std::vector<std::string>& forms) {
  if (value.is_string() || value.is_number()) return TextHolds(value.text(), forms);
  if (value.is_array()) {
    for (const json::Value& element : value.elements()) {
      if (Holds(element, forms)) return true;
    }
    return false;
  }
  if (!value.is_object()) return false;
  for (const json::Member& member : value.members()) {
    if (Holds(member.value, forms)) return true;
  }
  return false;
}

bool PatientHolds(const json::Value& patient, const std::vector<std::string>& forms) {
  for (const json::Member& member : patient.members()) {
    if (member.name != "identifier" && Holds(member.value, forms)) return true;
  }
  return false;
}

bool IsPatient(const json::Value& resource) { return TextOf(resource, "resourceType") == "Patient"; }

bool ResourceHolds(const json::Value& resource, const std::vector<std::string>& forms) {
  return IsPatient(resource) ? PatientHolds(resource, forms) : Holds(resource, forms);
}

registry::Finding ElsewhereFinding() {
  return {.severity = registry::Severity::kError,
          .code = "report-citizen-number-elsewhere",
          .location = "Bundle.entry.resource",
          .variable = "cpr",
          .text = {
              .da = "Borgerens CPR-nummer står andre steder end i CPR-feltet, fx i forløbets nøgle. Brug en nøgle uden "
                    "CPR-nummer i omsorgssystemets udtræk.",
              .en = "The citizen's number stands elsewhere than in the field for it, e.g. in the key of the course. "
                    "Use a key without it in the care system's extract."}};
}

}  // namespace

std::optional<registry::Finding> NumberElsewhere(const json::Value& bundle) {
  const json::Value* entries = bundle.Find("entry");
  if (entries == nullptr) return std::nullopt;
  std::vector<json::Value> resources;
  std::vector<std::string> forms;
  for (const json::Value& entry : entries->elements()) {
    const json::Value* resource = entry.Find("resource");
    if (resource == nullptr) continue;
    resources.push_back(*resource);
    if (!IsPatient(*resource)) continue;
    for (std::string& form : FormsOf(*resource)) forms.push_back(std::move(form));
  }
  const bool held = std::any_of(resources.begin(), resources.end(),
                                [&forms](const json::Value& resource) { return ResourceHolds(resource, forms); });
  return held ? std::optional(ElsewhereFinding()) : std::nullopt;
}

std::optional<registry::Finding> NumberElsewhere(const std::vector<ResourceVersion>& versions) {
  std::vector<std::string> forms;
  for (const ResourceVersion& version : versions) {
    if (!IsPatient(version.resource)) continue;
    for (std::string& form : FormsOf(version.resource)) forms.push_back(std::move(form));
  }
  for (const ResourceVersion& version : versions) {
    // A value that holds a form stands in the resource's text as it is: nothing of a form is escaped in JSON.
    if (TextHolds(version.text.text, forms) && ResourceHolds(version.resource, forms)) return ElsewhereFinding();
  }
  return std::nullopt;
}

}  // namespace hjerte::adapters
