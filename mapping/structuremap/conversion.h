#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/fhirpath/item.h"
#include "mapping/json/arena.h"

namespace hjerte::structuremap {

// True for the names of FHIR's primitive types.
bool IsPrimitiveType(std::string_view type);

// The primitive `item` as a value of the FHIR primitive type, for cast: the text must be one of the type's. A dateTime
// is cut to a date or time where one is asked for. Errors: InvalidArgument naming the type, never the value.
absl::StatusOr<json::Value> CastPrimitive(const fhirpath::Item& item, std::string_view type, json::Arena& arena);

// The same where a map just assigns: a value whose JSON kind fits is taken as it is, so that validation and not the map
// judges its content; text becomes a number or truth value where the type asks for one and the text is one.
absl::StatusOr<json::Value> AssignPrimitive(const fhirpath::Item& item, std::string_view type, json::Arena& arena);

}  // namespace hjerte::structuremap
