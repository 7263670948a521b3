#include "mapping/registry/indicators/cube.h"

#include <map>

#include "tests/mapping/registry/registry_fixture.h"
#include "tests/mapping/registry/report_builder.h"

namespace hjerte::registry {
namespace {

using testing::Dhrd;

Date Day(const char* text) { return *ParseDate(text); }

// A row with the same outcome in every indicator.
CubeRow Row(const char* closed, const char* residence, Outcome outcome, const char* sex = "female") {
  CubeRow row;
  row.closed_on = Day(closed);
  row.residence = residence;
  row.sex = sex;
  row.age_group = "65-74";
  row.diagnosis_group = "ami";
  row.legal_basis = "s119";
  row.authority = residence;
  row.outcomes.assign(6, outcome);
  return row;
}

constexpr Outcome kYes{State::kYes, 0};
constexpr Outcome kNo{State::kNo, 0};
constexpr Outcome kDied{State::kExcluded, 0};
constexpr Outcome kUnknownFirst{State::kUnknown, 0};

// The one cell of a query that asks for one.
Cell CellOf(const Cube& cube, Query query, const std::string& unit, const std::string& stratum = "") {
  if (query.indicators.empty()) query.indicators = {"K1"};
  const auto cells = cube.Run(query);
  EXPECT_TRUE(cells.ok()) << cells.status();
  for (const Cell& cell : *cells) {
    if (cell.unit == unit && cell.stratum == stratum) return cell;
  }
  ADD_FAILURE() << "no cell for " << unit << " " << stratum;
  return {};
}

Query Year(const char* year) {
  Query query;
  query.period_kind = PeriodKind::kYear;
  query.from = Day((std::string(year) + "-01-01").c_str());
  query.to = Day((std::string(year) + "-12-31").c_str());
  return query;
}

TEST(Cube, CountsByUnitAtItsGeography) {
  Cube cube(Dhrd());
  cube.Add(Row("2025-03-01", "0751", kYes));
  cube.Add(Row("2025-04-01", "0751", kNo));
  cube.Add(Row("2025-05-01", "0727", kYes));
  cube.Add(Row("2025-06-01", "0101", kDied));
  cube.Add(Row("2025-07-01", "0101", kUnknownFirst));
  const Cell aarhus = CellOf(cube, Year("2025"), "0751");
  EXPECT_EQ(aarhus.numerator, 1);
  EXPECT_EQ(aarhus.denominator, 2);
  const Cell region = CellOf(cube, Year("2025"), "1082");
  EXPECT_EQ(region.numerator, 2);
  EXPECT_EQ(region.denominator, 3);
  const Cell nation = CellOf(cube, Year("2025"), "DK");
  EXPECT_EQ(nation.denominator, 3);
  EXPECT_EQ(nation.unknown, 1);
  EXPECT_EQ(nation.exclusions.front().reason, "died");
  EXPECT_EQ(nation.exclusions.front().count, 1);
  EXPECT_EQ(Figures(nation).percent, "66.7");
  EXPECT_EQ(Figures(nation).unknown_percent, "25.0");
}

TEST(Cube, AnUnknownThatIsCountedApartIsShownBesideTheExclusions) {
  Cube cube(Dhrd());
  cube.Add(Row("2025-03-01", "0751", kUnknownFirst));  // In K4 the first unknown reason is smoking at start.
  Query query = Year("2025");
  query.indicators = {"K4"};
  const Cell cell = CellOf(cube, query, "DK");
  EXPECT_EQ(cell.unknown, 0);
  EXPECT_EQ(cell.exclusions.back().reason, "smoking_start_unknown");
  EXPECT_EQ(cell.exclusions.back().count, 1);
}

TEST(Cube, PeriodsDivideTheYear) {
  Cube cube(Dhrd());
  for (const char* day : {"2025-01-31", "2025-02-01", "2025-06-30", "2025-07-01", "2025-12-31"})
    cube.Add(Row(day, "0751", kYes));
  const auto counts = [&](PeriodKind kind) {
    Query query = Year("2025");
    query.period_kind = kind;
    query.indicators = {"K1"};
    query.unit_kinds = {UnitKind::kNation};
    std::map<std::string, int64_t> by_label;
    const std::vector<Cell> cells = *cube.Run(query);
    for (const Cell& cell : cells) by_label[cell.period.label] = cell.denominator;
    return by_label;
  };
  EXPECT_EQ(counts(PeriodKind::kYear), (std::map<std::string, int64_t>{{"2025", 5}}));
  EXPECT_EQ(counts(PeriodKind::kHalfYear), (std::map<std::string, int64_t>{{"2025-H1", 3}, {"2025-H2", 2}}));
  EXPECT_EQ(counts(PeriodKind::kQuarter)["2025-Q2"], 1);
  EXPECT_EQ(counts(PeriodKind::kMonth).size(), 12u);
  EXPECT_EQ(counts(PeriodKind::kMonth)["2025-02"], 1);
  EXPECT_EQ(counts(PeriodKind::kOwn), (std::map<std::string, int64_t>{{"2025-01-01/2025-12-31", 5}}));
}

TEST(Cube, APeriodNeedNotBeACalendarYear) {
  Cube cube(Dhrd());
  cube.Add(Row("2025-05-31", "0751", kYes));
  cube.Add(Row("2025-06-01", "0751", kYes));
  cube.Add(Row("2026-05-31", "0751", kNo));
  Query query;
  query.period_kind = PeriodKind::kOwn;
  query.from = Day("2025-06-01");
  query.to = Day("2026-05-31");
  EXPECT_EQ(CellOf(cube, query, "DK").denominator, 2);
}

TEST(Cube, StrataStandBesideTheTotal) {
  Cube cube(Dhrd());
  cube.Add(Row("2025-03-01", "0751", kYes, "female"));
  cube.Add(Row("2025-03-01", "0751", kNo, "male"));
  cube.Add(Row("2025-03-01", "0751", kNo, "male"));
  Query query = Year("2025");
  query.strata = {StratumKind::kSex, StratumKind::kAgeGroup};
  EXPECT_EQ(CellOf(cube, query, "0751").denominator, 3);
  EXPECT_EQ(CellOf(cube, query, "0751", "male").denominator, 2);
  EXPECT_EQ(CellOf(cube, query, "0751", "female").numerator, 1);
  EXPECT_EQ(CellOf(cube, query, "0751", "65-74").denominator, 3);
  EXPECT_EQ(CellOf(cube, query, "0751", "18-49").denominator, 0);
}

TEST(Cube, ASeriesAcrossTheReformIsDrawnByTheGeographyOfEachDateOrByOne) {
  Cube cube(Dhrd());
  cube.Add(Row("2026-12-31", "0101", kYes));
  cube.Add(Row("2027-01-01", "0370", kYes));
  Query query;
  query.period_kind = PeriodKind::kYear;
  query.from = Day("2026-01-01");
  query.to = Day("2027-12-31");
  query.unit_kinds = {UnitKind::kRegion};
  query.indicators = {"K1"};
  query.skip_empty = true;
  const auto units = [&](const std::string& geography) {
    query.geography = geography;
    std::vector<std::string> found;
    const std::vector<Cell> cells = *cube.Run(query);
    for (const Cell& cell : cells) found.push_back(cell.period.label + " " + cell.unit);
    return found;
  };
  EXPECT_EQ(units(""), (std::vector<std::string>{"2026 1084", "2027 ostdanmark"}));
  EXPECT_EQ(units("dk-2007"), (std::vector<std::string>{"2026 1084", "2027 1085"}));
  EXPECT_EQ(units("dk-2027"), (std::vector<std::string>{"2026 ostdanmark", "2027 ostdanmark"}));
}

TEST(Cube, AnUnknownResidenceCountsInTheNationAlone) {
  Cube cube(Dhrd());
  cube.Add(Row("2025-03-01", "", kYes));
  EXPECT_EQ(CellOf(cube, Year("2025"), "DK").denominator, 1);
  EXPECT_EQ(CellOf(cube, Year("2025"), "1082").denominator, 0);
}

TEST(Cube, UpdateAndRemoveLeaveNoTrace) {
  Cube cube(Dhrd());
  const Cube::Slot first = cube.Add(Row("2025-03-01", "0751", kYes));
  const Cube::Slot second = cube.Add(Row("2025-03-01", "0751", kYes));
  cube.Update(first, Row("2024-03-01", "0727", kNo));
  EXPECT_EQ(CellOf(cube, Year("2025"), "0751").denominator, 1);
  EXPECT_EQ(CellOf(cube, Year("2024"), "0727").denominator, 1);
  EXPECT_EQ(cube.span()->first, Day("2024-03-01"));
  const Cube before = cube;
  cube.Remove(second);
  EXPECT_EQ(cube.size(), 1u);
  EXPECT_EQ(CellOf(cube, Year("2025"), "0751").denominator, 0);
  EXPECT_EQ(CellOf(before, Year("2025"), "0751").denominator, 1);
  EXPECT_EQ(cube.Add(Row("2025-03-01", "0751", kNo)), second);
  EXPECT_EQ(CellOf(cube, Year("2025"), "0751").denominator, 1);
}

TEST(Cube, WhatCannotBeAnsweredIsRefused) {
  const Cube cube(Dhrd());
  Query query = Year("2025");
  query.indicators = {"K9"};
  EXPECT_FALSE(cube.Run(query).ok());
  query = Year("2025");
  query.geography = "mars";
  EXPECT_FALSE(cube.Run(query).ok());
  query = Year("2025");
  query.indicator_set = "none";
  EXPECT_FALSE(cube.Run(query).ok());
  query = Year("2025");
  std::swap(query.from, query.to);
  EXPECT_FALSE(cube.Run(query).ok());
  query = Year("2025");
  query.from = Day("1000-01-01");
  query.period_kind = PeriodKind::kMonth;
  EXPECT_FALSE(cube.Run(query).ok());
}

TEST(Cube, ARecordBecomesARowWhenItIsClosed) {
  testing::ReportBuilder report;
  json::Document document = testing::Parsed(report.Text());
  const auto row = MakeRow(*Dhrd(), testing::RecordOf(document.root()));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->residence, "0751");
  EXPECT_EQ(row->age_group, "65-74");
  EXPECT_EQ(row->outcomes.size(), 6u);
  report.detail = R"("status":"in-progress")";
  document = testing::Parsed(report.Text());
  EXPECT_FALSE(MakeRow(*Dhrd(), testing::RecordOf(document.root())).has_value());
}

}  // namespace
}  // namespace hjerte::registry
