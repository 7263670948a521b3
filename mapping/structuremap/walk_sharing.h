#pragma once

#include <vector>

#include "mapping/structuremap/compiled.h"

namespace hjerte::structuremap {

// Finds the rules of one list that read the same element of the same source variable (`src.item as i where (kind =
// 'a') -> …`, `src.item as i where (kind = 'b') -> …`) and gives them one walk, with the member their conditions
// compare with a text as its key: twenty kinds of rows then cost one look at each row instead of twenty.
void ShareWalks(std::vector<CompiledRule>& rules);

}  // namespace hjerte::structuremap
