#pragma once

#include <cstdint>
#include <vector>

#include "mapping/registry/publication/grid_axes.h"
#include "mapping/registry/publication/published_grid.h"

// The counts of a grid, dense, and what is hidden of them.
namespace hjerte::registry {

// Figures of a cell, each shown or hidden: 0 the counts (yes and no), 1 unknown, then the exclusions.
constexpr uint32_t FigureOf(uint32_t part) { return part <= kNo ? 0 : part - 1; }
constexpr uint32_t LastPartOf(uint32_t figure) { return figure + 1; }

// Whether the part is an exclusion that is the same count in all indicators.
inline bool IsCommon(const GridAxes& axes, uint32_t part) {
  return part >= kFirstExclusion && part - kFirstExclusion < axes.common_exclusions();
}

// The counts of one snapshot by slot (GridAxes): every published cell, and the finest ones below.
class GridCounts {
 public:
  // All zero.
  explicit GridCounts(const GridAxes& axes);

  void Add(uint32_t slot, uint32_t part, int32_t count) {
    counts_[slot * stride_ + part] += count;
    courses_[slot] += count;
  }
  int32_t count(uint32_t slot, uint32_t part) const { return counts_[slot * stride_ + part]; }
  // Courses of the cell; a cell without one is not there.
  int32_t courses(uint32_t slot) const { return courses_[slot]; }
  bool present(uint32_t slot) const { return courses_[slot] > 0; }

 private:
  std::size_t stride_ = 0;
  std::vector<int32_t> counts_;
  std::vector<int32_t> courses_;
};

// The finest counts summed up over units (in the geography of each quarter) and periods.
GridCounts SumUp(const GridAxes& axes, const Finest& finest);

// Which figures are hidden, by slot.
class GridMask {
 public:
  explicit GridMask(const GridAxes& axes) : hidden_(axes.slots(), 0) {}

  bool hidden(uint32_t slot, uint32_t figure) const { return (hidden_[slot] >> figure & 1) != 0; }
  uint64_t hidden(uint32_t slot) const { return hidden_[slot]; }
  void Hide(uint32_t slot, uint32_t figure) { hidden_[slot] |= uint64_t{1} << figure; }

 private:
  std::vector<uint64_t> hidden_;
};

}  // namespace hjerte::registry
