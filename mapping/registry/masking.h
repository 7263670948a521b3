#pragma once

#include <cstdint>
#include <vector>

#include "mapping/registry/content.h"
#include "mapping/registry/cube.h"

namespace hjerte::registry {

// What is hidden of one cell.
struct CellMask {
  bool counts = false;           // Numerator, denominator, per cent, interval and verdict together.
  bool unknown = false;          // Unknown count and its per cent.
  std::vector<bool> exclusions;  // Parallel to Cell::exclusions.

  bool operator==(const CellMask&) const = default;
};

// How much was hidden of a grid.
struct MaskSummary {
  size_t cells = 0;             // Cells with at least one course.
  size_t hidden_primary = 0;    // Of those, counts hidden by the rule of 1 and 2.
  size_t hidden_secondary = 0;  // Counts hidden so that others cannot be found by subtraction.
  size_t figures = 0;           // Published figures (counts, unknown, exclusions) above zero.
  size_t figures_hidden = 0;
  // Hidden counts no witness was found for: none in a first snapshot. In a later one a few that had theirs in the one
  // before, by another count's witness, which is not looked for again.
  size_t unproved = 0;
};

// A masked grid; `masks` is parallel to the cells.
struct MaskedGrid {
  std::vector<CellMask> masks;
  MaskSummary summary;
};

// The snapshot published before, with its masks.
struct PublishedGrid {
  const std::vector<Cell>* cells = nullptr;
  const std::vector<CellMask>* masks = nullptr;
};

// Masks a whole published grid at once: every unit kind × quarter, half-year, year × total and strata × indicator of
// one set. A cell alone cannot be masked: what its neighbours tell decides. Of cells that are not published
// (published_grid.h) everything is hidden. `previous` may be empty. The rules and why they suffice: masking.cc.
MaskedGrid MaskGrid(const Content& content, const std::vector<Cell>& cells, const PublishedGrid& previous = {});

}  // namespace hjerte::registry
