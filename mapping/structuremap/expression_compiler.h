#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/structuremap/compiled.h"

namespace hjerte::structuremap {

// Answers which variable a name means where an expression stands; nullopt when it is none.
using VariableLookup = std::function<std::optional<VariableRef>(std::string_view name)>;

// Compiles FHIRPath as the mapping language embeds it: a variable may be written without its %, and text may stand in
// double quotes. A name that is a variable's means the variable wherever a path begins.
absl::StatusOr<CompiledExpression> CompileExpression(const std::string& text, const VariableLookup& lookup,
                                                     const fhirpath::TypeModel* model);

}  // namespace hjerte::structuremap
