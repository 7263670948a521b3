#include "mapping/structuremap/program.h"

#include <utility>

#include "mapping/structuremap/compiler.h"
#include "mapping/structuremap/element_check.h"
#include "mapping/structuremap/executor.h"

namespace hjerte::structuremap {

struct Program::Impl {
  std::shared_ptr<const CompiledProgram> compiled;
};

absl::StatusOr<Program> Program::Compile(std::vector<StructureMap> maps, ConceptMaps concept_maps,
                                         const CompileOptions& options) {
  absl::StatusOr<std::shared_ptr<const CompiledProgram>> compiled =
      CompileProgram(std::move(maps), std::move(concept_maps), options);
  if (!compiled.ok()) return compiled.status();
  return Program(std::make_shared<const Impl>(Impl{*std::move(compiled)}));
}

absl::StatusOr<RunResult> Program::Run(const json::Value& source, json::Arena& arena, const RunOptions& options) const {
  return Executor(*impl_->compiled, arena, options).Run(source);
}

const std::vector<StructureMap>& Program::maps() const { return impl_->compiled->maps; }
std::vector<std::string> Program::UnknownElements() const { return FindUnknownElements(*impl_->compiled); }
const std::vector<std::string>& Program::warnings() const { return impl_->compiled->warnings; }

}  // namespace hjerte::structuremap
