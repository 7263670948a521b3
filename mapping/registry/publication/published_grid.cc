#include "mapping/registry/publication/published_grid.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

namespace hjerte::registry {
namespace {

auto PlaceOf(const FinestCell& cell) { return std::tie(cell.division, cell.stratum, cell.indicator); }

std::set<std::string> Municipalities(const Content& content) {
  std::set<std::string> municipalities;
  for (const Geography& geography : content.geographies()) {
    for (const Unit& unit : geography.units(UnitKind::kMunicipality)) municipalities.insert(unit.id);
  }
  return municipalities;
}

std::vector<int32_t> PartsOf(const Cell& cell) {
  std::vector<int32_t> parts;
  parts.reserve(kFirstExclusion + cell.exclusions.size());
  parts.push_back(static_cast<int32_t>(cell.numerator));
  parts.push_back(static_cast<int32_t>(cell.denominator - cell.numerator));
  parts.push_back(static_cast<int32_t>(cell.unknown));
  for (const ReasonCount& each : cell.exclusions) parts.push_back(static_cast<int32_t>(each.count));
  return parts;
}

// What a division of a block gained and lost in one indicator: each course has one part of one stratum.
struct Gains {
  int64_t gained = 0, lost = 0;

  void Add(const FinestCell* now, const FinestCell* before) {
    const std::size_t parts =
        std::max(now != nullptr ? now->parts.size() : 0, before != nullptr ? before->parts.size() : 0);
    const auto count = [](const FinestCell* cell, std::size_t part) {
      return cell != nullptr && part < cell->parts.size() ? cell->parts[part] : 0;
    };
    for (std::size_t part = 0; part < parts; ++part) {
      const int64_t change = count(now, part) - count(before, part);
      (change > 0 ? gained : lost) += change > 0 ? change : -change;
    }
  }
};

// The fewest courses that must have changed between the two.
int64_t ChangedCourses(std::span<const FinestCell> now, std::span<const FinestCell> before) {
  std::map<std::pair<StratumKind, uint32_t>, Gains> changes;
  while (!now.empty() || !before.empty()) {
    const bool older = now.empty() || (!before.empty() && PlaceOf(before.front()) < PlaceOf(now.front()));
    const bool newer = before.empty() || (!now.empty() && PlaceOf(now.front()) < PlaceOf(before.front()));
    const FinestCell* one = older ? nullptr : &now.front();
    const FinestCell* other = newer ? nullptr : &before.front();
    const FinestCell& any = one != nullptr ? *one : *other;
    changes[{any.division, any.indicator}].Add(one, other);
    if (one != nullptr) now = now.subspan(1);
    if (other != nullptr) before = before.subspan(1);
  }
  int64_t changed = 0;
  for (const auto& [key, change] : changes) changed = std::max({changed, change.gained, change.lost});
  return changed;
}

std::string RegionOf(const Content& content, const Block& block) {
  const Geography& geography = content.geography_on(block.quarter);
  const std::optional<uint16_t> index = geography.UnitOf(UnitKind::kRegion, block.municipality);
  return index ? geography.units(UnitKind::kRegion)[*index].id : std::string();
}

const std::vector<FinestCell>& CellsOf(const Finest& finest, const Block& block) {
  static const std::vector<FinestCell> kNone;
  const auto found = finest.find(block);
  return found == finest.end() ? kNone : found->second;
}

}  // namespace

bool IsPublished(PeriodKind period, StratumKind stratum) {
  return stratum == StratumKind::kTotal || period == PeriodKind::kYear;
}

absl::StatusOr<Finest> FinestOf(const Content& content, const Cube& cube, const IndicatorSet& set, Date today) {
  Finest finest;
  const auto span = cube.span();
  if (!span.has_value()) return finest;
  Query query;
  query.indicator_set = set.id;
  for (const Indicator& indicator : set.indicators) query.indicators.push_back(indicator.id);
  query.unit_kinds = {UnitKind::kMunicipality};
  query.period_kind = PeriodKind::kQuarter;
  query.from = span->first;
  query.to = std::max(span->second, today);
  query.strata = {StratumKind::kSex, StratumKind::kAgeGroup, StratumKind::kDiagnosisGroup, StratumKind::kLegalBasis};
  query.skip_empty = true;
  // One municipality after another: cells with their texts are large.
  for (const std::string& municipality : Municipalities(content)) {
    query.unit_ids = {municipality};
    absl::StatusOr<std::vector<Cell>> cells = cube.Run(query);
    if (!cells.ok()) return cells.status();
    for (const Cell& cell : *cells) {
      finest[{municipality, cell.period.from}].push_back(
          {cell.stratum_kind, cell.stratum, static_cast<uint32_t>(*set.Find(cell.indicator)), PartsOf(cell)});
    }
  }
  for (auto& [block, cells] : finest) {
    std::sort(cells.begin(), cells.end(),
              [](const FinestCell& left, const FinestCell& right) { return PlaceOf(left) < PlaceOf(right); });
  }
  return finest;
}

Finest TakeOver(const Content& content, const Finest& now, const Finest& before, const std::set<Block>& held) {
  std::set<Block> blocks;
  for (const auto& [block, cells] : now) blocks.insert(block);
  for (const auto& [block, cells] : before) blocks.insert(block);
  struct Region {
    int municipalities = 0, changed = 0;
  };
  std::map<std::pair<std::string, Date>, Region> regions;
  std::set<Block> changed;
  for (const Block& block : blocks) {
    Region& region = regions[{RegionOf(content, block), block.quarter}];
    ++region.municipalities;
    if (held.contains(block) || ChangedCourses(CellsOf(now, block), CellsOf(before, block)) < kChangedCoursesMin) {
      continue;
    }
    changed.insert(block);
    ++region.changed;
  }
  Finest taken;
  for (const Block& block : blocks) {
    const Region& region = regions[{RegionOf(content, block), block.quarter}];
    const bool alone = region.changed == 1 && region.municipalities > 1;
    const std::vector<FinestCell>& cells = CellsOf(changed.contains(block) && !alone ? now : before, block);
    if (!cells.empty()) taken.emplace(block, cells);
  }
  return taken;
}

}  // namespace hjerte::registry
