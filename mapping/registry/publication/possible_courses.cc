#include "mapping/registry/publication/possible_courses.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace hjerte::registry {
namespace {

void MeetWith(const std::vector<uint64_t>& parts, std::vector<uint64_t>& of_course) {
  for (size_t i = 0; i < of_course.size(); ++i) of_course[i] &= parts[i];
}

void Allow(const std::vector<PartMove>& parts, std::vector<uint64_t>& of_course) {
  for (const PartMove& move : parts) of_course[move.indicator] |= uint64_t{1} << move.part;
}

std::vector<uint64_t> Allowing(const std::vector<PartMove>& parts, std::vector<uint64_t> of_course) {
  Allow(parts, of_course);
  return of_course;
}

bool Has(const std::vector<uint64_t>& of_stratum, const std::vector<PartMove>& parts) {
  return std::all_of(parts.begin(), parts.end(),
                     [&](const PartMove& move) { return (of_stratum[move.indicator] >> move.part & 1) != 0; });
}

bool Moves(const std::vector<PartMove>& parts, uint32_t indicator) {
  return std::any_of(parts.begin(), parts.end(), [&](const PartMove& move) { return move.indicator == indicator; });
}

}  // namespace

PossibleCourses::PossibleCourses(const GridAxes& axes, const GridCounts& counts) : axes_(axes), counts_(counts) {
  for (uint32_t i = 0; i < axes.indicators(); ++i) parts_most_ = std::max(parts_most_, axes.parts(i));
  for (uint32_t one = 0; one < axes.strata(); ++one) {
    for (uint32_t other = one + 1; other < axes.strata(); ++other) {
      if (one == axes.total() || other == axes.total()) continue;
      if (axes.division_of(one) != axes.division_of(other)) pairs_.emplace_back(one, other);
    }
  }
  while (quarters_ < axes.periods() && axes.is_quarter(static_cast<uint32_t>(quarters_))) ++quarters_;
  for (uint32_t unit = 0; unit < axes.units() && axes.is_municipality(unit); ++unit) {
    for (uint32_t quarter = 0; quarter < quarters_; ++quarter) {
      for (uint32_t stratum = 0; stratum < axes.strata(); ++stratum) {
        const uint32_t period = stratum == axes.total() ? quarter : axes.PeriodsOver(quarter).back();
        Parts& parts = parts_.emplace_back(axes.indicators(), 0);
        for (uint32_t i = 0; i < axes.indicators(); ++i) {
          for (uint32_t part = 0; part < axes.parts(i); ++part) {
            if (counts.count(axes.Base(unit, period, stratum) + i, part) > 0) parts[i] |= uint64_t{1} << part;
          }
        }
      }
    }
  }
}

bool PossibleCourses::Bear(const Witness& witness, bool up) const {
  return MayChange(witness) &&
         std::all_of(witness.exchanges.begin(), witness.exchanges.end(),
                     [&](const Exchange& exchange) { return Bear(exchange, witness); }) &&
         StrataMayMeet(witness, up);
}

// What the witness brings to the quarter may be exchanged there.
bool PossibleCourses::Bear(const Exchange& exchange, const Witness& witness) const {
  const auto may = [&](uint32_t quarter) {
    Parts total = PartsOf(exchange.unit, quarter, axes_.total());
    const bool goes_through = (exchange.unit == witness.gain_unit || exchange.unit == witness.loss_unit) &&
                              (quarter == witness.gain_period || quarter == witness.loss_period);
    if (goes_through) Allow(witness.parts, total);
    return IsPossible(
        Swap{exchange.unit, quarter, exchange.gain_stratum, exchange.loss_stratum, exchange.parts, total});
  };
  return may(exchange.gain_period) && may(exchange.loss_period);
}

bool PossibleCourses::MayChange(const Witness& witness) const {
  for (const uint32_t quarter : {witness.gain_period, witness.loss_period}) {
    for (const uint32_t unit : {witness.gain_unit, witness.loss_unit}) {
      if (quarter == Change::kNoLeaf || unit == Change::kNoLeaf) continue;
      if (!MayChange(unit, quarter, witness)) return false;
    }
  }
  return true;
}

bool PossibleCourses::MayChange(uint32_t unit, uint32_t quarter, const Witness& witness) const {
  const std::vector<Witness::StratumMove>& strata = witness.strata;
  if (witness.swaps()) {
    return IsPossible(Swap{unit, quarter, strata[0].stratum, strata[1].stratum, witness.parts,
                           PartsOf(unit, quarter, axes_.total())});
  }
  // Where it moves a part of every indicator, it touches all that such a course counts in.
  const std::vector<uint32_t>& all = axes_.same_population(witness.parts.front().indicator);
  if (std::all_of(all.begin(), all.end(), [&](uint32_t each) { return Moves(witness.parts, each); })) return true;
  Parts of_course = PartsOf(unit, quarter, strata.front().stratum);
  for (size_t i = 1; i < strata.size(); ++i) MeetWith(PartsOf(unit, quarter, strata[i].stratum), of_course);
  Allow(witness.parts, of_course);
  return IsPossible(of_course, witness.parts);
}

bool PossibleCourses::IsPossible(const Swap& swap) const {
  return Has(swap.total, swap.parts) && (MaySwapParts(swap) || MaySwapPlaces(swap));
}

// Whether a course of the one stratum and one of the other, otherwise of the same strata, may change their parts.
bool PossibleCourses::MaySwapParts(const Swap& swap) const {
  struct Pair {
    Parts one, other;
  };
  const auto with = [](Pair pair, const Parts& parts) {
    MeetWith(parts, pair.one);
    MeetWith(parts, pair.other);
    return pair;
  };
  const auto parts_of = [&](uint32_t stratum) -> const Parts& { return PartsOf(swap.unit, swap.quarter, stratum); };
  const std::function<bool(const Pair&, size_t)> may = [&](const Pair& pair, size_t division) {
    if (!IsPossible(pair.one, swap.parts) || !IsPossible(pair.other, swap.parts)) return false;
    if (division == axes_.division_of(swap.one)) ++division;
    if (division == axes_.divisions().size()) return true;
    const std::vector<uint32_t>& strata = axes_.divisions()[division];
    return std::any_of(strata.begin(), strata.end(),
                       [&](uint32_t stratum) { return may(with(pair, parts_of(stratum)), division + 1); });
  };
  const Pair both{Allowing(swap.parts, parts_of(swap.one)), Allowing(swap.parts, parts_of(swap.other))};
  return may(with(both, swap.total), 0);
}

// Whether a course with the parts that the one stratum gains and one with those it loses, otherwise of the same parts,
// may change places.
bool PossibleCourses::MaySwapPlaces(const Swap& swap) const {
  std::vector<PartMove> gains, losses;
  for (const PartMove& move : swap.parts) (move.sign > 0 ? gains : losses).push_back(move);
  if (gains.empty() || losses.empty()) return false;
  const auto parts_of = [&](uint32_t stratum) -> const Parts& { return PartsOf(swap.unit, swap.quarter, stratum); };
  const std::function<bool(const Parts&, size_t)> may = [&](const Parts& of_both, size_t division) {
    if (!IsPossible(Allowing(gains, of_both), gains) || !IsPossible(Allowing(losses, of_both), losses)) return false;
    if (division == axes_.division_of(swap.one)) ++division;
    if (division == axes_.divisions().size()) return true;
    for (const uint32_t gain : axes_.divisions()[division]) {
      if (!Has(parts_of(gain), gains)) continue;
      for (const uint32_t loss : axes_.divisions()[division]) {
        if (!Has(parts_of(loss), losses)) continue;
        Parts next = of_both;
        MeetWith(parts_of(gain), next);
        MeetWith(parts_of(loss), next);
        if (may(next, division + 1)) return true;
      }
    }
    return false;
  };
  Parts of_both = swap.total;
  MeetWith(parts_of(swap.one), of_both);
  MeetWith(parts_of(swap.other), of_both);
  return may(of_both, 0);
}

// Of two strata that meet, each indicator counts the same courses: in no municipality's year may one tell of more of
// them than another leaves room for.
bool PossibleCourses::StrataMayMeet(const Witness& witness, bool up) const {
  const auto year_of = [&](uint32_t quarter) { return axes_.PeriodsOver(quarter).back(); };
  const bool moves = witness.loss_period != Change::kNoLeaf;
  if (moves && year_of(witness.gain_period) == year_of(witness.loss_period)) return true;
  const std::vector<uint32_t>& indicators = axes_.same_population(witness.parts.front().indicator);
  for (const uint32_t quarter : {witness.gain_period, witness.loss_period}) {
    for (const uint32_t unit : {witness.gain_unit, witness.loss_unit}) {
      if (quarter == Change::kNoLeaf || unit == Change::kNoLeaf) continue;
      const bool gains = (quarter == witness.gain_period) == (unit == witness.gain_unit);
      const Counts counts = CountsOf(unit, year_of(quarter), witness, gains == up ? 1 : -1);
      const auto may_meet = [&](const auto& pair) { return MayMeet(counts, pair.first, pair.second, indicators); };
      if (!std::all_of(pairs_.begin(), pairs_.end(), may_meet)) return false;
    }
  }
  return true;
}

// The counts of a municipality's year with the witness there.
PossibleCourses::Counts PossibleCourses::CountsOf(uint32_t unit, uint32_t year, const Witness& witness,
                                                  int sign) const {
  Counts counts(PlaceOf(static_cast<uint32_t>(axes_.strata()), 0));
  for (uint32_t stratum = 0; stratum < axes_.strata(); ++stratum) {
    for (uint32_t i = 0; i < axes_.indicators(); ++i) {
      for (uint32_t part = 0; part < axes_.parts(i); ++part) {
        counts[PlaceOf(stratum, i) + part] = counts_.count(axes_.Base(unit, year, stratum) + i, part);
      }
    }
  }
  for (const Witness::StratumMove& stratum : witness.strata) {
    for (const PartMove& move : witness.parts) {
      counts[PlaceOf(stratum.stratum, move.indicator) + move.part] += sign * stratum.sign * move.sign;
    }
  }
  return counts;
}

bool PossibleCourses::MayMeet(const Counts& counts, uint32_t one, uint32_t other,
                              const std::vector<uint32_t>& indicators) const {
  int32_t least = 0;
  int32_t most = std::numeric_limits<int32_t>::max();
  for (const uint32_t i : indicators) {
    const int32_t* of_one = &counts[PlaceOf(one, i)];
    const int32_t* of_other = &counts[PlaceOf(other, i)];
    const int32_t* of_total = &counts[PlaceOf(axes_.total(), i)];
    int32_t surely = 0, at_most = 0;
    for (size_t part = 0; part < axes_.parts(i); ++part) {
      surely += std::max(0, of_one[part] + of_other[part] - of_total[part]);
      at_most += std::min(of_one[part], of_other[part]);
    }
    least = std::max(least, surely);
    most = std::min(most, at_most);
  }
  return least <= most;
}

// Whether the course may have each of the parts, and one of every other indicator beside them.
bool PossibleCourses::IsPossible(const Parts& of_course, const std::vector<PartMove>& parts) const {
  if (!Has(of_course, parts)) return false;
  const std::vector<uint32_t>& all = axes_.same_population(parts.front().indicator);
  return std::all_of(all.begin(), all.end(), [&](uint32_t indicator) {
    if (Moves(parts, indicator)) return true;
    for (uint32_t part = 0; part < axes_.parts(indicator); ++part) {
      if ((of_course[indicator] >> part & 1) != 0 && !IsCommon(axes_, part) &&
          MayBeOfOneCourse(axes_, parts, indicator, part))
        return true;
    }
    return false;
  });
}

}  // namespace hjerte::registry
