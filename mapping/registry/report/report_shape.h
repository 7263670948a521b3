#pragma once

#include <string>

#include "mapping/json/value.h"
#include "mapping/registry/report/finding_list.h"
#include "mapping/registry/report/report_check.h"

// FHIR R4's part of the checks: what every resource must hold whatever the registry. For this library's own files.
namespace hjerte::registry {

// Shape of the Bundle itself: type, timestamp, entries, exactly one Patient. False: the entries cannot be looked at.
bool CheckBundle(const json::Value& bundle, const CheckOptions& options, FindingList& findings);

// Type, id, stamp, required elements, status codes, dates and periods of one resource.
void CheckResource(const json::Value& resource, const std::string& location, const CheckOptions& options,
                   FindingList& findings);

}  // namespace hjerte::registry
