#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/mapping/registry/publication_cells.h"
#include "tests/mapping/registry/random_courses.h"

// Who knows how figures are masked can mask every data set that could be meant, and keep those that look as what is
// published does.
namespace hjerte::registry {
namespace {

using testing::CellsOf;
using testing::Dhrd;
using testing::MasksOf;
using testing::SetOf;
using testing::Shape;

using Parts = std::array<int32_t, 3>;  // Yes, no, unknown.
using World = std::array<Parts, 2>;    // Of two municipalities of one region, in one quarter.

// Of the fewest that are published to some more than is judged, so that what is judged has neighbours on both sides.
constexpr int32_t kCoursesTried = 8;
constexpr int32_t kCoursesJudgedMin = 5;
constexpr int32_t kCoursesJudgedMax = 6;

int32_t CoursesOf(const Parts& parts) { return parts[0] + parts[1] + parts[2]; }

bool IsJudged(const Parts& parts) {
  return CoursesOf(parts) >= kCoursesJudgedMin && CoursesOf(parts) <= kCoursesJudgedMax;
}

std::vector<Parts> AllParts() {
  std::vector<Parts> all;
  for (int32_t yes = 0; yes <= kCoursesTried; ++yes) {
    for (int32_t no = 0; yes + no <= kCoursesTried; ++no) {
      for (int32_t unknown = 0; yes + no + unknown <= kCoursesTried; ++unknown) {
        if (yes + no + unknown >= kChangedCoursesMin) all.push_back({yes, no, unknown});
      }
    }
  }
  return all;
}

FinestCell CellOf(const IndicatorSet& set, const Parts& parts) {
  FinestCell cell{StratumKind::kTotal, "", 0, std::vector<int32_t>(parts.begin(), parts.end())};
  cell.parts.resize(kFirstExclusion + set.indicators.front().excluded.size() + set.indicators.front().unknown.size());
  return cell;
}

// What is published of the world, with a sign for what is hidden; and the counts behind the signs.
struct Look {
  std::string seen;
  std::vector<int64_t> hidden;
};

Look LookAt(const IndicatorSet& set, const World& world) {
  Finest finest;
  finest[{"0727", *ParseDate("2025-01-01")}] = {CellOf(set, world[0])};
  finest[{"0751", *ParseDate("2025-01-01")}] = {CellOf(set, world[1])};
  const Publication publication = PublishNext(*Dhrd(), set, finest, nullptr);
  const std::vector<Cell> cells = CellsOf(publication);
  const std::vector<CellMask> masks = MasksOf(publication, cells);
  Look look;
  const auto add = [&look](int64_t count, bool hidden) {
    look.seen += hidden ? "#," : std::to_string(count) + ",";
    if (hidden) look.hidden.push_back(count);
  };
  for (size_t i = 0; i < cells.size(); ++i) {
    add(cells[i].numerator, masks[i].counts);
    add(cells[i].denominator - cells[i].numerator, masks[i].counts);
    add(cells[i].denominator, masks[i].counts);
    add(cells[i].unknown, masks[i].unknown);
  }
  return look;
}

TEST(MaskingAnew, OfSmallDataSetsLeavesNoHiddenOneOrTwoThatCanBeNothingElse) {
  Shape shape;
  shape.indicators = {"K1"};
  const IndicatorSet& set = SetOf(shape);
  std::map<std::string, std::vector<std::set<int64_t>>> values;  // By what is seen, of each hidden count.
  std::map<std::string, World> judged;
  for (const Parts& one : AllParts()) {
    for (const Parts& other : AllParts()) {
      const Look look = LookAt(set, {one, other});
      std::vector<std::set<int64_t>>& known = values[look.seen];
      known.resize(look.hidden.size());
      for (size_t i = 0; i < look.hidden.size(); ++i) known[i].insert(look.hidden[i]);
      if (IsJudged(one) && IsJudged(other)) judged[look.seen] = {one, other};
    }
  }
  size_t hidden = 0;
  for (const auto& [seen, world] : judged) {
    for (const std::set<int64_t>& each : values[seen]) {
      ++hidden;
      const bool pinned = each.size() == 1 && (*each.begin() == 1 || *each.begin() == 2);
      EXPECT_FALSE(pinned) << ::testing::PrintToString(world) << " shows " << seen;
    }
  }
  EXPECT_GT(hidden, 100U);
}

}  // namespace
}  // namespace hjerte::registry
