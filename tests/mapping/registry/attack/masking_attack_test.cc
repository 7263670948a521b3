#include "tests/mapping/registry/attack/masking_attack.h"

#include <cstdlib>
#include <random>

#include "tests/mapping/registry/random_courses.h"

// What is published must not tell what is hidden. An exact solver (GLPK) plays the attacker; HJERTE_ATTACK_SETS and
// HJERTE_ATTACK_SEED make the run longer and another one.
namespace hjerte::registry {
namespace {

using testing::Attack;
using testing::AttackResult;
using testing::Dhrd;
using testing::FinestOfCourses;
using testing::GridOf;
using testing::PublishedOf;
using testing::RandomCourse;
using testing::RandomCourses;
using testing::See;
using testing::SeenCell;
using testing::Shape;

int FromEnvironment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

// Two municipalities of one region and one of another, two quarters with their half-year and year, two sexes, two
// indicators.
Shape Small(std::mt19937& random) {
  Shape shape;
  shape.municipalities = {"0751", "0727", "0101"};
  shape.quarters = 2;
  shape.indicators = {"K1", "K4"};
  shape.courses = 3 + static_cast<int>(random() % 60);
  return shape;
}

bool IsSmall(int64_t count) { return count == 1 || count == 2; }

std::vector<CellMask> MaskByTheRuleAlone(const std::vector<Cell>& cells) {
  std::vector<CellMask> masks;
  for (const Cell& cell : cells) {
    CellMask mask;
    mask.counts = IsSmall(cell.numerator) || IsSmall(cell.denominator) || IsSmall(cell.denominator - cell.numerator);
    mask.unknown = IsSmall(cell.unknown);
    for (const ReasonCount& count : cell.exclusions) mask.exclusions.push_back(IsSmall(count.count));
    masks.push_back(std::move(mask));
  }
  return masks;
}

// Some data sets, each masked by `mask`; whether the attacker finds a hidden count in at least one of them.
template <typename Mask>
bool IsFoundOut(Mask mask) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    std::mt19937 random(seed);
    const Shape shape = Small(random);
    const std::vector<Cell> cells = GridOf(RandomCourses(random, shape), shape);
    if (Attack(*Dhrd(), {{&cells, mask(cells)}}).pinned > 0) return true;
  }
  return false;
}

TEST(MaskingAttack, NoHiddenCountOfASmallDataSetIsPinned) {
  const int sets = FromEnvironment("HJERTE_ATTACK_SETS", 40);
  const auto first = static_cast<unsigned>(FromEnvironment("HJERTE_ATTACK_SEED", 1));
  size_t hidden = 0;
  for (unsigned seed = first; seed < first + static_cast<unsigned>(sets); ++seed) {
    std::mt19937 random(seed);
    const Shape shape = Small(random);
    const std::vector<Cell> cells = GridOf(RandomCourses(random, shape), shape);
    const MaskedGrid masked = MaskGrid(*Dhrd(), cells);
    const AttackResult attack = Attack(*Dhrd(), cells, masked.masks);
    hidden += attack.hidden;
    ASSERT_EQ(attack.pinned, 0u) << "seed " << seed << ": " << attack.first_pinned << " of " << attack.hidden;
    ASSERT_EQ(attack.undecided, 0u) << "seed " << seed;
    ASSERT_EQ(masked.summary.unproved, 0u) << "seed " << seed;
  }
  EXPECT_GT(hidden, 0u);
  RecordProperty("hidden", static_cast<int>(hidden));
}

// New courses and corrections, few enough that some quarters change and some do not.
void ChangeSome(std::mt19937& random, const Shape& shape, unsigned most, std::vector<CubeRow>& rows) {
  for (unsigned changes = 1 + random() % most; changes > 0; --changes) {
    if (random() % 3 == 0) {
      rows[random() % rows.size()] = RandomCourse(random, shape);
    } else {
      rows.push_back(RandomCourse(random, shape));
    }
  }
}

// The attacker is told which municipalities' quarters have not changed.
TEST(MaskingAttack, TwoSnapshotsTogetherPinNoHiddenCount) {
  const int sets = FromEnvironment("HJERTE_ATTACK_SETS", 40) / 4;
  const auto first = static_cast<unsigned>(FromEnvironment("HJERTE_ATTACK_SEED", 1));
  for (unsigned seed = first; seed < first + static_cast<unsigned>(sets); ++seed) {
    std::mt19937 random(seed);
    const Shape shape = Small(random);
    std::vector<CubeRow> rows = RandomCourses(random, shape);
    const std::vector<CubeRow> old_rows = rows;
    const std::vector<Cell> before = GridOf(rows, shape);
    const MaskedGrid first_masked = MaskGrid(*Dhrd(), before);
    ChangeSome(random, shape, 8, rows);
    const std::vector<Cell> now =
        PublishedOf(TakeOver(*Dhrd(), FinestOfCourses(rows, shape), FinestOfCourses(old_rows, shape)));
    const MaskedGrid masked = MaskGrid(*Dhrd(), now, {&before, &first_masked.masks});
    const AttackResult attack =
        Attack(*Dhrd(), {{&before, See(before, first_masked.masks)}, {&now, See(now, masked.masks)}});
    ASSERT_EQ(attack.pinned, 0u) << "seed " << seed << ": " << attack.first_pinned << " of " << attack.hidden;
  }
}

// Five municipalities in two regions, a whole year, two divisions, every indicator.
TEST(MaskingAttack, NoHiddenCountOfALargerDataSetIsPinned) {
  const int sets = FromEnvironment("HJERTE_ATTACK_SETS", 40) / 40;
  const auto first = static_cast<unsigned>(FromEnvironment("HJERTE_ATTACK_SEED", 1));
  for (unsigned seed = first; seed < first + static_cast<unsigned>(sets); ++seed) {
    std::mt19937 random(seed);
    Shape shape;
    shape.strata = {StratumKind::kSex, StratumKind::kAgeGroup};
    shape.courses = 60 + static_cast<int>(random() % 300);
    const std::vector<Cell> cells = GridOf(RandomCourses(random, shape), shape);
    const MaskedGrid masked = MaskGrid(*Dhrd(), cells);
    const AttackResult attack = Attack(*Dhrd(), cells, masked.masks);
    ASSERT_EQ(attack.pinned, 0u) << "seed " << seed << ": " << attack.first_pinned << " of " << attack.hidden;
    ASSERT_EQ(attack.undecided, 0u) << "seed " << seed;
  }
}

TEST(MaskingAttack, TheSolverFindsWhatTheRuleOfOneAndTwoAloneLeaves) {
  EXPECT_TRUE(IsFoundOut([](const std::vector<Cell>& cells) { return See(cells, MaskByTheRuleAlone(cells)); }));
}

TEST(MaskingAttack, TheSolverFindsWhatMaskingEachIndicatorByItselfLeaves) {
  EXPECT_TRUE(IsFoundOut([](const std::vector<Cell>& cells) {
    std::vector<CellMask> masks(cells.size());
    for (const std::string indicator : {"K1", "K4"}) {
      std::vector<Cell> alone;
      std::vector<size_t> places;
      for (size_t i = 0; i < cells.size(); ++i) {
        if (cells[i].indicator != indicator) continue;
        alone.push_back(cells[i]);
        places.push_back(i);
      }
      const MaskedGrid masked = MaskGrid(*Dhrd(), alone);
      for (size_t i = 0; i < places.size(); ++i) masks[places[i]] = masked.masks[i];
    }
    return See(cells, masks);
  }));
}

TEST(MaskingAttack, TheSolverFindsWhatAnOpenTotalGivesAway) {
  EXPECT_TRUE(IsFoundOut([](const std::vector<Cell>& cells) {
    std::vector<CellMask> masks = MaskGrid(*Dhrd(), cells).masks;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].stratum_kind != StratumKind::kTotal) continue;
      masks[i].counts = masks[i].unknown = false;
      masks[i].exclusions.assign(cells[i].exclusions.size(), false);
    }
    return See(cells, masks);
  }));
}

TEST(MaskingAttack, TheSolverFindsAFractionByThePerCentAndIntervalThatAreLeft) {
  EXPECT_TRUE(IsFoundOut([](const std::vector<Cell>& cells) {
    std::vector<SeenCell> seen = See(cells, MaskGrid(*Dhrd(), cells).masks);
    for (size_t i = 0; i < cells.size(); ++i) {
      const CellFigures figures = Figures(cells[i]);
      seen[i].percent = figures.percent;
      seen[i].ci_low = figures.ci_low;
      seen[i].ci_high = figures.ci_high;
    }
    return seen;
  }));
}

TEST(MaskingAttack, TheSolverFindsWhatMaskingWithoutTheSnapshotBeforeLeaves) {
  size_t pinned = 0;
  for (unsigned seed = 1; seed <= 12 && pinned == 0; ++seed) {
    std::mt19937 random(seed);
    const Shape shape = Small(random);
    std::vector<CubeRow> rows = RandomCourses(random, shape);
    const std::vector<Cell> before = GridOf(rows, shape);
    rows.push_back(RandomCourse(random, shape));
    const std::vector<Cell> now = GridOf(rows, shape);
    pinned += Attack(*Dhrd(), {{&before, See(before, MaskGrid(*Dhrd(), before).masks)},
                               {&now, See(now, MaskGrid(*Dhrd(), now).masks)}})
                  .pinned;
  }
  EXPECT_GT(pinned, 0u);
}

}  // namespace
}  // namespace hjerte::registry
