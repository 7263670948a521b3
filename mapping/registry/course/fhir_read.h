#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/json/value.h"
#include "mapping/registry/content/variable.h"

// Small readers of FHIR's JSON that assembly, extraction and checks share. For this library's own files.
namespace hjerte::registry {

// A string member, or empty.
std::string_view TextOf(const json::Value& object, std::string_view name);

// The elements of a member that may be a list or a single value; valid until the object is changed.
std::span<const json::Value> ListOf(const json::Value& object, std::string_view name);

// Whether the text has the form of an id (FHIR R4, datatype id: 1 to 64 letters, digits, '-' and '.').
bool IsFhirId(std::string_view text);

// "Type/id".
std::string ReferenceTo(std::string_view type, std::string_view id);

// "Type/id" of a resource; empty without id.
std::string ReferenceOf(const json::Value& resource);

// "Type/id" that a Reference points to, whatever is written before it; "urn:uuid:…" as it is; empty for none. Lives as
// long as the Reference's text.
std::string_view TargetOf(const json::Value& reference);

// A code and its system, as long as their JSON lives.
struct Coding {
  std::string_view system;
  std::string_view code;
};

// Calls `visit` with each Coding of a CodeableConcept, a list of them or a Coding that has a code.
template <typename Visit>
void ForEachCoding(const json::Value& concepts, const Visit& visit) {
  for (const json::Value& element : concepts.elements()) ForEachCoding(element, visit);
  if (!concepts.is_object()) return;
  if (const json::Value* inner = concepts.Find("coding")) return ForEachCoding(*inner, visit);
  const Coding coding{.system = TextOf(concepts, "system"), .code = TextOf(concepts, "code")};
  if (!coding.code.empty()) visit(coding);
}

// The same as "system|code".
std::vector<std::string> CodingsOf(const json::Value& concepts);

// The first of a CarePlan's activity[].detail, or null.
const json::Value* PlanDetail(const json::Value& plan);

// When in the course an Observation or QuestionnaireResponse was made; kNone when it does not say.
Point PointOf(const json::Value& resource);

// The date a resource speaks of (effective, authored, period.start), as written; empty for none.
std::string_view DateOf(const json::Value& resource);

// Orders two dates or dateTimes by when they are, a day by its midnight in Europe/Copenhagen; what is neither comes
// first.
std::strong_ordering CompareDates(std::string_view one, std::string_view other);

}  // namespace hjerte::registry
