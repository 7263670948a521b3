#pragma once

#include <string>
#include <string_view>

#include "mapping/fhirpath/decimal.h"

namespace hjerte::fhirpath {

// A Quantity of FHIRPath: a value and a UCUM unit or, written without quotes, a calendar duration (4 days).
struct Quantity {
  Decimal value;
  std::string_view unit = "1";  // UCUM code, or the calendar word as written.
  bool calendar = false;        // True for year, months, …: not the same as 'a', 'mo'.
  // From a FHIR Quantity, whose 'a' and 'mo' stand for calendar years and months too (R4, Use of FHIR Quantity).
  bool from_fhir = false;

  // 4.5 'mg' or 4 days.
  std::string ToString() const;
};

}  // namespace hjerte::fhirpath
