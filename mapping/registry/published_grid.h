#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/content.h"
#include "mapping/registry/cube.h"

// The fixed grid that is public, from the courses of the cube: its finest cells, which of their changes a snapshot
// takes over, and the sums it shows.
namespace hjerte::registry {

// A municipality's quarter is taken over anew when at least so many of its courses have changed.
constexpr int64_t kChangedCoursesMin = 3;

// Whether the grid shows the cell: totals of quarters, half-years and years, strata of years alone. Strata of shorter
// periods hold so few that hiding them would hide the totals too.
bool IsPublished(PeriodKind period, StratumKind stratum);

// The finest cells: every municipality × quarter × total and strata × indicator of the set with a course in it, all up
// to `today`. Everything that is public is a sum of them. A course whose residence is no municipality is in none.
absl::StatusOr<std::vector<Cell>> FinestCells(const Cube& cube, const std::string& set, Date today);

// The finest cells of a new snapshot: of each municipality's quarter either all as they are `now`, or all as they were
// `before` while fewer than kChangedCoursesMin courses have changed. So no two snapshots differ by one or two citizens.
// At least so many changed as the counts tell: a course whose change shows nowhere is not counted. Nor is the only
// municipality of a region taken over that has changed in a quarter: the region before, less the region now, would be
// that municipality's change, and to hide it the region and the nation would have to be hidden.
std::vector<Cell> TakeOver(const Content& content, const std::vector<Cell>& now, const std::vector<Cell>& before);

// Everything a snapshot holds, ordered by unit kind, unit, period, stratum and indicator: what is published, summed up
// over units (in the geography of each quarter) and periods, and the finest cells.
std::vector<Cell> SumUp(const Content& content, const IndicatorSet& set, const std::vector<Cell>& finest);

// The finest cells among those of SumUp.
std::vector<Cell> FinestOf(const std::vector<Cell>& cells);

}  // namespace hjerte::registry
