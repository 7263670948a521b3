#include "mapping/registry/publication/grid_counts.h"

#include <algorithm>

namespace hjerte::registry {

GridCounts::GridCounts(const GridAxes& axes) {
  for (uint32_t indicator = 0; indicator < axes.indicators(); ++indicator) {
    stride_ = std::max(stride_, axes.parts(indicator));
  }
  counts_.assign(axes.slots() * stride_, 0);
  courses_.assign(axes.slots(), 0);
}

GridCounts SumUp(const GridAxes& axes, const Finest& finest) {
  GridCounts sums(axes);
  for (const auto& [block, cells] : finest) {
    const uint32_t municipality = *axes.FindUnit(UnitKind::kMunicipality, block.municipality);
    const uint32_t quarter = *axes.FindPeriod(PeriodKind::kQuarter, block.quarter);
    const std::vector<uint32_t>& units = axes.UnitsOver(municipality, quarter);
    for (const FinestCell& cell : cells) {
      const uint32_t stratum = *axes.FindStratum(cell.division, cell.stratum);
      for (const uint32_t period : axes.PeriodsOver(quarter)) {
        for (const uint32_t unit : units) {
          if (!axes.shown(period, stratum) && (unit != municipality || period != quarter)) continue;
          const uint32_t slot = axes.Base(unit, period, stratum) + cell.indicator;
          for (uint32_t part = 0; part < cell.parts.size(); ++part) {
            if (cell.parts[part] != 0) sums.Add(slot, part, cell.parts[part]);
          }
        }
      }
    }
  }
  return sums;
}

}  // namespace hjerte::registry
