#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mapping/registry/content/content.h"
#include "mapping/registry/publication/masking.h"

namespace hjerte::registry::testing {

// A cell as its reader has it: what is absent is hidden. It holds no true count of what is hidden. Of a cell that is
// not published everything is absent.
struct SeenCell {
  std::string indicator;
  UnitKind unit_kind = UnitKind::kNation;
  std::string unit;
  Period period;
  StratumKind stratum_kind = StratumKind::kTotal;
  std::string stratum;
  std::optional<int64_t> numerator, denominator, unknown;
  std::vector<std::optional<int64_t>> exclusions;
  std::string percent, ci_low, ci_high, unknown_percent;  // As printed; empty when not shown.
};

// What a reader sees of cells under masks.
std::vector<SeenCell> See(const std::vector<Cell>& cells, const std::vector<CellMask>& masks);

// What an attacker found.
struct AttackResult {
  size_t hidden = 0;     // Hidden counts: numerator, denominator − numerator, denominator, unknown, exclusions.
  size_t pinned = 0;     // 1 when one of them has one possible value left: the search ends there.
  size_t undecided = 0;  // The solver gave up.
  std::string first_pinned;
  // Data sets that agree with everything seen, parallel to the cells of the last snapshot given; together they give
  // every count that is not pinned a second value.
  std::vector<std::vector<Cell>> others;
};

// A course: its municipality and quarter, its stratum of each division, and by indicator the count it is in (yes, no,
// unknown, then the exclusions).
struct CountedCourse {
  std::string municipality;
  Date quarter{};
  std::map<StratumKind, std::string> strata;
  std::map<std::string, size_t> parts;
};

// One snapshot for the attacker: what is seen, and the truth, which serves as a first solution and as the answer to
// which municipalities' quarters have not changed since the snapshot before (the attacker is told). Strata of quarters
// may be among the cells, though nobody sees them: then they, too, must add up and stay as they were.
struct Snapshot {
  const std::vector<Cell>* truth = nullptr;
  std::vector<SeenCell> seen;
  // The courses behind the truth; the strata of quarters must be among the cells then. The attacker also knows that
  // courses are what adds up: each is of one stratum of each division and in one count of each indicator.
  std::vector<CountedCourse> courses = {};
};

// Solves the system of everything that adds up (municipality to cluster, region and nation; quarter to half-year and
// year; stratum to total; parts to the population that the indicators share; common exclusions; what has not changed
// from each snapshot to the next; what is new in a municipality's quarter has three courses or more) exactly over the
// whole numbers, for every hidden count. A percentage beside hidden
// counts is tried for the fractions that print so. It shares no code with the masking. `same_courses`: the attacker
// also supposes, and rightly so, that exclusions of which the content says so take out the same courses.
AttackResult Attack(const Content& content, const std::vector<Snapshot>& snapshots, bool same_courses = false);
AttackResult Attack(const Content& content, const std::vector<Cell>& cells, const std::vector<CellMask>& masks);

}  // namespace hjerte::registry::testing
