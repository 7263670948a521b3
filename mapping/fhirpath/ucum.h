#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "mapping/fhirpath/decimal.h"
#include "mapping/fhirpath/quantity.h"

namespace hjerte::fhirpath {

// A unit in terms of base units: value_in_base = (value + offset) * numerator / denominator. Units of the same
// dimensions can be converted into each other.
struct CanonicalUnit {
  Decimal numerator = 1;
  Decimal denominator = 1;
  Decimal offset = 0;                     // Temperature scales only.
  std::map<std::string, int> dimensions;  // Base unit to exponent; none for a plain number.
};

// A UCUM expression (case-sensitive codes; UCUM §§ 6–11) in base units: the units clinicians and laboratories use, with
// prefixes, exponents, products and quotients. Arbitrary units such as [IU] are base units of their own; logarithmic
// units can only be compared with themselves. Empty for what is no unit known here.
std::optional<CanonicalUnit> ParseUnit(std::string_view unit);

// Three ways a comparison of two quantities can end besides an order.
enum class UnitMatch : uint8_t { kComparable, kDifferent, kUndecided };

// The two values in one unit. kDifferent: their dimensions differ. kUndecided: one of two units is none known here, or
// a calendar year or month stands beside a definite duration, which have no fixed ratio (FHIRPath 2.0.0, Time-valued
// Quantities), unless `equivalent`.
struct CommonUnit {
  UnitMatch match = UnitMatch::kDifferent;
  Decimal left;
  Decimal right;
  bool left_is_finer = true;  // The left unit is the smaller of the two, or they are the same.
};
CommonUnit InCommonUnit(const Quantity& left, const Quantity& right, bool equivalent);

// The value of `quantity` in `unit`; empty if they have different dimensions.
std::optional<Decimal> ConvertTo(const Quantity& quantity, std::string_view unit);

// The unit of a product or quotient, written as UCUM, with equal factors drawn together.
std::string ProductUnit(std::string_view left, std::string_view right);
std::string QuotientUnit(std::string_view left, std::string_view right);

}  // namespace hjerte::fhirpath
