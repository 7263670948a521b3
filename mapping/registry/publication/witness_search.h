#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "mapping/registry/publication/grid_axes.h"
#include "mapping/registry/publication/grid_counts.h"
#include "mapping/registry/publication/possible_courses.h"
#include "mapping/registry/publication/taken_over.h"
#include "mapping/registry/publication/witness.h"

namespace hjerte::registry {

// A count that needs a witness. `denominator` asks for one that moves the sum of yes and no.
struct Target {
  uint32_t unit = 0, period = 0, stratum = 0, indicator = 0;
  uint32_t part = kYes;
  bool denominator = false;
};

// The cheapest witness found. What it costs is the weight of what must still be hidden for it.
struct Found {
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max() / 2;
  int64_t cost = kNone;
  Witness witness;
};

// Looks for witnesses that begin with this snapshot.
class WitnessSearch {
 public:
  // All must outlive the search; what is hidden may grow meanwhile.
  WitnessSearch(const GridAxes& axes, const GridCounts& counts, const GridMask& mask, const std::vector<bool>& changed,
                const TakenOver& taken_over);

  Found Find(const Target& target);
  // Whether there is any, whatever it costs.
  bool Exists(const Target& target);

  // Whether all courses that the witness changes in the direction are possible.
  bool IsPossible(const Witness& witness, bool up) const { return possible_.Bear(witness, up); }

  // Weight of hiding a figure of a slot's cell.
  int64_t CostOf(uint32_t slot, uint32_t part) const { return weights_[slot / axes_.indicators()] * FigureCost(part); }

 private:
  // What is asked of a witness: its direction; whether it is a course more or less; whether the strata of quarters are
  // to bear it as it is, without exchanges.
  struct Manner {
    bool up = true;
    bool whole = false;
    bool as_is = false;
  };
  struct Price {
    int64_t cost = 0;
    bool up = true;
    bool down = true;
    // Strata of quarters that do not bear it as it is.
    int lacks_up = 0;
    int lacks_down = 0;
    bool possible() const { return up || down; }
    int lacks(bool go_up) const { return go_up ? lacks_up : lacks_down; }
    bool bears(const Manner& manner) const {
      return (manner.up ? up : down) && (!manner.as_is || lacks(manner.up) == 0);
    }
  };
  // What a course goes through: a change of unit and one of period, of quarters or of years.
  struct Way {
    const Change& unit;
    const Change& period;
  };
  struct Width;

  int64_t FigureCost(uint32_t part) const;
  bool MayBegin(const Witness& witness) const;
  bool Begin(Witness& witness, bool up) const;
  bool SeemsChanged(const Change& change, const Target& target, bool units) const;
  // `net`: the move is not balanced by another part of the same cell, so the cell's courses change.
  void Add(Price& price, const std::vector<Spot>& spots, const PartMove& move, bool net, int64_t limit) const;
  void AddOne(Price& price, const Spot& spot, const PartMove& move, bool net) const;
  std::vector<const Change*> Best(const std::vector<Change>& changes, const Target& target, bool units, size_t limit,
                                  size_t free) const;
  std::vector<std::vector<PartMove>> PartMoves(const Target& target) const;
  void AddBalanced(uint32_t indicator, uint32_t gain, uint32_t loss, std::vector<std::vector<PartMove>>& moves) const;
  Price PriceOf(const std::vector<Spot>& spots, const std::vector<PartMove>& parts, bool whole, int64_t limit) const;

  void Look(const Target& target);
  bool IsEnough() const { return best_.cost <= enough_; }
  void Search(const Target& target, const std::vector<std::vector<PartMove>>& part_moves, const Width& width);
  void TrySwaps(const Target& target, const Way& way, const std::vector<std::vector<PartMove>>& part_moves);
  void KeepSwap(const Way& way, const std::vector<Witness::StratumMove>& strata, const std::vector<PartMove>& parts,
                const Price& price);
  std::vector<Witness> SwapsOf(const Way& way, const std::vector<Witness::StratumMove>& strata,
                               const std::vector<PartMove>& parts) const;
  void TryTotals(const Target& target, const Way& way, const std::vector<std::vector<PartMove>>& part_moves);
  void TryAdditions(const Target& target, const std::vector<std::vector<PartMove>>& part_moves);
  // Places in the total and in one stratum of each division, and those strata.
  struct Places {
    std::vector<Spot> spots;
    std::vector<Witness::StratumMove> strata;
  };
  bool TryParts(const Target& target, const Way& way, const std::vector<Spot>& total,
                const std::vector<PartMove>& parts, const Manner& manner);
  bool TryWhole(const Target& target, const Way& way, const std::vector<Spot>& total, const Manner& manner);
  bool Keep(const Way& way, const Places& places, const std::vector<PartMove>& parts, const Manner& manner);
  struct PricedStratum {
    uint32_t stratum = 0;
    int64_t cost = 0;
    int lacks = 0;
  };
  std::vector<PricedStratum> PricedStrata(size_t division, const Target& target, const Way& way,
                                          const std::vector<PartMove>& parts, const Manner& manner,
                                          int64_t limit) const;
  bool Choose(const std::vector<std::vector<PricedStratum>>& choices, const Manner& manner, int64_t left,
              Witness& chosen, int& steps) const;
  std::optional<Places> WithStrata(const Target& target, const Way& way, const std::vector<Spot>& total,
                                   const std::vector<PartMove>& parts, const Manner& manner) const;
  std::optional<std::vector<PartMove>> WholeCourse(const Target& target, const std::vector<Spot>& spots,
                                                   const Manner& manner) const;
  struct CheapPart {
    uint32_t part = kYes;
    int64_t cost = Found::kNone;
    int lacks = 0;
  };
  void AddOthers(const Target& target, const std::vector<Spot>& spots, const Manner& manner, int64_t limit,
                 Price& price) const;
  CheapPart CheapestPart(uint32_t indicator, const std::vector<Spot>& spots, const Manner& manner, int64_t limit,
                         const std::vector<PartMove>& others) const;

  const GridAxes& axes_;
  const GridCounts& counts_;
  const GridMask& mask_;
  const std::vector<bool>& changed_;
  const TakenOver& taken_over_;
  PossibleCourses possible_;
  std::vector<bool> changed_under_;  // By unit and period: whether any block below has changed.
  std::vector<int32_t> weights_;     // By slot without its indicator.
  Found best_;                       // Of the search under way …
  int64_t enough_ = 0;               // … which ends where it costs no more.
};

}  // namespace hjerte::registry
