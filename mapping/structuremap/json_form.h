#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/json/value.h"
#include "mapping/structuremap/structure_map.h"

namespace hjerte::structuremap {

// Reads a StructureMap resource, R4's form or R5's. `file` is only for messages. Errors: InvalidArgument with the path
// of the element that is wrong and what was expected there.
absl::StatusOr<StructureMap> FromJson(const json::Value& resource, std::string_view file);

// The map as an R4 StructureMap resource, with R5's elements where R4 has none (const, dependent.parameter, the
// FHIRPath default value). Embedded concept maps become contained ConceptMap resources. Rules without a name get one,
// since R4 asks for it.
json::Value ToJson(const StructureMap& map, json::Arena& arena);

// The ConceptMap resource an embedded concept map stands for. `map_url` makes its url: map_url + "#id".
json::Value ToJson(const EmbeddedConceptMap& concepts, std::string_view map_url, json::Arena& arena);

}  // namespace hjerte::structuremap
