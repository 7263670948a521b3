#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "mapping/fhirpath/item.h"
#include "mapping/json/value.h"

namespace hjerte::fhirpath {

// Value sets for memberOf(), from ValueSet resources whose codes are listed: in an expansion, or in the definition as
// concepts. A definition by filters or by whole code systems lists no codes and is refused; expand it first. Immutable
// once filled, and then safe to share between threads.
class ValueSets {
 public:
  // Adds a ValueSet, or every ValueSet of a Bundle; an error names the set and what it lacks.
  absl::Status Add(const json::Value& resource);

  // Whether a code, Coding or CodeableConcept is of the set: a CodeableConcept if any of its codings is. A plain code
  // is looked for in every system of the set. Empty where the set is not loaded, and for a String where the set has
  // codes of several systems (R4, memberOf).
  std::optional<bool> Contains(const Item& coded, std::string_view url) const;

  // For Hooks::member_of; this object must outlive it.
  std::function<std::optional<bool>(const Item&, std::string_view)> Hook() const;

 private:
  using Codes = std::set<std::pair<std::string, std::string>, std::less<>>;

  std::map<std::string, Codes, std::less<>> sets_;  // Code and system, by canonical URL.
};

}  // namespace hjerte::fhirpath
