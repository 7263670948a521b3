#include "mapping/registry/published_grid.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "mapping/registry/interval.h"

namespace hjerte::registry {
namespace {

bool IsFinest(const Cell& cell) {
  return cell.unit_kind == UnitKind::kMunicipality && cell.period.kind == PeriodKind::kQuarter;
}

// A municipality's quarter.
using Block = std::pair<std::string, Date>;
// A count of a block: division, stratum, indicator, and which of the cell's parts.
using CountKey = std::tuple<StratumKind, std::string, std::string, std::size_t>;

std::map<Block, std::vector<const Cell*>> BlocksOf(const std::vector<Cell>& cells) {
  std::map<Block, std::vector<const Cell*>> blocks;
  for (const Cell& cell : cells) blocks[{cell.unit, cell.period.from}].push_back(&cell);
  return blocks;
}

void AddCounts(const std::vector<const Cell*>& cells, int sign, std::map<CountKey, int64_t>& counts) {
  for (const Cell* cell : cells) {
    std::size_t part = 0;
    const auto add = [&](int64_t count) {
      counts[{cell->stratum_kind, cell->stratum, cell->indicator, part++}] += sign * count;
    };
    add(cell->numerator);
    add(cell->denominator - cell->numerator);
    add(cell->unknown);
    for (const ReasonCount& each : cell->exclusions) add(each.count);
  }
}

// The fewest courses that must have changed between the two.
int64_t ChangedCourses(const std::vector<const Cell*>& now, const std::vector<const Cell*>& before) {
  std::map<CountKey, int64_t> counts;
  AddCounts(now, 1, counts);
  AddCounts(before, -1, counts);
  // Each course has one part of one stratum of a division: what they gain and what they lose is counted apart.
  std::map<std::pair<StratumKind, std::string>, std::pair<int64_t, int64_t>> changes;
  for (const auto& [key, change] : counts) {
    auto& [gained, lost] = changes[{std::get<0>(key), std::get<2>(key)}];
    (change > 0 ? gained : lost) += change > 0 ? change : -change;
  }
  int64_t changed = 0;
  for (const auto& [key, change] : changes) changed = std::max({changed, change.first, change.second});
  return changed;
}

std::string UnitOf(const Geography& geography, UnitKind kind, const std::string& municipality) {
  if (kind == UnitKind::kNation) return std::string(Geography::kNation);
  const std::optional<uint16_t> index = geography.UnitOf(kind, municipality);
  return index ? geography.units(kind)[*index].id : std::string();
}

void AddTo(Cell& sum, const Cell& cell) {
  sum.numerator += cell.numerator;
  sum.denominator += cell.denominator;
  sum.unknown += cell.unknown;
  for (std::size_t i = 0; i < cell.exclusions.size() && i < sum.exclusions.size(); ++i) {
    sum.exclusions[i].count += cell.exclusions[i].count;
  }
  for (std::size_t i = 0; i < cell.unknown_by_reason.size() && i < sum.unknown_by_reason.size(); ++i) {
    sum.unknown_by_reason[i].count += cell.unknown_by_reason[i].count;
  }
}

// The sums of one period kind over one unit kind.
class Level {
 public:
  Level(const Content& content, const IndicatorSet& set, UnitKind unit, PeriodKind period)
      : content_(content), set_(set), unit_(unit), period_(period) {}

  void Add(const Cell& cell) {
    const bool itself = unit_ == UnitKind::kMunicipality && period_ == PeriodKind::kQuarter;
    if (!itself && !IsPublished(period_, cell.stratum_kind)) return;
    const Geography& geography = content_.geography_on(cell.period.from);
    const std::string unit = UnitOf(geography, unit_, cell.unit);
    if (unit.empty()) return;
    const Period period = PeriodsBetween(period_, cell.period.from, cell.period.from).front();
    const auto [entry, added] =
        sums_.try_emplace({unit, period.from, cell.stratum_kind, cell.stratum, *set_.Find(cell.indicator)}, cell);
    if (!added) return AddTo(entry->second, cell);
    entry->second.unit_kind = unit_;
    entry->second.unit = unit;
    if (const Unit* known = geography.Find(unit_, unit); known != nullptr) entry->second.unit_name = known->name;
    entry->second.period = period;
  }

  std::vector<Cell> Sums() && {
    std::vector<Cell> cells;
    for (auto& [key, cell] : sums_) {
      cell.verdict = Judge(set_.indicators[std::get<4>(key)].standard, cell.numerator, cell.denominator);
      cells.push_back(std::move(cell));
    }
    return cells;
  }

 private:
  const Content& content_;
  const IndicatorSet& set_;
  const UnitKind unit_;
  const PeriodKind period_;
  std::map<std::tuple<std::string, Date, StratumKind, std::string, std::size_t>, Cell> sums_;
};

}  // namespace

bool IsPublished(PeriodKind period, StratumKind stratum) {
  return stratum == StratumKind::kTotal || period == PeriodKind::kYear;
}

absl::StatusOr<std::vector<Cell>> FinestCells(const Cube& cube, const std::string& set, Date today) {
  const auto span = cube.span();
  if (!span.has_value()) return std::vector<Cell>{};
  Query query;
  query.indicator_set = set;
  query.unit_kinds = {UnitKind::kMunicipality};
  query.period_kind = PeriodKind::kQuarter;
  query.from = span->first;
  query.to = std::max(span->second, today);
  query.strata = {StratumKind::kSex, StratumKind::kAgeGroup, StratumKind::kDiagnosisGroup, StratumKind::kLegalBasis};
  query.skip_empty = true;
  return cube.Run(query);
}

std::vector<Cell> TakeOver(const Content& content, const std::vector<Cell>& now, const std::vector<Cell>& before) {
  auto blocks_now = BlocksOf(now);
  auto blocks_before = BlocksOf(before);
  for (const auto& [block, cells] : blocks_before) blocks_now.try_emplace(block);
  struct Region {
    int municipalities = 0, changed = 0;
  };
  std::map<std::pair<std::string, Date>, Region> regions;
  const auto region_of = [&](const Block& block) -> Region& {
    return regions[{UnitOf(content.geography_on(block.second), UnitKind::kRegion, block.first), block.second}];
  };
  std::map<Block, bool> changed;
  for (const auto& [block, cells] : blocks_now) {
    changed[block] = ChangedCourses(cells, blocks_before[block]) >= kChangedCoursesMin;
    ++region_of(block).municipalities;
    if (changed[block]) ++region_of(block).changed;
  }
  std::vector<Cell> taken;
  for (const auto& [block, cells] : blocks_now) {
    const Region& region = region_of(block);
    const bool alone = region.changed == 1 && region.municipalities > 1;
    for (const Cell* cell : changed[block] && !alone ? cells : blocks_before[block]) taken.push_back(*cell);
  }
  return taken;
}

std::vector<Cell> SumUp(const Content& content, const IndicatorSet& set, const std::vector<Cell>& finest) {
  std::vector<Cell> all;
  for (const UnitKind unit : {UnitKind::kMunicipality, UnitKind::kCluster, UnitKind::kRegion, UnitKind::kNation}) {
    std::vector<Cell> of_kind;
    for (const PeriodKind period : {PeriodKind::kQuarter, PeriodKind::kHalfYear, PeriodKind::kYear}) {
      Level level(content, set, unit, period);
      for (const Cell& cell : finest) level.Add(cell);
      std::vector<Cell> sums = std::move(level).Sums();
      of_kind.insert(of_kind.end(), std::make_move_iterator(sums.begin()), std::make_move_iterator(sums.end()));
    }
    // The periods of a unit stand together.
    std::stable_sort(of_kind.begin(), of_kind.end(),
                     [](const Cell& left, const Cell& right) { return left.unit < right.unit; });
    all.insert(all.end(), std::make_move_iterator(of_kind.begin()), std::make_move_iterator(of_kind.end()));
  }
  return all;
}

std::vector<Cell> FinestOf(const std::vector<Cell>& cells) {
  std::vector<Cell> finest;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(finest), IsFinest);
  return finest;
}

}  // namespace hjerte::registry
