#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mapping/fhirpath/decimal.h"
#include "mapping/fhirpath/expression.h"
#include "mapping/fhirpath/type_table.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/finding.h"

// What LoadContent makes of the files: expressions compiled, rules indexed. For this library's own files.
namespace hjerte::registry {

// The part a resource plays in a course; what a rule of `fhir:` reads.
enum class Role : uint8_t {
  kPatient,
  kReferral,
  kOpeningPlan,
  kClosingPlan,
  kIntervention,
  kCondition,
  kProcedure,
  kEncounter,
  kObservation,
  kQuestionnaireResponse
};
inline constexpr size_t kRoles = 10;

// One way a variable stands in FHIR.
struct SourceRule {
  Role role = Role::kReferral;
  std::string key;                   // Path of the coding it is found by; empty: every resource of the role.
  std::vector<std::string> codings;  // "system|code"; of a questionnaire's item "canonical|linkId".
  std::optional<fhirpath::Expression> where;
  std::optional<fhirpath::Expression> value;
  std::optional<fhirpath::Expression> count;  // Instead of value: counts the resources for which it is true.
  std::vector<std::string> prefer;            // Of several answers the first of these; else the latest.
  bool marks_derived = false;
  bool marks_assumed = false;
};

// Codes of a classification that lead to one code of the variable.
struct ClassRow {
  std::string code;
  std::string system;
  std::vector<std::string> prefixes;
};

// When a value must be there.
struct Requirement {
  Point point = Point::kNone;
  fhirpath::Expression when;
  Severity severity = Severity::kInformation;
};

// Format of a text or identifier beyond its type.
enum class Format : uint8_t { kNone, kCitizenNumber, kSor, kSks };

struct CompiledVariable {
  size_t index = 0;  // In VariableSet::variables.
  Format format = Format::kNone;
  bool in_record = true;
  bool municipality = false;                                    // Codes are the municipalities of the geographies.
  std::map<std::string, int> units;                             // Accepted unit → power of ten to the canonical unit.
  std::unordered_map<std::string, std::string> code_of_coding;  // "system|code" → code.
  std::set<std::string> absent_codes;  // Codes that say "not known": as if nothing stood there.
  std::optional<fhirpath::Decimal> error_low, error_high, warning_low, warning_high;
  std::vector<SourceRule> rules;
  std::vector<ClassRow> classes;
  std::vector<Requirement> requirements;
  std::optional<fhirpath::Expression> derive;
};

// A rule within one resource that its profile states.
struct ResourceRule {
  std::string code, resource, variable, location;
  std::vector<std::string> profiles;  // Last part of the profile's URL.
  fhirpath::Expression holds;
  Text text;
};

// A rule over the whole course.
struct CourseRule {
  std::string code, variable;
  fhirpath::Expression holds;
  Text text;
};

struct CompiledVariableSet {
  std::shared_ptr<const fhirpath::TypeTable> model;  // Of the course record; outlives the expressions.
  std::set<std::string, std::less<>> plan_categories, follow_up_categories;
  std::vector<CompiledVariable> variables;  // In the order of VariableSet::variables.
  std::vector<size_t> derivation_order;     // Derived variables, each after what it reads.
  // Of each role "system|code" → (variable, rule), for finding what a resource of a report says.
  std::array<std::unordered_map<std::string, std::vector<std::pair<size_t, size_t>>>, kRoles> by_coding;
  std::vector<ResourceRule> resource_rules;
  std::vector<CourseRule> course_rules;
};

// An indicator's rules as indices into CompiledIndicatorSet::expressions.
struct CompiledIndicator {
  size_t population = 0;
  std::vector<size_t> excluded;
  std::vector<size_t> unknown;
  size_t numerator = 0;
};

struct CompiledIndicatorSet {
  std::shared_ptr<const fhirpath::TypeTable> model;
  std::vector<fhirpath::Expression> expressions;  // Each different one once, so that a course evaluates it once.
  size_t cohort = 0;
  std::vector<CompiledIndicator> indicators;
};

struct CompiledContent {
  std::vector<VariableSet> variable_sets;
  std::vector<CompiledVariableSet> compiled_variable_sets;  // Parallel.
  std::vector<IndicatorSet> indicator_sets;
  std::vector<CompiledIndicatorSet> compiled_indicator_sets;  // Parallel.
  std::vector<Geography> geographies;
  std::vector<AgeBand> age_bands;
  std::set<std::string, std::less<>> municipalities;
  std::string sha256;
  bool draft = false;

  // Index of the variable set in force on the date (Content::variables_on).
  size_t VariableSetOn(Date date) const;
  // Index of the indicator set that judges the date.
  std::optional<size_t> IndicatorSetOn(Date date) const;
};

}  // namespace hjerte::registry
