#include "mapping/registry/masking.h"

#include <map>
#include <random>
#include <tuple>

#include "tests/mapping/registry/masking_attack.h"
#include "tests/mapping/registry/registry_fixture.h"

namespace hjerte::registry {
namespace {

using testing::Dhrd;

// A year of courses in a few municipalities of two regions.
std::vector<Cell> RandomGrid(unsigned seed, int courses, const std::vector<StratumKind>& strata) {
  static const std::vector<std::string> kMunicipalities = {"0751", "0727", "0740", "0746",
                                                           "0779", "0101", "0147", "0151"};
  std::mt19937 random(seed);
  const auto below = [&](unsigned limit) { return random() % limit; };
  Cube cube(Dhrd());
  const IndicatorSet& set = Dhrd()->indicator_sets().front();
  for (int i = 0; i < courses; ++i) {
    CubeRow row;
    row.closed_on = *ParseDate("2025-01-01") + std::chrono::days(below(365));
    row.residence = kMunicipalities[below(static_cast<unsigned>(kMunicipalities.size()))];
    row.sex = below(3) == 0 ? "female" : "male";
    row.age_group = below(2) == 0 ? "50-64" : "65-74";
    row.diagnosis_group = below(2) == 0 ? "ami" : "pci";
    row.legal_basis = "s119";
    const bool died = below(40) == 0;
    for (const Indicator& indicator : set.indicators) {
      Outcome outcome{below(4) == 0 ? State::kNo : State::kYes, 0};
      if (below(12) == 0) outcome = {State::kUnknown, 0};
      if (indicator.excluded.size() > 3 && below(3) == 0) outcome = {State::kExcluded, 3};
      if (died) outcome = {State::kExcluded, 0};
      row.outcomes.push_back(outcome);
    }
    cube.Add(row);
  }
  std::vector<Cell> cells;
  for (const PeriodKind kind : {PeriodKind::kQuarter, PeriodKind::kHalfYear, PeriodKind::kYear}) {
    Query query;
    query.period_kind = kind;
    query.from = *ParseDate("2025-01-01");
    query.to = *ParseDate("2025-12-31");
    query.strata = strata;
    std::vector<Cell> found = *cube.Run(query);
    for (Cell& cell : found) {
      // Municipalities without a course stay out, to keep the test small; their counts are all zero.
      const bool small = cell.unit_kind == UnitKind::kMunicipality &&
                         std::find(kMunicipalities.begin(), kMunicipalities.end(), cell.unit) == kMunicipalities.end();
      if (!small) cells.push_back(std::move(cell));
    }
  }
  return cells;
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
  Query query;
  query.period_kind = PeriodKind::kQuarter;
  query.from = *ParseDate("2025-01-01");
  query.to = *ParseDate("2025-12-31");
  query.strata = {StratumKind::kSex};
  const std::vector<Cell> cells = *cube.Run(query);
  for (const CellMask& mask : MaskGrid(*Dhrd(), cells).masks) {
    EXPECT_FALSE(mask.counts || mask.unknown);
    for (const bool hidden : mask.exclusions) EXPECT_FALSE(hidden);
  }
}

// Subtraction and bounds over every sum of the grid, repeated until nothing more follows, must pin no hidden count.
TEST(Masking, AnAttackerWhoKnowsEverySumPinsNoHiddenCount) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    const std::vector<Cell> cells =
        RandomGrid(seed, 60 + static_cast<int>(seed) * 120, {StratumKind::kSex, StratumKind::kAgeGroup});
    const MaskedGrid masked = MaskGrid(*Dhrd(), cells);
    const testing::AttackResult attack = testing::Attack(*Dhrd(), cells, masked.masks);
    EXPECT_GT(attack.hidden, 0u);
    EXPECT_EQ(attack.pinned, 0u) << "seed " << seed << ": " << attack.first_pinned << " of " << attack.hidden;
  }
}

TEST(Masking, TheAttackerFindsWhatTheRuleOfOneAndTwoAloneLeaves) {
  const std::vector<Cell> cells = RandomGrid(2, 300, {StratumKind::kSex});
  std::vector<CellMask> naive;
  for (const Cell& cell : cells) {
    CellMask mask;
    mask.counts = IsSmall(cell.numerator) || IsSmall(cell.denominator) || IsSmall(cell.denominator - cell.numerator);
    mask.unknown = IsSmall(cell.unknown);
    for (const ReasonCount& count : cell.exclusions) mask.exclusions.push_back(IsSmall(count.count));
    naive.push_back(std::move(mask));
  }
  EXPECT_GT(testing::Attack(*Dhrd(), cells, naive).pinned, 0u);
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

TEST(Masking, AFigureThatMovedByOneSinceTheLastSnapshotIsHidden) {
  const std::vector<Cell> before = RandomGrid(5, 2000, {});
  std::vector<Cell> now = before;
  const MaskedGrid first = MaskGrid(*Dhrd(), before);
  size_t moved = 0;
  for (size_t i = 0; i < now.size() && moved == 0; ++i) {
    if (first.masks[i].counts || now[i].numerator < 10) continue;
    ++now[i].numerator;
    ++now[i].denominator;
    moved = i;
  }
  ASSERT_GT(moved, 0u);
  EXPECT_TRUE(MaskGrid(*Dhrd(), now, {&before, &first.masks}).masks[moved].counts);
}

}  // namespace
}  // namespace hjerte::registry
