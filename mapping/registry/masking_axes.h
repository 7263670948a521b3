#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "mapping/registry/content.h"
#include "mapping/registry/cube.h"

// The axes of a published grid and what adds up to what along them. For the masking alone.
namespace hjerte::registry {

// What one course more or less, moved along one axis, touches: the units (periods) that hold the one leaf and not the
// other, and in which direction.
struct Change {
  static constexpr uint32_t kNoLeaf = UINT32_MAX;
  static constexpr size_t kMax = 12;

  std::array<uint32_t, kMax> index{};
  std::array<int8_t, kMax> sign{};
  uint8_t size = 0;
  uint32_t gain = kNoLeaf;  // Municipality or shortest period that gains.
  uint32_t loss = kNoLeaf;  // The one that loses; none when a course is added and not moved.
};

class MaskingAxes {
 public:
  struct Place {
    uint32_t unit, period, stratum, indicator;
  };

  // Axes of the cells of both lists; `before` may be empty.
  MaskingAxes(const Content& content, const std::vector<Cell>& cells, const std::vector<Cell>& before);

  size_t units() const { return unit_kinds_.size(); }
  size_t periods() const { return periods_.size(); }
  size_t strata() const { return strata_.size(); }
  size_t indicators() const { return indicators_.size(); }
  // Where a cell of either list stands.
  Place PlaceOf(const Cell& cell) const;

  // Changes that touch the unit in the geography of the period; the last adds a course instead of moving one.
  const std::vector<Change>& UnitChanges(uint32_t unit, uint32_t period) const {
    return unit_changes_[geography_of_period_[period]][unit];
  }
  const std::vector<Change>& PeriodChanges(uint32_t period) const { return period_changes_[period]; }
  // The same among the periods that strata are published in.
  const std::vector<Change>& StratumPeriodChanges(uint32_t period) const { return stratum_period_changes_[period]; }
  // The strata of each division beside the total.
  const std::vector<std::vector<uint32_t>>& divisions() const { return divisions_; }
  // The division a stratum belongs to; divisions().size() for the total.
  size_t division_of(uint32_t stratum) const { return division_of_[stratum]; }
  uint32_t total() const { return total_; }
  // Whether cells of the stratum are published in the period.
  bool published(uint32_t period, uint32_t stratum) const { return stratum == total_ || has_strata_[period]; }

  // Parts of an indicator's cells: yes, no, unknown, then the exclusions.
  size_t parts(uint32_t indicator) const { return parts_[indicator]; }
  // How many of the first exclusions are the same counts in all indicators.
  size_t common_exclusions() const { return common_exclusions_; }
  // Indicators that share the population of this one, itself included: their parts add up to the same number.
  const std::vector<uint32_t>& same_population(uint32_t indicator) const { return same_population_[indicator]; }

  // How much is lost when a figure there is hidden: the higher up, the more; a total far more than a stratum.
  int Weight(uint32_t unit, uint32_t period, uint32_t stratum) const;

 private:
  void Intern(const std::vector<Cell>& cells);
  void BuildUnits(const Content& content);
  void BuildPeriods(const Content& content);
  std::vector<std::vector<Change>> ChangesAmong(const std::vector<uint32_t>& periods) const;
  void BuildDivisions();
  void BuildReasons(const Content& content);

  std::map<std::pair<UnitKind, std::string>, uint32_t> unit_numbers_;
  std::map<std::tuple<Date, Date, PeriodKind>, uint32_t> period_numbers_;
  std::map<std::pair<StratumKind, std::string>, uint32_t> stratum_numbers_;
  std::map<std::string, uint32_t, std::less<>> indicator_numbers_;
  std::vector<UnitKind> unit_kinds_;
  std::vector<std::string> unit_ids_;
  std::vector<Period> periods_;
  std::vector<std::pair<StratumKind, std::string>> strata_;
  std::vector<std::string> indicators_;
  std::vector<size_t> parts_;
  std::vector<uint32_t> leaf_units_;
  std::vector<std::vector<std::vector<Change>>> unit_changes_;  // [geography][unit]
  std::vector<std::vector<Change>> period_changes_;
  std::vector<std::vector<Change>> stratum_period_changes_;
  std::vector<bool> has_strata_;  // By period.
  std::vector<size_t> geography_of_period_;
  std::vector<std::vector<uint32_t>> divisions_;
  std::vector<size_t> division_of_;
  uint32_t total_ = 0;
  size_t common_exclusions_ = 0;
  std::vector<std::vector<uint32_t>> same_population_;
};

}  // namespace hjerte::registry
