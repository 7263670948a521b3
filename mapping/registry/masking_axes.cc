#include "mapping/registry/masking_axes.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace hjerte::registry {
namespace {

// Of a unit with many municipalities only so many are tried: the search must end.
constexpr size_t kLeavesMax = 128;

// A leaf and everything that holds it, itself included.
using Chains = std::vector<std::vector<uint32_t>>;

bool Holds(const std::vector<uint32_t>& chain, uint32_t index) {
  return std::find(chain.begin(), chain.end(), index) != chain.end();
}

void Touch(Change& change, uint32_t index, int sign) {
  if (change.size == Change::kMax) return;
  change.index[change.size] = index;
  change.sign[change.size++] = static_cast<int8_t>(sign);
}

Change Difference(const Chains& chains, uint32_t gain, uint32_t loss) {
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

// Every change that touches `index`, shortest first, those that add a course last.
std::vector<Change> ChangesOf(uint32_t index, const Chains& chains, const std::vector<uint32_t>& leaves) {
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
  if (additions.empty()) {
    Change alone;
    Touch(alone, index, 1);
    additions.push_back(alone);
  }
  std::stable_sort(moves.begin(), moves.end(),
                   [](const Change& left, const Change& right) { return left.size < right.size; });
  moves.insert(moves.end(), additions.begin(), additions.end());
  return moves;
}

}  // namespace

MaskingAxes::MaskingAxes(const Content& content, const std::vector<Cell>& cells, const std::vector<Cell>& before) {
  Intern(cells);
  Intern(before);
  BuildUnits(content);
  BuildPeriods(content);
  BuildDivisions();
  BuildReasons(content);
}

void MaskingAxes::Intern(const std::vector<Cell>& cells) {
  const auto intern = [](auto& numbers, auto key, auto& list, const auto& value) {
    const auto [entry, added] = numbers.try_emplace(std::move(key), static_cast<uint32_t>(list.size()));
    if (added) list.push_back(value);
    return entry->second;
  };
  constexpr size_t kPartsBesideExclusions = 3;
  for (const Cell& cell : cells) {
    intern(unit_numbers_, std::pair(cell.unit_kind, cell.unit), unit_ids_, cell.unit);
    if (unit_kinds_.size() < unit_ids_.size()) unit_kinds_.push_back(cell.unit_kind);
    const uint32_t period =
        intern(period_numbers_, std::tuple(cell.period.from, cell.period.to, cell.period.kind), periods_, cell.period);
    intern(stratum_numbers_, std::pair(cell.stratum_kind, cell.stratum), strata_,
           std::pair(cell.stratum_kind, cell.stratum));
    has_strata_.resize(periods_.size());
    if (cell.stratum_kind != StratumKind::kTotal) has_strata_[period] = true;
    const uint32_t indicator = intern(indicator_numbers_, cell.indicator, indicators_, cell.indicator);
    if (parts_.size() < indicators_.size()) parts_.push_back(0);
    parts_[indicator] = std::max(parts_[indicator], kPartsBesideExclusions + cell.exclusions.size());
  }
}

MaskingAxes::Place MaskingAxes::PlaceOf(const Cell& cell) const {
  return {unit_numbers_.at({cell.unit_kind, cell.unit}),
          period_numbers_.at({cell.period.from, cell.period.to, cell.period.kind}),
          stratum_numbers_.at({cell.stratum_kind, cell.stratum}), indicator_numbers_.at(cell.indicator)};
}

void MaskingAxes::BuildUnits(const Content& content) {
  for (uint32_t unit = 0; unit < unit_ids_.size(); ++unit) {
    if (unit_kinds_[unit] == UnitKind::kMunicipality) leaf_units_.push_back(unit);
  }
  for (const Geography& geography : content.geographies()) {
    Chains chains(unit_ids_.size());
    for (const uint32_t municipality : leaf_units_) {
      for (uint32_t unit = 0; unit < unit_ids_.size(); ++unit) {
        const UnitKind kind = unit_kinds_[unit];
        const std::optional<uint16_t> parent = geography.UnitOf(kind, unit_ids_[municipality]);
        const bool holds =
            kind == UnitKind::kNation || (parent && geography.units(kind)[*parent].id == unit_ids_[unit]);
        if (holds) chains[municipality].push_back(unit);
      }
    }
    std::vector<std::vector<Change>>& changes = unit_changes_.emplace_back();
    for (uint32_t unit = 0; unit < unit_ids_.size(); ++unit) changes.push_back(ChangesOf(unit, chains, leaf_units_));
  }
}

void MaskingAxes::BuildPeriods(const Content& content) {
  std::vector<uint32_t> all(periods_.size());
  std::iota(all.begin(), all.end(), 0);
  std::vector<uint32_t> with_strata;
  std::copy_if(all.begin(), all.end(), std::back_inserter(with_strata), [this](uint32_t i) { return has_strata_[i]; });
  for (const Period& period : periods_) {
    geography_of_period_.push_back(
        static_cast<size_t>(&content.geography_on(period.from) - content.geographies().data()));
  }
  period_changes_ = ChangesAmong(all);
  stratum_period_changes_ = ChangesAmong(with_strata);
}

std::vector<std::vector<Change>> MaskingAxes::ChangesAmong(const std::vector<uint32_t>& periods) const {
  const auto inside = [this](uint32_t inner, uint32_t outer) {
    return periods_[outer].from <= periods_[inner].from && periods_[inner].to <= periods_[outer].to;
  };
  Chains chains(periods_.size());
  std::vector<uint32_t> leaves;
  for (const uint32_t inner : periods) {
    bool leaf = true;
    for (const uint32_t outer : periods) {
      if (inside(inner, outer)) {
        chains[inner].push_back(outer);
      } else if (inside(outer, inner)) {
        leaf = false;
      }
    }
    if (leaf) leaves.push_back(inner);
  }
  std::vector<std::vector<Change>> changes(periods_.size());
  for (const uint32_t period : periods) changes[period] = ChangesOf(period, chains, leaves);
  return changes;
}

void MaskingAxes::BuildDivisions() {
  std::map<StratumKind, std::vector<uint32_t>> divisions;
  for (uint32_t stratum = 0; stratum < strata_.size(); ++stratum) {
    if (strata_[stratum].first == StratumKind::kTotal) {
      total_ = stratum;
    } else {
      divisions[strata_[stratum].first].push_back(stratum);
    }
  }
  division_of_.assign(strata_.size(), divisions.size());
  for (auto& [kind, strata] : divisions) {
    for (const uint32_t stratum : strata) division_of_[stratum] = divisions_.size();
    divisions_.push_back(std::move(strata));
  }
}

void MaskingAxes::BuildReasons(const Content& content) {
  std::vector<const Indicator*> definitions;
  for (const IndicatorSet& set : content.indicator_sets()) {
    definitions.clear();
    for (const std::string& id : indicators_) {
      const std::optional<size_t> found = set.Find(id);
      definitions.push_back(found ? &set.indicators[*found] : nullptr);
    }
    if (std::all_of(definitions.begin(), definitions.end(), [](const Indicator* each) { return each != nullptr; })) {
      break;
    }
  }
  same_population_.resize(indicators_.size());
  common_exclusions_ = SIZE_MAX;
  for (uint32_t i = 0; i < indicators_.size(); ++i) {
    for (uint32_t j = 0; j < indicators_.size(); ++j) {
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

int MaskingAxes::Weight(uint32_t unit, uint32_t period, uint32_t stratum) const {
  static constexpr std::array<int, 4> kUnits = {1, 4, 10, 40};
  const int unit_weight = kUnits[static_cast<size_t>(unit_kinds_[unit])];
  const PeriodKind kind = periods_[period].kind;
  const int period_weight = kind == PeriodKind::kYear ? 4 : kind == PeriodKind::kHalfYear ? 2 : 1;
  return unit_weight * period_weight * (stratum == total_ ? 60 : 1);
}

}  // namespace hjerte::registry
