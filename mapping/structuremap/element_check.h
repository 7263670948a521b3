#pragma once

#include <string>
#include <vector>

#include "mapping/structuremap/compiled.h"

namespace hjerte::structuremap {

// Every target element a program's rules name that its type does not have, or give something of a type it cannot hold,
// as "file:line:column: map …, group …, rule …: …", in the order of the maps. Empty without a model. What a run would
// find only when it comes by is found for every rule whose target's type is known before the run.
std::vector<std::string> FindUnknownElements(const CompiledProgram& program);

}  // namespace hjerte::structuremap
