#include "mapping/registry/publication/masking.h"

#include <random>

#include "mapping/registry/publication/possible_courses.h"
#include "tests/mapping/registry/publication_cells.h"
#include "tests/mapping/registry/random_courses.h"

namespace hjerte::registry {
namespace {

using testing::CellsOf;
using testing::Dhrd;
using testing::MasksOf;
using testing::PublishCourses;
using testing::Shape;

Shape EightMunicipalities(int courses, const std::vector<StratumKind>& strata) {
  Shape shape;
  shape.municipalities = {"0751", "0727", "0740", "0746", "0779", "0101", "0147", "0151"};
  shape.strata = strata;
  shape.courses = courses;
  return shape;
}

Publication RandomPublication(unsigned seed, int courses, const std::vector<StratumKind>& strata) {
  std::mt19937 random(seed);
  const Shape shape = EightMunicipalities(courses, strata);
  return PublishCourses(testing::RandomCourses(random, shape), shape);
}

bool IsSmall(int64_t count) { return count == 1 || count == 2; }

template <typename Visit>
void ForPublished(const Publication& publication, Visit visit) {
  const std::vector<Cell> cells = CellsOf(publication);
  const std::vector<CellMask> masks = MasksOf(publication, cells);
  for (size_t i = 0; i < cells.size(); ++i) {
    if (IsPublished(cells[i].period.kind, cells[i].stratum_kind)) visit(cells[i], masks[i]);
  }
}

TEST(Masking, EveryOneAndTwoIsHidden) {
  size_t seen = 0;
  ForPublished(RandomPublication(1, 300, {StratumKind::kSex}), [&seen](const Cell& cell, const CellMask& mask) {
    ++seen;
    if (IsSmall(cell.numerator) || IsSmall(cell.denominator) || IsSmall(cell.denominator - cell.numerator)) {
      EXPECT_TRUE(mask.counts);
    }
    if (IsSmall(cell.unknown)) {
      EXPECT_TRUE(mask.unknown);
    }
    for (size_t j = 0; j < cell.exclusions.size(); ++j) {
      if (IsSmall(cell.exclusions[j].count)) {
        EXPECT_TRUE(mask.exclusions[j]);
      }
    }
  });
  EXPECT_GT(seen, 0u);
}

// Of four quarters of two municipalities, large in every part.
std::vector<CubeRow> ManyCourses() {
  std::vector<CubeRow> rows;
  for (int i = 0; i < 4000; ++i) {
    CubeRow& row = rows.emplace_back();
    row.closed_on = *ParseDate("2025-01-15") + std::chrono::days(90 * (i % 4));
    row.residence = i % 2 == 0 ? "0751" : "0727";
    row.sex = i / 4 % 2 == 0 ? "female" : "male";
    row.outcomes.assign(6, {i / 8 % 2 == 0 ? State::kYes : State::kNo, 0});
  }
  return rows;
}

TEST(Masking, LargeCountsEverywhereHideNothing) {
  size_t seen = 0;
  ForPublished(PublishCourses(ManyCourses(), {}), [&seen](const Cell&, const CellMask& mask) {
    ++seen;
    EXPECT_FALSE(mask.counts || mask.unknown);
    for (const bool hidden : mask.exclusions) EXPECT_FALSE(hidden);
  });
  EXPECT_GT(seen, 0u);
}

TEST(Masking, ChanceHidesFiguresOfTheFirstSnapshotAndNothingThatReadersHaveAlready) {
  const Finest finest = testing::FinestOfCourses(ManyCourses(), {});
  const auto publish = [&finest](const Publication* before, double number) {
    return PublishNext(*Dhrd(), testing::SetOf({}), finest, before, [number](uint32_t, uint32_t) { return number; });
  };
  const Publication shown = publish(nullptr, 0.5);
  EXPECT_EQ(shown.summary.figures_hidden, 0u);
  EXPECT_GT(publish(nullptr, 0).summary.figures_hidden, 0u);
  EXPECT_EQ(publish(&shown, 0).summary.figures_hidden, 0u);
}

// Strata are hidden first and totals last: otherwise strata of quarters, which hold few, would hide everything.
TEST(Masking, StrataOfQuartersHideHardlyATotal) {
  const std::vector<StratumKind> all = {StratumKind::kSex, StratumKind::kAgeGroup, StratumKind::kDiagnosisGroup,
                                        StratumKind::kLegalBasis};
  size_t totals = 0;
  size_t hidden = 0;
  size_t strata = 0;
  size_t strata_shown = 0;
  ForPublished(RandomPublication(3, 2000, all), [&](const Cell& cell, const CellMask& mask) {
    if (cell.stratum_kind != StratumKind::kTotal) {
      ++strata;
      strata_shown += mask.counts ? 0 : 1;
    } else if (!IsSmall(cell.numerator) && !IsSmall(cell.denominator - cell.numerator)) {
      ++totals;
      hidden += mask.counts ? 1 : 0;
    }
  });
  EXPECT_LT(hidden * 12, totals) << hidden << " of " << totals;
  EXPECT_GT(strata_shown * 3, strata);
}

TEST(Masking, WhatWasHiddenStaysHiddenInTheNextSnapshotWhileItHasNotMoved) {
  std::mt19937 random(4);
  const Shape shape = EightMunicipalities(400, {});
  std::vector<CubeRow> rows = testing::RandomCourses(random, shape);
  const Publication before = PublishCourses(rows, shape);
  for (int i = 0; i < 40; ++i) rows.push_back(testing::RandomCourse(random, shape));
  const Publication now = PublishCourses(rows, shape, &before);
  ASSERT_NE(before.finest, now.finest);
  const std::vector<Cell> cells = CellsOf(before);
  const std::vector<CellMask> then = MasksOf(before, cells);
  const std::vector<CellMask> later = MasksOf(now, cells);
  size_t hidden = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    const auto& axes = now.axes;
    const Cell moved = testing::CellAt(axes, now.counts,
                                       axes.Base(*axes.FindUnit(cells[i].unit_kind, cells[i].unit),
                                                 *axes.FindPeriod(cells[i].period.kind, cells[i].period.from), 0) +
                                           static_cast<uint32_t>(*axes.set().Find(cells[i].indicator)));
    if (!then[i].counts || cells[i].numerator != moved.numerator || cells[i].denominator != moved.denominator) continue;
    ++hidden;
    EXPECT_TRUE(later[i].counts);
  }
  EXPECT_GT(hidden, 0u);
}

// K4 counts all men and takes out all of s119, so that nobody is of both.
void AddNoMenOfOneLegalBasis(const std::string& municipality, std::vector<CubeRow>& rows) {
  for (int i = 0; i < 8; ++i) {
    CubeRow& row = rows.emplace_back();
    row.closed_on = *ParseDate("2025-01-15");
    row.residence = municipality;
    row.sex = i < 4 ? "male" : "female";
    row.legal_basis = i < 4 ? "s140" : "s119";
    row.outcomes.assign(6, {State::kYes, 0});
    if (i >= 4) row.outcomes[3] = {State::kExcluded, 3};
  }
}

// What is published of the courses of three municipalities with a witness more: a man of s119 in one of them.
Publication PublishedWith(const std::vector<PartMove>& parts, std::vector<CubeRow>& rows, const Shape& shape) {
  for (const char* municipality : {"0727", "0740", "0751"}) AddNoMenOfOneLegalBasis(municipality, rows);
  Publication publication = PublishCourses(rows, shape);
  const GridAxes& axes = publication.axes;
  Witness witness;
  witness.gain_unit = *axes.FindUnit(UnitKind::kMunicipality, "0727");
  witness.gain_period = *axes.FindPeriod(PeriodKind::kQuarter, *ParseDate("2025-01-01"));
  witness.strata = {{axes.total(), 1},
                    {*axes.FindStratum(StratumKind::kSex, "male"), 1},
                    {*axes.FindStratum(StratumKind::kLegalBasis, "s119"), 1}};
  witness.parts = parts;
  witness.up = true;
  EXPECT_FALSE(PossibleCourses(axes, publication.counts).Bear(witness, true));
  publication.witnesses.push_back(std::move(witness));
  return publication;
}

// The next one, after more courses of the others.
Publication PublishedAfterMore(const Publication& before, std::vector<CubeRow>& rows, const Shape& shape) {
  for (const char* municipality : {"0740", "0751"}) AddNoMenOfOneLegalBasis(municipality, rows);
  return PublishCourses(rows, shape, &before);
}

Shape SexAndLegalBasis() {
  Shape shape;
  shape.strata = {StratumKind::kSex, StratumKind::kLegalBasis};
  shape.indicators = {"K1", "K2", "K4"};
  return shape;
}

TEST(Masking, AWitnessOfAnOlderProgramThatNobodyCanBeKeepsNothingFromBeingPublished) {
  const Shape shape = SexAndLegalBasis();
  std::vector<CubeRow> rows;
  const Publication before = PublishedWith({{1, kNo, 1}, {1, kYes, -1}}, rows, shape);
  const Publication now = PublishedAfterMore(before, rows, shape);
  EXPECT_EQ(now.finest, testing::FinestOfCourses(rows, shape));
  EXPECT_EQ(now.held_back, 0u);
}

TEST(Masking, WhereNothingCanBeTakenOverItIsToldHowMuchWaits) {
  const Shape shape = SexAndLegalBasis();
  std::vector<CubeRow> rows;
  const Publication before = PublishedWith({{1, kYes, 1}, {1, kNo, -1}}, rows, shape);
  const Publication now = PublishedAfterMore(before, rows, shape);
  EXPECT_EQ(now.finest, before.finest);
  EXPECT_EQ(now.held_back, 2u);
}

}  // namespace
}  // namespace hjerte::registry
