#include "mapping/registry/masking_witness.h"

#include <algorithm>
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

}  // namespace

// So many changes of unit and of period that cost something are tried in full, those that look cheapest; one that adds
// a course is always among them. And of those that cost nothing in the target's own place so many. What is dear even so
// is worth a wider search.
struct WitnessSearch::Width {
  size_t units, periods, free;
};

WitnessSearch::WitnessSearch(const MaskingAxes& axes, const MaskingCounts& now, const MaskingCounts* before)
    : axes_(axes), now_(now), before_(before) {
  weights_.resize(now.slots());
  size_t slot = 0;
  for (uint32_t unit = 0; unit < axes.units(); ++unit) {
    for (uint32_t period = 0; period < axes.periods(); ++period) {
      for (uint32_t stratum = 0; stratum < axes.strata(); ++stratum) {
        const int weight = axes.Weight(unit, period, stratum);
        for (size_t i = 0; i < axes.indicators(); ++i) weights_[slot++] = weight;
      }
    }
  }
  if (before == nullptr) return;
  const size_t block = axes.strata() * axes.indicators();
  block_changed_.resize(axes.units() * axes.periods());
  for (uint32_t at = 0; at < now.slots(); ++at) {
    if (!now.SameIn(*before, at)) block_changed_[at / block] = 1;
  }
}

int64_t WitnessSearch::FigureCost(uint32_t part) const {
  if (part <= kNo) return kCountsCost;
  if (part == kUnknown) return kUnknownCost;
  return IsCommon(part) ? kCommonExclusionCost : kExclusionCost;
}

// Whether something may have moved between the two snapshots in every municipality and shortest period that the change
// goes through. Of the others everybody may take it that nothing has.
bool WitnessSearch::BlocksChanged(const Change& unit, const Change& period) const {
  if (before_ == nullptr) return true;
  const uint32_t units[] = {unit.gain == Change::kNoLeaf ? unit.index[0] : unit.gain, unit.loss};
  const uint32_t periods[] = {period.gain == Change::kNoLeaf ? period.index[0] : period.gain, period.loss};
  for (const uint32_t at : units) {
    for (const uint32_t when : periods) {
      if (at == Change::kNoLeaf || when == Change::kNoLeaf) continue;
      if (block_changed_[at * axes_.periods() + when] == 0) return false;
    }
  }
  return true;
}

// The same along one axis, in the target's own place along the other.
bool WitnessSearch::SeemsChanged(const Change& change, const Target& target, bool units) const {
  for (const uint32_t leaf : {change.gain, change.loss}) {
    if (leaf == Change::kNoLeaf) continue;
    const size_t block = units ? leaf * axes_.periods() + target.period : target.unit * axes_.periods() + leaf;
    if (block_changed_[block] == 0) return false;
  }
  return true;
}

void WitnessSearch::AddOne(Price& price, const Spot& spot, const PartMove& move, bool net) const {
  const uint32_t slot = spot.base + move.indicator;
  const int sign = spot.sign * move.sign;
  const uint32_t figure = FigureOf(move.part);
  // A cell that would be left without a course would not be there, and everybody would see that.
  const auto may_lose = [&](const MaskingCounts& counts) {
    return counts.count(slot, move.part) > 0 && (!net || counts.courses(slot) > 1);
  };
  if (use_now_) {
    if (!now_.present(slot)) price.up = price.down = false;
    if (!may_lose(now_)) (sign < 0 ? price.up : price.down) = false;
    if (!now_.hidden(slot, figure)) price.cost += CostOf(slot, move.part);
  }
  if (use_before_) {
    if (!before_->hidden(slot, figure)) price.up = price.down = false;
    if (!may_lose(*before_)) (sign < 0 ? price.up : price.down) = false;
  }
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
                                               size_t limit, size_t free) {
  std::vector<std::pair<int64_t, const Change*>> ranked;
  std::pair<int64_t, const Change*> addition{Witness::kNone, &changes.back()};
  for (const Change& change : changes) {
    const bool alike = before_ != nullptr && !SeemsChanged(change, target, units);
    use_now_ = !target.before || alike;
    use_before_ = target.before || alike;
    Price price;
    for (size_t i = 0; i < change.size; ++i) {
      const uint32_t unit = units ? change.index[i] : target.unit;
      const uint32_t period = units ? target.period : change.index[i];
      const uint32_t stratum = axes_.published(period, target.stratum) ? target.stratum : axes_.total();
      const uint32_t base = MaskingCounts::Base(axes_, unit, period, stratum);
      AddOne(price, {base, change.sign[i]}, {target.indicator, target.part, 1}, false);
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
  if (std::find(best.begin(), best.end(), addition.second) == best.end()) best.push_back(addition.second);
  return best;
}

// Balanced moves within the indicator: what one part gains another loses. A common exclusion moves alone: the
// population, which is shown nowhere, follows.
std::vector<std::vector<WitnessSearch::PartMove>> WitnessSearch::PartMoves(const Target& target) const {
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

// The published places of a product of changes in one stratum.
std::vector<WitnessSearch::Spot> WitnessSearch::SpotsOf(const Change& unit, const Change& period, uint32_t stratum,
                                                        int sign) const {
  std::vector<Spot> spots;
  for (size_t p = 0; p < period.size; ++p) {
    if (!axes_.published(period.index[p], stratum)) continue;
    for (size_t u = 0; u < unit.size; ++u) {
      spots.push_back(
          {MaskingCounts::Base(axes_, unit.index[u], period.index[p], stratum), unit.sign[u] * period.sign[p] * sign});
    }
  }
  return spots;
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

void WitnessSearch::Keep(int64_t cost, const std::vector<Spot>& spots, const std::vector<PartMove>& parts) {
  if (cost >= best_.cost) return;
  best_.cost = cost;
  best_.in_now = use_now_;
  best_.in_before = use_before_;
  best_.moves.clear();
  for (const Spot& spot : spots) {
    for (const PartMove& part : parts) {
      best_.moves.push_back({spot.base + part.indicator, part.part, spot.sign * part.sign});
    }
  }
}

// A course of another stratum of the same division takes the place of one: no total is touched.
void WitnessSearch::TrySwaps(const Target& target, const Change& unit, const Change& period,
                             const std::vector<std::vector<PartMove>>& part_moves) {
  const std::vector<Spot> own = SpotsOf(unit, period, target.stratum, 1);
  for (const uint32_t other : axes_.divisions()[axes_.division_of(target.stratum)]) {
    if (other == target.stratum) continue;
    std::vector<Spot> spots = SpotsOf(unit, period, other, -1);
    spots.insert(spots.end(), own.begin(), own.end());
    for (const std::vector<PartMove>& parts : part_moves) {
      Keep(PriceOf(spots, parts, false, best_.cost).total(), spots, parts);
      if (best_.cost == 0) return;
    }
    if (IsCommon(target.part)) continue;
    for (const bool up : {true, false}) {
      if (const auto parts = WholeCourse(target, spots, up)) {
        const Price price = PriceOf(spots, *parts, true, best_.cost);
        if (up ? price.up : price.down) Keep(price.cost, spots, *parts);
      }
      if (best_.cost == 0) return;
    }
  }
}

// The total and, where strata are published, one stratum of each division.
void WitnessSearch::TryTotals(const Target& target, const Change& unit, const Change& period,
                              const std::vector<std::vector<PartMove>>& part_moves) {
  const std::vector<Spot> total = SpotsOf(unit, period, axes_.total(), 1);
  for (const bool up : {true, false}) {
    for (const std::vector<PartMove>& parts : part_moves) {
      if (const auto spots = WithStrata(target, unit, period, total, parts, false, up)) {
        Keep(PriceOf(*spots, parts, false, best_.cost).total(), *spots, parts);
      }
      if (best_.cost == 0) return;
    }
    if (IsCommon(target.part)) continue;
    // Either the strata are chosen first, by the target's own part, or the parts, by the total.
    const auto keep = [&](const std::optional<std::vector<Spot>>& spots,
                          const std::optional<std::vector<PartMove>>& parts) {
      if (!spots || !parts) return;
      const Price price = PriceOf(*spots, *parts, true, best_.cost);
      if (up ? price.up : price.down) Keep(price.cost, *spots, *parts);
    };
    const auto strata = WithStrata(target, unit, period, total, {{target.indicator, target.part, 1}}, true, up);
    if (!strata) continue;
    keep(strata, WholeCourse(target, *strata, up));
    if (best_.cost == 0) return;
    if (const auto parts = WholeCourse(target, total, up)) {
      keep(WithStrata(target, unit, period, total, *parts, true, up), parts);
    }
    if (best_.cost == 0) return;
  }
}

// The places of a change in the total and in one stratum of each division: the target's own, else the cheapest for the
// parts in the direction given. None when there is none that costs less than the best so far.
std::optional<std::vector<WitnessSearch::Spot>> WitnessSearch::WithStrata(const Target& target, const Change& unit,
                                                                          const Change& period,
                                                                          const std::vector<Spot>& total,
                                                                          const std::vector<PartMove>& parts,
                                                                          bool whole, bool up) const {
  const Price own = PriceOf(total, parts, whole, best_.cost);
  if (!(up ? own.up : own.down) || own.cost >= best_.cost) return std::nullopt;
  int64_t cost = own.cost;
  std::vector<Spot> spots = total;
  for (size_t division = 0; division < axes_.divisions().size(); ++division) {
    int64_t cheapest = best_.cost - cost;
    std::optional<std::vector<Spot>> chosen;
    for (const uint32_t stratum : axes_.divisions()[division]) {
      if (axes_.division_of(target.stratum) == division && stratum != target.stratum) continue;
      std::vector<Spot> places = SpotsOf(unit, period, stratum, 1);
      if (places.empty()) {
        chosen.emplace();
        cheapest = 0;
        break;
      }
      Price price = PriceOf(places, parts, whole, cheapest);
      if (!(up ? price.up : price.down) || price.cost >= cheapest) continue;
      if (whole && parts.size() == 1) {
        for (const uint32_t other : axes_.same_population(target.indicator)) {
          if (other == target.indicator || price.cost >= cheapest) continue;
          const int64_t least = CheapestPart(other, places, up, cheapest - price.cost).second;
          price.cost = least == Witness::kNone ? cheapest : price.cost + least;
        }
        if (price.cost >= cheapest) continue;
      }
      cheapest = price.cost;
      chosen = std::move(places);
      if (cheapest == 0) break;
    }
    if (!chosen) return std::nullopt;
    cost += cheapest;
    spots.insert(spots.end(), chosen->begin(), chosen->end());
  }
  return spots;
}

// One part of every indicator of the population, the target among them; of the others the cheapest in the places.
std::optional<std::vector<WitnessSearch::PartMove>> WitnessSearch::WholeCourse(const Target& target,
                                                                               const std::vector<Spot>& spots,
                                                                               bool up) const {
  std::vector<PartMove> parts = {{target.indicator, target.part, 1}};
  int64_t left = best_.cost;
  for (const uint32_t other : axes_.same_population(target.indicator)) {
    if (other == target.indicator) continue;
    const auto [part, cost] = CheapestPart(other, spots, up, left);
    if (cost == Witness::kNone) return std::nullopt;
    parts.push_back({other, part, 1});
    left -= cost;
  }
  return parts;
}

// The part of an indicator that is cheapest to move in the places, and what it costs: kNone when none is below the
// limit.
std::pair<uint32_t, int64_t> WitnessSearch::CheapestPart(uint32_t indicator, const std::vector<Spot>& spots, bool up,
                                                         int64_t limit) const {
  std::pair<uint32_t, int64_t> cheapest{kYes, Witness::kNone};
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

// Where nothing has changed since the snapshot before, a witness changes both snapshots alike.
void WitnessSearch::ChooseSnapshots(const Target& target, const Change& unit, const Change& period) {
  const bool changed = BlocksChanged(unit, period);
  use_now_ = !target.before || !changed;
  use_before_ = before_ != nullptr && (target.before || !changed);
}

Witness WitnessSearch::Find(const Target& target) {
  best_ = {};
  const std::vector<std::vector<PartMove>> part_moves = PartMoves(target);
  Search(target, part_moves, {6, 5, 24});
  if (best_.cost >= kDear) Search(target, part_moves, {96, 24, 200});
  if (best_.cost == Witness::kNone) TryAdditions(target, part_moves);
  return std::move(best_);
}

void WitnessSearch::Search(const Target& target, const std::vector<std::vector<PartMove>>& part_moves,
                           const Width& width) {
  const std::vector<const Change*> units =
      Best(axes_.UnitChanges(target.unit, target.period), target, true, width.units, width.free);
  if (target.stratum != axes_.total()) {
    const auto periods = Best(axes_.StratumPeriodChanges(target.period), target, false, width.periods, width.free);
    for (const Change* unit : units) {
      for (const Change* period : periods) {
        ChooseSnapshots(target, *unit, *period);
        TrySwaps(target, *unit, *period, part_moves);
        if (best_.cost == 0) return;
      }
    }
  }
  const auto periods = Best(axes_.PeriodChanges(target.period), target, false, width.periods, width.free);
  for (const Change* unit : units) {
    for (const Change* period : periods) {
      ChooseSnapshots(target, *unit, *period);
      TryTotals(target, *unit, *period, part_moves);
      if (best_.cost == 0) return;
    }
  }
}

// The last resort: one course more in any municipality and shortest period there is.
void WitnessSearch::TryAdditions(const Target& target, const std::vector<std::vector<PartMove>>& part_moves) {
  for (const Change& unit : axes_.UnitChanges(target.unit, target.period)) {
    if (unit.loss != Change::kNoLeaf) continue;
    for (const Change& period : axes_.PeriodChanges(target.period)) {
      if (period.loss != Change::kNoLeaf) continue;
      ChooseSnapshots(target, unit, period);
      TryTotals(target, unit, period, part_moves);
    }
  }
}

}  // namespace hjerte::registry
