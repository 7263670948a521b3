#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mapping/registry/content/content.h"
#include "mapping/registry/indicators/cube.h"
#include "mapping/registry/publication/published_grid.h"

// The axes of a published grid and what adds up to what along them.
namespace hjerte::registry {

// What one course more or less, moved along one axis, touches: the units (periods) that hold the one leaf and not the
// other, and in which direction.
struct Change {
  static constexpr uint32_t kNoLeaf = UINT32_MAX;
  static constexpr size_t kMax = 8;

  std::array<uint32_t, kMax> index{};
  std::array<int8_t, kMax> sign{};
  uint8_t size = 0;
  uint32_t gain = kNoLeaf;  // Municipality, quarter or year that gains.
  uint32_t loss = kNoLeaf;  // The one that loses; none when a course is added and not moved.
};

// Every unit, period, stratum and indicator that a grid has cells of, numbered, and a slot for each combination,
// whether the grid has a cell there or not: where it has none, all counts are zero and everybody knows. Cells stand in
// the order of unit kind, unit, period kind, period, stratum and indicator. The content must outlive it.
class GridAxes {
 public:
  struct Place {
    uint32_t unit, period, stratum, indicator;
  };

  // Axes of both: a grid and the one it is compared with.
  GridAxes(const Content& content, const IndicatorSet& set, const Finest& now, const Finest& before = {});

  const IndicatorSet& set() const { return *set_; }
  size_t units() const { return units_.size(); }
  size_t periods() const { return periods_.size(); }
  size_t strata() const { return strata_.size(); }
  size_t indicators() const { return set_->indicators.size(); }
  size_t slots() const { return units() * periods() * strata() * indicators(); }
  const Unit& unit(uint32_t unit) const { return units_[unit]; }
  const Period& period(uint32_t period) const { return periods_[period]; }
  const std::pair<StratumKind, std::string>& stratum(uint32_t stratum) const { return strata_[stratum]; }

  // The slot of a place's first indicator.
  uint32_t Base(uint32_t unit, uint32_t period, uint32_t stratum) const {
    return static_cast<uint32_t>(((unit * periods() + period) * strata() + stratum) * indicators());
  }
  Place PlaceOf(uint32_t slot) const;
  std::optional<uint32_t> FindUnit(UnitKind kind, std::string_view id) const;
  std::optional<uint32_t> FindPeriod(PeriodKind kind, Date from) const;
  std::optional<uint32_t> FindStratum(StratumKind kind, std::string_view id) const;

  // Whether cells of the stratum are published in the period.
  bool shown(uint32_t period, uint32_t stratum) const {
    return IsPublished(periods_[period].kind, strata_[stratum].first);
  }
  bool is_municipality(uint32_t unit) const { return units_[unit].kind == UnitKind::kMunicipality; }
  bool is_quarter(uint32_t period) const { return periods_[period].kind == PeriodKind::kQuarter; }
  // What holds a municipality in a quarter, and what holds a quarter: itself first. A year is held by itself alone.
  const std::vector<uint32_t>& UnitsOver(uint32_t municipality, uint32_t quarter) const {
    return units_over_[geography_of_[quarter]][municipality];
  }
  // What holds a unit of any kind in a quarter, without itself.
  std::vector<uint32_t> UnitsAbove(uint32_t unit, uint32_t quarter) const;
  const std::vector<uint32_t>& PeriodsOver(uint32_t quarter) const { return periods_over_[quarter]; }
  // The quarters in a period.
  const std::vector<uint32_t>& QuartersOf(uint32_t period) const { return quarters_of_[period]; }

  // The geographies that any quarter falls to, numbered; a change stays within one.
  size_t geographies() const { return units_over_.size(); }
  size_t geography_of(uint32_t period) const { return geography_of_[period]; }
  // Changes that touch the unit or the period, shortest first; the last add a course instead of moving one. Those of
  // years are of years alone.
  const std::vector<Change>& UnitChanges(size_t geography, uint32_t unit) const {
    return unit_changes_[geography][unit];
  }
  const std::vector<Change>& PeriodChanges(size_t geography, uint32_t period) const {
    return period_changes_[geography][period];
  }
  const std::vector<Change>& YearChanges(size_t geography, uint32_t year) const {
    return year_changes_[geography][year];
  }
  // One change by its leaves; `loss` may be Change::kNoLeaf.
  Change UnitChange(size_t geography, uint32_t gain, uint32_t loss) const;
  Change PeriodChange(uint32_t gain, uint32_t loss) const;

  // The strata of each division beside the total.
  const std::vector<std::vector<uint32_t>>& divisions() const { return divisions_; }
  // The division a stratum belongs to; divisions().size() for the total.
  size_t division_of(uint32_t stratum) const { return division_of_[stratum]; }
  uint32_t total() const { return 0; }

  // Parts of an indicator's cells: yes, no, unknown, then the exclusions.
  size_t parts(uint32_t indicator) const { return parts_[indicator]; }
  // Ids of the exclusions: of those that take a course out, then of the unknown reasons that are counted apart.
  std::vector<std::string> ExclusionsOf(uint32_t indicator) const;
  // How many of the first exclusions are the same counts in all indicators.
  size_t common_exclusions() const { return common_exclusions_; }
  // The exclusion of another indicator that takes out the same courses (Reason::same_courses_as): a course has both
  // parts or neither.
  struct PartOfIndicator {
    uint32_t indicator, part;
  };
  std::optional<PartOfIndicator> SameCourses(uint32_t indicator, uint32_t part) const;
  // Indicators that share the population of this one, itself included: their parts add up to the same number.
  const std::vector<uint32_t>& same_population(uint32_t indicator) const { return same_population_[indicator]; }

  // How much is lost when a figure there is hidden: the higher up, the more; a total far more than a stratum.
  int Weight(uint32_t unit, uint32_t period, uint32_t stratum) const;

 private:
  // A leaf and everything that holds it, itself first; empty for what is no leaf.
  using Chains = std::vector<std::vector<uint32_t>>;

  void BuildUnits(const Content& content, const std::vector<Date>& quarters, const std::vector<std::string>& leaves);
  void BuildPeriods(const Content& content, const std::vector<Date>& quarters);
  void BuildChanges();
  void BuildDivisions();
  void BuildReasons();
  void BuildSameCourses();

  const IndicatorSet* set_;
  std::vector<Unit> units_;
  std::vector<Period> periods_;
  std::vector<std::pair<StratumKind, std::string>> strata_;
  std::map<std::pair<UnitKind, std::string>, uint32_t> unit_numbers_;
  std::map<std::pair<PeriodKind, Date>, uint32_t> period_numbers_;
  std::map<std::pair<StratumKind, std::string>, uint32_t> stratum_numbers_;
  std::vector<const Geography*> geographies_;
  std::vector<size_t> geography_of_;  // By period: that of its first quarter.
  std::vector<Chains> units_over_;    // By geography.
  Chains periods_over_;
  std::vector<std::vector<uint32_t>> quarters_of_;              // By period.
  std::vector<std::vector<std::vector<Change>>> unit_changes_;  // [geography][unit]
  std::vector<std::vector<std::vector<Change>>> period_changes_;
  std::vector<std::vector<std::vector<Change>>> year_changes_;
  std::vector<std::vector<uint32_t>> divisions_;
  std::vector<size_t> division_of_;
  std::vector<size_t> parts_;
  size_t common_exclusions_ = 0;
  std::vector<std::vector<uint32_t>> same_population_;
  std::vector<std::vector<std::optional<PartOfIndicator>>> same_courses_;  // By indicator and part, both ways.
};

}  // namespace hjerte::registry
