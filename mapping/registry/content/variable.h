#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/registry/date.h"
#include "mapping/registry/text.h"

namespace hjerte::registry {

// Type of a variable's value.
enum class ValueType : uint8_t {
  kCode,        // One of the variable's codes.
  kText,        // Free text.
  kIdentifier,  // An identifier that somebody else issued.
  kCount,       // A whole number of things.
  kScore,       // A whole number on a scale.
  kQuantity,    // A decimal with the variable's unit.
  kDecimal,     // A decimal without unit.
  kDate,        // A day.
  kBoolean
};

// When in the course a value was measured.
enum class Point : uint8_t { kNone, kStart, kEnd, kFollowUp };

// "", "start", "end", "follow-up": as in FHIR.
std::string_view PointCode(Point point);
// "", "start", "end", "follow_up": as the member of a course record is named, so that FHIRPath reads it unquoted.
std::string_view PointMember(Point point);
// The name of the type as ListVariables gives it, e.g. "quantity".
std::string_view ValueTypeName(ValueType type);

// One code of a code list.
struct Code {
  std::string code;
  Text label;
  std::vector<std::string> codings;  // Other FHIR codings "system|code" that mean it, e.g. KL's.
};

// Plausibility limits in the variable's unit, both ends included; absent ends do not limit.
struct Limits {
  std::optional<std::string> low;  // Decimal text, so that nothing is rounded.
  std::optional<std::string> high;
};

// One variable of the registry, as people and forms need it. How it is found in FHIR is the content's own matter.
struct Variable {
  std::string id;  // E.g. "six_minute_walk".
  ValueType type = ValueType::kText;
  std::string unit;           // Canonical UCUM unit of a quantity.
  std::string code_system;    // FHIR system of `codes`.
  std::vector<Code> codes;    // Of a code-typed variable with a list of its own.
  std::vector<Point> points;  // Empty for variables without measurement point.
  Text label;
  Text help;              // What to do in the care system when it is missing or wrong.
  bool derived = false;   // The gateway derives it: it cannot be sent.
  bool draft = false;     // The definition is ours and not the registry's own text.
  Limits error_limits;    // Outside: the report is refused.
  Limits warning_limits;  // Outside: a warning.

  const Code* FindCode(std::string_view code) const;
};

// The variables in force in a span of closure dates.
struct VariableSet {
  std::string version;  // E.g. "dhrd-variables 2026.1".
  Validity validity;
  bool draft = false;
  std::vector<Variable> variables;  // In the order they are shown.

  const Variable* Find(std::string_view id) const;
};

}  // namespace hjerte::registry
