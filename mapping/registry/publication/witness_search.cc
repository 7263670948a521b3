#include "mapping/registry/publication/witness_search.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "mapping/registry/publication/exchange.h"

namespace hjerte::registry {
namespace {

// Results count for more than what is said beside them.
constexpr int64_t kCountsCost = 1000;
constexpr int64_t kUnknownCost = 2;
constexpr int64_t kExclusionCost = 1;
constexpr int64_t kCommonExclusionCost = 2;
// So many strata are tried for one witness before it is given up.
constexpr int kStrataTried = 200;
// A result of a cluster's quarter or more.
constexpr int64_t kDear = 4 * 60 * kCountsCost;

// Whether one geography holds all that the witness goes through.
bool IsOfOneGeography(const GridAxes& axes, const Witness& witness) {
  return witness.loss_period == Change::kNoLeaf ||
         axes.geography_of(witness.loss_period) == axes.geography_of(witness.gain_period);
}

}  // namespace

// So many changes of unit and of period that cost something are tried in full, those that look cheapest; one that adds
// a course is always among them. And of those that cost nothing in the target's own place so many. What is dear even so
// is worth a wider search.
struct WitnessSearch::Width {
  size_t units, periods, free;
};

WitnessSearch::WitnessSearch(const GridAxes& axes, const GridCounts& counts, const GridMask& mask,
                             const std::vector<bool>& changed, const TakenOver& taken_over)
    : axes_(axes), counts_(counts), mask_(mask), changed_(changed), taken_over_(taken_over), possible_(axes, counts) {
  weights_.reserve(axes.units() * axes.periods() * axes.strata());
  for (uint32_t unit = 0; unit < axes.units(); ++unit) {
    for (uint32_t period = 0; period < axes.periods(); ++period) {
      for (uint32_t stratum = 0; stratum < axes.strata(); ++stratum) {
        weights_.push_back(axes.Weight(unit, period, stratum));
      }
    }
  }
  changed_under_.resize(changed.size());
  for (uint32_t unit = 0; unit < axes.units() && axes.is_municipality(unit); ++unit) {
    for (uint32_t quarter = 0; quarter < axes.periods() && axes.is_quarter(quarter); ++quarter) {
      if (!changed[unit * axes.periods() + quarter]) continue;
      for (const uint32_t over : axes.UnitsOver(unit, quarter)) {
        for (const uint32_t period : axes.PeriodsOver(quarter)) changed_under_[over * axes.periods() + period] = true;
      }
    }
  }
}

int64_t WitnessSearch::FigureCost(uint32_t part) const {
  if (part <= kNo) return kCountsCost;
  if (part == kUnknown) return kUnknownCost;
  return IsCommon(axes_, part) ? kCommonExclusionCost : kExclusionCost;
}

bool WitnessSearch::MayBegin(const Witness& witness) const {
  const std::vector<size_t> blocks = BlocksOf(axes_, witness);
  return std::all_of(blocks.begin(), blocks.end(), [&](size_t block) { return changed_[block]; });
}

// Completes the witness in the direction; false when it cannot begin with this snapshot.
bool WitnessSearch::Begin(Witness& witness, bool up) const {
  return Complete(axes_, counts_, taken_over_, possible_, up, witness) && possible_.Bear(witness, up) &&
         taken_over_.WouldBegin(witness, up);
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
  const bool down = spot.sign * move.sign > 0;  // What loses then.
  const bool loses = MayLose(counts_, slot, spot, move.part, net);
  if (!spot.shown) {
    if (!loses) ++(down ? price.lacks_down : price.lacks_up);
    return;
  }
  if (!counts_.present(slot)) price.up = price.down = false;
  if (!loses) (down ? price.down : price.up) = false;
  if (!mask_.hidden(slot, FigureOf(move.part))) price.cost += CostOf(slot, move.part);
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
  if (IsCommon(axes_, target.part)) {
    std::vector<PartMove>& alone = moves.emplace_back();
    for (const uint32_t each : axes_.same_population(i)) alone.push_back({each, target.part, 1});
    return moves;
  }
  const auto add = [&](uint32_t gain, uint32_t loss) {
    if (gain != loss) AddBalanced(i, gain, loss, moves);
  };
  std::vector<uint32_t> aside;
  for (uint32_t part = kUnknown; part < axes_.parts(i); ++part) {
    if (!IsCommon(axes_, part)) aside.push_back(part);
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

// Where one of the parts is an exclusion that takes out the same courses as another indicator's, that one goes with it,
// and each part of its indicator may go back.
void WitnessSearch::AddBalanced(uint32_t indicator, uint32_t gain, uint32_t loss,
                                std::vector<std::vector<PartMove>>& moves) const {
  const std::vector<PartMove> own = {{indicator, gain, 1}, {indicator, loss, -1}};
  const auto of_gain = axes_.SameCourses(indicator, gain);
  const auto of_loss = axes_.SameCourses(indicator, loss);
  const auto same = of_gain ? of_gain : of_loss;
  if (!same) return moves.push_back(own);
  if (of_gain && of_loss) return;
  const int sign = of_gain ? 1 : -1;
  for (uint32_t k = 0; k < axes_.parts(same->indicator); ++k) {
    const uint32_t back = (k + kUnknown) % static_cast<uint32_t>(axes_.parts(same->indicator));
    if (back == same->part || IsCommon(axes_, back) || axes_.SameCourses(same->indicator, back)) continue;
    std::vector<PartMove>& move = moves.emplace_back(own);
    move.push_back({same->indicator, same->part, sign});
    move.push_back({same->indicator, back, -sign});
  }
}

WitnessSearch::Price WitnessSearch::PriceOf(const std::vector<Spot>& spots, const std::vector<PartMove>& parts,
                                            bool whole, int64_t limit) const {
  Price price;
  for (const PartMove& part : parts) {
    Add(price, spots, part, whole || IsCommon(axes_, part.part), limit);
    if (!price.possible() || price.cost >= limit) break;
  }
  return price;
}

// A swap of a year happens in the first quarter that bears it as it is; else in the first that bears it with exchanges.
void WitnessSearch::KeepSwap(const Way& way, const std::vector<Witness::StratumMove>& strata,
                             const std::vector<PartMove>& parts, const Price& price) {
  if (!price.possible() || price.cost >= best_.cost) return;
  const std::vector<Witness> swaps = SwapsOf(way, strata, parts);
  for (const bool as_is : {true, false}) {
    for (const Witness& swap : swaps) {
      for (const bool up : {true, false}) {
        if (!(up ? price.up : price.down) || (as_is && !StrataBear(axes_, counts_, swap, up))) continue;
        Witness witness = swap;
        if (!Begin(witness, up)) continue;
        best_ = {price.cost, std::move(witness)};
        return;
      }
    }
  }
}

// The swap of a year in each quarter where it may begin.
std::vector<Witness> WitnessSearch::SwapsOf(const Way& way, const std::vector<Witness::StratumMove>& strata,
                                            const std::vector<PartMove>& parts) const {
  static const std::vector<uint32_t> kNone = {Change::kNoLeaf};
  std::vector<Witness> swaps;
  for (const uint32_t gain : axes_.QuartersOf(way.period.gain)) {
    for (const uint32_t loss : way.period.loss == Change::kNoLeaf ? kNone : axes_.QuartersOf(way.period.loss)) {
      Witness witness{way.unit.gain, way.unit.loss, gain, loss, strata, parts, {}};
      if (IsOfOneGeography(axes_, witness) && MayBegin(witness)) swaps.push_back(std::move(witness));
    }
  }
  return swaps;
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
      if (IsEnough()) return;
    }
    if (IsCommon(axes_, target.part)) continue;
    for (const bool up : {true, false}) {
      if (const auto parts = WholeCourse(target, spots, {.up = up, .whole = true})) {
        Price price = PriceOf(spots, *parts, true, best_.cost);
        (up ? price.down : price.up) = false;
        KeepSwap(way, strata, *parts, price);
      }
      if (IsEnough()) return;
    }
  }
}

// The total and one stratum of each division. What is cheapest may be more than exchanges can complete; then what the
// strata of quarters bear as it is.
void WitnessSearch::TryTotals(const Target& target, const Way& way,
                              const std::vector<std::vector<PartMove>>& part_moves) {
  if (!MayBegin({way.unit.gain, way.unit.loss, way.period.gain, way.period.loss, {}, {}, {}})) return;
  std::vector<Spot> total;
  AppendSpots(axes_, way.unit, way.period, axes_.total(), 1, total);
  for (const bool up : {true, false}) {
    for (const std::vector<PartMove>& parts : part_moves) {
      if (!TryParts(target, way, total, parts, {.up = up})) {
        TryParts(target, way, total, parts, {.up = up, .as_is = true});
      }
      if (IsEnough()) return;
    }
    if (IsCommon(axes_, target.part)) continue;
    if (!TryWhole(target, way, total, {.up = up, .whole = true})) {
      TryWhole(target, way, total, {.up = up, .whole = true, .as_is = true});
    }
    if (IsEnough()) return;
  }
}

// False when something cheap enough was found and cannot begin.
bool WitnessSearch::TryParts(const Target& target, const Way& way, const std::vector<Spot>& total,
                             const std::vector<PartMove>& parts, const Manner& manner) {
  const auto places = WithStrata(target, way, total, parts, manner);
  return !places || Keep(way, *places, parts, manner);
}

// Either the strata are chosen first, by the target's own part, or the parts, by the total. False as above.
bool WitnessSearch::TryWhole(const Target& target, const Way& way, const std::vector<Spot>& total,
                             const Manner& manner) {
  const auto places = WithStrata(target, way, total, {{target.indicator, target.part, 1}}, manner);
  if (!places) return true;
  bool kept = true;
  if (const auto parts = WholeCourse(target, places->spots, manner)) kept = Keep(way, *places, *parts, manner);
  if (IsEnough()) return true;
  if (const auto parts = WholeCourse(target, total, manner)) {
    kept = TryParts(target, way, total, *parts, manner) && kept;
  }
  return kept;
}

bool WitnessSearch::Keep(const Way& way, const Places& places, const std::vector<PartMove>& parts,
                         const Manner& manner) {
  const Price price = PriceOf(places.spots, parts, manner.whole, best_.cost);
  if (!price.bears(manner) || price.cost >= best_.cost) return true;
  Witness witness{way.unit.gain, way.unit.loss, way.period.gain, way.period.loss, places.strata, parts, {}};
  if (!Begin(witness, manner.up)) return false;
  best_ = {price.cost, std::move(witness)};
  return true;
}

// The places of a change in the total and in one stratum of each division: the target's own, else the cheapest for the
// parts in the direction given. None when there is none that costs less than the best so far.
std::optional<WitnessSearch::Places> WitnessSearch::WithStrata(const Target& target, const Way& way,
                                                               const std::vector<Spot>& total,
                                                               const std::vector<PartMove>& parts,
                                                               const Manner& manner) const {
  const Price own = PriceOf(total, parts, manner.whole, best_.cost);
  if (!own.bears(manner) || own.cost >= best_.cost) return std::nullopt;
  std::vector<std::vector<PricedStratum>> choices;
  int64_t least = own.cost;
  for (size_t division = 0; division < axes_.divisions().size(); ++division) {
    choices.push_back(PricedStrata(division, target, way, parts, manner, best_.cost - least));
    if (choices.back().empty()) return std::nullopt;
    least += choices.back().front().cost;
  }
  Witness chosen{way.unit.gain, way.unit.loss, way.period.gain, way.period.loss, {}, parts, {}};
  chosen.strata = {{axes_.total(), 1}};
  int steps = 0;
  if (!Choose(choices, manner, best_.cost - least, chosen, steps)) return std::nullopt;
  Places places{total, chosen.strata};
  for (size_t i = 1; i < chosen.strata.size(); ++i) {
    AppendSpots(axes_, way.unit, way.period, chosen.strata[i].stratum, 1, places.spots);
    AppendFinestSpots(axes_, way.unit, way.period, chosen.strata[i].stratum, 1, places.spots);
  }
  return places;
}

// The strata of a division that cost less than the limit, cheapest first.
std::vector<WitnessSearch::PricedStratum> WitnessSearch::PricedStrata(size_t division, const Target& target,
                                                                      const Way& way,
                                                                      const std::vector<PartMove>& parts,
                                                                      const Manner& manner, int64_t limit) const {
  std::vector<PricedStratum> priced;
  std::vector<Spot> spots;
  for (const uint32_t stratum : axes_.divisions()[division]) {
    if (axes_.division_of(target.stratum) == division && stratum != target.stratum) continue;
    spots.clear();
    AppendSpots(axes_, way.unit, way.period, stratum, 1, spots);
    AppendFinestSpots(axes_, way.unit, way.period, stratum, 1, spots);
    Price price = PriceOf(spots, parts, manner.whole, limit);
    if (manner.whole && parts.size() == 1) AddOthers(target, spots, manner, limit, price);
    if (price.bears(manner) && price.cost < limit) priced.push_back({stratum, price.cost, price.lacks(manner.up)});
  }
  std::stable_sort(priced.begin(), priced.end(), [](const PricedStratum& left, const PricedStratum& right) {
    return std::pair(left.cost, left.lacks) < std::pair(right.cost, right.lacks);
  });
  return priced;
}

// Completes the strata, one of each division that is left, such that the courses are possible; what costs more than the
// cheapest of each division must cost less than `left` more.
bool WitnessSearch::Choose(const std::vector<std::vector<PricedStratum>>& choices, const Manner& manner, int64_t left,
                           Witness& chosen, int& steps) const {
  const size_t next = chosen.strata.size() - 1;
  if (next == choices.size()) return true;
  for (const PricedStratum& choice : choices[next]) {
    const int64_t more = choice.cost - choices[next].front().cost;
    if (more >= left || ++steps > kStrataTried) break;
    chosen.strata.push_back({choice.stratum, 1});
    if ((manner.whole || possible_.MayChange(chosen)) && Choose(choices, manner, left - more, chosen, steps))
      return true;
    chosen.strata.pop_back();
  }
  return false;
}

// Adds the cheapest part of every other indicator of the population.
void WitnessSearch::AddOthers(const Target& target, const std::vector<Spot>& spots, const Manner& manner, int64_t limit,
                              Price& price) const {
  for (const uint32_t other : axes_.same_population(target.indicator)) {
    if (other == target.indicator) continue;
    if (price.cost >= limit) return;
    const CheapPart least =
        CheapestPart(other, spots, manner, limit - price.cost, {{target.indicator, target.part, 1}});
    price.cost = least.cost == Found::kNone ? limit : price.cost + least.cost;
    (manner.up ? price.lacks_up : price.lacks_down) += least.lacks;
  }
}

// One part of every indicator of the population, the target among them; of the others the cheapest in the places.
std::optional<std::vector<PartMove>> WitnessSearch::WholeCourse(const Target& target, const std::vector<Spot>& spots,
                                                                const Manner& manner) const {
  std::vector<PartMove> parts = {{target.indicator, target.part, 1}};
  int64_t left = best_.cost;
  for (const uint32_t other : axes_.same_population(target.indicator)) {
    if (other == target.indicator) continue;
    const CheapPart cheapest = CheapestPart(other, spots, manner, left, parts);
    if (cheapest.cost == Found::kNone) return std::nullopt;
    parts.push_back({other, cheapest.part, 1});
    left -= cheapest.cost;
  }
  return parts;
}

// The part of an indicator that is cheapest to move in the places with those of others; its cost is kNone when none is
// below the limit.
WitnessSearch::CheapPart WitnessSearch::CheapestPart(uint32_t indicator, const std::vector<Spot>& spots,
                                                     const Manner& manner, int64_t limit,
                                                     const std::vector<PartMove>& others) const {
  CheapPart cheapest;
  for (uint32_t i = 0; i < axes_.parts(indicator); ++i) {
    // Cheap ones first: unknown and exclusions before yes and no.
    const uint32_t part = (i + kUnknown) % static_cast<uint32_t>(axes_.parts(indicator));
    if (IsCommon(axes_, part) || !MayBeOfOneCourse(axes_, others, indicator, part)) continue;
    Price price;
    Add(price, spots, {indicator, part, 1}, true, limit);
    if (!price.bears(manner) || price.cost >= limit) continue;
    if (price.cost == cheapest.cost && price.lacks(manner.up) >= cheapest.lacks) continue;
    cheapest = {part, price.cost, price.lacks(manner.up)};
    limit = price.cost + 1;
    if (cheapest.cost == 0 && cheapest.lacks == 0) break;
  }
  return cheapest;
}

Found WitnessSearch::Find(const Target& target) {
  enough_ = 0;
  Look(target);
  return std::move(best_);
}

bool WitnessSearch::Exists(const Target& target) {
  enough_ = Found::kNone - 1;
  Look(target);
  return IsEnough();
}

void WitnessSearch::Look(const Target& target) {
  best_ = {};
  const std::vector<std::vector<PartMove>> part_moves = PartMoves(target);
  Search(target, part_moves, {6, 5, 24});
  if (best_.cost >= kDear && !IsEnough()) Search(target, part_moves, {96, 24, 200});
  if (best_.cost == Found::kNone) TryAdditions(target, part_moves);
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
          if (IsEnough()) return;
        }
      }
    }
    const auto periods = Best(axes_.PeriodChanges(geography, target.period), target, false, width.periods, width.free);
    for (const Change* unit : units) {
      for (const Change* period : periods) {
        TryTotals(target, {*unit, *period}, part_moves);
        if (IsEnough()) return;
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
