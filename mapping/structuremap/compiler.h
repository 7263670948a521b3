#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/structuremap/compiled.h"
#include "mapping/structuremap/program.h"

namespace hjerte::structuremap {

// Resolves everything a run needs; see Program::Compile.
absl::StatusOr<std::shared_ptr<const CompiledProgram>> CompileProgram(std::vector<StructureMap> maps,
                                                                      ConceptMaps concept_maps,
                                                                      const CompileOptions& options);

}  // namespace hjerte::structuremap
