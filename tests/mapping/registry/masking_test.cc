#include "mapping/registry/masking.h"

#include <random>

#include "tests/mapping/registry/random_courses.h"

namespace hjerte::registry {
namespace {

using testing::Dhrd;

std::vector<Cell> RandomGrid(unsigned seed, int courses, const std::vector<StratumKind>& strata) {
  std::mt19937 random(seed);
  testing::Shape shape;
  shape.municipalities = {"0751", "0727", "0740", "0746", "0779", "0101", "0147", "0151"};
  shape.strata = strata;
  shape.courses = courses;
  return testing::GridOf(testing::RandomCourses(random, shape), shape);
}

bool IsSmall(int64_t count) { return count == 1 || count == 2; }

TEST(Masking, EveryOneAndTwoIsHidden) {
  const std::vector<Cell> cells = RandomGrid(1, 300, {StratumKind::kSex});
  const MaskedGrid masked = MaskGrid(*Dhrd(), cells);
  ASSERT_EQ(masked.masks.size(), cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    if (IsSmall(cell.numerator) || IsSmall(cell.denominator) || IsSmall(cell.denominator - cell.numerator)) {
      EXPECT_TRUE(masked.masks[i].counts);
    }
    if (IsSmall(cell.unknown)) {
      EXPECT_TRUE(masked.masks[i].unknown);
    }
    for (size_t j = 0; j < cell.exclusions.size(); ++j) {
      if (IsSmall(cell.exclusions[j].count)) {
        EXPECT_TRUE(masked.masks[i].exclusions[j]);
      }
    }
  }
}

TEST(Masking, LargeCountsEverywhereHideNothing) {
  Cube cube(Dhrd());
  for (int i = 0; i < 4000; ++i) {
    CubeRow row;
    row.closed_on = *ParseDate("2025-01-15") + std::chrono::days(90 * (i % 4));
    row.residence = i % 2 == 0 ? "0751" : "0727";
    row.sex = i / 4 % 2 == 0 ? "female" : "male";
    row.outcomes.assign(6, {i / 8 % 2 == 0 ? State::kYes : State::kNo, 0});
    cube.Add(row);
  }
  const std::vector<Cell> cells =
      testing::PublishedOf(*FinestCells(cube, Dhrd()->indicator_sets().front().id, *ParseDate("2025-12-31")));
  for (const CellMask& mask : MaskGrid(*Dhrd(), cells).masks) {
    EXPECT_FALSE(mask.counts || mask.unknown);
    for (const bool hidden : mask.exclusions) EXPECT_FALSE(hidden);
  }
}

// Strata are hidden first and totals last: otherwise strata of quarters, which hold few, would hide everything.
TEST(Masking, StrataOfQuartersHideHardlyATotal) {
  const std::vector<StratumKind> all = {StratumKind::kSex, StratumKind::kAgeGroup, StratumKind::kDiagnosisGroup,
                                        StratumKind::kLegalBasis};
  const std::vector<Cell> cells = RandomGrid(3, 2000, all);
  const MaskedGrid masked = MaskGrid(*Dhrd(), cells);
  size_t totals = 0;
  size_t hidden = 0;
  size_t strata_shown = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].stratum_kind != StratumKind::kTotal) {
      strata_shown += masked.masks[i].counts ? 0 : 1;
    } else if (!IsSmall(cells[i].numerator) && !IsSmall(cells[i].denominator - cells[i].numerator)) {
      ++totals;
      hidden += masked.masks[i].counts ? 1 : 0;
    }
  }
  EXPECT_LT(hidden * 20, totals) << hidden << " of " << totals;
  EXPECT_GT(strata_shown * 3, cells.size());
  EXPECT_EQ(masked.summary.unproved, 0u);
}

TEST(Masking, WhatWasHiddenStaysHiddenInTheNextSnapshotWhileItHasHardlyMoved) {
  const std::vector<Cell> before = RandomGrid(4, 400, {});
  const MaskedGrid first = MaskGrid(*Dhrd(), before);
  const MaskedGrid again = MaskGrid(*Dhrd(), before, {&before, &first.masks});
  for (size_t i = 0; i < before.size(); ++i) {
    if (first.masks[i].counts && before[i].denominator > 0) {
      EXPECT_TRUE(again.masks[i].counts);
    }
  }
}

}  // namespace
}  // namespace hjerte::registry
