#pragma once

#include "absl/status/statusor.h"
#include "mapping/fhirpath/item.h"
#include "mapping/structuremap/structure_map.h"

namespace hjerte::structuremap {

// The value of a literal argument; a text points into `parameter`. Errors: InvalidArgument for a number or date that is
// none.
absl::StatusOr<fhirpath::Item> LiteralItem(const Parameter& parameter);

}  // namespace hjerte::structuremap
