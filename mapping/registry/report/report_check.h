#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/json/value.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/course/assembly.h"
#include "mapping/registry/finding.h"

namespace hjerte::registry {

// An element of a report that a variable was read from.
struct ValuePlace {
  std::string_view variable;  // Id; lives as long as the content.
  Point point = Point::kNone;
  std::string location;  // FHIRPath, e.g. "Bundle.entry[3].resource.value".
};

// So many findings on one report are listed, errors before others; whatever more there are, the report is looked at.
inline constexpr size_t kFindingsListedMax = 200;

// What the checks of a report need to know beside it.
struct CheckOptions {
  int64_t received_at_us = 0;  // UTC microseconds; dates and stamps are compared with it.
  size_t max_findings = kFindingsListedMax;
  // The Bundle's resources sorted into courses, where they are already; null where that is still to be done.
  const Assembly* assembly = nullptr;
  // Told each place a variable has a value at, as the report is walked; null where nobody asks.
  std::function<void(const ValuePlace& place)> value = nullptr;
};

// Whether the registry looks at resources of the type at all.
bool IsLookedAt(std::string_view resource_type);

// The checks that need nothing but the report: shape, type, unit, format, code list, limits, dates that contradict
// each other or lie after the receipt. Presence and completeness are CheckCourse's, since another report may bring
// what this one lacks. Ordered by location; empty means that nothing was found.
std::vector<Finding> CheckReport(const Content& content, const json::Value& bundle, const CheckOptions& options);

}  // namespace hjerte::registry
