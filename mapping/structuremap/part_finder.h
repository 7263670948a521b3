#pragma once

#include "mapping/structuremap/compiled.h"

namespace hjerte::structuremap {

// Marks the rules whose targets, calls and nested rules build a part of one element and of nothing else, out of the
// values of some variables and of nothing else (CompiledRule::part). A run builds such a part once and copies it where
// the variables hold the same again: a record repeats its citizen, its keys and its codes in every resource.
void FindParts(CompiledProgram& program);

}  // namespace hjerte::structuremap
