#include "mapping/registry/indicators/interval.h"

#include <sstream>

#include "tests/mapping/registry/registry_fixture.h"

namespace hjerte::registry {
namespace {

struct Row {
  int64_t numerator, denominator;
  std::string percent, low, high;
};

void ExpectRow(const Row& row) {
  const int decimals = row.percent.find('.') == std::string::npos ? 0 : 1;
  const Interval interval = ExactInterval(row.numerator, row.denominator);
  EXPECT_EQ(FormatPercent(row.numerator, row.denominator, decimals), row.percent)
      << row.numerator << "/" << row.denominator;
  EXPECT_EQ(FormatLimit(interval.low, decimals), row.low) << row.numerator << "/" << row.denominator;
  EXPECT_EQ(FormatLimit(interval.high, decimals), row.high) << row.numerator << "/" << row.denominator;
}

TEST(Interval, EveryPublishedTripleIsReproducedAsPrinted) {
  HJERTE_REQUIRE_SHARED("domain/ci-vectors.csv");
  std::istringstream file(testing::ReadText(tests::SharedDir() / "domain/ci-vectors.csv"));
  std::string line;
  std::getline(file, line);
  int rows = 0;
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    std::istringstream cut(line);
    for (std::string cell; std::getline(cut, cell, ',');) cells.push_back(cell);
    ASSERT_GE(cells.size(), 5u);
    ExpectRow({std::stoll(cells[0]), std::stoll(cells[1]), cells[2], cells[3], cells[4]});
    ++rows;
  }
  EXPECT_GE(rows, 20);
}

TEST(Interval, NoneAndAllHaveOneSidedEnds) {
  ExpectRow({0, 1, "0.0", "0.0", "97.5"});
  ExpectRow({1, 1, "100.0", "2.5", "100.0"});
  ExpectRow({0, 30, "0.0", "0.0", "11.6"});
  ExpectRow({50, 100, "50.0", "39.8", "60.2"});
}

TEST(Interval, PerCentRoundsHalfUpExactly) {
  EXPECT_EQ(FormatPercent(1, 8), "12.5");
  EXPECT_EQ(FormatPercent(1, 16), "6.3");    // 6.25
  EXPECT_EQ(FormatPercent(1, 2000), "0.1");  // 0.05
  EXPECT_EQ(FormatPercent(1, 200, 0), "1");  // 0.5
  EXPECT_EQ(FormatPercent(2, 3), "66.7");
}

TEST(Verdict, AStandardIsMetOnlyWhenTheWholeIntervalIsOnItsGoodSide) {
  const Standard at_least{Standard::Direction::kAtLeast, "50", "a source"};
  EXPECT_EQ(Judge(at_least, 90, 100), Verdict::kMet);
  EXPECT_EQ(Judge(at_least, 10, 100), Verdict::kNotMet);
  EXPECT_EQ(Judge(at_least, 50, 100), Verdict::kUndecided);
  const Standard below{Standard::Direction::kBelow, "15", "a source"};
  EXPECT_EQ(Judge(below, 2, 100), Verdict::kMet);
  EXPECT_EQ(Judge(below, 40, 100), Verdict::kNotMet);
  EXPECT_EQ(Judge(below, 15, 100), Verdict::kUndecided);
  EXPECT_EQ(Judge(below, 0, 0), Verdict::kUndecided);
  EXPECT_EQ(Judge(std::nullopt, 2, 100), Verdict::kNotSet);
}

}  // namespace
}  // namespace hjerte::registry
