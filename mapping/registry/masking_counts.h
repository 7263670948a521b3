#pragma once

#include <cstdint>
#include <vector>

#include "mapping/registry/cube.h"
#include "mapping/registry/masking.h"
#include "mapping/registry/masking_axes.h"

// The counts behind a published grid, dense, with what is hidden of each. For the masking alone.
namespace hjerte::registry {

// Parts of a cell: 0 yes, 1 no, 2 unknown, then the exclusions. Together they are the cell's courses.
constexpr uint32_t kYes = 0;
constexpr uint32_t kNo = 1;
constexpr uint32_t kUnknown = 2;
constexpr uint32_t kFirstExclusion = 3;
// Figures of a cell, each shown or hidden: 0 the counts (yes and no), 1 unknown, then the exclusions.
constexpr uint32_t FigureOf(uint32_t part) { return part <= kNo ? 0 : part - 1; }

// The counts of one snapshot. A slot is a unit, period, stratum and indicator, whether the grid has a cell there or
// not: where it has none, all counts are zero and everybody knows.
class MaskingCounts {
 public:
  // `masks` may be null: nothing is hidden yet.
  MaskingCounts(const MaskingAxes& axes, const std::vector<Cell>& cells, const std::vector<CellMask>* masks);

  static uint32_t Base(const MaskingAxes& axes, uint32_t unit, uint32_t period, uint32_t stratum) {
    return static_cast<uint32_t>(((unit * axes.periods() + period) * axes.strata() + stratum) * axes.indicators());
  }

  size_t slots() const { return present_.size(); }
  bool present(uint32_t slot) const { return present_[slot] != 0; }
  int32_t count(uint32_t slot, uint32_t part) const { return counts_[slot * stride_ + part]; }
  // Courses of the cell.
  int32_t courses(uint32_t slot) const { return courses_[slot]; }
  bool hidden(uint32_t slot, uint32_t figure) const { return (hidden_[slot] >> figure & 1) != 0; }
  uint64_t hidden(uint32_t slot) const { return hidden_[slot]; }
  void Hide(uint32_t slot, uint32_t figure) { hidden_[slot] |= uint64_t{1} << figure; }
  // Slot of a cell of the list it was made from.
  uint32_t slot_of(size_t cell) const { return slot_of_cell_[cell]; }
  // Whether the two hold the same counts in the slot.
  bool SameIn(const MaskingCounts& other, uint32_t slot) const;

 private:
  size_t stride_ = 0;
  std::vector<uint8_t> present_;
  std::vector<int32_t> counts_;
  std::vector<int32_t> courses_;
  std::vector<uint64_t> hidden_;
  std::vector<uint32_t> slot_of_cell_;
};

}  // namespace hjerte::registry
