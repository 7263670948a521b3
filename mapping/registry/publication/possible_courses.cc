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

PossibleCourses::PossibleCourses(const GridAxes& axes, const GridCounts& counts) : axes_(axes) {
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

bool PossibleCourses::Bear(const Witness& witness) const {
  if (!MayChange(witness)) return false;
  return std::all_of(witness.exchanges.begin(), witness.exchanges.end(), [this](const Exchange& exchange) {
    const auto may = [&](uint32_t quarter) {
      return MaySwap(exchange.unit, quarter, exchange.gain_stratum, exchange.loss_stratum, exchange.parts);
    };
    return may(exchange.gain_period) && may(exchange.loss_period);
  });
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
    const Parts& of_stratum = PartsOf(unit, quarter, stratum);
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
