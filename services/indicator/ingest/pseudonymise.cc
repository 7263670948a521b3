#include "services/indicator/ingest/pseudonymise.h"

#include <algorithm>

#include "mapping/registry/course/citizen_number.h"

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

constexpr std::size_t kNumberChars = 10;
constexpr std::size_t kDayChars = 6;

// What people put between the parts of a number: blanks, hyphens, dashes, stops. A quotation mark ends a text.
constexpr std::size_t kBetweenBytesMax = 6;

bool SetsApart(char c) {
  const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return !word && c != '"';
}

// Without the last bytes that set apart.
std::string_view UpToAWord(std::string_view text) {
  for (std::size_t n = 0; n < kBetweenBytesMax && !text.empty() && SetsApart(text.back()); ++n) text.remove_suffix(1);
  return text;
}

// Whether the text ends with the number's first six digits, day, month and year, in an order that dates are written in;
// what sets them apart is passed over, and so is the century.
bool EndsWithDay(std::string_view text, std::string_view number) {
  std::string digits;  // the last of the text, in reverse
  while (digits.size() < 8 && !text.empty() && text.back() >= '0' && text.back() <= '9') {
    digits += text.back();
    text.remove_suffix(1);
    if (digits.size() % 2 == 0) text = UpToAWord(text);
  }
  std::reverse(digits.begin(), digits.end());
  const std::string day(number.substr(0, 2));
  const std::string month(number.substr(2, 2));
  const std::string year(number.substr(4, 2));
  if (digits.ends_with(day + month + year) || digits.ends_with(year + month + day)) return true;
  return digits.size() == 8 && digits.starts_with(day + month) && digits.ends_with(year);
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

// By its last four characters, which stand at the end however the day of birth before them is written.
bool HoldsNumber(std::string_view text, std::string_view number) {
  if (number.size() != kNumberChars) return text.find(number) != std::string_view::npos;
  const std::string_view serial = number.substr(kDayChars);
  for (std::size_t at = text.find(serial); at != std::string_view::npos; at = text.find(serial, at + 1)) {
    if (EndsWithDay(UpToAWord(text.substr(0, at)), number)) return true;
  }
  return false;
}

}  // namespace hjerte::indicator
