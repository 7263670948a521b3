#pragma once

#include <optional>

#include "mapping/fhirpath/decimal.h"

namespace hjerte::fhirpath {

// Functions that have no exact decimal result: computed with 50 decimal digits, rounded to 28. Empty where there is no
// result.
std::optional<Decimal> SquareRoot(const Decimal& value);
std::optional<Decimal> Exponential(const Decimal& value);
std::optional<Decimal> NaturalLogarithm(const Decimal& value);
std::optional<Decimal> Logarithm(const Decimal& value, const Decimal& base);
std::optional<Decimal> Power(const Decimal& base, const Decimal& exponent);

}  // namespace hjerte::fhirpath
