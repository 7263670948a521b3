#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/structuremap/concept_map.h"
#include "mapping/structuremap/structure_map.h"

namespace hjerte::structuremap {

// Maps and concept maps as they lie in files, ready for Program::Compile.
struct MapSet {
  std::vector<StructureMap> maps;
  ConceptMaps concept_maps;
};

// Reads one map: FML, or a StructureMap resource when the file ends in .json.
absl::StatusOr<StructureMap> LoadMap(const std::filesystem::path& file);

// Reads maps and concept maps (files, or folders of *.json). What the maps import and was not given is looked for
// beside them, and concept maps in a folder `conceptmaps` beside or in theirs, so that a map in its folder needs no
// more than its name. The order of `maps` is kept. Errors name the file, and line and column where there are any.
absl::StatusOr<MapSet> LoadMaps(const std::vector<std::filesystem::path>& maps,
                                const std::vector<std::filesystem::path>& concept_maps);

}  // namespace hjerte::structuremap
