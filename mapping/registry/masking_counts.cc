#include "mapping/registry/masking_counts.h"

#include <algorithm>

namespace hjerte::registry {

MaskingCounts::MaskingCounts(const MaskingAxes& axes, const std::vector<Cell>& cells,
                             const std::vector<CellMask>* masks) {
  for (uint32_t indicator = 0; indicator < axes.indicators(); ++indicator) {
    stride_ = std::max(stride_, axes.parts(indicator));
  }
  const size_t slots = axes.units() * axes.periods() * axes.strata() * axes.indicators();
  present_.assign(slots, 0);
  counts_.assign(slots * stride_, 0);
  courses_.assign(slots, 0);
  hidden_.assign(slots, 0);
  slot_of_cell_.reserve(cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    const MaskingAxes::Place at = axes.PlaceOf(cell);
    const uint32_t slot = Base(axes, at.unit, at.period, at.stratum) + at.indicator;
    slot_of_cell_.push_back(slot);
    int32_t* counts = &counts_[slot * stride_];
    counts[kYes] = static_cast<int32_t>(cell.numerator);
    counts[kNo] = static_cast<int32_t>(cell.denominator - cell.numerator);
    counts[kUnknown] = static_cast<int32_t>(cell.unknown);
    for (size_t k = 0; k < cell.exclusions.size(); ++k) {
      counts[kFirstExclusion + k] = static_cast<int32_t>(cell.exclusions[k].count);
    }
    for (size_t part = 0; part < stride_; ++part) courses_[slot] += counts[part];
    present_[slot] = courses_[slot] > 0 ? 1 : 0;
    if (masks == nullptr) continue;
    const CellMask& mask = (*masks)[i];
    if (mask.counts) Hide(slot, 0);
    if (mask.unknown) Hide(slot, FigureOf(kUnknown));
    for (size_t k = 0; k < mask.exclusions.size(); ++k) {
      if (mask.exclusions[k]) Hide(slot, FigureOf(static_cast<uint32_t>(kFirstExclusion + k)));
    }
  }
}

bool MaskingCounts::SameIn(const MaskingCounts& other, uint32_t slot) const {
  const auto begin = counts_.begin() + static_cast<std::ptrdiff_t>(slot * stride_);
  const auto others = other.counts_.begin() + static_cast<std::ptrdiff_t>(slot * stride_);
  return std::equal(begin, begin + static_cast<std::ptrdiff_t>(stride_), others);
}

}  // namespace hjerte::registry
