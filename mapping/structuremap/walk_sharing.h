#pragma once

#include <vector>

#include "mapping/structuremap/compiled.h"

namespace hjerte::structuremap {

// Finds the rules that read the same element of the same source variable (`src.item as i where (kind = 'a') -> …`,
// `src.item as i where (kind = 'b') -> …`), in one list or with such a condition anywhere in the program, and gives
// them one walk, with the member their conditions compare with a text as its key: twenty kinds of rows then cost one
// look at each row instead of twenty.
void ShareWalks(CompiledProgram& program);

}  // namespace hjerte::structuremap
