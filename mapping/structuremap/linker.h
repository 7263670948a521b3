#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/structuremap/compiled.h"

namespace hjerte::structuremap {

// Whether an import's url, in which `*` matches any run of characters, means the map of this url. The version an import
// asks for behind `|` is not compared: only one of a map is there.
bool MatchesImport(std::string_view pattern, std::string_view text);

// An error at a place of a map.
absl::Status ErrorAt(const StructureMap& map, Position at, std::string_view what);

// Finds what a map's names mean: the maps it imports, their groups, and its types.
class Linker {
 public:
  // `program` must outlive the linker; its maps are read.
  explicit Linker(CompiledProgram& program) : program_(program) {}

  // Makes an empty CompiledGroup for each group of each map and resolves the imports.
  absl::Status Declare();

  // The group a map calls `name`: its own first, then those of the maps it imports. Null if there is none.
  const CompiledGroup* FindGroup(const StructureMap& map, const std::string& name) const;

  // A type as `map` names it: an alias of its `uses`, else the name itself.
  ResolvedType ResolveType(const StructureMap& map, const std::string& name) const;

  // Fills the tables of default groups from the groups whose inputs are resolved.
  absl::Status IndexDefaultGroups();

 private:
  absl::Status ResolveImports();

  CompiledProgram& program_;
  std::map<const StructureMap*, std::vector<const StructureMap*>> imports_;  // the map itself first, then in order
  std::map<const StructureMap*, std::map<std::string, const CompiledGroup*>> groups_;
};

}  // namespace hjerte::structuremap
