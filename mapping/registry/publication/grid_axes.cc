#include "mapping/registry/publication/grid_axes.h"

#include <algorithm>
#include <set>

namespace hjerte::registry {
namespace {

// Of a unit with many municipalities only so many are tried: the search must end.
constexpr size_t kLeavesMax = 128;

bool Holds(const std::vector<uint32_t>& chain, uint32_t index) {
  return std::find(chain.begin(), chain.end(), index) != chain.end();
}

void Touch(Change& change, uint32_t index, int sign) {
  change.index[change.size] = index;
  change.sign[change.size++] = static_cast<int8_t>(sign);
}

Change Difference(const std::vector<std::vector<uint32_t>>& chains, uint32_t gain, uint32_t loss) {
  Change change;
  change.gain = gain;
  change.loss = loss;
  const bool moved = loss != Change::kNoLeaf;
  for (const uint32_t each : chains[gain]) {
    if (!moved || !Holds(chains[loss], each)) Touch(change, each, 1);
  }
  for (const uint32_t each : moved ? chains[loss] : std::vector<uint32_t>{}) {
    if (!Holds(chains[gain], each)) Touch(change, each, -1);
  }
  return change;
}

// Every change among the leaves that touches `index`, shortest first, those that add a course last.
std::vector<Change> ChangesOf(uint32_t index, const std::vector<std::vector<uint32_t>>& chains,
                              const std::vector<uint32_t>& leaves) {
  std::vector<uint32_t> own;
  for (const uint32_t leaf : leaves) {
    if (Holds(chains[leaf], index)) own.push_back(leaf);
  }
  const size_t step = std::max<size_t>(1, own.size() / kLeavesMax);
  std::vector<Change> moves;
  std::vector<Change> additions;
  for (size_t i = 0; i < own.size(); i += step) {
    for (const uint32_t other : leaves) {
      if (!Holds(chains[other], index)) moves.push_back(Difference(chains, own[i], other));
    }
    additions.push_back(Difference(chains, own[i], Change::kNoLeaf));
  }
  std::stable_sort(moves.begin(), moves.end(),
                   [](const Change& left, const Change& right) { return left.size < right.size; });
  moves.insert(moves.end(), additions.begin(), additions.end());
  return moves;
}

template <typename Key, typename Value>
std::optional<Value> Number(const std::map<Key, Value>& numbers, const Key& key) {
  const auto found = numbers.find(key);
  return found == numbers.end() ? std::nullopt : std::optional<Value>(found->second);
}

}  // namespace

GridAxes::GridAxes(const Content& content, const IndicatorSet& set, const Finest& now, const Finest& before)
    : set_(&set) {
  std::set<std::string> municipalities;
  std::set<Date> quarters;
  std::set<std::pair<StratumKind, std::string>> strata = {{StratumKind::kTotal, {}}};
  for (const Finest* finest : {&now, &before}) {
    for (const auto& [block, cells] : *finest) {
      municipalities.insert(block.municipality);
      quarters.insert(block.quarter);
      for (const FinestCell& cell : cells) strata.emplace(cell.division, cell.stratum);
    }
  }
  strata_.assign(strata.begin(), strata.end());
  for (const auto& stratum : strata_) stratum_numbers_.emplace(stratum, stratum_numbers_.size());
  const std::vector<Date> days(quarters.begin(), quarters.end());
  BuildPeriods(content, days);
  BuildUnits(content, days, {municipalities.begin(), municipalities.end()});
  BuildChanges();
  BuildDivisions();
  BuildReasons();
}

GridAxes::Place GridAxes::PlaceOf(uint32_t slot) const {
  Place place{};
  size_t rest = slot;
  place.indicator = static_cast<uint32_t>(rest % indicators());
  rest /= indicators();
  place.stratum = static_cast<uint32_t>(rest % strata());
  rest /= strata();
  place.period = static_cast<uint32_t>(rest % periods());
  place.unit = static_cast<uint32_t>(rest / periods());
  return place;
}

std::optional<uint32_t> GridAxes::FindUnit(UnitKind kind, std::string_view id) const {
  return Number(unit_numbers_, std::pair(kind, std::string(id)));
}

std::optional<uint32_t> GridAxes::FindPeriod(PeriodKind kind, Date from) const {
  return Number(period_numbers_, std::pair(kind, from));
}

std::optional<uint32_t> GridAxes::FindStratum(StratumKind kind, std::string_view id) const {
  return Number(stratum_numbers_, std::pair(kind, std::string(id)));
}

void GridAxes::BuildPeriods(const Content& content, const std::vector<Date>& quarters) {
  for (const PeriodKind kind : {PeriodKind::kQuarter, PeriodKind::kHalfYear, PeriodKind::kYear}) {
    for (const Date quarter : quarters) {
      Period period = PeriodsBetween(kind, quarter, quarter).front();
      if (!period_numbers_.emplace(std::pair(kind, period.from), periods_.size()).second) continue;
      periods_.push_back(std::move(period));
    }
  }
  geography_of_.resize(periods_.size());
  periods_over_.resize(periods_.size());
  quarters_of_.resize(periods_.size());
  for (uint32_t period = 0; period < periods_.size(); ++period) {
    if (periods_[period].kind == PeriodKind::kYear) periods_over_[period] = {period};
  }
  for (const Date day : quarters) {
    const uint32_t quarter = *FindPeriod(PeriodKind::kQuarter, day);
    const Geography* geography = &content.geography_on(day);
    const auto known = std::find(geographies_.begin(), geographies_.end(), geography);
    geography_of_[quarter] = static_cast<size_t>(known - geographies_.begin());
    if (known == geographies_.end()) geographies_.push_back(geography);
    for (uint32_t period = 0; period < periods_.size(); ++period) {
      if (periods_[period].from > day || periods_[period].to < day) continue;
      periods_over_[quarter].push_back(period);
      if (quarters_of_[period].empty()) geography_of_[period] = geography_of_[quarter];
      quarters_of_[period].push_back(quarter);
    }
  }
}

void GridAxes::BuildUnits(const Content& content, const std::vector<Date>& quarters,
                          const std::vector<std::string>& leaves) {
  std::map<std::pair<UnitKind, std::string>, Unit> units;
  for (const std::string& leaf : leaves) {
    Unit& unit = units[{UnitKind::kMunicipality, leaf}];
    unit.kind = UnitKind::kMunicipality;
    unit.id = leaf;
  }
  for (const Date quarter : quarters) {
    const Geography& geography = content.geography_on(quarter);
    for (const UnitKind kind : {UnitKind::kMunicipality, UnitKind::kCluster, UnitKind::kRegion, UnitKind::kNation}) {
      for (const std::string& leaf : leaves) {
        const std::optional<uint16_t> index = geography.UnitOf(kind, leaf);
        if (!index) continue;
        const Unit& unit = geography.units(kind)[*index];
        units[{kind, unit.id}] = unit;
      }
    }
  }
  for (const auto& [key, unit] : units) {
    unit_numbers_.emplace(key, units_.size());
    units_.push_back(unit);
  }
  for (const Geography* geography : geographies_) {
    Chains& chains = units_over_.emplace_back(units_.size());
    for (uint32_t leaf = 0; leaf < leaves.size(); ++leaf) {
      chains[leaf].push_back(leaf);
      for (const UnitKind kind : {UnitKind::kCluster, UnitKind::kRegion, UnitKind::kNation}) {
        const std::optional<uint16_t> index = geography->UnitOf(kind, leaves[leaf]);
        if (index) chains[leaf].push_back(*FindUnit(kind, geography->units(kind)[*index].id));
      }
    }
  }
}

void GridAxes::BuildChanges() {
  std::vector<uint32_t> municipalities;
  for (uint32_t unit = 0; unit < units_.size() && is_municipality(unit); ++unit) municipalities.push_back(unit);
  for (size_t geography = 0; geography < geographies_.size(); ++geography) {
    std::vector<std::vector<Change>>& of_units = unit_changes_.emplace_back();
    for (uint32_t unit = 0; unit < units_.size(); ++unit) {
      of_units.push_back(ChangesOf(unit, units_over_[geography], municipalities));
    }
    std::vector<uint32_t> quarters;
    std::set<uint32_t> years;
    for (uint32_t period = 0; period < periods_.size() && is_quarter(period); ++period) {
      if (geography_of_[period] != geography) continue;
      quarters.push_back(period);
      years.insert(periods_over_[period].back());
    }
    std::vector<std::vector<Change>>& of_periods = period_changes_.emplace_back();
    std::vector<std::vector<Change>>& of_years = year_changes_.emplace_back();
    for (uint32_t period = 0; period < periods_.size(); ++period) {
      of_periods.push_back(ChangesOf(period, periods_over_, quarters));
      of_years.push_back(ChangesOf(period, periods_over_, {years.begin(), years.end()}));
    }
  }
}

Change GridAxes::UnitChange(size_t geography, uint32_t gain, uint32_t loss) const {
  return Difference(units_over_[geography], gain, loss);
}

Change GridAxes::PeriodChange(uint32_t gain, uint32_t loss) const { return Difference(periods_over_, gain, loss); }

void GridAxes::BuildDivisions() {
  std::map<StratumKind, std::vector<uint32_t>> divisions;
  for (uint32_t stratum = 0; stratum < strata_.size(); ++stratum) {
    if (strata_[stratum].first != StratumKind::kTotal) divisions[strata_[stratum].first].push_back(stratum);
  }
  division_of_.assign(strata_.size(), divisions.size());
  for (auto& [kind, strata] : divisions) {
    for (const uint32_t stratum : strata) division_of_[stratum] = divisions_.size();
    divisions_.push_back(std::move(strata));
  }
}

std::vector<std::string> GridAxes::ExclusionsOf(uint32_t indicator) const {
  std::vector<std::string> ids;
  for (const Reason& reason : set_->indicators[indicator].excluded) ids.push_back(reason.id);
  for (const Reason& reason : set_->indicators[indicator].unknown) {
    if (reason.apart) ids.push_back(reason.id);
  }
  return ids;
}

void GridAxes::BuildReasons() {
  const std::vector<Indicator>& all = set_->indicators;
  same_population_.resize(all.size());
  common_exclusions_ = all.size() > 1 ? SIZE_MAX : 0;
  for (uint32_t i = 0; i < all.size(); ++i) {
    parts_.push_back(kFirstExclusion + ExclusionsOf(i).size());
    for (uint32_t j = 0; j < all.size(); ++j) {
      if (all[i].population == all[j].population) same_population_[i].push_back(j);
      size_t same = 0;
      while (same < all[i].excluded.size() && same < all[j].excluded.size() &&
             all[i].excluded[same].id == all[j].excluded[same].id &&
             all[i].excluded[same].expression == all[j].excluded[same].expression) {
        ++same;
      }
      if (i != j) common_exclusions_ = std::min(common_exclusions_, same);
    }
    if (same_population_[i].size() != all.size()) common_exclusions_ = 0;
  }
  BuildSameCourses();
}

void GridAxes::BuildSameCourses() {
  std::map<std::string, PartOfIndicator> named;
  for (const size_t parts : parts_) same_courses_.emplace_back(parts);
  for (uint32_t i = 0; i < set_->indicators.size(); ++i) {
    const std::vector<Reason>& excluded = set_->indicators[i].excluded;
    for (uint32_t reason = 0; reason < excluded.size(); ++reason) {
      named[set_->indicators[i].id + "." + excluded[reason].id] = {i, kFirstExclusion + reason};
    }
  }
  for (const Indicator& indicator : set_->indicators) {
    for (const Reason& reason : indicator.excluded) {
      const auto other = named.find(reason.same_courses_as);
      if (other == named.end()) continue;
      const PartOfIndicator one = named[indicator.id + "." + reason.id];
      same_courses_[one.indicator][one.part] = other->second;
      same_courses_[other->second.indicator][other->second.part] = one;
    }
  }
}

std::optional<GridAxes::PartOfIndicator> GridAxes::SameCourses(uint32_t indicator, uint32_t part) const {
  return same_courses_[indicator][part];
}

int GridAxes::Weight(uint32_t unit, uint32_t period, uint32_t stratum) const {
  static constexpr std::array<int, 4> kUnits = {1, 4, 10, 40};
  const int unit_weight = kUnits[static_cast<size_t>(units_[unit].kind)];
  const PeriodKind kind = periods_[period].kind;
  const int period_weight = kind == PeriodKind::kYear ? 4 : kind == PeriodKind::kHalfYear ? 2 : 1;
  return unit_weight * period_weight * (stratum == total() ? 60 : 1);
}

std::vector<uint32_t> GridAxes::UnitsAbove(uint32_t unit, uint32_t quarter) const {
  for (const std::vector<uint32_t>& chain : units_over_[geography_of_[quarter]]) {
    const auto found = std::find(chain.begin(), chain.end(), unit);
    if (found != chain.end()) return {found + 1, chain.end()};
  }
  return {};
}

}  // namespace hjerte::registry
