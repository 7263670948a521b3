#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "tests/mapping/registry/masking_attack.h"

namespace hjerte::registry::testing {
namespace {

constexpr int64_t kMany = 1'000'000;

struct Bounds {
  int64_t low = 0;
  int64_t high = kMany;
  bool hidden = false;
  std::string name;
};

// whole = sum of parts.
struct Sum {
  size_t whole;
  std::vector<size_t> parts;
};

class Attacker {
 public:
  Attacker(const Content& content, const std::vector<Cell>& cells, const std::vector<CellMask>& masks)
      : content_(content), cells_(cells), masks_(masks) {}

  AttackResult Run() {
    for (size_t i = 0; i < cells_.size(); ++i) AddCell(i);
    AddUnitSums();
    AddPeriodSums();
    AddStratumSums();
    Propagate();
    AttackResult result;
    for (const Bounds& bounds : bounds_) {
      if (!bounds.hidden) continue;
      ++result.hidden;
      if (bounds.low < bounds.high) continue;
      if (result.pinned++ == 0) result.first_pinned = bounds.name;
    }
    return result;
  }

 private:
  using Block = std::tuple<std::string, std::string, std::string>;  // Unit, period, stratum.

  static std::string UnitOf(const Cell& cell) { return std::to_string(static_cast<int>(cell.unit_kind)) + cell.unit; }
  static std::string StratumOf(const Cell& cell) {
    return std::to_string(static_cast<int>(cell.stratum_kind)) + cell.stratum;
  }

  size_t Add(const std::string& name, int64_t value, bool hidden) {
    bounds_.push_back({hidden ? 0 : value, hidden ? kMany : value, hidden, name});
    return bounds_.size() - 1;
  }

  // The counts of a cell: yes, no, denominator, unknown, exclusions; the population is a count nobody prints.
  void AddCell(size_t index) {
    const Cell& cell = cells_[index];
    const CellMask& mask = masks_[index];
    const Block block{UnitOf(cell), cell.period.label, StratumOf(cell)};
    const std::string at = cell.indicator + " " + cell.unit + " " + cell.period.label + " " + cell.stratum + " ";
    std::vector<size_t> counts;
    counts.push_back(Add(at + "yes", cell.numerator, mask.counts));
    counts.push_back(Add(at + "no", cell.denominator - cell.numerator, mask.counts));
    counts.push_back(Add(at + "denominator", cell.denominator, mask.counts));
    counts.push_back(Add(at + "unknown", cell.unknown, mask.unknown));
    sums_.push_back({counts[2], {counts[0], counts[1]}});
    std::vector<size_t> parts = {counts[2], counts[3]};
    for (size_t i = 0; i < cell.exclusions.size(); ++i) {
      counts.push_back(Add(at + cell.exclusions[i].reason, cell.exclusions[i].count, mask.exclusions[i]));
      parts.push_back(counts.back());
      if (i < 3) {  // died, entered in error, transferred: the same in every indicator.
        const auto [entry, added] = common_.try_emplace({block, i}, counts.back());
        if (!added) sums_.push_back({entry->second, {counts.back()}});
      }
    }
    const auto [population, added] = population_.try_emplace(block, 0);
    if (added) {
      bounds_.push_back({0, kMany, false, "population"});
      population->second = bounds_.size() - 1;
    }
    sums_.push_back({population->second, parts});
    counts_[{cell.indicator, block}] = counts;
    periods_[cell.period.label] = cell.period;
    units_.insert({cell.unit_kind, cell.unit});
    if (cell.stratum_kind != StratumKind::kTotal) strata_[cell.stratum_kind].insert(StratumOf(cell));
    indicators_.insert(cell.indicator);
    blocks_.insert(block);
  }

  // Adds whole = sum of parts for every count of every indicator, where the grid has them all.
  void AddSums(const Block& whole, const std::vector<Block>& parts) {
    if (parts.empty()) return;
    for (const std::string& indicator : indicators_) {
      const auto total = counts_.find({indicator, whole});
      if (total == counts_.end()) continue;
      for (size_t i = 0; i < total->second.size(); ++i) {
        Sum sum{total->second[i], {}};
        for (const Block& part : parts) {
          const auto found = counts_.find({indicator, part});
          if (found != counts_.end()) sum.parts.push_back(found->second[i]);
        }
        sums_.push_back(std::move(sum));
      }
    }
    if (!population_.contains(whole)) return;
    Sum sum{population_.at(whole), {}};
    for (const Block& part : parts) {
      if (population_.contains(part)) sum.parts.push_back(population_.at(part));
    }
    sums_.push_back(std::move(sum));
  }

  void AddUnitSums() {
    for (const Block& block : blocks_) {
      const auto& [unit, period, stratum] = block;
      const Geography& geography = content_.geography_on(periods_.at(period).from);
      const auto kind = static_cast<UnitKind>(unit[0] - '0');
      if (kind == UnitKind::kMunicipality) continue;
      for (const UnitKind inner : {UnitKind::kMunicipality, UnitKind::kCluster, UnitKind::kRegion}) {
        if (inner >= kind) continue;
        std::set<Block> parts;
        for (const Geography::Row& row : geography.rows()) {
          const std::string outer_id = kind == UnitKind::kCluster  ? row.cluster
                                       : kind == UnitKind::kRegion ? row.region
                                                                   : "DK";
          const std::string inner_id = inner == UnitKind::kMunicipality ? row.municipality
                                       : inner == UnitKind::kCluster    ? row.cluster
                                                                        : row.region;
          if (outer_id == unit.substr(1))
            parts.insert({std::to_string(static_cast<int>(inner)) + inner_id, period, stratum});
        }
        AddSums(block, {parts.begin(), parts.end()});
      }
    }
  }

  void AddPeriodSums() {
    for (const Block& block : blocks_) {
      const auto& [unit, label, stratum] = block;
      const Period& outer = periods_.at(label);
      for (const PeriodKind inner : {PeriodKind::kQuarter, PeriodKind::kHalfYear}) {
        if (inner >= outer.kind) continue;
        std::vector<Block> parts;
        for (const auto& [inner_label, period] : periods_) {
          if (period.kind == inner && outer.from <= period.from && period.to <= outer.to)
            parts.push_back({unit, inner_label, stratum});
        }
        AddSums(block, parts);
      }
    }
  }

  void AddStratumSums() {
    for (const Block& block : blocks_) {
      const auto& [unit, period, stratum] = block;
      if (stratum != "0") continue;
      for (const auto& [kind, strata] : strata_) {
        std::vector<Block> parts;
        for (const std::string& each : strata) parts.push_back({unit, period, each});
        AddSums(block, parts);
      }
    }
  }

  bool Tighten(size_t index, int64_t low, int64_t high) {
    Bounds& bounds = bounds_[index];
    const bool tighter = low > bounds.low || high < bounds.high;
    bounds.low = std::max(bounds.low, low);
    bounds.high = std::min(bounds.high, high);
    return tighter;
  }

  void Propagate() {
    bool changed = true;
    for (int round = 0; changed && round < 200; ++round) {
      changed = false;
      for (const Sum& sum : sums_) {
        int64_t low = 0;
        int64_t high = 0;
        for (const size_t part : sum.parts) {
          low += bounds_[part].low;
          high = std::min(kMany, high + bounds_[part].high);
        }
        changed |= Tighten(sum.whole, low, high);
        for (const size_t part : sum.parts) {
          const int64_t others_low = low - bounds_[part].low;
          int64_t others_high = 0;
          for (const size_t other : sum.parts) {
            if (other != part) others_high = std::min(kMany, others_high + bounds_[other].high);
          }
          const int64_t part_low = others_high >= kMany ? 0 : bounds_[sum.whole].low - others_high;
          changed |= Tighten(part, part_low, bounds_[sum.whole].high - others_low);
        }
      }
    }
  }

  const Content& content_;
  const std::vector<Cell>& cells_;
  const std::vector<CellMask>& masks_;
  std::vector<Bounds> bounds_;
  std::vector<Sum> sums_;
  std::map<std::pair<std::string, Block>, std::vector<size_t>> counts_;
  std::map<Block, size_t> population_;
  std::map<std::pair<Block, size_t>, size_t> common_;
  std::map<std::string, Period> periods_;
  std::set<std::pair<UnitKind, std::string>> units_;
  std::map<StratumKind, std::set<std::string>> strata_;
  std::set<std::string> indicators_;
  std::set<Block> blocks_;
};

}  // namespace

AttackResult Attack(const Content& content, const std::vector<Cell>& cells, const std::vector<CellMask>& masks) {
  return Attacker(content, cells, masks).Run();
}

}  // namespace hjerte::registry::testing
