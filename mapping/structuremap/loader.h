#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/structuremap/concept_map.h"
#include "mapping/structuremap/program.h"
#include "mapping/structuremap/structure_map.h"

namespace hjerte::structuremap {

// Maps and concept maps as they lie in files, ready for Program::Compile.
struct MapSet {
  std::vector<StructureMap> maps;
  ConceptMaps concept_maps;
  std::vector<std::filesystem::path> files;  // what all of this was read from
};

// Reads one map: FML, or a StructureMap resource when the file ends in .json.
absl::StatusOr<StructureMap> LoadMap(const std::filesystem::path& file);

// Reads maps and concept maps (files, or folders of *.json). What the maps import and was not given is looked for
// beside them, and concept maps in a folder `conceptmaps` beside or in theirs, so that a map in its folder needs no
// more than its name. The order of `maps` is kept. Errors name the file, and line and column where there are any.
absl::StatusOr<MapSet> LoadMaps(const std::vector<std::filesystem::path>& maps,
                                const std::vector<std::filesystem::path>& concept_maps);

// One map compiled with all it needs.
struct LoadedProgram {
  Program program;
  std::vector<std::filesystem::path> files;
};

// What LoadMaps reads, compiled as services run it: over R4's types and without uuid(), since a replay must give the
// same result. FailedPrecondition when this program was built without R4's definitions; other errors are those of
// LoadMaps and Program::Compile.
absl::StatusOr<LoadedProgram> LoadProgram(const std::filesystem::path& map, const std::filesystem::path& concept_maps);

}  // namespace hjerte::structuremap
