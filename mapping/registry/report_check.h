#pragma once

#include <cstdint>
#include <vector>

#include "mapping/json/value.h"
#include "mapping/registry/content.h"
#include "mapping/registry/finding.h"

namespace hjerte::registry {

// What the checks of a report need to know beside it.
struct CheckOptions {
  int64_t received_at_us = 0;  // UTC microseconds; dates and stamps are compared with it.
  size_t max_findings = 200;   // A report worse than this is refused all the same; the rest is not listed.
};

// The checks that need nothing but the report: shape, type, unit, format, code list, limits, dates that contradict
// each other or lie after the receipt. Presence and completeness are CheckCourse's, since another report may bring
// what this one lacks. Ordered by location; empty means that nothing was found.
std::vector<Finding> CheckReport(const Content& content, const json::Value& bundle, const CheckOptions& options);

}  // namespace hjerte::registry
