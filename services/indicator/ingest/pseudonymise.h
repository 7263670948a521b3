#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::indicator {

// A citizen's number as a report holds it.
struct CitizenIdentifier {
  std::string system;
  std::string value;
};

// Takes the citizen's number out of a report's one Patient and puts the gender and birth date in that it tells, so that
// nothing after this needs the number. Changes `bundle` in place. InvalidArgument when there is not exactly one Patient
// with exactly one citizen's number; the text quotes nothing.
absl::StatusOr<CitizenIdentifier> TakeOutCitizenNumber(json::Value& bundle, json::Arena& arena);

// Whether a text holds the number, with or without a hyphen or blank before the last four and in whatever order the day
// of birth before them is written.
bool HoldsNumber(std::string_view text, std::string_view number);

}  // namespace hjerte::indicator
