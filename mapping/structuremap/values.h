#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/fhirpath/item.h"
#include "mapping/fhirpath/type_model.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::structuremap {

// True for a value without children: a System value, or a text, number or truth value of the document.
bool IsPrimitive(const fhirpath::Item& item);

// The FHIR type's name: the model's where it is known, else the one its JSON or System kind suggests; empty for an
// object of unknown type.
std::string_view TypeNameOf(const fhirpath::Item& item, const fhirpath::TypeModel* model);

// A primitive's text as FHIR writes it (true, 1.50, 2026-01-31); nullopt for objects.
std::optional<std::string> TextOf(const fhirpath::Item& item);

// The same without a copy where the value has the text; what must be written first is written to `arena`.
std::optional<std::string_view> TextIn(const fhirpath::Item& item, json::Arena& arena);

// The value as JSON of its own in `arena`: a copy that shares nothing with where it came from.
json::Value CopyToJson(const fhirpath::Item& item, json::Arena& arena);

// The children of that name: an object's members (one item for each element of an array), a choice's by its base name
// (value for valueQuantity), a primitive's own value under `value` and its id and extension. Appends to `out`.
void Children(const fhirpath::Item& item, std::string_view name, const fhirpath::TypeModel* model,
              std::vector<fhirpath::Item>& out);

// The type a value of the document has: what the model says, or what its resourceType names.
fhirpath::TypeId TypeOfNode(const json::Value& value, fhirpath::TypeId known, const fhirpath::TypeModel* model);

}  // namespace hjerte::structuremap
