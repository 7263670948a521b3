#pragma once

#include "mapping/registry/publication/grid_axes.h"
#include "mapping/registry/publication/grid_counts.h"
#include "mapping/registry/publication/possible_courses.h"
#include "mapping/registry/publication/taken_over.h"
#include "mapping/registry/publication/witness.h"

namespace hjerte::registry {

// Gives the witness the exchanges with which the strata of quarters bear it in the direction, none when they bear it
// as it is. Only of blocks that have changed, so that it can begin with this snapshot. False when none were found: so
// few are tried that it may be possible even so.
bool Complete(const GridAxes& axes, const GridCounts& counts, const TakenOver& taken_over,
              const PossibleCourses& possible, bool up, Witness& witness);

}  // namespace hjerte::registry
