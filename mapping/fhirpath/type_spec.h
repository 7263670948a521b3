#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mapping/fhirpath/frame.h"

namespace hjerte::fhirpath {

// A type specifier of is, as and ofType, resolved against the model when the expression is compiled.
struct TypeSpec {
  std::string space;  // As written; empty where none was.
  std::string name;
  TypeId type = kUnknownType;      // In the model.
  std::optional<ItemKind> system;  // As a System type.
  bool any = false;                // System.Any, the base of all types.
  bool known() const { return any || type != kUnknownType || system.has_value(); }

  // Splits FHIR.Patient and looks it up.
  static TypeSpec Resolve(std::string_view written, const TypeModel& model);
};

// Whether an item is of the type. `exact`: a primitive that specialises it does not count, as FHIR's published suite
// has it for as and ofType.
bool IsOfType(const Frame& frame, const Item& item, const TypeSpec& spec, bool exact);

// The System kind of that name; empty for any other.
std::optional<ItemKind> SystemKind(std::string_view name);
// "Boolean", "Integer", …
std::string_view SystemName(ItemKind kind);
// The System kind a JSON scalar of unknown type has; empty for containers and null.
std::optional<ItemKind> ScalarKind(const json::Value& value);

}  // namespace hjerte::fhirpath
