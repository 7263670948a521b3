#include "services/indicator/minimise.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace hjerte::indicator {
namespace {

template <std::size_t kSize>
bool Holds(const std::string_view (&names)[kSize], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

constexpr std::string_view kKeptOfPatient[] = {"resourceType",   "id", "meta", "gender", "managingOrganization",
                                               "deceasedBoolean"};
constexpr std::string_view kFreeText[] = {"note", "comment", "contained", "valueString", "valueMarkdown"};
constexpr std::string_view kNamesInReference[] = {"identifier", "display"};
constexpr std::size_t kYearDigits = 4;

json::Value PatientWithoutNames(const json::Value& patient, json::Arena& arena) {
  json::Value kept = json::Value::Object(arena);
  for (const json::Member& member : patient.members()) {
    if (Holds(kKeptOfPatient, member.name)) kept.Add(arena, member.name, member.value);
    if (member.name == "birthDate") {
      kept.Add(arena, member.name, json::Value::String(member.value.text().substr(0, kYearDigits)));
    }
  }
  return kept;
}

// Depth is bounded by what the parser takes.
json::Value WithoutNames(const json::Value& value, json::Arena& arena) {
  if (value.is_array()) {
    json::Value list = json::Value::Array(arena);
    for (const json::Value& element : value.elements()) list.Append(arena, WithoutNames(element, arena));
    return list;
  }
  if (!value.is_object()) return value;
  const bool reference = value.Find("reference") != nullptr;
  json::Value kept = json::Value::Object(arena);
  for (const json::Member& member : value.members()) {
    const bool narrative = member.name == "text" && member.value.is_object();
    std::string_view name = member.name;
    if (name.starts_with('_')) name.remove_prefix(1);
    if (narrative || Holds(kFreeText, name) || (reference && Holds(kNamesInReference, name))) continue;
    kept.Add(arena, member.name, WithoutNames(member.value, arena));
  }
  return kept;
}

}  // namespace

json::Value Minimised(const json::Value& resource, json::Arena& arena) {
  const json::Value* type = resource.Find("resourceType");
  if (type != nullptr && type->text() == "Patient") {
    return WithoutNames(PatientWithoutNames(resource, arena), arena);
  }
  return WithoutNames(resource, arena);
}

}  // namespace hjerte::indicator
