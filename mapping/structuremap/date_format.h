#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hjerte::structuremap {

// What a text read with a format gives: FHIR's date (2026, 2026-01, 2026-01-31), dateTime or time, and which it is.
struct ParsedDate {
  std::string text;
  std::string_view type;  // date, dateTime or time
};

// Reads `text` by the format codes of the mapping language's date transforms: yyyy yy MM M dd d HH H hh h mm m ss s S
// a Z, everything else as itself. Two-digit years are 1950 to 2049. Errors: InvalidArgument when the text does not fit
// or names no day of the calendar; the text is not quoted.
absl::StatusOr<ParsedDate> ParseWithFormat(std::string_view text, std::string_view format);

}  // namespace hjerte::structuremap
