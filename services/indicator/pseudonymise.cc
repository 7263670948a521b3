#include "services/indicator/pseudonymise.h"

#include "mapping/registry/citizen_number.h"

namespace hjerte::indicator {
namespace {

std::string_view TextOf(const json::Value& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value != nullptr && value->is_string() ? value->text() : std::string_view();
}

absl::StatusOr<json::Value> OnePatient(const json::Value& bundle) {
  std::optional<json::Value> patient;
  if (const json::Value* entries = bundle.Find("entry"); entries != nullptr) {
    for (const json::Value& entry : entries->elements()) {
      const json::Value* resource = entry.Find("resource");
      if (resource == nullptr || TextOf(*resource, "resourceType") != "Patient") continue;
      if (patient.has_value()) return absl::InvalidArgumentError("more than one Patient");
      patient = *resource;
    }
  }
  if (!patient.has_value()) return absl::InvalidArgumentError("no Patient");
  return *patient;
}

}  // namespace

absl::StatusOr<CitizenIdentifier> TakeOutCitizenNumber(json::Value& bundle, json::Arena& arena) {
  absl::StatusOr<json::Value> patient = OnePatient(bundle);
  if (!patient.ok()) return patient.status();
  std::optional<CitizenIdentifier> citizen;
  json::Value others = json::Value::Array(arena);
  if (const json::Value* identifiers = patient->Find("identifier"); identifiers != nullptr) {
    for (const json::Value& identifier : identifiers->elements()) {
      if (!registry::IsCitizenNumberSystem(TextOf(identifier, "system"))) {
        others.Append(arena, identifier);
        continue;
      }
      if (citizen.has_value()) return absl::InvalidArgumentError("more than one citizen's number");
      citizen = CitizenIdentifier{std::string(TextOf(identifier, "system")), std::string(TextOf(identifier, "value"))};
    }
  }
  if (!citizen.has_value()) return absl::InvalidArgumentError("no citizen's number");
  const std::optional<registry::CitizenNumber> number = registry::ParseCitizenNumber(citizen->system, citizen->value);
  if (!number.has_value()) return absl::InvalidArgumentError("the citizen's number has not the form of its system");
  if (others.size() == 0) {
    patient->Remove("identifier");
  } else {
    patient->Set(arena, "identifier", others);
  }
  patient->Set(arena, "gender", json::Value::String(number->male ? "male" : "female"));
  patient->Set(arena, "birthDate", json::Value::String(arena.CopyText(registry::FormatDate(number->birth_date))));
  return *std::move(citizen);
}

bool HoldsNumber(std::string_view text, std::string_view number) {
  if (text.find(number) != std::string_view::npos) return true;
  if (number.size() != 10) return false;
  for (const char* between : {"-", " ", "\xC2\xA0"}) {
    const std::string parted = std::string(number.substr(0, 6)) + between + std::string(number.substr(6));
    if (text.find(parted) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace hjerte::indicator
