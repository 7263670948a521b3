#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "mapping/registry/publication/grid_axes.h"
#include "mapping/registry/publication/grid_counts.h"
#include "mapping/registry/publication/witness.h"

// Masks a whole published grid at once: a cell alone cannot be masked, what its neighbours tell decides. The rules and
// why they suffice: masking.cc. Who publishes calls PublishNext (publication.h).
namespace hjerte::registry {

// Whether a count tells of so few that it is not shown (domain/dhrd.md: 1 and 2).
bool IsSensitive(int64_t count);

// What is hidden of one cell.
struct CellMask {
  bool counts = false;           // Numerator, denominator, per cent, interval and verdict together.
  bool unknown = false;          // Unknown count and its per cent.
  std::vector<bool> exclusions;  // Parallel to Cell::exclusions.

  bool operator==(const CellMask&) const = default;
};

// How much was hidden of a grid.
struct MaskSummary {
  size_t cells = 0;             // Published cells with at least one course.
  size_t hidden_primary = 0;    // Of those, counts hidden by the rule of 1 and 2.
  size_t hidden_secondary = 0;  // Counts hidden so that others cannot be found by subtraction, or by chance.
  size_t figures = 0;           // Published figures (counts, unknown, exclusions) above zero.
  size_t figures_hidden = 0;
};

// The snapshot published before, on the axes of the new one.
struct MaskedBefore {
  GridCounts counts;
  GridMask mask;
  std::vector<Witness> witnesses;
};

// What chance says of a figure (GridMask): from 0 to below 1, each number as likely, and not to be foreseen by readers.
using Draw = std::function<double(uint32_t slot, uint32_t figure)>;

// What is asked to be masked.
struct MaskTask {
  const GridAxes& axes;
  const GridCounts& counts;
  // Whether a municipality's quarter differs from the snapshot before: by unit × periods() + period.
  std::vector<bool> changed;
  const MaskedBefore* before = nullptr;
  const Draw& draw;
};

struct MaskedGrid {
  GridMask mask;
  std::vector<Witness> witnesses;  // Those that go on, and the new ones.
  MaskSummary summary;
  // False: the grid must not be published. A witness of the snapshot before is no longer possible, or a hidden count
  // found none …
  bool proved = true;
  // … because of the changes of these blocks (unit × periods() + period).
  std::vector<size_t> held;
};

MaskedGrid MaskGrid(const MaskTask& task);

}  // namespace hjerte::registry
