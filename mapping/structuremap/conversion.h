#pragma once

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/fhirpath/item.h"
#include "mapping/json/arena.h"

namespace hjerte::structuremap {

// How the values of a FHIR primitive type are written.
enum class PrimitiveForm { kText, kBoolean, kInteger, kDecimal, kDate, kDateTime, kInstant, kTime };

// The form of a FHIR primitive type; empty for any other name.
std::optional<PrimitiveForm> FormOf(std::string_view type);

// True for the names of FHIR's primitive types.
bool IsPrimitiveType(std::string_view type);

// A primitive type by name, with the form its name stands for.
struct AssignedType {
  std::string_view name;
  std::optional<PrimitiveForm> form;
};

// The primitive `item` as a value of the FHIR primitive type, for cast: the text must be one of the type's. A dateTime
// is cut to a date or time where one is asked for. Errors: InvalidArgument naming the type, never the value.
absl::StatusOr<json::Value> CastPrimitive(const fhirpath::Item& item, std::string_view type, json::Arena& arena);
absl::StatusOr<json::Value> CastPrimitive(const fhirpath::Item& item, const AssignedType& type, json::Arena& arena);

// The same where a map just assigns: a value whose JSON kind fits is taken as it is, so that validation and not the map
// judges its content; text becomes a number or truth value where the type asks for one and the text is one.
// With `lasting` the item's text already lives as long as the result and is not copied.
absl::StatusOr<json::Value> AssignPrimitive(const fhirpath::Item& item, const AssignedType& type, bool lasting,
                                            json::Arena& arena);

}  // namespace hjerte::structuremap
