#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/structuremap/structure_map.h"

namespace hjerte::structuremap {

// What a hostile or broken map text may cost the parser.
struct ParseLimits {
  size_t max_bytes = size_t{4} << 20;
  int max_nesting = 64;  // rules within rules
};

// Reads a map in the FHIR Mapping Language: R4's grammar, with R5's metadata lines, constants, short copies and
// fhirpath parentheses accepted. Comments become the documentation of the item they stand before or behind. `file` is
// only for messages. Errors: InvalidArgument "file:line:column: … expected …", the first one found.
absl::StatusOr<StructureMap> ParseFml(std::string_view text, std::string_view file, const ParseLimits& limits = {});

}  // namespace hjerte::structuremap
