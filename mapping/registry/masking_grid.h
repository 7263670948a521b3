#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mapping/registry/content.h"
#include "mapping/registry/cube.h"

// The published grid as masking sees it: dense axes, what adds up to what, and the counts behind the figures. For
// masking.cc alone.
namespace hjerte::registry {

// A unit, period or stratum that a change touches, and in which direction.
struct Touch {
  uint32_t index = 0;
  int sign = 1;
};
using Touches = std::vector<Touch>;

// The counts of one cell that the published figures are made of.
struct Parts {
  int64_t yes = 0;
  int64_t no = 0;
  int64_t unknown = 0;
  std::vector<int64_t> excluded;  // Parallel to Cell::exclusions.
};

class MaskingGrid {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  MaskingGrid(const Content& content, const std::vector<Cell>& cells);

  size_t units() const { return unit_kinds_.size(); }
  size_t periods() const { return periods_.size(); }
  size_t strata() const { return strata_.size(); }
  size_t indicators() const { return indicators_.size(); }

  // Index of the cell in the input, or kNone when the grid has none there.
  uint32_t CellAt(size_t unit, size_t period, size_t stratum, size_t indicator) const {
    return index_[((unit * periods() + period) * strata() + stratum) * indicators() + indicator];
  }
  const Parts& parts(uint32_t cell) const { return parts_[cell]; }

  // Where a cell of the input stands.
  struct Place {
    uint32_t unit, period, stratum, indicator;
  };
  const Place& place(uint32_t cell) const { return places_[cell]; }

  // How many of the first exclusions of the indicator are the same counts in all indicators of its population.
  size_t common_exclusions() const { return common_exclusions_; }
  // Indicators that share the population of this one, itself included: their parts add up to the same number.
  const std::vector<size_t>& same_population(size_t indicator) const { return same_population_[indicator]; }

  // Changes that touch the unit, cheapest first, each with what else it touches: one course moved to another
  // municipality under the nearest common parent, and last one course more.
  std::vector<Touches> UnitChanges(uint32_t unit, uint32_t period) const;
  std::vector<Touches> PeriodChanges(uint32_t period) const;
  // For a stratum: a move to another stratum of its division. For the total and as a last resort: one course more,
  // which touches one stratum of each division; the choice is the caller's.
  std::vector<Touches> StratumMoves(uint32_t stratum) const;
  // The strata of each division beside the total.
  const std::vector<std::vector<uint32_t>>& divisions() const { return divisions_; }
  uint32_t total() const { return total_; }
  StratumKind stratum_kind(uint32_t stratum) const { return strata_[stratum].first; }

  // How much is lost when a figure of the cell is hidden: the higher up, the more.
  int Weight(uint32_t unit, uint32_t period, uint32_t stratum) const;

 private:
  void BuildAxes(const std::vector<Cell>& cells);
  void BuildHierarchies(const Content& content);
  void BuildReasons(const Content& content, const std::vector<Cell>& cells);
  const std::vector<uint32_t>& Ancestors(uint32_t municipality, uint32_t period) const;
  static Touches Difference(const std::vector<uint32_t>& gain, const std::vector<uint32_t>& loss);

  std::vector<UnitKind> unit_kinds_;
  std::vector<std::string> unit_ids_;
  std::vector<Period> periods_;
  std::vector<std::pair<StratumKind, std::string>> strata_;
  std::vector<std::string> indicators_;
  std::vector<uint32_t> index_;
  std::vector<Place> places_;
  std::vector<Parts> parts_;
  std::vector<uint32_t> municipalities_;
  std::vector<std::vector<std::vector<uint32_t>>> unit_ancestors_;  // [geography][unit]: itself and what holds it.
  std::vector<size_t> geography_of_period_;
  std::vector<uint32_t> leaf_periods_;
  std::vector<std::vector<uint32_t>> period_ancestors_;
  std::vector<std::vector<uint32_t>> divisions_;
  uint32_t total_ = 0;
  size_t common_exclusions_ = 0;
  std::vector<std::vector<size_t>> same_population_;
};

}  // namespace hjerte::registry
