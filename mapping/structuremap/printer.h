#pragma once

#include <string>

#include "mapping/structuremap/structure_map.h"

namespace hjerte::structuremap {

// The map in the FHIR Mapping Language, one item a line, documentation as comments above it. Parsing the result gives a
// map equal to `map`.
std::string PrintFml(const StructureMap& map);

}  // namespace hjerte::structuremap
