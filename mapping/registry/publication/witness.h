#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "mapping/registry/publication/grid_axes.h"
#include "mapping/registry/publication/grid_counts.h"

// Witnesses: other finest counts that agree with everything shown (masking.cc explains).
namespace hjerte::registry {

// A part of an indicator that a witness moves, and in which direction.
struct PartMove {
  uint32_t indicator = 0;
  uint32_t part = 0;
  int sign = 1;
};

// Courses of a municipality that change places between the strata of two quarters of a year: one stratum gains in the
// one and loses in the other, another stratum of the division the other way round. Nothing that is shown is touched.
struct Exchange {
  uint32_t unit = 0;
  uint32_t gain_period = 0, loss_period = 0;
  uint32_t gain_stratum = 0, loss_stratum = 0;
  std::vector<PartMove> parts;
};

// One course more or less, moved or changed: the product of a change of unit, of period, of stratum and of parts; with
// the exchanges that let the strata of quarters bear it.
struct Witness {
  struct StratumMove {
    uint32_t stratum = 0;
    int sign = 1;
  };
  uint32_t gain_unit = Change::kNoLeaf, loss_unit = Change::kNoLeaf;      // Municipalities; the loss may be none.
  uint32_t gain_period = Change::kNoLeaf, loss_period = Change::kNoLeaf;  // Quarters; likewise.
  std::vector<StratumMove> strata;
  std::vector<PartMove> parts;
  std::vector<Exchange> exchanges;
  bool up = false;    // Possible with the signs as they are …
  bool down = false;  // … or all turned.

  // Whether it moves a course from one stratum of a division to another, which touches no total.
  bool swaps() const { return strata.size() == 2 && strata[0].sign != strata[1].sign; }
};

// A place that a witness touches: the first indicator's slot there.
struct Spot {
  uint32_t base = 0;
  int sign = 1;
  bool shown = true;  // A published cell; else a stratum of a municipality's quarter, which is published nowhere.
};

// The published places of the product of changes in one stratum.
void AppendSpots(const GridAxes& axes, const Change& unit, const Change& period, uint32_t stratum, int sign,
                 std::vector<Spot>& spots);
// Its strata of municipalities' quarters.
void AppendFinestSpots(const GridAxes& axes, const Change& unit, const Change& period, uint32_t stratum, int sign,
                       std::vector<Spot>& spots);
// All published places of a witness, and all of its strata of municipalities' quarters, without its exchanges.
std::vector<Spot> SpotsOf(const GridAxes& axes, const Witness& witness);
std::vector<Spot> FinestSpotsOf(const GridAxes& axes, const Witness& witness);

// The municipalities' quarters a witness goes through, each as unit × periods() + period; those of its exchanges, too.
std::vector<size_t> BlocksOf(const GridAxes& axes, const Witness& witness);

// Whether one course can have the part and those that move already, each of another indicator: exclusions that take out
// the same courses go together.
bool MayBeOfOneCourse(const GridAxes& axes, const std::vector<PartMove>& parts, uint32_t indicator, uint32_t part);
// Whether another part of the same indicator moves against it, so that the cell's courses stay as many.
bool IsBalanced(const std::vector<PartMove>& parts, const PartMove& move);
// Whether the count of a place can be one less: not below 0, and `net`, when the cell's courses change with it, not so
// that a published cell is left without any. It would not be there then, and everybody would see that.
inline bool MayLose(const GridCounts& counts, uint32_t slot, const Spot& spot, uint32_t part, bool net) {
  return counts.count(slot, part) > 0 && (!net || !spot.shown || counts.courses(slot) > 1);
}
// Whether the counts of the places bear the witness in the direction: nothing falls below 0, no published cell appears
// or disappears.
bool Bears(const GridCounts& counts, const Witness& witness, const std::vector<Spot>& spots, bool up);

// The strata of municipalities' quarters, with the changes applied so far.
class StratumCounts {
 public:
  // Both must outlive it.
  StratumCounts(const GridAxes& axes, const GridCounts& counts);

  int32_t count(uint32_t slot, uint32_t part) const;
  void Apply(const Witness& witness, bool up);
  void Apply(const Exchange& exchange, bool up);
  // Slots and parts that have fallen below 0.
  std::vector<std::pair<uint32_t, uint32_t>> Lacking() const;

 private:
  void Add(uint32_t base, const std::vector<PartMove>& parts, int sign);

  const GridAxes& axes_;
  const GridCounts& counts_;
  std::map<std::pair<uint32_t, uint32_t>, int32_t> changes_;  // By slot and part.
};

// Whether the strata of quarters bear the witness with its exchanges: nothing falls below 0.
bool StrataBear(const GridAxes& axes, const GridCounts& counts, const Witness& witness, bool up);

}  // namespace hjerte::registry
