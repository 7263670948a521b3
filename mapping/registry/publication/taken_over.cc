#include "mapping/registry/publication/taken_over.h"

#include <algorithm>
#include <utility>

#include "mapping/registry/publication/published_grid.h"

namespace hjerte::registry {
namespace {

// Of a block that has not changed.
constexpr int32_t kUnchanged = -1;

}  // namespace

TakenOver::TakenOver(const GridAxes& axes, const GridCounts& counts, const GridCounts* before,
                     const std::vector<bool>& changed)
    : axes_(axes), counts_(counts), before_(before), in_total_(changed.size(), kUnchanged) {
  for (uint32_t unit = 0; unit < axes.units() && axes.is_municipality(unit); ++unit) {
    for (uint32_t quarter = 0; quarter < axes.periods() && axes.is_quarter(quarter); ++quarter) {
      const size_t block = unit * axes.periods() + quarter;
      if (!changed[block]) continue;
      in_total_[block] = 0;
      const uint32_t base = axes.Base(unit, quarter, axes.total());
      for (uint32_t indicator = 0; indicator < axes.indicators(); ++indicator) {
        Gains gains;
        for (uint32_t part = 0; part < axes.parts(indicator); ++part) gains.Add(ChangeOf(base + indicator, part), 1);
        in_total_[block] = std::max(in_total_[block], gains.courses());
      }
    }
  }
}

bool TakenOver::IsToldByTotal(size_t block) const { return in_total_[block] >= kChangedCoursesMin; }

int32_t TakenOver::ChangeOf(uint32_t slot, uint32_t part) const {
  return counts_.count(slot, part) - (before_ != nullptr ? before_->count(slot, part) : 0);
}

// By division and indicator, the total last.
std::vector<TakenOver::Gains> TakenOver::GainsIn(uint32_t unit, uint32_t quarter) const {
  std::vector<Gains> gains((axes_.divisions().size() + 1) * axes_.indicators());
  for (uint32_t stratum = 0; stratum < axes_.strata(); ++stratum) {
    const uint32_t base = axes_.Base(unit, quarter, stratum);
    const size_t division = axes_.division_of(stratum) * axes_.indicators();
    for (uint32_t indicator = 0; indicator < axes_.indicators(); ++indicator) {
      for (uint32_t part = 0; part < axes_.parts(indicator); ++part) {
        gains[division + indicator].Add(ChangeOf(base + indicator, part), 1);
      }
    }
  }
  return gains;
}

bool TakenOver::WouldIn(const Witness& witness, uint32_t unit, uint32_t quarter, int sign) const {
  const int32_t in_total = in_total_[unit * axes_.periods() + quarter];
  // A swap leaves the total as it is, any other witness changes one course there.
  if (in_total == kUnchanged || in_total >= kChangedCoursesMin + (witness.swaps() ? 0 : 1)) return true;
  std::vector<Gains> gains = GainsIn(unit, quarter);
  for (const Witness::StratumMove& stratum : witness.strata) {
    const uint32_t base = axes_.Base(unit, quarter, stratum.stratum);
    const size_t division = axes_.division_of(stratum.stratum) * axes_.indicators();
    for (const PartMove& move : witness.parts) {
      const int32_t change = ChangeOf(base + move.indicator, move.part);
      gains[division + move.indicator].Add(change, -1);
      gains[division + move.indicator].Add(change + sign * stratum.sign * move.sign, 1);
    }
  }
  // What exchanges do to the strata is not reckoned.
  const auto said =
      witness.exchanges.empty() ? gains.begin() : gains.end() - static_cast<std::ptrdiff_t>(axes_.indicators());
  return std::any_of(said, gains.end(), [](const Gains& each) { return each.courses() >= kChangedCoursesMin; });
}

bool TakenOver::Would(const Witness& witness, int sign) const {
  for (const auto& [quarter, of_period] : {std::pair(witness.gain_period, 1), std::pair(witness.loss_period, -1)}) {
    if (quarter == Change::kNoLeaf) continue;
    for (const auto& [unit, of_unit] : {std::pair(witness.gain_unit, 1), std::pair(witness.loss_unit, -1)}) {
      if (unit != Change::kNoLeaf && !WouldIn(witness, unit, quarter, sign * of_period * of_unit)) return false;
    }
  }
  return std::all_of(witness.exchanges.begin(), witness.exchanges.end(), [this](const Exchange& exchange) {
    const size_t first = exchange.unit * axes_.periods();
    return IsToldByTotal(first + exchange.gain_period) && IsToldByTotal(first + exchange.loss_period);
  });
}

}  // namespace hjerte::registry
