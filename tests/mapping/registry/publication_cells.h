#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "mapping/registry/publication/publication.h"

namespace hjerte::registry::testing {

// A cell of the grid with its true counts.
inline Cell CellAt(const GridAxes& axes, const GridCounts& counts, uint32_t slot) {
  const GridAxes::Place at = axes.PlaceOf(slot);
  Cell cell;
  cell.indicator = axes.set().indicators[at.indicator].id;
  cell.unit_kind = axes.unit(at.unit).kind;
  cell.unit = axes.unit(at.unit).id;
  cell.unit_name = axes.unit(at.unit).name;
  cell.period = axes.period(at.period);
  std::tie(cell.stratum_kind, cell.stratum) = axes.stratum(at.stratum);
  cell.numerator = counts.count(slot, kYes);
  cell.denominator = cell.numerator + counts.count(slot, kNo);
  cell.unknown = counts.count(slot, kUnknown);
  uint32_t part = kFirstExclusion;
  for (const std::string& reason : axes.ExclusionsOf(at.indicator)) {
    cell.exclusions.push_back({reason, counts.count(slot, part++)});
  }
  return cell;
}

// The published cells and, of what is not published, every finest one below a total that is there.
inline std::vector<Cell> CellsOf(const GridAxes& axes, const GridCounts& counts) {
  std::vector<Cell> cells;
  for (uint32_t slot = 0; slot < axes.slots(); ++slot) {
    const GridAxes::Place at = axes.PlaceOf(slot);
    const bool shown = axes.shown(at.period, at.stratum);
    const bool finest = axes.is_municipality(at.unit) && axes.is_quarter(at.period);
    const uint32_t total = axes.Base(at.unit, at.period, axes.total()) + at.indicator;
    if (shown ? counts.present(slot) : finest && counts.present(total)) cells.push_back(CellAt(axes, counts, slot));
  }
  return cells;
}

inline std::vector<Cell> CellsOf(const Publication& publication) {
  return CellsOf(publication.axes, publication.counts);
}

// What is hidden of the cells.
inline std::vector<CellMask> MasksOf(const Publication& publication, const std::vector<Cell>& cells) {
  const GridAxes& axes = publication.axes;
  std::vector<CellMask> masks;
  for (const Cell& cell : cells) {
    const uint32_t slot =
        axes.Base(*axes.FindUnit(cell.unit_kind, cell.unit), *axes.FindPeriod(cell.period.kind, cell.period.from),
                  *axes.FindStratum(cell.stratum_kind, cell.stratum)) +
        static_cast<uint32_t>(*axes.set().Find(cell.indicator));
    const GridMask& hidden = publication.mask;
    CellMask mask{hidden.hidden(slot, 0), hidden.hidden(slot, FigureOf(kUnknown)), {}};
    for (uint32_t k = 0; k < cell.exclusions.size(); ++k) {
      mask.exclusions.push_back(hidden.hidden(slot, FigureOf(kFirstExclusion + k)));
    }
    masks.push_back(std::move(mask));
  }
  return masks;
}

}  // namespace hjerte::registry::testing
