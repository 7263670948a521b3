#pragma once

#include <cstdint>
#include <vector>

#include "mapping/registry/publication/grid_axes.h"
#include "mapping/registry/publication/grid_counts.h"
#include "mapping/registry/publication/witness.h"

namespace hjerte::registry {

// Which courses a municipality's quarter may have, as far as what is shown to be 0 tells: a course is of one stratum of
// each division and has one part of each indicator, no two of them shown never to meet (masking.cc explains).
class PossibleCourses {
 public:
  // All must outlive it; what is hidden may grow meanwhile.
  PossibleCourses(const GridAxes& axes, const GridCounts& counts, const GridMask& mask);

  // Whether all courses that the witness changes are possible, before and after, once what it touches is hidden.
  bool Bear(const Witness& witness) const;

 private:
  // Of each indicator a bit for each part.
  using Parts = std::vector<uint64_t>;

  Parts PartsOf(uint32_t unit, uint32_t quarter, uint32_t stratum) const;
  bool IsPossible(const Parts& of_course, const std::vector<PartMove>& parts) const;
  bool MayChange(uint32_t unit, uint32_t quarter, const Witness& witness) const;
  bool MaySwap(uint32_t unit, uint32_t quarter, uint32_t one, uint32_t other, const std::vector<PartMove>& parts) const;

  const GridAxes& axes_;
  const GridCounts& counts_;
  const GridMask& mask_;
};

}  // namespace hjerte::registry
