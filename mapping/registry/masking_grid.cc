#include "mapping/registry/masking_grid.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace hjerte::registry {
namespace {

// A target with many municipalities under it tries only so many of them: the search must end.
constexpr size_t kMaxLeaves = 6;
constexpr size_t kMaxPartners = 24;

void SortBySize(std::vector<Touches>& changes) {
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Touches& left, const Touches& right) { return left.size() < right.size(); });
}

}  // namespace

MaskingGrid::MaskingGrid(const Content& content, const std::vector<Cell>& cells) {
  BuildAxes(cells);
  BuildHierarchies(content);
  BuildReasons(content, cells);
}

void MaskingGrid::BuildAxes(const std::vector<Cell>& cells) {
  std::map<std::pair<UnitKind, std::string>, uint32_t> units;
  std::map<std::tuple<Date, Date, PeriodKind>, uint32_t> periods;
  std::map<std::pair<StratumKind, std::string>, uint32_t> strata;
  std::map<std::string, uint32_t> indicators;
  const auto intern = [](auto& map, auto key, auto& list, auto value) {
    const auto [entry, added] = map.try_emplace(std::move(key), static_cast<uint32_t>(list.size()));
    if (added) list.push_back(std::move(value));
    return entry->second;
  };
  places_.reserve(cells.size());
  parts_.reserve(cells.size());
  for (const Cell& cell : cells) {
    Place place{};
    place.unit = intern(units, std::pair(cell.unit_kind, cell.unit), unit_ids_, cell.unit);
    if (unit_kinds_.size() < unit_ids_.size()) unit_kinds_.push_back(cell.unit_kind);
    place.period =
        intern(periods, std::tuple(cell.period.from, cell.period.to, cell.period.kind), periods_, cell.period);
    place.stratum =
        intern(strata, std::pair(cell.stratum_kind, cell.stratum), strata_, std::pair(cell.stratum_kind, cell.stratum));
    place.indicator = intern(indicators, cell.indicator, indicators_, cell.indicator);
    places_.push_back(place);
    Parts parts{cell.numerator, cell.denominator - cell.numerator, cell.unknown, {}};
    for (const ReasonCount& count : cell.exclusions) parts.excluded.push_back(count.count);
    parts_.push_back(std::move(parts));
  }
  index_.assign(units.size() * periods.size() * strata.size() * indicators.size(), kNone);
  for (uint32_t cell = 0; cell < places_.size(); ++cell) {
    const Place& at = places_[cell];
    index_[((size_t{at.unit} * periods_.size() + at.period) * strata_.size() + at.stratum) * indicators_.size() +
           at.indicator] = cell;
  }
}

void MaskingGrid::BuildHierarchies(const Content& content) {
  for (uint32_t unit = 0; unit < unit_ids_.size(); ++unit) {
    if (unit_kinds_[unit] == UnitKind::kMunicipality) municipalities_.push_back(unit);
  }
  for (const Geography& geography : content.geographies()) {
    std::vector<std::vector<uint32_t>> ancestors(unit_ids_.size());
    for (const uint32_t municipality : municipalities_) {
      for (uint32_t unit = 0; unit < unit_ids_.size(); ++unit) {
        const UnitKind kind = unit_kinds_[unit];
        const std::optional<uint16_t> parent = geography.UnitOf(kind, unit_ids_[municipality]);
        const bool holds =
            kind == UnitKind::kNation || (parent && geography.units(kind)[*parent].id == unit_ids_[unit]);
        if (holds) ancestors[municipality].push_back(unit);
      }
    }
    unit_ancestors_.push_back(std::move(ancestors));
  }
  for (const Period& period : periods_) {
    geography_of_period_.push_back(
        static_cast<size_t>(&content.geography_on(period.from) - content.geographies().data()));
  }
  period_ancestors_.resize(periods_.size());
  for (uint32_t inner = 0; inner < periods_.size(); ++inner) {
    bool leaf = true;
    for (uint32_t outer = 0; outer < periods_.size(); ++outer) {
      if (periods_[outer].from <= periods_[inner].from && periods_[inner].to <= periods_[outer].to) {
        period_ancestors_[inner].push_back(outer);
      } else if (periods_[inner].from <= periods_[outer].from && periods_[outer].to <= periods_[inner].to) {
        leaf = false;
      }
    }
    if (leaf) leaf_periods_.push_back(inner);
  }
  std::map<StratumKind, std::vector<uint32_t>> divisions;
  for (uint32_t stratum = 0; stratum < strata_.size(); ++stratum) {
    if (strata_[stratum].first == StratumKind::kTotal) {
      total_ = stratum;
    } else {
      divisions[strata_[stratum].first].push_back(stratum);
    }
  }
  for (auto& [kind, strata] : divisions) divisions_.push_back(std::move(strata));
}

void MaskingGrid::BuildReasons(const Content& content, const std::vector<Cell>& cells) {
  std::vector<const Indicator*> definitions;
  for (const IndicatorSet& set : content.indicator_sets()) {
    definitions.clear();
    for (const std::string& id : indicators_) {
      const std::optional<size_t> found = set.Find(id);
      definitions.push_back(found ? &set.indicators[*found] : nullptr);
    }
    const bool all =
        std::all_of(definitions.begin(), definitions.end(), [](const Indicator* each) { return each != nullptr; });
    if (all && !cells.empty() && definitions.front()->excluded.size() <= cells.front().exclusions.size()) break;
  }
  same_population_.resize(indicators_.size());
  common_exclusions_ = SIZE_MAX;
  for (size_t i = 0; i < indicators_.size(); ++i) {
    for (size_t j = 0; j < indicators_.size(); ++j) {
      if (definitions[i] == nullptr || definitions[j] == nullptr) continue;
      if (definitions[i]->population == definitions[j]->population) same_population_[i].push_back(j);
      size_t same = 0;
      while (same < definitions[i]->excluded.size() && same < definitions[j]->excluded.size() &&
             definitions[i]->excluded[same].id == definitions[j]->excluded[same].id &&
             definitions[i]->excluded[same].expression == definitions[j]->excluded[same].expression) {
        ++same;
      }
      if (i != j) common_exclusions_ = std::min(common_exclusions_, same);
    }
    if (same_population_[i].size() != indicators_.size()) common_exclusions_ = 0;
  }
  if (common_exclusions_ == SIZE_MAX) common_exclusions_ = 0;
}

const std::vector<uint32_t>& MaskingGrid::Ancestors(uint32_t municipality, uint32_t period) const {
  return unit_ancestors_[geography_of_period_[period]][municipality];
}

Touches MaskingGrid::Difference(const std::vector<uint32_t>& gain, const std::vector<uint32_t>& loss) {
  Touches touches;
  for (const uint32_t each : gain) {
    if (std::find(loss.begin(), loss.end(), each) == loss.end()) touches.push_back({each, 1});
  }
  for (const uint32_t each : loss) {
    if (std::find(gain.begin(), gain.end(), each) == gain.end()) touches.push_back({each, -1});
  }
  return touches;
}

std::vector<Touches> MaskingGrid::UnitChanges(uint32_t unit, uint32_t period) const {
  std::vector<uint32_t> leaves;
  for (const uint32_t each : municipalities_) {
    const std::vector<uint32_t>& ancestors = Ancestors(each, period);
    if (std::find(ancestors.begin(), ancestors.end(), unit) != ancestors.end() && leaves.size() < kMaxLeaves) {
      leaves.push_back(each);
    }
  }
  std::vector<Touches> changes;
  std::vector<Touches> last_resorts;
  for (const uint32_t leaf : leaves) {
    size_t partners = 0;
    for (const uint32_t other : municipalities_) {
      if (other == leaf || partners == kMaxPartners) continue;
      Touches touches = Difference(Ancestors(leaf, period), Ancestors(other, period));
      const bool touched =
          std::any_of(touches.begin(), touches.end(), [&](const Touch& each) { return each.index == unit; });
      if (!touched || touches.size() > 6) continue;
      changes.push_back(std::move(touches));
      ++partners;
    }
    last_resorts.push_back(Difference(Ancestors(leaf, period), {}));
  }
  if (leaves.empty()) last_resorts.push_back({{unit, 1}});
  SortBySize(changes);
  changes.push_back(last_resorts.front());
  return changes;
}

std::vector<Touches> MaskingGrid::PeriodChanges(uint32_t period) const {
  std::vector<Touches> changes;
  std::vector<Touches> last_resorts;
  for (const uint32_t leaf : leaf_periods_) {
    const std::vector<uint32_t>& own = period_ancestors_[leaf];
    if (std::find(own.begin(), own.end(), period) == own.end()) continue;
    for (const uint32_t other : leaf_periods_) {
      if (other == leaf) continue;
      Touches touches = Difference(own, period_ancestors_[other]);
      const bool touched =
          std::any_of(touches.begin(), touches.end(), [&](const Touch& each) { return each.index == period; });
      // Moves across years touch as much as one course more does.
      if (touched && touches.size() < own.size() + period_ancestors_[other].size())
        changes.push_back(std::move(touches));
    }
    last_resorts.push_back(Difference(own, {}));
  }
  SortBySize(changes);
  changes.push_back(last_resorts.front());
  return changes;
}

std::vector<Touches> MaskingGrid::StratumMoves(uint32_t stratum) const {
  std::vector<Touches> moves;
  for (const std::vector<uint32_t>& division : divisions_) {
    if (std::find(division.begin(), division.end(), stratum) == division.end()) continue;
    for (const uint32_t other : division) {
      if (other != stratum) moves.push_back({{stratum, 1}, {other, -1}});
    }
  }
  return moves;
}

int MaskingGrid::Weight(uint32_t unit, uint32_t period, uint32_t stratum) const {
  static constexpr int kUnits[] = {1, 4, 10, 40};
  const int unit_weight = kUnits[static_cast<size_t>(unit_kinds_[unit])];
  const PeriodKind kind = periods_[period].kind;
  const int period_weight = kind == PeriodKind::kYear ? 4 : kind == PeriodKind::kHalfYear ? 2 : 1;
  return unit_weight * period_weight * (stratum == total_ ? 3 : 1);
}

}  // namespace hjerte::registry
