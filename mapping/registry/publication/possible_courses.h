#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "mapping/registry/publication/grid_axes.h"
#include "mapping/registry/publication/grid_counts.h"
#include "mapping/registry/publication/witness.h"

namespace hjerte::registry {

// Which courses a municipality's quarter may have, as its counts tell: a course is of one stratum of each division and
// has one part of each indicator, and no two of them that never meet (masking.cc explains).
class PossibleCourses {
 public:
  // Both must outlive it.
  PossibleCourses(const GridAxes& axes, const GridCounts& counts);

  // Whether all courses that the witness changes in the direction are possible, before and after.
  bool Bear(const Witness& witness, bool up) const;
  // Whether those are that change beside its exchanges; its strata may still lack divisions.
  bool MayChange(const Witness& witness) const;
  // Whether those are that an exchange of the witness moves.
  bool Bear(const Exchange& exchange, const Witness& witness) const;

 private:
  // Of each indicator a bit for each part.
  using Parts = std::vector<uint64_t>;

  // What there is of the stratum, in the quarter or, as courses may change places, in other quarters of its year.
  const Parts& PartsOf(uint32_t unit, uint32_t quarter, uint32_t stratum) const {
    return parts_[(unit * quarters_ + quarter) * axes_.strata() + stratum];
  }
  bool IsPossible(const Parts& of_course, const std::vector<PartMove>& parts) const;
  bool MayChange(uint32_t unit, uint32_t quarter, const Witness& witness) const;
  // A swap of courses between two strata of a municipality's quarter, whose total has these parts.
  struct Swap {
    uint32_t unit = 0, quarter = 0;
    uint32_t one = 0, other = 0;
    const std::vector<PartMove>& parts;
    const Parts& total;
  };
  bool IsPossible(const Swap& swap) const;
  bool MaySwapParts(const Swap& swap) const;
  bool MaySwapPlaces(const Swap& swap) const;
  bool StrataMayMeet(const Witness& witness, bool up) const;
  // By stratum, indicator and part.
  using Counts = std::vector<int32_t>;
  size_t PlaceOf(uint32_t stratum, uint32_t indicator) const {
    return (stratum * axes_.indicators() + indicator) * parts_most_;
  }
  Counts CountsOf(uint32_t unit, uint32_t year, const Witness& witness, int sign) const;
  bool MayMeet(const Counts& counts, uint32_t one, uint32_t other, const std::vector<uint32_t>& indicators) const;

  const GridAxes& axes_;
  const GridCounts& counts_;
  size_t quarters_ = 0;
  size_t parts_most_ = 0;                             // Of an indicator.
  std::vector<std::pair<uint32_t, uint32_t>> pairs_;  // Strata of two divisions.
  std::vector<Parts> parts_;                          // By municipality, quarter and stratum.
};

}  // namespace hjerte::registry
