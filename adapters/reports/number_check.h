#pragma once

#include <optional>
#include <vector>

#include "adapters/reports/resource_versions.h"
#include "mapping/json/value.h"
#include "mapping/registry/finding.h"

namespace hjerte::adapters {

// Whether a mapped report holds its citizen's number anywhere but in Patient.identifier, as a finding that says what to
// do: such a report would be refused by the gateway, and its ids and keys would stand in the state file.
std::optional<registry::Finding> NumberElsewhere(const json::Value& bundle);
// The same of a report all of whose resources are among the versions.
std::optional<registry::Finding> NumberElsewhere(const std::vector<ResourceVersion>& versions);

}  // namespace hjerte::adapters
