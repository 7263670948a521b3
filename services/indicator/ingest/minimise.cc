#include "services/indicator/ingest/minimise.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "mapping/registry/report/report_check.h"

namespace hjerte::indicator {
namespace {

template <std::size_t kSize>
bool Holds(const std::string_view (&names)[kSize], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

constexpr std::string_view kStoredOfPatient[] = {"resourceType",
                                                 "id",
                                                 "meta",
                                                 "identifier",
                                                 "gender",
                                                 "birthDate",
                                                 "deceasedBoolean",
                                                 "deceasedDateTime",
                                                 "managingOrganization",
                                                 "address"};
constexpr std::string_view kStoredOfAddress[] = {"extension", "period"};
constexpr std::string_view kKeptOfPatient[] = {"resourceType",   "id", "meta", "gender", "managingOrganization",
                                               "deceasedBoolean"};
constexpr std::string_view kNamesAnywhere[] = {"note", "comment", "contained"};
constexpr std::string_view kAnswersInFreeText[] = {"valueString", "valueMarkdown"};
constexpr std::string_view kNamesInReference[] = {"identifier", "display"};
constexpr std::size_t kYearDigits = 4;

// Of "_note" too: an element of primitive type has its extensions there.
std::string_view ElementOf(std::string_view member) { return member.substr(member.starts_with('_') ? 1 : 0); }

// Whether people write of people there.
bool MayHoldNames(const json::Member& member) {
  const bool narrative = ElementOf(member.name) == "text" && member.value.is_object();
  return narrative || Holds(kNamesAnywhere, ElementOf(member.name));
}

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
    const std::string_view name = ElementOf(member.name);
    if (MayHoldNames(member) || Holds(kAnswersInFreeText, name)) continue;
    if (reference && Holds(kNamesInReference, name)) continue;
    kept.Add(arena, member.name, WithoutNames(member.value, arena));
  }
  return kept;
}

// Takes out the members for which `keep` says no.
template <typename Keep>
bool KeepMembers(json::Value& object, const Keep& keep) {
  std::vector<std::string_view> out;
  for (const json::Member& member : object.members()) {
    if (!keep(member)) out.push_back(member.name);
  }
  for (const std::string_view name : out) object.Remove(name);
  return !out.empty();
}

// Depth is bounded by what the parser takes.
bool TakeOutTexts(json::Value& value) {
  bool any = false;
  if (value.is_array()) {
    for (json::Value element : value.elements()) any = TakeOutTexts(element) || any;
    return any;
  }
  if (!value.is_object()) return false;
  const bool reference = value.Find("reference") != nullptr || value.Find("identifier") != nullptr;
  any = KeepMembers(value, [reference](const json::Member& member) {
    return !MayHoldNames(member) && !(reference && ElementOf(member.name) == "display");
  });
  for (const json::Member& member : value.members()) {
    json::Value child = member.value;
    any = TakeOutTexts(child) || any;
  }
  return any;
}

bool TakeOutPerson(json::Value& patient) {
  bool any = KeepMembers(patient, [](const json::Member& member) { return Holds(kStoredOfPatient, member.name); });
  const json::Value* addresses = patient.Find("address");
  if (addresses == nullptr) return any;
  for (json::Value address : addresses->elements()) {
    any = KeepMembers(address, [](const json::Member& member) { return Holds(kStoredOfAddress, member.name); }) || any;
  }
  return any;
}

}  // namespace

bool TakeOutNames(json::Value& bundle, json::Arena& arena) {
  const json::Value* entries = bundle.Find("entry");
  if (entries == nullptr) return false;
  bool any = false;
  json::Value kept = json::Value::Array(arena);
  for (const json::Value& entry : entries->elements()) {
    const json::Value* found = entry.Find("resource");
    const json::Value* type = found != nullptr ? found->Find("resourceType") : nullptr;
    if (type == nullptr || !registry::IsLookedAt(type->text())) continue;
    json::Value resource = *found;
    if (type->text() == "Patient") any = TakeOutPerson(resource) || any;
    any = TakeOutTexts(resource) || any;
    kept.Append(arena, entry);
  }
  if (kept.size() == entries->size()) return any;
  bundle.Set(arena, "entry", kept);
  return true;
}

json::Value Minimised(const json::Value& resource, json::Arena& arena) {
  const json::Value* type = resource.Find("resourceType");
  if (type != nullptr && type->text() == "Patient") {
    return WithoutNames(PatientWithoutNames(resource, arena), arena);
  }
  return WithoutNames(resource, arena);
}

}  // namespace hjerte::indicator
