#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mapping/registry/publication/grid_axes.h"
#include "mapping/registry/publication/grid_counts.h"
#include "mapping/registry/publication/witness.h"

namespace hjerte::registry {

// How many courses of each block have changed since the snapshot before, in truth and with a witness: everybody knows
// that a block is taken over when kChangedCoursesMin have.
class TakenOver {
 public:
  // All must outlive it; `before` is null when there is no snapshot before. `changed`: by block, unit × periods() +
  // period.
  TakenOver(const GridAxes& axes, const GridCounts& counts, const GridCounts* before, const std::vector<bool>& changed);

  // Whether every block that has changed would have been taken over, too, if the witness began with this snapshot, or
  // if it ended with the one before.
  bool WouldBegin(const Witness& witness, bool up) const { return Would(witness, up ? 1 : -1); }
  bool WouldEnd(const Witness& witness, bool up) const { return Would(witness, up ? -1 : 1); }
  // Whether the block has changed, and its total alone tells of enough: whatever its strata have done.
  bool IsToldByTotal(size_t block) const;

 private:
  // What the courses of a block gained and lost: each has one part of one stratum of a division in each indicator.
  struct Gains {
    int32_t gained = 0, lost = 0;
    void Add(int32_t change, int sign) { (change > 0 ? gained : lost) += change > 0 ? sign * change : -sign * change; }
    int32_t courses() const { return gained > lost ? gained : lost; }
  };

  int32_t ChangeOf(uint32_t slot, uint32_t part) const;
  std::vector<Gains> GainsIn(uint32_t unit, uint32_t quarter) const;
  bool Would(const Witness& witness, int sign) const;
  bool WouldIn(const Witness& witness, uint32_t unit, uint32_t quarter, int sign) const;

  const GridAxes& axes_;
  const GridCounts& counts_;
  const GridCounts* before_;
  std::vector<int32_t> in_total_;  // By block: how many have changed as the total tells.
};

}  // namespace hjerte::registry
