#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "mapping/registry/masking_axes.h"
#include "mapping/registry/masking_counts.h"

// The search for a witness: another set of counts that agrees with everything shown (masking.cc explains). For the
// masking alone.
namespace hjerte::registry {

// A count that needs a witness. `denominator` asks for one that moves the sum of yes and no.
struct Target {
  uint32_t unit = 0, period = 0, stratum = 0, indicator = 0;
  uint32_t part = kYes;
  bool denominator = false;
  bool before = false;  // A count of the snapshot before, not of this one.
};

// A part of one cell that a witness moves, and in which direction.
struct Move {
  uint32_t slot = 0;
  uint32_t part = 0;
  int sign = 1;
};

// The moves of the cheapest witness found. What it costs is the weight of what must still be hidden for it.
struct Witness {
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  int64_t cost = kNone;
  std::vector<Move> moves;
  bool in_now = false;     // It changes counts of this snapshot …
  bool in_before = false;  // … and of the one before.
};

class WitnessSearch {
 public:
  // `before` may be null. Both must outlive the search; what is hidden in them may grow meanwhile.
  WitnessSearch(const MaskingAxes& axes, const MaskingCounts& now, const MaskingCounts* before);

  Witness Find(const Target& target);

  // Weight of hiding a figure of a slot's cell.
  int64_t CostOf(uint32_t slot, uint32_t part) const { return weights_[slot] * FigureCost(part); }

 private:
  // A place that a product of changes touches: the first indicator's slot there.
  struct Spot {
    uint32_t base = 0;
    int sign = 1;
  };
  struct Price {
    int64_t cost = 0;
    bool up = true;    // Possible with the signs as they are …
    bool down = true;  // … or all turned.
    bool possible() const { return up || down; }
    int64_t total() const { return possible() ? cost : Witness::kNone; }
  };
  struct PartMove {
    uint32_t indicator = 0;
    uint32_t part = 0;
    int sign = 1;
  };

  int64_t FigureCost(uint32_t part) const;
  bool IsCommon(uint32_t part) const {
    return part >= kFirstExclusion && part - kFirstExclusion < axes_.common_exclusions();
  }
  bool BlocksChanged(const Change& unit, const Change& period) const;
  bool SeemsChanged(const Change& change, const Target& target, bool units) const;
  // `net`: the move is not balanced by another part of the same cell, so the cell's courses change.
  void Add(Price& price, const std::vector<Spot>& spots, const PartMove& move, bool net, int64_t limit) const;
  void AddOne(Price& price, const Spot& spot, const PartMove& move, bool net) const;
  struct Width;  // Of the search.
  void Search(const Target& target, const std::vector<std::vector<PartMove>>& part_moves, const Width& width);
  std::vector<const Change*> Best(const std::vector<Change>& changes, const Target& target, bool units, size_t limit,
                                  size_t free);
  std::vector<std::vector<PartMove>> PartMoves(const Target& target) const;
  std::vector<Spot> SpotsOf(const Change& unit, const Change& period, uint32_t stratum, int sign) const;
  Price PriceOf(const std::vector<Spot>& spots, const std::vector<PartMove>& parts, bool whole, int64_t limit) const;
  void TrySwaps(const Target& target, const Change& unit, const Change& period,
                const std::vector<std::vector<PartMove>>& part_moves);
  void TryTotals(const Target& target, const Change& unit, const Change& period,
                 const std::vector<std::vector<PartMove>>& part_moves);
  void TryAdditions(const Target& target, const std::vector<std::vector<PartMove>>& part_moves);
  std::optional<std::vector<Spot>> WithStrata(const Target& target, const Change& unit, const Change& period,
                                              const std::vector<Spot>& total, const std::vector<PartMove>& parts,
                                              bool whole, bool up) const;
  std::optional<std::vector<PartMove>> WholeCourse(const Target& target, const std::vector<Spot>& spots, bool up) const;
  std::pair<uint32_t, int64_t> CheapestPart(uint32_t indicator, const std::vector<Spot>& spots, bool up,
                                            int64_t limit) const;
  void ChooseSnapshots(const Target& target, const Change& unit, const Change& period);
  void Keep(int64_t cost, const std::vector<Spot>& spots, const std::vector<PartMove>& parts);

  const MaskingAxes& axes_;
  const MaskingCounts& now_;
  const MaskingCounts* before_;
  std::vector<int32_t> weights_;        // By slot.
  std::vector<uint8_t> block_changed_;  // By municipality and shortest period: since the snapshot before.
  // Of the search under way.
  bool use_now_ = true;
  bool use_before_ = false;
  Witness best_;
};

}  // namespace hjerte::registry
