#pragma once

#include <cstdint>
#include <limits>
#include <optional>
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

// One course more or less, moved or changed: the product of a change of unit, of period, of stratum and of parts.
struct Witness {
  struct StratumMove {
    uint32_t stratum = 0;
    int sign = 1;
  };
  uint32_t gain_unit = Change::kNoLeaf, loss_unit = Change::kNoLeaf;      // Municipalities; the loss may be none.
  uint32_t gain_period = Change::kNoLeaf, loss_period = Change::kNoLeaf;  // Quarters, of swaps also years; likewise.
  std::vector<StratumMove> strata;
  std::vector<PartMove> parts;
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
// All published places of a witness.
std::vector<Spot> SpotsOf(const GridAxes& axes, const Witness& witness);
// Its strata in those of the blocks it goes through that `bound` names.
std::vector<Spot> FinestSpotsOf(const GridAxes& axes, const Witness& witness, const std::vector<bool>& bound);
// The municipalities' quarters a witness goes through, each as unit × periods() + period.
std::vector<size_t> BlocksOf(const GridAxes& axes, const Witness& witness);
// Whether the counts bear the witness in the direction: nothing falls below 0, no published cell appears or disappears.
bool Bears(const GridCounts& counts, const Witness& witness, const std::vector<Spot>& spots, bool up);

// A count that needs a witness. `denominator` asks for one that moves the sum of yes and no.
struct Target {
  uint32_t unit = 0, period = 0, stratum = 0, indicator = 0;
  uint32_t part = kYes;
  bool denominator = false;
};

// The cheapest witness found. What it costs is the weight of what must still be hidden for it.
struct Found {
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  int64_t cost = kNone;
  Witness witness;
};

// Whether a witness may begin or end in the block, since it has changed from one snapshot to the other or holds no
// course in either. `changed`: by block, unit × periods() + period.
bool IsFree(const GridAxes& axes, const GridCounts& counts, const std::vector<bool>& changed, size_t block);

// How many courses of each block have changed since the snapshot before, in truth and with a witness: everybody knows
// that a block is taken over when kChangedCoursesMin have.
class TakenOver {
 public:
  // All must outlive it; `before` is null when there is no snapshot before.
  TakenOver(const GridAxes& axes, const GridCounts& counts, const GridCounts* before, const std::vector<bool>& changed);

  // Whether every block that has changed would have been taken over, too, if the witness began with this snapshot, or
  // if it ended with the one before.
  bool WouldBegin(const Witness& witness, bool up) const { return Would(witness, up ? 1 : -1); }
  bool WouldEnd(const Witness& witness, bool up) const { return Would(witness, up ? -1 : 1); }

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

// Looks for witnesses that begin with this snapshot.
class WitnessSearch {
 public:
  // All must outlive the search; what is hidden may grow meanwhile.
  WitnessSearch(const GridAxes& axes, const GridCounts& counts, const GridMask& mask, const std::vector<bool>& changed,
                const TakenOver& taken_over);

  Found Find(const Target& target);

  // By block: whether another quarter of its year stays as it was, so that strata of the year cannot have come from
  // there.
  const std::vector<bool>& bound() const { return bound_; }

  // Weight of hiding a figure of a slot's cell.
  int64_t CostOf(uint32_t slot, uint32_t part) const { return weights_[slot / axes_.indicators()] * FigureCost(part); }

 private:
  struct Price {
    int64_t cost = 0;
    bool up = true;
    bool down = true;
    bool possible() const { return up || down; }
  };
  // What a course goes through: a change of unit and one of period, of quarters or of years.
  struct Way {
    const Change& unit;
    const Change& period;
  };
  struct Width;

  int64_t FigureCost(uint32_t part) const;
  bool IsCommon(uint32_t part) const {
    return part >= kFirstExclusion && part - kFirstExclusion < axes_.common_exclusions();
  }
  bool MayBegin(const Witness& witness) const;
  bool SeemsChanged(const Change& change, const Target& target, bool units) const;
  // `net`: the move is not balanced by another part of the same cell, so the cell's courses change.
  void Add(Price& price, const std::vector<Spot>& spots, const PartMove& move, bool net, int64_t limit) const;
  void AddOne(Price& price, const Spot& spot, const PartMove& move, bool net) const;
  std::vector<const Change*> Best(const std::vector<Change>& changes, const Target& target, bool units, size_t limit,
                                  size_t free) const;
  std::vector<std::vector<PartMove>> PartMoves(const Target& target) const;
  Price PriceOf(const std::vector<Spot>& spots, const std::vector<PartMove>& parts, bool whole, int64_t limit) const;

  void Search(const Target& target, const std::vector<std::vector<PartMove>>& part_moves, const Width& width);
  void TrySwaps(const Target& target, const Way& way, const std::vector<std::vector<PartMove>>& part_moves);
  void KeepSwap(const Way& way, const std::vector<Witness::StratumMove>& strata, const std::vector<PartMove>& parts,
                const Price& price);
  void TryTotals(const Target& target, const Way& way, const std::vector<std::vector<PartMove>>& part_moves);
  void TryAdditions(const Target& target, const std::vector<std::vector<PartMove>>& part_moves);
  // Places in the total and in one stratum of each division, and those strata.
  struct Places {
    std::vector<Spot> spots;
    std::vector<Witness::StratumMove> strata;
  };
  std::optional<Places> WithStrata(const Target& target, const Way& way, const std::vector<Spot>& total,
                                   const std::vector<PartMove>& parts, bool whole, bool up) const;
  std::optional<std::vector<PartMove>> WholeCourse(const Target& target, const std::vector<Spot>& spots, bool up) const;
  std::pair<uint32_t, int64_t> CheapestPart(uint32_t indicator, const std::vector<Spot>& spots, bool up,
                                            int64_t limit) const;

  const GridAxes& axes_;
  const GridCounts& counts_;
  const GridMask& mask_;
  const std::vector<bool>& changed_;
  const TakenOver& taken_over_;
  std::vector<bool> changed_under_;  // By unit and period: whether any block below has changed.
  std::vector<bool> bound_;
  std::vector<int32_t> weights_;  // By slot without its indicator.
  Found best_;                    // Of the search under way.
};

}  // namespace hjerte::registry
