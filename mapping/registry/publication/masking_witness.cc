#include "mapping/registry/publication/masking_witness.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace hjerte::registry {
namespace {

// Results count for more than what is said beside them.
constexpr int64_t kCountsCost = 1000;
constexpr int64_t kUnknownCost = 2;
constexpr int64_t kExclusionCost = 1;
constexpr int64_t kCommonExclusionCost = 2;
// A result of a cluster's quarter or more.
constexpr int64_t kDear = 4 * 60 * kCountsCost;

// Of a block that has not changed.
constexpr int32_t kUnchanged = -1;

// Whether another part of the same indicator moves against it, so that the cell's courses stay as many.
bool IsBalanced(const std::vector<PartMove>& parts, const PartMove& move) {
  return std::any_of(parts.begin(), parts.end(), [&move](const PartMove& other) {
    return other.indicator == move.indicator && other.part != move.part;
  });
}

// A published cell that would be left without a course would not be there, and everybody would see that.
bool MayLose(const GridCounts& counts, uint32_t slot, const Spot& spot, uint32_t part, bool net) {
  return counts.count(slot, part) > 0 && (!net || !spot.shown || counts.courses(slot) > 1);
}

// Whether one geography holds all that the witness goes through.
bool IsOfOneGeography(const GridAxes& axes, const Witness& witness) {
  for (const uint32_t period : {witness.gain_period, witness.loss_period}) {
    if (period == Change::kNoLeaf) continue;
    for (const uint32_t quarter : axes.QuartersOf(period)) {
      if (axes.geography_of(quarter) != axes.geography_of(witness.gain_period)) return false;
    }
  }
  return true;
}

void AppendFinestSpots(const GridAxes& axes, const Change& unit, const Change& period, uint32_t stratum, int sign,
                       const std::vector<bool>& bound, std::vector<Spot>& spots) {
  if (stratum == axes.total()) return;
  for (size_t p = 0; p < period.size; ++p) {
    if (!axes.is_quarter(period.index[p])) continue;
    for (size_t u = 0; u < unit.size; ++u) {
      if (!axes.is_municipality(unit.index[u]) || !bound[unit.index[u] * axes.periods() + period.index[p]]) continue;
      spots.push_back(
          {axes.Base(unit.index[u], period.index[p], stratum), unit.sign[u] * period.sign[p] * sign, false});
    }
  }
}

}  // namespace

// So many changes of unit and of period that cost something are tried in full, those that look cheapest; one that adds
// a course is always among them. And of those that cost nothing in the target's own place so many. What is dear even so
// is worth a wider search.
struct WitnessSearch::Width {
  size_t units, periods, free;
};

void AppendSpots(const GridAxes& axes, const Change& unit, const Change& period, uint32_t stratum, int sign,
                 std::vector<Spot>& spots) {
  for (size_t p = 0; p < period.size; ++p) {
    if (!axes.shown(period.index[p], stratum)) continue;
    for (size_t u = 0; u < unit.size; ++u) {
      spots.push_back({axes.Base(unit.index[u], period.index[p], stratum), unit.sign[u] * period.sign[p] * sign});
    }
  }
}

std::vector<Spot> SpotsOf(const GridAxes& axes, const Witness& witness) {
  const Change unit = axes.UnitChange(axes.geography_of(witness.gain_period), witness.gain_unit, witness.loss_unit);
  const Change period = axes.PeriodChange(witness.gain_period, witness.loss_period);
  std::vector<Spot> spots;
  for (const Witness::StratumMove& move : witness.strata) {
    AppendSpots(axes, unit, period, move.stratum, move.sign, spots);
  }
  return spots;
}

std::vector<Spot> FinestSpotsOf(const GridAxes& axes, const Witness& witness, const std::vector<bool>& bound) {
  const Change unit = axes.UnitChange(axes.geography_of(witness.gain_period), witness.gain_unit, witness.loss_unit);
  const Change period = axes.PeriodChange(witness.gain_period, witness.loss_period);
  std::vector<Spot> spots;
  for (const Witness::StratumMove& move : witness.strata) {
    AppendFinestSpots(axes, unit, period, move.stratum, move.sign, bound, spots);
  }
  return spots;
}

std::vector<size_t> BlocksOf(const GridAxes& axes, const Witness& witness) {
  std::vector<size_t> blocks;
  for (const uint32_t period : {witness.gain_period, witness.loss_period}) {
    if (period == Change::kNoLeaf) continue;
    for (const uint32_t quarter : axes.QuartersOf(period)) {
      blocks.push_back(witness.gain_unit * axes.periods() + quarter);
      if (witness.loss_unit != Change::kNoLeaf) blocks.push_back(witness.loss_unit * axes.periods() + quarter);
    }
  }
  return blocks;
}

bool IsFree(const GridAxes& axes, const GridCounts& counts, const std::vector<bool>& changed, size_t block) {
  if (changed[block]) return true;
  const uint32_t base = axes.Base(static_cast<uint32_t>(block / axes.periods()),
                                  static_cast<uint32_t>(block % axes.periods()), axes.total());
  for (uint32_t indicator = 0; indicator < axes.indicators(); ++indicator) {
    if (counts.present(base + indicator)) return false;
  }
  return true;
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
  // Which strata of the quarter hold the course is said of swaps alone.
  const auto said = witness.swaps() ? gains.begin() : gains.end() - static_cast<std::ptrdiff_t>(axes_.indicators());
  return std::any_of(said, gains.end(), [](const Gains& each) { return each.courses() >= kChangedCoursesMin; });
}

bool TakenOver::Would(const Witness& witness, int sign) const {
  for (const auto& [period, of_period] : {std::pair(witness.gain_period, 1), std::pair(witness.loss_period, -1)}) {
    if (period == Change::kNoLeaf) continue;
    for (const auto& [unit, of_unit] : {std::pair(witness.gain_unit, 1), std::pair(witness.loss_unit, -1)}) {
      if (unit == Change::kNoLeaf) continue;
      for (const uint32_t quarter : axes_.QuartersOf(period)) {
        // In which quarters a swap of years happens is not said: the total has to tell of enough in each.
        const int32_t in_total = in_total_[unit * axes_.periods() + quarter];
        const bool would = quarter == period ? WouldIn(witness, unit, quarter, sign * of_period * of_unit)
                                             : in_total == kUnchanged || in_total >= kChangedCoursesMin;
        if (!would) return false;
      }
    }
  }
  return true;
}

WitnessSearch::WitnessSearch(const GridAxes& axes, const GridCounts& counts, const GridMask& mask,
                             const std::vector<bool>& changed, const TakenOver& taken_over)
    : axes_(axes), counts_(counts), mask_(mask), changed_(changed), taken_over_(taken_over) {
  weights_.reserve(axes.units() * axes.periods() * axes.strata());
  for (uint32_t unit = 0; unit < axes.units(); ++unit) {
    for (uint32_t period = 0; period < axes.periods(); ++period) {
      for (uint32_t stratum = 0; stratum < axes.strata(); ++stratum) {
        weights_.push_back(axes.Weight(unit, period, stratum));
      }
    }
  }
  changed_under_.resize(changed.size());
  bound_.resize(changed.size());
  for (uint32_t unit = 0; unit < axes.units() && axes.is_municipality(unit); ++unit) {
    for (uint32_t quarter = 0; quarter < axes.periods() && axes.is_quarter(quarter); ++quarter) {
      if (!changed[unit * axes.periods() + quarter]) continue;
      const std::vector<uint32_t>& year = axes.QuartersOf(axes.PeriodsOver(quarter).back());
      bound_[unit * axes.periods() + quarter] = !std::all_of(year.begin(), year.end(), [&](uint32_t other) {
        return IsFree(axes, counts, changed, unit * axes.periods() + other);
      });
      for (const uint32_t over : axes.UnitsOver(unit, quarter)) {
        for (const uint32_t period : axes.PeriodsOver(quarter)) changed_under_[over * axes.periods() + period] = true;
      }
    }
  }
}

int64_t WitnessSearch::FigureCost(uint32_t part) const {
  if (part <= kNo) return kCountsCost;
  if (part == kUnknown) return kUnknownCost;
  return IsCommon(part) ? kCommonExclusionCost : kExclusionCost;
}

bool WitnessSearch::MayBegin(const Witness& witness) const {
  const std::vector<size_t> blocks = BlocksOf(axes_, witness);
  const bool whole_year = !axes_.is_quarter(witness.gain_period);
  return std::all_of(blocks.begin(), blocks.end(), [&](size_t block) {
    return changed_[block] || (whole_year && IsFree(axes_, counts_, changed_, block));
  });
}

// Whether anything has changed in the leaves of the change, anywhere in the target's own place along the other axis.
bool WitnessSearch::SeemsChanged(const Change& change, const Target& target, bool units) const {
  for (const uint32_t leaf : {change.gain, change.loss}) {
    if (leaf == Change::kNoLeaf) continue;
    const size_t block = units ? leaf * axes_.periods() + target.period : target.unit * axes_.periods() + leaf;
    if (!changed_under_[block]) return false;
  }
  return true;
}

void WitnessSearch::AddOne(Price& price, const Spot& spot, const PartMove& move, bool net) const {
  const uint32_t slot = spot.base + move.indicator;
  const int sign = spot.sign * move.sign;
  if (spot.shown && !counts_.present(slot)) price.up = price.down = false;
  if (!MayLose(counts_, slot, spot, move.part, net)) (sign < 0 ? price.up : price.down) = false;
  if (spot.shown && !mask_.hidden(slot, FigureOf(move.part))) price.cost += CostOf(slot, move.part);
}

void WitnessSearch::Add(Price& price, const std::vector<Spot>& spots, const PartMove& move, bool net,
                        int64_t limit) const {
  for (const Spot& spot : spots) {
    AddOne(price, spot, move, net);
    if (!price.possible() || price.cost >= limit) return;
  }
}

// The changes of one axis that look cheapest in the target's own place along the others; of periods that strata are
// not published in, in the total.
std::vector<const Change*> WitnessSearch::Best(const std::vector<Change>& changes, const Target& target, bool units,
                                               size_t limit, size_t free) const {
  std::vector<std::pair<int64_t, const Change*>> ranked;
  std::pair<int64_t, const Change*> addition{Found::kNone, nullptr};
  for (const Change& change : changes) {
    if (!SeemsChanged(change, target, units)) continue;
    Price price;
    for (size_t i = 0; i < change.size; ++i) {
      const uint32_t unit = units ? change.index[i] : target.unit;
      const uint32_t period = units ? target.period : change.index[i];
      const uint32_t stratum = axes_.shown(period, target.stratum) ? target.stratum : axes_.total();
      AddOne(price, {axes_.Base(unit, period, stratum), change.sign[i]}, {target.indicator, target.part, 1}, false);
    }
    if (!price.possible()) continue;
    ranked.emplace_back(price.cost, &change);
    if (change.loss == Change::kNoLeaf && price.cost < addition.first) addition = ranked.back();
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
  std::vector<const Change*> best;
  for (const auto& [cost, change] : ranked) {
    if (cost > 0 && limit-- == 0) break;
    if (cost > 0 || best.size() < free) best.push_back(change);
  }
  if (addition.second != nullptr && std::find(best.begin(), best.end(), addition.second) == best.end()) {
    best.push_back(addition.second);
  }
  return best;
}

// Balanced moves within the indicator: what one part gains another loses. A common exclusion moves alone: the
// population, which is shown nowhere, follows.
std::vector<std::vector<PartMove>> WitnessSearch::PartMoves(const Target& target) const {
  const uint32_t i = target.indicator;
  std::vector<std::vector<PartMove>> moves;
  if (IsCommon(target.part)) {
    std::vector<PartMove>& alone = moves.emplace_back();
    for (const uint32_t each : axes_.same_population(i)) alone.push_back({each, target.part, 1});
    return moves;
  }
  const auto add = [&](uint32_t gain, uint32_t loss) {
    if (gain != loss) moves.push_back({{i, gain, 1}, {i, loss, -1}});
  };
  std::vector<uint32_t> aside;
  for (uint32_t part = kUnknown; part < axes_.parts(i); ++part) {
    if (!IsCommon(part)) aside.push_back(part);
  }
  if (target.part <= kNo) {
    if (!target.denominator) add(target.part, kNo - target.part);
    for (const uint32_t other : aside) add(target.part, other);
  } else {
    for (const uint32_t other : aside) add(target.part, other);
    add(target.part, kYes);
    add(target.part, kNo);
  }
  return moves;
}

WitnessSearch::Price WitnessSearch::PriceOf(const std::vector<Spot>& spots, const std::vector<PartMove>& parts,
                                            bool whole, int64_t limit) const {
  Price price;
  for (const PartMove& part : parts) {
    Add(price, spots, part, whole || IsCommon(part.part), limit);
    if (!price.possible() || price.cost >= limit) break;
  }
  return price;
}

// A swap in a year that is new as a whole may happen in all of its quarters together; else in the first quarter that is
// new and holds such courses.
void WitnessSearch::KeepSwap(const Way& way, const std::vector<Witness::StratumMove>& strata,
                             const std::vector<PartMove>& parts, const Price& price) {
  if (!price.possible() || price.cost >= best_.cost) return;
  Found found{price.cost, {way.unit.gain, way.unit.loss, way.period.gain, way.period.loss, strata, parts}};
  if (IsOfOneGeography(axes_, found.witness) && MayBegin(found.witness) &&
      taken_over_.WouldBegin(found.witness, price.up)) {
    best_ = std::move(found);
    return;
  }
  static const std::vector<uint32_t> kNone = {Change::kNoLeaf};
  for (const uint32_t gain : axes_.QuartersOf(way.period.gain)) {
    for (const uint32_t loss : way.period.loss == Change::kNoLeaf ? kNone : axes_.QuartersOf(way.period.loss)) {
      found.witness.gain_period = gain;
      found.witness.loss_period = loss;
      if (!IsOfOneGeography(axes_, found.witness) || !MayBegin(found.witness)) continue;
      const std::vector<Spot> finest = FinestSpotsOf(axes_, found.witness, changed_);
      const auto may = [&](bool up) {
        return Bears(counts_, found.witness, finest, up) && taken_over_.WouldBegin(found.witness, up);
      };
      if (!(price.up && may(true)) && !(price.down && may(false))) continue;
      best_ = std::move(found);
      return;
    }
  }
}

// A course of another stratum of the same division takes the place of one: no total is touched.
void WitnessSearch::TrySwaps(const Target& target, const Way& way,
                             const std::vector<std::vector<PartMove>>& part_moves) {
  std::vector<Spot> own;
  AppendSpots(axes_, way.unit, way.period, target.stratum, 1, own);
  for (const uint32_t other : axes_.divisions()[axes_.division_of(target.stratum)]) {
    if (other == target.stratum) continue;
    std::vector<Spot> spots = own;
    AppendSpots(axes_, way.unit, way.period, other, -1, spots);
    const std::vector<Witness::StratumMove> strata = {{target.stratum, 1}, {other, -1}};
    for (const std::vector<PartMove>& parts : part_moves) {
      KeepSwap(way, strata, parts, PriceOf(spots, parts, false, best_.cost));
      if (best_.cost == 0) return;
    }
    if (IsCommon(target.part)) continue;
    for (const bool up : {true, false}) {
      if (const auto parts = WholeCourse(target, spots, up)) {
        Price price = PriceOf(spots, *parts, true, best_.cost);
        (up ? price.down : price.up) = false;
        KeepSwap(way, strata, *parts, price);
      }
      if (best_.cost == 0) return;
    }
  }
}

// The total and one stratum of each division.
void WitnessSearch::TryTotals(const Target& target, const Way& way,
                              const std::vector<std::vector<PartMove>>& part_moves) {
  if (!MayBegin({way.unit.gain, way.unit.loss, way.period.gain, way.period.loss, {}, {}})) return;
  std::vector<Spot> total;
  AppendSpots(axes_, way.unit, way.period, axes_.total(), 1, total);
  const auto keep = [&](const Places& places, const std::vector<PartMove>& parts, bool whole, bool up) {
    const Price price = PriceOf(places.spots, parts, whole, best_.cost);
    if (!(up ? price.up : price.down) || price.cost >= best_.cost) return;
    Witness witness{way.unit.gain, way.unit.loss, way.period.gain, way.period.loss, places.strata, parts};
    if (taken_over_.WouldBegin(witness, up)) best_ = {price.cost, std::move(witness)};
  };
  for (const bool up : {true, false}) {
    for (const std::vector<PartMove>& parts : part_moves) {
      if (const auto places = WithStrata(target, way, total, parts, false, up)) keep(*places, parts, false, up);
      if (best_.cost == 0) return;
    }
    if (IsCommon(target.part)) continue;
    // Either the strata are chosen first, by the target's own part, or the parts, by the total.
    const auto places = WithStrata(target, way, total, {{target.indicator, target.part, 1}}, true, up);
    if (!places) continue;
    if (const auto parts = WholeCourse(target, places->spots, up)) keep(*places, *parts, true, up);
    if (best_.cost == 0) return;
    if (const auto parts = WholeCourse(target, total, up)) {
      if (const auto others = WithStrata(target, way, total, *parts, true, up)) keep(*others, *parts, true, up);
    }
    if (best_.cost == 0) return;
  }
}

// The places of a change in the total and in one stratum of each division: the target's own, else the cheapest for the
// parts in the direction given. None when there is none that costs less than the best so far.
std::optional<WitnessSearch::Places> WitnessSearch::WithStrata(const Target& target, const Way& way,
                                                               const std::vector<Spot>& total,
                                                               const std::vector<PartMove>& parts, bool whole,
                                                               bool up) const {
  const Price own = PriceOf(total, parts, whole, best_.cost);
  if (!(up ? own.up : own.down) || own.cost >= best_.cost) return std::nullopt;
  int64_t cost = own.cost;
  Places places{total, {{axes_.total(), 1}}};
  std::vector<Spot> spots;
  std::vector<Spot> chosen;
  for (size_t division = 0; division < axes_.divisions().size(); ++division) {
    int64_t cheapest = best_.cost - cost;
    std::optional<uint32_t> choice;
    for (const uint32_t stratum : axes_.divisions()[division]) {
      if (axes_.division_of(target.stratum) == division && stratum != target.stratum) continue;
      spots.clear();
      AppendSpots(axes_, way.unit, way.period, stratum, 1, spots);
      AppendFinestSpots(axes_, way.unit, way.period, stratum, 1, bound_, spots);
      if (spots.empty()) {  // A move within a year.
        cheapest = 0;
        choice = stratum;
        chosen.clear();
        break;
      }
      Price price = PriceOf(spots, parts, whole, cheapest);
      if (!(up ? price.up : price.down) || price.cost >= cheapest) continue;
      if (whole && parts.size() == 1) {
        for (const uint32_t other : axes_.same_population(target.indicator)) {
          if (other == target.indicator || price.cost >= cheapest) continue;
          const int64_t least = CheapestPart(other, spots, up, cheapest - price.cost).second;
          price.cost = least == Found::kNone ? cheapest : price.cost + least;
        }
        if (price.cost >= cheapest) continue;
      }
      cheapest = price.cost;
      choice = stratum;
      chosen.swap(spots);
      if (cheapest == 0) break;
    }
    if (!choice) return std::nullopt;
    cost += cheapest;
    places.strata.push_back({*choice, 1});
    places.spots.insert(places.spots.end(), chosen.begin(), chosen.end());
  }
  return places;
}

// One part of every indicator of the population, the target among them; of the others the cheapest in the places.
std::optional<std::vector<PartMove>> WitnessSearch::WholeCourse(const Target& target, const std::vector<Spot>& spots,
                                                                bool up) const {
  std::vector<PartMove> parts = {{target.indicator, target.part, 1}};
  int64_t left = best_.cost;
  for (const uint32_t other : axes_.same_population(target.indicator)) {
    if (other == target.indicator) continue;
    const auto [part, cost] = CheapestPart(other, spots, up, left);
    if (cost == Found::kNone) return std::nullopt;
    parts.push_back({other, part, 1});
    left -= cost;
  }
  return parts;
}

// The part of an indicator that is cheapest to move in the places, and what it costs: kNone when none is below the
// limit.
std::pair<uint32_t, int64_t> WitnessSearch::CheapestPart(uint32_t indicator, const std::vector<Spot>& spots, bool up,
                                                         int64_t limit) const {
  std::pair<uint32_t, int64_t> cheapest{kYes, Found::kNone};
  for (uint32_t i = 0; i < axes_.parts(indicator); ++i) {
    // Cheap ones first: unknown and exclusions before yes and no.
    const uint32_t part = (i + kUnknown) % static_cast<uint32_t>(axes_.parts(indicator));
    if (IsCommon(part)) continue;
    Price price;
    Add(price, spots, {indicator, part, 1}, true, limit);
    if (!(up ? price.up : price.down) || price.cost >= limit) continue;
    cheapest = {part, price.cost};
    limit = price.cost;
    if (limit == 0) break;
  }
  return cheapest;
}

Found WitnessSearch::Find(const Target& target) {
  best_ = {};
  const std::vector<std::vector<PartMove>> part_moves = PartMoves(target);
  Search(target, part_moves, {6, 5, 24});
  if (best_.cost >= kDear) Search(target, part_moves, {96, 24, 200});
  if (best_.cost == Found::kNone) TryAdditions(target, part_moves);
  return std::move(best_);
}

void WitnessSearch::Search(const Target& target, const std::vector<std::vector<PartMove>>& part_moves,
                           const Width& width) {
  for (size_t geography = 0; geography < axes_.geographies(); ++geography) {
    const std::vector<const Change*> units =
        Best(axes_.UnitChanges(geography, target.unit), target, true, width.units, width.free);
    if (units.empty()) continue;
    if (target.stratum != axes_.total()) {
      const auto years = Best(axes_.YearChanges(geography, target.period), target, false, width.periods, width.free);
      for (const Change* unit : units) {
        for (const Change* year : years) {
          TrySwaps(target, {*unit, *year}, part_moves);
          if (best_.cost == 0) return;
        }
      }
    }
    const auto periods = Best(axes_.PeriodChanges(geography, target.period), target, false, width.periods, width.free);
    for (const Change* unit : units) {
      for (const Change* period : periods) {
        TryTotals(target, {*unit, *period}, part_moves);
        if (best_.cost == 0) return;
      }
    }
  }
}

// The last resort: one course more in any municipality and quarter there is.
void WitnessSearch::TryAdditions(const Target& target, const std::vector<std::vector<PartMove>>& part_moves) {
  for (size_t geography = 0; geography < axes_.geographies(); ++geography) {
    for (const Change& unit : axes_.UnitChanges(geography, target.unit)) {
      if (unit.loss != Change::kNoLeaf) continue;
      for (const Change& period : axes_.PeriodChanges(geography, target.period)) {
        if (period.loss == Change::kNoLeaf) TryTotals(target, {unit, period}, part_moves);
      }
    }
  }
}

}  // namespace hjerte::registry
