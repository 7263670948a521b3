#include "mapping/registry/publication/witness.h"

#include <algorithm>

namespace hjerte::registry {
namespace {

template <typename Append>
std::vector<Spot> SpotsOf(const GridAxes& axes, const Witness& witness, Append append) {
  const Change unit = axes.UnitChange(axes.geography_of(witness.gain_period), witness.gain_unit, witness.loss_unit);
  const Change period = axes.PeriodChange(witness.gain_period, witness.loss_period);
  std::vector<Spot> spots;
  for (const Witness::StratumMove& move : witness.strata) append(axes, unit, period, move.stratum, move.sign, spots);
  return spots;
}

}  // namespace

void AppendSpots(const GridAxes& axes, const Change& unit, const Change& period, uint32_t stratum, int sign,
                 std::vector<Spot>& spots) {
  for (size_t p = 0; p < period.size; ++p) {
    if (!axes.shown(period.index[p], stratum)) continue;
    for (size_t u = 0; u < unit.size; ++u) {
      spots.push_back({axes.Base(unit.index[u], period.index[p], stratum), unit.sign[u] * period.sign[p] * sign});
    }
  }
}

void AppendFinestSpots(const GridAxes& axes, const Change& unit, const Change& period, uint32_t stratum, int sign,
                       std::vector<Spot>& spots) {
  if (stratum == axes.total()) return;
  for (size_t p = 0; p < period.size; ++p) {
    if (!axes.is_quarter(period.index[p])) continue;
    for (size_t u = 0; u < unit.size; ++u) {
      if (!axes.is_municipality(unit.index[u])) continue;
      spots.push_back(
          {axes.Base(unit.index[u], period.index[p], stratum), unit.sign[u] * period.sign[p] * sign, false});
    }
  }
}

std::vector<Spot> SpotsOf(const GridAxes& axes, const Witness& witness) { return SpotsOf(axes, witness, AppendSpots); }

std::vector<Spot> FinestSpotsOf(const GridAxes& axes, const Witness& witness) {
  return SpotsOf(axes, witness, AppendFinestSpots);
}

std::vector<size_t> BlocksOf(const GridAxes& axes, const Witness& witness) {
  std::vector<size_t> blocks;
  for (const uint32_t quarter : {witness.gain_period, witness.loss_period}) {
    if (quarter == Change::kNoLeaf) continue;
    blocks.push_back(witness.gain_unit * axes.periods() + quarter);
    if (witness.loss_unit != Change::kNoLeaf) blocks.push_back(witness.loss_unit * axes.periods() + quarter);
  }
  for (const Exchange& exchange : witness.exchanges) {
    blocks.push_back(exchange.unit * axes.periods() + exchange.gain_period);
    blocks.push_back(exchange.unit * axes.periods() + exchange.loss_period);
  }
  return blocks;
}

bool MayBeOfOneCourse(const GridAxes& axes, const std::vector<PartMove>& parts, uint32_t indicator, uint32_t part) {
  const auto same = axes.SameCourses(indicator, part);
  return std::all_of(parts.begin(), parts.end(), [&](const PartMove& move) {
    const auto of_move = axes.SameCourses(move.indicator, move.part);
    const bool asks = of_move && of_move->indicator == indicator;
    const bool asked = same && same->indicator == move.indicator;
    return (!asks || of_move->part == part) && (!asked || same->part == move.part);
  });
}

bool IsBalanced(const std::vector<PartMove>& parts, const PartMove& move) {
  return std::any_of(parts.begin(), parts.end(), [&move](const PartMove& other) {
    return other.indicator == move.indicator && other.part != move.part;
  });
}

bool Bears(const GridCounts& counts, const Witness& witness, const std::vector<Spot>& spots, bool up) {
  for (const PartMove& move : witness.parts) {
    const bool net = !IsBalanced(witness.parts, move);
    for (const Spot& spot : spots) {
      const uint32_t slot = spot.base + move.indicator;
      if (spot.shown && !counts.present(slot)) return false;
      const bool loses = (spot.sign * move.sign > 0) != up;
      if (loses && !MayLose(counts, slot, spot, move.part, net)) return false;
    }
  }
  return true;
}

StratumCounts::StratumCounts(const GridAxes& axes, const GridCounts& counts) : axes_(axes), counts_(counts) {}

int32_t StratumCounts::count(uint32_t slot, uint32_t part) const {
  const auto change = changes_.find({slot, part});
  return counts_.count(slot, part) + (change == changes_.end() ? 0 : change->second);
}

void StratumCounts::Apply(const Witness& witness, bool up) {
  for (const Spot& spot : FinestSpotsOf(axes_, witness)) Add(spot.base, witness.parts, up ? spot.sign : -spot.sign);
  for (const Exchange& exchange : witness.exchanges) Apply(exchange, up);
}

void StratumCounts::Apply(const Exchange& exchange, bool up) {
  const int sign = up ? 1 : -1;
  const auto base = [&](uint32_t period, uint32_t stratum) { return axes_.Base(exchange.unit, period, stratum); };
  Add(base(exchange.gain_period, exchange.gain_stratum), exchange.parts, sign);
  Add(base(exchange.gain_period, exchange.loss_stratum), exchange.parts, -sign);
  Add(base(exchange.loss_period, exchange.gain_stratum), exchange.parts, -sign);
  Add(base(exchange.loss_period, exchange.loss_stratum), exchange.parts, sign);
}

void StratumCounts::Add(uint32_t base, const std::vector<PartMove>& parts, int sign) {
  for (const PartMove& move : parts) changes_[{base + move.indicator, move.part}] += sign * move.sign;
}

std::vector<std::pair<uint32_t, uint32_t>> StratumCounts::Lacking() const {
  std::vector<std::pair<uint32_t, uint32_t>> lacking;
  for (const auto& [place, change] : changes_) {
    if (counts_.count(place.first, place.second) + change < 0) lacking.push_back(place);
  }
  return lacking;
}

bool StrataBear(const GridAxes& axes, const GridCounts& counts, const Witness& witness, bool up) {
  if (witness.exchanges.empty()) return Bears(counts, witness, FinestSpotsOf(axes, witness), up);
  StratumCounts strata(axes, counts);
  strata.Apply(witness, up);
  return strata.Lacking().empty();
}

}  // namespace hjerte::registry
