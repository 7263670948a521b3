#include "tests/mapping/registry/attack/masking_attack.h"

#include <cstdlib>
#include <random>

#include "tests/mapping/registry/publication_cells.h"
#include "tests/mapping/registry/random_courses.h"

// What is published must not tell what is hidden. An exact solver (GLPK) plays the attacker; HJERTE_ATTACK_SETS and
// HJERTE_ATTACK_SEED make the run longer and another one.
namespace hjerte::registry {
namespace {

using testing::Attack;
using testing::AttackResult;
using testing::CellsOf;
using testing::Dhrd;
using testing::MasksOf;
using testing::PublishCourses;
using testing::RandomCourse;
using testing::RandomCourses;
using testing::See;
using testing::SeenCell;
using testing::Shape;

int FromEnvironment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

// Calls `attack` with each seed: as many as the test has from its first on, or as the environment says.
template <typename Try>
void ForSeeds(int its_sets, Try attack, int its_first = 1) {
  const auto first = static_cast<unsigned>(FromEnvironment("HJERTE_ATTACK_SEED", its_first));
  const auto sets = static_cast<unsigned>(FromEnvironment("HJERTE_ATTACK_SETS", its_sets));
  for (unsigned seed = first; seed < first + sets && !::testing::Test::HasFatalFailure(); ++seed) attack(seed);
}

// Two municipalities of one region and one of another, two quarters with their half-year and year, two sexes, two
// indicators.
Shape Small(std::mt19937& random, unsigned least = 3, unsigned most = 62) {
  Shape shape;
  shape.municipalities = {"0751", "0727", "0101"};
  shape.quarters = 2;
  shape.indicators = {"K1", "K4"};
  shape.courses = static_cast<int>(least + random() % (most - least + 1));
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

// What is published of one snapshot, with the truth; `finest`: that of the strata of quarters, too.
struct Published {
  explicit Published(const Publication& publication, bool finest = false)
      : cells(Cells(publication, finest)), masks(MasksOf(publication, cells)), seen(See(cells, masks)) {}
  static std::vector<Cell> Cells(const Publication& publication, bool finest) {
    std::vector<Cell> cells = CellsOf(publication);
    std::erase_if(cells,
                  [finest](const Cell& cell) { return !finest && !IsPublished(cell.period.kind, cell.stratum_kind); });
    return cells;
  }
  std::vector<Cell> cells;
  std::vector<CellMask> masks;
  std::vector<SeenCell> seen;
};

testing::CountedCourse CountedOf(const CubeRow& row, const Shape& shape) {
  const auto [block, cells] = *testing::FinestOfCourses({row}, shape).begin();
  testing::CountedCourse course{block.municipality, block.quarter, {}, {}};
  for (const FinestCell& cell : cells) {
    if (cell.division != StratumKind::kTotal) course.strata[cell.division] = cell.stratum;
    const auto part = std::find(cell.parts.begin(), cell.parts.end(), 1);
    course.parts[testing::SetOf(shape).indicators[cell.indicator].id] = static_cast<size_t>(part - cell.parts.begin());
  }
  return course;
}

// By who also knows that what adds up is courses; chance hides nothing that could help against him.
AttackResult AttackThinkingOfCourses(const std::vector<CubeRow>& rows, const Shape& shape) {
  const auto never = [](uint32_t, uint32_t) { return 0.99; };
  const Published published(
      PublishNext(*Dhrd(), testing::SetOf(shape), testing::FinestOfCourses(rows, shape), nullptr, never), true);
  testing::Snapshot snapshot{&published.cells, published.seen};
  for (const CubeRow& row : rows) snapshot.courses.push_back(CountedOf(row, shape));
  return Attack(*Dhrd(), {snapshot});
}

AttackResult Attack(const std::vector<Published>& series, bool same_courses = false) {
  std::vector<testing::Snapshot> snapshots;
  for (const Published& each : series) snapshots.push_back({&each.cells, each.seen});
  return Attack(*Dhrd(), snapshots, same_courses);
}

void ExpectNothingFound(const AttackResult& attack, unsigned seed) {
  ASSERT_EQ(attack.pinned, 0u) << "seed " << seed << ": " << attack.first_pinned << " of " << attack.hidden;
  ASSERT_EQ(attack.undecided, 0u) << "seed " << seed;
}

// Some data sets, published and then seen through `see`; whether the attacker finds a hidden count in at least one.
template <typename See>
bool IsFoundOut(See see) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    std::mt19937 random(seed);
    const Shape shape = Small(random);
    const std::vector<CubeRow> rows = RandomCourses(random, shape);
    const Published published(PublishCourses(rows, shape));
    if (Attack(*Dhrd(), {{&published.cells, see(published, rows, shape)}}).pinned > 0) return true;
  }
  return false;
}

TEST(MaskingAttack, NoHiddenCountOfASmallDataSetIsPinned) {
  size_t hidden = 0;
  ForSeeds(40, [&hidden](unsigned seed) {
    std::mt19937 random(seed);
    const Shape shape = Small(random);
    const AttackResult attack = Attack({Published(PublishCourses(RandomCourses(random, shape), shape))});
    hidden += attack.hidden;
    ExpectNothingFound(attack, seed);
  });
  EXPECT_GT(hidden, 0u);
}

// Everybody knows that a municipality's quarter is there once it has three courses: where it has no more than that,
// none of them can be thought away.
TEST(MaskingAttack, AQuarterThatHasJustEnoughCoursesPinsNoHiddenCount) {
  ForSeeds(100, [](unsigned seed) {
    std::mt19937 random(seed);
    const Shape shape = Small(random, 6, 30);
    ExpectNothingFound(Attack({Published(PublishCourses(RandomCourses(random, shape), shape), true)}), seed);
  });
}

// The strata of quarters are published nowhere, but where one indicator tells that all courses of a stratum lie in one
// quarter, what another indicator has in the other quarters alone is not the stratum's.
TEST(MaskingAttack, WhereTheCoursesOfAStratumLiePinsNoHiddenCount) {
  ForSeeds(
      10,
      [](unsigned seed) {
        std::mt19937 random(seed);
        Shape shape = Small(random, 8, 30);
        shape.quarters = 3;
        shape.strata = {StratumKind::kSex, StratumKind::kLegalBasis};
        ExpectNothingFound(Attack({Published(PublishCourses(RandomCourses(random, shape), shape), true)}), seed);
      },
      7090);
}

// New courses, corrections and courses withdrawn, few enough that some quarters change and some do not.
void ChangeSome(std::mt19937& random, const Shape& shape, unsigned most, std::vector<CubeRow>& rows) {
  for (unsigned changes = 1 + random() % most; changes > 0; --changes) {
    const unsigned kind = random() % 6;
    if (kind < 2) {
      rows[random() % rows.size()] = RandomCourse(random, shape);
    } else if (kind == 2 && rows.size() > 1) {
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(random() % rows.size()));
    } else {
      rows.push_back(RandomCourse(random, shape));
    }
  }
}

// The attacker kept every snapshot, is told which municipalities' quarters have not changed from each to the next, and
// thinks of the strata of quarters, which are published nowhere.
TEST(MaskingAttack, ASeriesOfSnapshotsPinsNoHiddenCount) {
  size_t held = 0;
  ForSeeds(100, [&held](unsigned seed) {
    std::mt19937 random(seed);
    const Shape shape = Small(random);
    std::vector<CubeRow> rows = RandomCourses(random, shape);
    Publication last = PublishCourses(rows, shape);
    std::vector<Published> series = {Published(last, true)};
    for (unsigned more = 3 + random() % 3; more > 0; --more) {
      ChangeSome(random, shape, 12, rows);
      last = PublishCourses(rows, shape, &last);
      held += last.held_back;
      series.emplace_back(last, true);
    }
    ExpectNothingFound(Attack(series), seed);
  });
  ::testing::Test::RecordProperty("held", static_cast<int>(held));
}

// Whom K2 takes out for want of planned sessions, and nobody else, K3 takes out for want of a training offer.
void TakeOutTheSameCourses(std::vector<CubeRow>& rows) {
  const IndicatorSet& set = Dhrd()->indicator_sets().front();
  constexpr Outcome kTakenOut{State::kExcluded, 3};
  for (CubeRow& row : rows) {
    Outcome& other = row.outcomes[*set.Find("K3")];
    if (row.outcomes[*set.Find("K2")] == kTakenOut) {
      other = kTakenOut;
    } else if (other == kTakenOut) {
      other = {State::kUnknown, 0};
    }
  }
}

TEST(MaskingAttack, WhoSupposesThatTwoReasonsTakeOutTheSameCoursesPinsNoHiddenCount) {
  ForSeeds(60, [](unsigned seed) {
    std::mt19937 random(seed);
    Shape shape = Small(random);
    shape.indicators = {"K2", "K3"};
    std::vector<CubeRow> rows = RandomCourses(random, shape);
    TakeOutTheSameCourses(rows);
    Publication last = PublishCourses(rows, shape);
    std::vector<Published> series = {Published(last, true)};
    for (int more = 2; more > 0; --more) {
      ChangeSome(random, shape, 12, rows);
      TakeOutTheSameCourses(rows);
      last = PublishCourses(rows, shape, &last);
      series.emplace_back(last, true);
    }
    ExpectNothingFound(Attack(series, /*same_courses=*/true), seed);
  });
}

constexpr Outcome kIsYes{State::kYes, 0};
constexpr Outcome kIsNo{State::kNo, 0};
constexpr Outcome kIsUnknown{State::kUnknown, 0};
constexpr Outcome kIsOut{State::kExcluded, 3};

struct StrataOf {
  std::string sex = {}, age = {}, diagnosis = {}, basis = {};
};

struct Answers {
  Outcome k2 = kIsYes, k3 = kIsYes, k4 = kIsYes;
};

// Yes is the answer to all else.
CubeRow CourseWith(const std::string& residence, const StrataOf& strata, const Answers& answers) {
  CubeRow row;
  row.closed_on = *ParseDate("2025-01-15");
  row.residence = residence;
  row.sex = strata.sex;
  row.age_group = strata.age;
  row.diagnosis_group = strata.diagnosis;
  row.legal_basis = strata.basis;
  row.outcomes.assign(6, kIsYes);
  row.outcomes[1] = answers.k2;
  row.outcomes[2] = answers.k3;
  row.outcomes[3] = answers.k4;
  return row;
}

// K4 counts all men in its denominator and takes out all s119, and K2 takes out none but s119: no man can be among
// those that K2 takes out.
TEST(MaskingAttack, ThatNobodyIsOfBothOfTwoStrataPinsNoHiddenCount) {
  Shape shape;
  shape.strata = {StratumKind::kSex, StratumKind::kLegalBasis};
  shape.indicators = {"K1", "K2", "K4"};
  std::vector<CubeRow> rows;
  rows.push_back(CourseWith("0727", {.sex = "female", .basis = "s119"}, {.k4 = kIsOut}));
  rows.push_back(CourseWith("0727", {.sex = "female", .basis = "s140"}, {.k4 = kIsOut}));
  rows.push_back(CourseWith("0727", {.sex = "female", .basis = "s140"}, {.k4 = kIsOut}));
  rows.push_back(CourseWith("0727", {.sex = "female", .basis = "s140"}, {.k2 = kIsNo}));
  rows.push_back(CourseWith("0727", {.sex = "female", .basis = "s140"}, {}));
  rows.push_back(CourseWith("0727", {.sex = "male", .basis = "s140"}, {}));
  rows.push_back(CourseWith("0751", {.sex = "female", .basis = "s140"}, {}));
  rows.push_back(CourseWith("0751", {.sex = "male", .basis = "s140"}, {}));
  rows.push_back(CourseWith("0751", {.sex = "male", .basis = "s140"}, {}));
  ExpectNothingFound(AttackThinkingOfCourses(rows, shape), 0);
}

// K4 knows nothing of the one of 50 to 64 years, and nothing of no one but those of AMI, all of whom K2 takes out: the
// one is taken out, too.
TEST(MaskingAttack, ThatOneIsAmongThoseOfAnotherIndicatorPinsNoHiddenCount) {
  Shape shape;
  shape.strata = {StratumKind::kAgeGroup, StratumKind::kDiagnosisGroup};
  shape.indicators = {"K1", "K2", "K4"};
  std::vector<CubeRow> rows;
  rows.push_back(CourseWith("0727", {.age = "50-64", .diagnosis = "ami"}, {.k2 = kIsOut, .k4 = kIsUnknown}));
  rows.push_back(CourseWith("0727", {.age = "65-74", .diagnosis = "ami"}, {.k2 = kIsOut, .k4 = kIsUnknown}));
  rows.push_back(CourseWith("0727", {.age = "65-74", .diagnosis = "ami"}, {.k2 = kIsOut, .k4 = kIsUnknown}));
  rows.push_back(CourseWith("0727", {.age = "65-74", .diagnosis = "ami"}, {.k2 = kIsOut}));
  rows.push_back(CourseWith("0727", {.age = "65-74", .diagnosis = "pci"}, {.k2 = kIsOut}));
  for (int i = 0; i < 3; ++i) rows.push_back(CourseWith("0727", {.age = "65-74", .diagnosis = "pci"}, {}));
  rows.push_back(CourseWith("0751", {.age = "65-74", .diagnosis = "ami"}, {.k2 = kIsOut, .k4 = kIsUnknown}));
  rows.push_back(CourseWith("0751", {.age = "65-74", .diagnosis = "ami"}, {.k2 = kIsOut}));
  rows.push_back(CourseWith("0751", {.age = "65-74", .diagnosis = "ami"}, {.k2 = kIsOut}));
  ExpectNothingFound(AttackThinkingOfCourses(rows, shape), 0);
}

// Nobody of s140 is of AMI, and K4 knows all of PCI: so it knows all of s140, though either could have one it does not.
TEST(MaskingAttack, ThatTwoStrataWouldHaveToMeetPinsNoHiddenCount) {
  Shape shape;
  shape.strata = {StratumKind::kAgeGroup, StratumKind::kDiagnosisGroup, StratumKind::kLegalBasis};
  shape.indicators = {"K1", "K3", "K4"};
  std::vector<CubeRow> rows;
  rows.push_back(
      CourseWith("0727", {.age = "50-64", .diagnosis = "ami", .basis = "s119"}, {.k3 = kIsOut, .k4 = kIsUnknown}));
  rows.push_back(CourseWith("0727", {.age = "65-74", .diagnosis = "ami", .basis = "s119"}, {.k3 = kIsOut}));
  rows.push_back(
      CourseWith("0727", {.age = "65-74", .diagnosis = "ami", .basis = "s119"}, {.k3 = kIsOut, .k4 = kIsUnknown}));
  rows.push_back(CourseWith("0727", {.age = "65-74", .diagnosis = "pci", .basis = "s119"}, {}));
  rows.push_back(CourseWith("0727", {.age = "65-74", .diagnosis = "pci", .basis = "s140"}, {}));
  rows.push_back(
      CourseWith("0751", {.age = "50-64", .diagnosis = "ami", .basis = "s119"}, {.k3 = kIsOut, .k4 = kIsUnknown}));
  rows.push_back(CourseWith("0751", {.age = "65-74", .diagnosis = "ami", .basis = "s119"}, {.k3 = kIsOut}));
  rows.push_back(CourseWith("0751", {.age = "65-74", .diagnosis = "ami", .basis = "s119"}, {.k3 = kIsOut}));
  rows.push_back(
      CourseWith("0751", {.age = "65-74", .diagnosis = "ami", .basis = "s119"}, {.k3 = kIsOut, .k4 = kIsUnknown}));
  for (int i = 0; i < 3; ++i)
    rows.push_back(CourseWith("0751", {.age = "65-74", .diagnosis = "pci", .basis = "s119"}, {}));
  for (int i = 0; i < 3; ++i)
    rows.push_back(CourseWith("0751", {.age = "65-74", .diagnosis = "pci", .basis = "s140"}, {.k3 = kIsNo}));
  ExpectNothingFound(AttackThinkingOfCourses(rows, shape), 0);
}

// Whom K4 knows nothing of is a man, and of AMI, all of whom K2 takes out; it takes out no other man, so who it takes
// out of PCI is a woman.
TEST(MaskingAttack, ThatTwoStrataSurelyMeetPinsNoHiddenCount) {
  Shape shape;
  shape.strata = {StratumKind::kSex, StratumKind::kDiagnosisGroup};
  shape.indicators = {"K1", "K2", "K4"};
  std::vector<CubeRow> rows;
  rows.push_back(CourseWith("0727", {.sex = "male", .diagnosis = "ami"}, {.k2 = kIsOut, .k4 = kIsUnknown}));
  rows.push_back(CourseWith("0727", {.sex = "female", .diagnosis = "ami"}, {.k2 = kIsOut}));
  rows.push_back(CourseWith("0727", {.sex = "female", .diagnosis = "pci"}, {.k2 = kIsOut}));
  rows.push_back(CourseWith("0727", {.sex = "female", .diagnosis = "pci"}, {}));
  for (int i = 0; i < 2; ++i) rows.push_back(CourseWith("0727", {.sex = "male", .diagnosis = "pci"}, {}));
  for (int i = 0; i < 2; ++i) rows.push_back(CourseWith("0751", {.sex = "female", .diagnosis = "ami"}, {.k2 = kIsOut}));
  for (int i = 0; i < 2; ++i) rows.push_back(CourseWith("0751", {.sex = "female", .diagnosis = "pci"}, {}));
  rows.push_back(CourseWith("0751", {.sex = "male", .diagnosis = "pci"}, {}));
  ExpectNothingFound(AttackThinkingOfCourses(rows, shape), 0);
}

// Courses that are much alike: so few are of some strata, and give some answers, that these tell of each other.
std::vector<CubeRow> MuchAlike(std::mt19937& random, const Shape& shape) {
  std::map<std::string, unsigned> most;  // Of a hundred.
  const auto is_usual = [&](const std::string& what) {
    const auto [entry, added] = most.try_emplace(what, 0);
    if (added) entry->second = random() % 3 == 0 ? 100 : 40 + random() % 60;
    return random() % 100 < entry->second;
  };
  std::vector<CubeRow> rows = RandomCourses(random, shape);
  for (CubeRow& row : rows) {
    row.sex = is_usual("sex") ? "male" : "female";
    row.age_group = is_usual("age") ? "65-74" : "50-64";
    row.diagnosis_group = is_usual("diagnosis") ? "ami" : "pci";
    row.legal_basis = is_usual("basis") ? "s140" : "s119";
    for (size_t i = 0; i < row.outcomes.size(); ++i) {
      const std::string name = std::to_string(i);
      const bool may_be_out = Dhrd()->indicator_sets().front().indicators[i].excluded.size() > 3;
      row.outcomes[i] = is_usual("yes" + name) ? kIsYes : kIsNo;
      if (!is_usual("known" + name)) row.outcomes[i] = kIsUnknown;
      if (may_be_out && !is_usual("in" + name)) row.outcomes[i] = kIsOut;
    }
  }
  return rows;
}

TEST(MaskingAttack, WhoKnowsThatCoursesAreWhatAddsUpPinsNoHiddenCount) {
  ForSeeds(60, [](unsigned seed) {
    std::mt19937 random(seed);
    Shape shape;
    shape.municipalities = {"0751", "0727"};
    shape.quarters = 1 + static_cast<int>(random() % 2);
    shape.strata = {StratumKind::kSex, random() % 2 == 0 ? StratumKind::kDiagnosisGroup : StratumKind::kLegalBasis};
    shape.indicators = {"K1", "K2", "K4"};
    shape.courses = shape.quarters * static_cast<int>(6 + random() % 16);
    ExpectNothingFound(AttackThinkingOfCourses(MuchAlike(random, shape), shape), seed);
  });
}

// Five municipalities in two regions, a whole year, two divisions, every indicator.
TEST(MaskingAttack, NoHiddenCountOfALargerDataSetIsPinned) {
  ForSeeds(1, [](unsigned seed) {
    std::mt19937 random(seed);
    Shape shape;
    shape.strata = {StratumKind::kSex, StratumKind::kAgeGroup};
    shape.courses = 60 + static_cast<int>(random() % 300);
    ExpectNothingFound(Attack({Published(PublishCourses(RandomCourses(random, shape), shape))}), seed);
  });
}

TEST(MaskingAttack, TheSolverFindsWhatTheRuleOfOneAndTwoAloneLeaves) {
  EXPECT_TRUE(IsFoundOut([](const Published& published, const std::vector<CubeRow>&, const Shape&) {
    return See(published.cells, MaskByTheRuleAlone(published.cells));
  }));
}

TEST(MaskingAttack, TheSolverFindsWhatMaskingEachIndicatorByItselfLeaves) {
  EXPECT_TRUE(IsFoundOut([](const Published& published, const std::vector<CubeRow>& rows, Shape shape) {
    std::vector<CellMask> masks(published.cells.size());
    for (const std::string indicator : {"K1", "K4"}) {
      shape.indicators = {indicator};
      const Published alone(PublishCourses(rows, shape));
      size_t next = 0;
      for (size_t i = 0; i < masks.size(); ++i) {
        if (published.cells[i].indicator == indicator) masks[i] = alone.masks[next++];
      }
    }
    return See(published.cells, masks);
  }));
}

TEST(MaskingAttack, TheSolverFindsWhatAnOpenTotalGivesAway) {
  EXPECT_TRUE(IsFoundOut([](const Published& published, const std::vector<CubeRow>&, const Shape&) {
    std::vector<CellMask> masks = published.masks;
    for (size_t i = 0; i < masks.size(); ++i) {
      if (published.cells[i].stratum_kind != StratumKind::kTotal) continue;
      masks[i].counts = masks[i].unknown = false;
      masks[i].exclusions.assign(masks[i].exclusions.size(), false);
    }
    return See(published.cells, masks);
  }));
}

TEST(MaskingAttack, TheSolverFindsAFractionByThePerCentAndIntervalThatAreLeft) {
  EXPECT_TRUE(IsFoundOut([](const Published& published, const std::vector<CubeRow>&, const Shape&) {
    std::vector<SeenCell> seen = published.seen;
    for (size_t i = 0; i < seen.size(); ++i) {
      if (!IsPublished(seen[i].period.kind, seen[i].stratum_kind)) continue;
      const CellFigures figures = Figures(published.cells[i]);
      seen[i].percent = figures.percent;
      seen[i].ci_low = figures.ci_low;
      seen[i].ci_high = figures.ci_high;
    }
    return seen;
  }));
}

TEST(MaskingAttack, TheSolverFindsWhatMaskingWithoutTheSnapshotsBeforeLeaves) {
  size_t pinned = 0;
  for (unsigned seed = 1; seed <= 12 && pinned == 0; ++seed) {
    std::mt19937 random(seed);
    const Shape shape = Small(random);
    std::vector<CubeRow> rows = RandomCourses(random, shape);
    std::vector<Published> series = {Published(PublishCourses(rows, shape))};
    rows.push_back(RandomCourse(random, shape));
    series.emplace_back(PublishCourses(rows, shape));
    pinned += Attack(series).pinned;
  }
  EXPECT_GT(pinned, 0u);
}

}  // namespace
}  // namespace hjerte::registry
