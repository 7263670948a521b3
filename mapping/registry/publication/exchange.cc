#include "mapping/registry/publication/exchange.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace hjerte::registry {
namespace {

// Looks for exchanges that give a stratum of a quarter what it lacks.
class ExchangeSearch {
 public:
  ExchangeSearch(const GridAxes& axes, const TakenOver& taken_over, const PossibleCourses& possible,
                 const Witness& witness, const StratumCounts& strata)
      : axes_(axes), taken_over_(taken_over), possible_(possible), witness_(witness), strata_(strata) {}

  // One that adds to the part of the slot. Later snapshots have to bear it, too: so with the earliest quarter, which
  // changes least, and the strata and parts where it leaves most.
  std::optional<Exchange> Find(uint32_t slot, uint32_t part) {
    best_.reset();
    room_ = 0;
    const GridAxes::Place at = axes_.PlaceOf(slot);
    if (!MayExchange(at.unit, at.period)) return std::nullopt;
    for (const uint32_t quarter : axes_.QuartersOf(axes_.PeriodsOver(at.period).back())) {
      if (quarter == at.period || axes_.geography_of(quarter) != axes_.geography_of(at.period)) continue;
      if (!MayExchange(at.unit, quarter)) continue;
      for (const uint32_t stratum : axes_.divisions()[axes_.division_of(at.stratum)]) {
        if (stratum != at.stratum) Try({at.unit, at.period, quarter, at.stratum, stratum, {{at.indicator, part, 1}}});
      }
      if (best_) break;
    }
    return std::exchange(best_, std::nullopt);
  }

 private:
  bool MayExchange(uint32_t unit, uint32_t quarter) const {
    return taken_over_.IsToldByTotal(unit * axes_.periods() + quarter);
  }

  int32_t Count(const Exchange& exchange, uint32_t period, uint32_t stratum, uint32_t indicator, uint32_t part) const {
    return strata_.count(axes_.Base(exchange.unit, period, stratum) + indicator, part);
  }
  // The fewest courses with the part where the exchange takes them, if it is exchanged as told …
  int32_t Room(const Exchange& to, uint32_t indicator, uint32_t part) const {
    return std::min(Count(to, to.gain_period, to.loss_stratum, indicator, part),
                    Count(to, to.loss_period, to.gain_stratum, indicator, part));
  }
  // … or against it.
  int32_t RoomBack(const Exchange& to, uint32_t indicator, uint32_t part) const {
    return std::min(Count(to, to.gain_period, to.gain_stratum, indicator, part),
                    Count(to, to.loss_period, to.loss_stratum, indicator, part));
  }

  void Keep(const Exchange& exchange, int32_t room) {
    if (room <= room_ || !possible_.Bear(exchange, witness_)) return;
    room_ = room;
    best_ = exchange;
  }

  // The courses of a stratum are to be as many in every indicator of the population: either another part of the
  // indicator goes back, or one part of every other indicator goes along.
  void Try(const Exchange& first) {
    const auto [indicator, part, sign] = first.parts.front();
    const int32_t room = Room(first, indicator, part);
    if (room <= room_) return;
    if (IsCommon(axes_, part)) {
      Exchange all = first;
      all.parts.clear();
      for (const uint32_t each : axes_.same_population(indicator)) all.parts.push_back({each, part, 1});
      return Keep(all, room);
    }
    for (uint32_t back = 0; back < axes_.parts(indicator); ++back) {
      if (back == part || IsCommon(axes_, back)) continue;
      if (axes_.SameCourses(indicator, part) || axes_.SameCourses(indicator, back)) continue;
      const int32_t least = std::min(room, RoomBack(first, indicator, back));
      if (least <= room_) continue;
      Exchange balanced = first;
      balanced.parts.push_back({indicator, back, -1});
      Keep(balanced, least);
    }
    TryWhole(first, room);
  }

  void TryWhole(Exchange exchange, int32_t room) {
    for (const uint32_t other : axes_.same_population(exchange.parts.front().indicator)) {
      if (other == exchange.parts.front().indicator) continue;
      const uint32_t part = PartOf(exchange, other);
      if (!MayBeOfOneCourse(axes_, exchange.parts, other, part)) return;
      room = std::min(room, Room(exchange, other, part));
      if (room <= room_) return;
      exchange.parts.push_back({other, part, 1});
    }
    Keep(exchange, room);
  }

  // The part of an indicator that goes along best: one that is lacking if there is.
  uint32_t PartOf(const Exchange& exchange, uint32_t indicator) const {
    uint32_t best = kYes;
    int32_t room = 0;
    for (uint32_t part = 0; part < axes_.parts(indicator); ++part) {
      if (IsCommon(axes_, part) || !MayBeOfOneCourse(axes_, exchange.parts, indicator, part)) continue;
      const int32_t of_part = Room(exchange, indicator, part);
      if (of_part <= 0) continue;
      if (Count(exchange, exchange.gain_period, exchange.gain_stratum, indicator, part) < 0) return part;
      if (of_part > room) best = part;
      room = std::max(room, of_part);
    }
    return best;
  }

  const GridAxes& axes_;
  const TakenOver& taken_over_;
  const PossibleCourses& possible_;
  const Witness& witness_;
  const StratumCounts& strata_;
  std::optional<Exchange> best_;  // Of the search under way, …
  int32_t room_ = 0;              // … and what it leaves, with what it takes.
};

}  // namespace

bool Complete(const GridAxes& axes, const GridCounts& counts, const TakenOver& taken_over,
              const PossibleCourses& possible, bool up, Witness& witness) {
  if (StrataBear(axes, counts, witness, up)) return true;
  StratumCounts strata(axes, counts);
  strata.Apply(witness, up);
  ExchangeSearch search(axes, taken_over, possible, witness, strata);
  for (const auto& [slot, part] : strata.Lacking()) {
    while (strata.count(slot, part) < 0) {
      std::optional<Exchange> exchange = search.Find(slot, part);
      if (!exchange) return false;
      strata.Apply(*exchange, true);
      if (!up) std::swap(exchange->gain_period, exchange->loss_period);
      witness.exchanges.push_back(*std::move(exchange));
    }
  }
  return true;
}

}  // namespace hjerte::registry
