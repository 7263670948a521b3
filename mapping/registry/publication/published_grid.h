#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/indicators/cube.h"

// The fixed grid that is public, from the courses of the cube: its finest counts and which of their changes a snapshot
// takes over.
namespace hjerte::registry {

// A municipality's quarter is taken over anew when at least so many of its courses have changed.
constexpr int64_t kChangedCoursesMin = 3;

// Whether the grid shows the cell: totals of quarters, half-years and years, strata of years alone. Strata of shorter
// periods hold so few that hiding them would hide the totals too.
bool IsPublished(PeriodKind period, StratumKind stratum);

// A municipality's quarter.
struct Block {
  std::string municipality;
  Date quarter{};  // Its first day.

  auto operator<=>(const Block&) const = default;
};

// Parts of a cell: 0 yes, 1 no, 2 unknown, then the exclusions. Together they are the cell's courses.
constexpr uint32_t kYes = 0;
constexpr uint32_t kNo = 1;
constexpr uint32_t kUnknown = 2;
constexpr uint32_t kFirstExclusion = 3;

// The counts of one stratum and indicator of a block.
struct FinestCell {
  StratumKind division = StratumKind::kTotal;
  std::string stratum;         // Empty for the total.
  uint32_t indicator = 0;      // Its place in the set.
  std::vector<int32_t> parts;  // By part; the exclusions as in Cell.

  bool operator==(const FinestCell&) const = default;
};

// The finest counts, from which everything that is public is summed up: of each block the total and the strata of every
// division, ordered by division, stratum and indicator. Blocks and cells without a course are left out.
using Finest = std::map<Block, std::vector<FinestCell>>;

// Of the indicators of the set, up to `today`. A course whose residence is no municipality is in none.
absl::StatusOr<Finest> FinestOf(const Content& content, const Cube& cube, const IndicatorSet& set, Date today);

// The finest counts of a new snapshot: of each block either all as they are `now`, or all as they were `before`: while
// fewer than kChangedCoursesMin courses have changed, and where the block is `held` back. So no two snapshots differ by
// one or two citizens. At least so many changed as the counts tell: a course whose change shows nowhere is not counted.
// Nor is the only municipality of a region taken over that has changed in a quarter: the region before, less the region
// now, would be that municipality's change, and to hide it the region and the nation would have to be hidden.
Finest TakeOver(const Content& content, const Finest& now, const Finest& before, const std::set<Block>& held);

}  // namespace hjerte::registry
