#pragma once

#include <string>
#include <vector>

#include "mapping/registry/content.h"
#include "mapping/registry/masking.h"

namespace hjerte::registry::testing {

// What an attacker found who has the masked grid and knows everything that adds up.
struct AttackResult {
  size_t hidden = 0;  // Hidden counts.
  size_t pinned = 0;  // Of those, the ones with one possible value left.
  std::string first_pinned;
};

// Propagates bounds over every sum (municipality to cluster, region and nation; quarter to half-year and year; stratum
// to total; parts to the population that the indicators share) until nothing more follows. It shares no code with the
// masking.
AttackResult Attack(const Content& content, const std::vector<Cell>& cells, const std::vector<CellMask>& masks);

}  // namespace hjerte::registry::testing
