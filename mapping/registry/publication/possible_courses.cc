#include "mapping/registry/publication/possible_courses.h"

#include <algorithm>
#include <functional>

namespace hjerte::registry {
namespace {

void MeetWith(const std::vector<uint64_t>& parts, std::vector<uint64_t>& of_course) {
  for (size_t i = 0; i < of_course.size(); ++i) of_course[i] &= parts[i];
}

void Allow(const std::vector<PartMove>& parts, std::vector<uint64_t>& of_course) {
  for (const PartMove& move : parts) of_course[move.indicator] |= uint64_t{1} << move.part;
}

bool Moves(const std::vector<PartMove>& parts, uint32_t indicator) {
  return std::any_of(parts.begin(), parts.end(), [&](const PartMove& move) { return move.indicator == indicator; });
}

}  // namespace

PossibleCourses::PossibleCourses(const GridAxes& axes, const GridCounts& counts, const GridMask& mask)
    : axes_(axes), counts_(counts), mask_(mask) {}

bool PossibleCourses::Bear(const Witness& witness) const {
  for (const uint32_t quarter : {witness.gain_period, witness.loss_period}) {
    for (const uint32_t unit : {witness.gain_unit, witness.loss_unit}) {
      if (quarter == Change::kNoLeaf || unit == Change::kNoLeaf) continue;
      if (!MayChange(unit, quarter, witness)) return false;
    }
  }
  return std::all_of(witness.exchanges.begin(), witness.exchanges.end(), [this](const Exchange& exchange) {
    const auto may = [&](uint32_t quarter) {
      return MaySwap(exchange.unit, quarter, exchange.gain_stratum, exchange.loss_stratum, exchange.parts);
    };
    return may(exchange.gain_period) && may(exchange.loss_period);
  });
}

bool PossibleCourses::MayChange(uint32_t unit, uint32_t quarter, const Witness& witness) const {
  const std::vector<Witness::StratumMove>& strata = witness.strata;
  if (witness.swaps()) return MaySwap(unit, quarter, strata[0].stratum, strata[1].stratum, witness.parts);
  // Where it moves a part of every indicator, it touches all that such a course counts in.
  const std::vector<uint32_t>& all = axes_.same_population(witness.parts.front().indicator);
  if (std::all_of(all.begin(), all.end(), [&](uint32_t each) { return Moves(witness.parts, each); })) return true;
  Parts of_course = PartsOf(unit, quarter, strata.front().stratum);
  for (size_t i = 1; i < strata.size(); ++i) MeetWith(PartsOf(unit, quarter, strata[i].stratum), of_course);
  Allow(witness.parts, of_course);
  return IsPossible(of_course, witness.parts);
}

// Whether a course of the one stratum and one of the other, otherwise of the same strata, are possible.
bool PossibleCourses::MaySwap(uint32_t unit, uint32_t quarter, uint32_t one, uint32_t other,
                              const std::vector<PartMove>& parts) const {
  struct Pair {
    Parts one, other;
  };
  const auto with = [&](Pair pair, uint32_t stratum) {
    const Parts of_stratum = PartsOf(unit, quarter, stratum);
    MeetWith(of_stratum, pair.one);
    MeetWith(of_stratum, pair.other);
    return pair;
  };
  Pair both{PartsOf(unit, quarter, one), PartsOf(unit, quarter, other)};
  Allow(parts, both.one);
  Allow(parts, both.other);
  const std::function<bool(const Pair&, size_t)> may = [&](const Pair& pair, size_t division) {
    if (!IsPossible(pair.one, parts) || !IsPossible(pair.other, parts)) return false;
    if (division == axes_.division_of(one)) ++division;
    if (division == axes_.divisions().size()) return true;
    const std::vector<uint32_t>& strata = axes_.divisions()[division];
    return std::any_of(strata.begin(), strata.end(),
                       [&](uint32_t stratum) { return may(with(pair, stratum), division + 1); });
  };
  return may(with(both, axes_.total()), 0);
}

// What courses of the stratum may have, by what is shown there and in all that holds it.
PossibleCourses::Parts PossibleCourses::PartsOf(uint32_t unit, uint32_t quarter, uint32_t stratum) const {
  Parts parts(axes_.indicators(), ~uint64_t{0});
  for (const uint32_t period : axes_.PeriodsOver(quarter)) {
    if (!axes_.shown(period, stratum)) continue;
    for (const uint32_t over : axes_.UnitsOver(unit, quarter)) {
      for (uint32_t i = 0; i < axes_.indicators(); ++i) {
        const uint32_t slot = axes_.Base(over, period, stratum) + i;
        for (uint32_t part = 0; part < axes_.parts(i); ++part) {
          if (counts_.count(slot, part) > 0) continue;
          // A hidden denominator − numerator of 0 has no witness of its own.
          if (part == kNo || !mask_.hidden(slot, FigureOf(part))) parts[i] &= ~(uint64_t{1} << part);
        }
      }
    }
  }
  return parts;
}

// Whether the course may have each of the parts, and one of every other indicator beside them.
bool PossibleCourses::IsPossible(const Parts& of_course, const std::vector<PartMove>& parts) const {
  const auto may = [&](uint32_t indicator, uint32_t part) { return (of_course[indicator] >> part & 1) != 0; };
  if (!std::all_of(parts.begin(), parts.end(), [&](const PartMove& move) { return may(move.indicator, move.part); })) {
    return false;
  }
  const std::vector<uint32_t>& all = axes_.same_population(parts.front().indicator);
  return std::all_of(all.begin(), all.end(), [&](uint32_t indicator) {
    if (Moves(parts, indicator)) return true;
    for (uint32_t part = 0; part < axes_.parts(indicator); ++part) {
      if (may(indicator, part) && !IsCommon(axes_, part) && MayBeOfOneCourse(axes_, parts, indicator, part))
        return true;
    }
    return false;
  });
}

}  // namespace hjerte::registry
