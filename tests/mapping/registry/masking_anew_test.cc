#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/mapping/registry/random_courses.h"

// Who knows how figures are masked can mask every data set that could be meant, and keep those that look as what is
// published does.
namespace hjerte::registry {
namespace {

using testing::Dhrd;
using testing::RandomDraw;
using testing::SetOf;
using testing::Shape;

using Parts = std::array<int32_t, 4>;  // Yes, no, unknown, and one reason to take a course out.
using World = std::vector<Parts>;      // Of municipalities of one region, in one quarter.

const std::vector<std::string> kMunicipalities = {"0727", "0751", "0740"};
const Date kQuarter = *ParseDate("2025-01-01");

const IndicatorSet& OneIndicator() {
  Shape shape;
  shape.indicators = {"K1"};
  return SetOf(shape);
}

uint32_t ReasonPart() {
  static const uint32_t kPart =
      kFirstExclusion + static_cast<uint32_t>(GridAxes(*Dhrd(), OneIndicator(), {}).common_exclusions());
  return kPart;
}

Publication Published(const World& world, const Draw& draw, const Publication* before = nullptr) {
  const Indicator& indicator = OneIndicator().indicators.front();
  Finest finest;
  for (size_t i = 0; i < world.size(); ++i) {
    FinestCell cell{StratumKind::kTotal, "", 0, {}};
    cell.parts.resize(kFirstExclusion + indicator.excluded.size() + indicator.unknown.size());
    std::copy_n(world[i].begin(), kFirstExclusion, cell.parts.begin());
    cell.parts[ReasonPart()] = world[i].back();
    finest[{kMunicipalities[i], kQuarter}] = {cell};
  }
  return PublishNext(*Dhrd(), OneIndicator(), finest, before, draw);
}

// A count of a published cell, and what it can be.
struct Count {
  uint32_t slot = 0, figure = 0;
  std::vector<size_t> municipalities;  // Of the world, that the cell holds.
  std::vector<size_t> parts;           // That the count is the sum of.
  bool hidden = false;
  int64_t truth = 0;
  std::set<int64_t> possible;

  int64_t In(const World& world) const {
    int64_t count = 0;
    for (const size_t municipality : municipalities) {
      for (const size_t part : parts) count += world[municipality][part];
    }
    return count;
  }
  // A hidden denominator − numerator of 0 is not published (masking.cc).
  bool IsOpen() const { return hidden && possible.size() < 2 && !(truth == 0 && parts == std::vector<size_t>{kNo}); }
};

// Who has what is published of a world, and tries others.
class Attacker {
 public:
  Attacker(const World& world, const Publication& publication) : mask_(publication.mask) {
    const GridAxes& axes = publication.axes;
    for (uint32_t slot = 0; slot < axes.slots(); ++slot) {
      const GridAxes::Place at = axes.PlaceOf(slot);
      if (!publication.counts.present(slot) || !axes.shown(at.period, at.stratum)) continue;
      slots_.push_back(slot);
      const std::vector<size_t> held = HeldBy(axes, at.unit, world.size());
      for (const std::vector<size_t>& parts : {std::vector<size_t>{kYes}, {kNo}, {kYes, kNo}})
        Add(world, slot, 0, held, parts);
      Add(world, slot, FigureOf(kUnknown), held, {kUnknown});
      Add(world, slot, FigureOf(ReasonPart()), held, {kFirstExclusion});
    }
  }

  // Tries the worlds of as many municipalities with so many courses each at most, until each hidden count has another
  // value or all are tried. True when each has.
  bool FindOthers(std::mt19937& random, int32_t courses, size_t municipalities) {
    return Try(Choices(random, courses, municipalities), [this](const World& world) {
      if (IsNews(world)) Take(world, Published(world, AsSeen()));
      return Pinned().empty();
    });
  }
  // All those that agree with what is shown.
  std::vector<World> Fitting(std::mt19937& random, int32_t courses, size_t municipalities) const {
    std::vector<World> fitting;
    Try(Choices(random, courses, municipalities), [&fitting](const World& world) {
      fitting.push_back(world);
      return false;
    });
    return fitting;
  }

  // Whether the world gives a hidden count without another value one.
  bool IsNews(const World& world) const {
    return std::any_of(counts_.begin(), counts_.end(),
                       [&](const Count& each) { return each.IsOpen() && each.In(world) != each.truth; });
  }
  // Whatever is hidden may be so by chance.
  Draw AsSeen() const {
    return [this](uint32_t slot, uint32_t figure) { return mask_.hidden(slot, figure) ? 0.0 : 1.0 - 1e-9; };
  }
  bool LooksTheSame(const Publication& other) const {
    return std::all_of(slots_.begin(), slots_.end(),
                       [&](uint32_t slot) { return other.mask.hidden(slot) == mask_.hidden(slot); });
  }
  // Takes the world's counts as possible where it looks as what is published does.
  void Take(const World& world, const Publication& as_published) {
    if (!LooksTheSame(as_published)) return;
    for (Count& each : counts_) each.possible.insert(each.In(world));
  }

  size_t hidden() const {
    return static_cast<size_t>(
        std::count_if(counts_.begin(), counts_.end(), [](const Count& each) { return each.hidden; }));
  }
  std::vector<int64_t> Pinned() const {
    std::vector<int64_t> pinned;
    for (const Count& each : counts_) {
      if (each.IsOpen()) pinned.push_back(each.truth);
    }
    return pinned;
  }

 private:
  static std::vector<size_t> HeldBy(const GridAxes& axes, uint32_t unit, size_t municipalities) {
    std::vector<size_t> held;
    for (size_t i = 0; i < municipalities; ++i) {
      const auto& over = axes.UnitsOver(*axes.FindUnit(UnitKind::kMunicipality, kMunicipalities[i]),
                                        *axes.FindPeriod(PeriodKind::kQuarter, kQuarter));
      if (std::find(over.begin(), over.end(), unit) != over.end()) held.push_back(i);
    }
    return held;
  }

  void Add(const World& world, uint32_t slot, uint32_t figure, const std::vector<size_t>& held,
           const std::vector<size_t>& parts) {
    Count count;
    count.slot = slot;
    count.figure = figure;
    count.municipalities = held;
    count.parts = parts;
    count.hidden = mask_.hidden(slot, figure);
    count.truth = count.In(world);
    count.possible = {count.truth};
    counts_.push_back(std::move(count));
  }

  // What a municipality may have by what is shown of it alone.
  std::vector<Parts> PartsFitting(size_t municipality, int32_t courses) const {
    std::vector<Parts> fitting;
    World alone(municipality + 1);
    Parts& parts = alone.back();
    for (parts[0] = 0; parts[0] <= courses; ++parts[0]) {
      for (parts[1] = 0; parts[0] + parts[1] <= courses; ++parts[1]) {
        for (parts[2] = 0; parts[0] + parts[1] + parts[2] <= courses; ++parts[2]) {
          const int32_t before = parts[0] + parts[1] + parts[2];
          for (parts[3] = std::max(0, static_cast<int32_t>(kChangedCoursesMin) - before); before + parts[3] <= courses;
               ++parts[3]) {
            const bool fits = std::all_of(counts_.begin(), counts_.end(), [&](const Count& each) {
              return each.hidden || each.municipalities != std::vector<size_t>{municipality} ||
                     each.In(alone) == each.truth;
            });
            if (fits) fitting.push_back(parts);
          }
        }
      }
    }
    return fitting;
  }

  std::vector<std::vector<Parts>> Choices(std::mt19937& random, int32_t courses, size_t municipalities) const {
    std::vector<std::vector<Parts>> choices;
    for (size_t i = 0; i < municipalities; ++i) {
      choices.push_back(PartsFitting(i, courses));
      std::shuffle(choices.back().begin(), choices.back().end(), random);
    }
    return choices;
  }

  // Visits what fits until the visitor has enough.
  template <typename Visit>
  bool Try(const std::vector<std::vector<Parts>>& choices, Visit visit, World world = {}) const {
    if (world.size() == choices.size()) {
      const bool fits = std::all_of(counts_.begin(), counts_.end(),
                                    [&](const Count& each) { return each.hidden || each.In(world) == each.truth; });
      return fits && visit(world);
    }
    const std::vector<Parts>& next = choices[world.size()];
    world.emplace_back();
    return std::any_of(next.begin(), next.end(), [&](const Parts& parts) {
      world.back() = parts;
      return Try(choices, visit, world);
    });
  }

  GridMask mask_;
  std::vector<uint32_t> slots_;
  std::vector<Count> counts_;
};

struct Range {
  size_t municipalities;
  int32_t courses_min, courses_max;  // Of each municipality that is judged.
  int32_t courses_tried;             // At most, so that what is judged has neighbours.
  int sets;
};

class MaskingAnew : public ::testing::TestWithParam<Range> {};

World RandomWorld(std::mt19937& random, const Range& range) {
  World world(range.municipalities);
  for (Parts& parts : world) {
    const auto more = random() % static_cast<unsigned>(range.courses_max - range.courses_min + 1);
    for (unsigned i = 0; i < static_cast<unsigned>(range.courses_min) + more; ++i) ++parts[random() % parts.size()];
  }
  return world;
}

int FromEnvironment(const char* name, int otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoi(value);
}

std::mt19937 Random() { return std::mt19937(static_cast<unsigned>(FromEnvironment("HJERTE_ATTACK_SEED", 1))); }

Draw AnyDraw(std::mt19937& random) { return RandomDraw(static_cast<uint32_t>(random())); }

TEST_P(MaskingAnew, OfSmallDataSetsLeavesNoHiddenCountThatCanBeNothingElse) {
  std::mt19937 random = Random();
  size_t hidden = 0;
  for (int i = FromEnvironment("HJERTE_ATTACK_SETS", GetParam().sets); i > 0; --i) {
    const World world = RandomWorld(random, GetParam());
    Attacker attacker(world, Published(world, AnyDraw(random)));
    hidden += attacker.hidden();
    EXPECT_TRUE(attacker.FindOthers(random, GetParam().courses_tried, world.size()))
        << ::testing::PrintToString(world) << " has " << ::testing::PrintToString(attacker.Pinned());
  }
  EXPECT_GT(hidden, 100U);
}

INSTANTIATE_TEST_SUITE_P(OfFewCourses, MaskingAnew,
                         ::testing::Values(Range{2, 3, 4, 8, 300}, Range{2, 5, 6, 8, 300}, Range{3, 3, 4, 6, 100}));

const Range kOfSeries{2, 3, 5, 7, 40};

// Some municipalities get three courses more, others are made anew.
World Changed(std::mt19937& random, const World& before) {
  World now = RandomWorld(random, kOfSeries);
  for (size_t i = 0; i < now.size(); ++i) {
    if (random() % 2 == 0) continue;
    now[i] = before[i];
    for (int more = 0; more < kChangedCoursesMin; ++more) ++now[i][random() % now[i].size()];
  }
  return now;
}

// Of two snapshots, each taken over whole.
class History {
 public:
  explicit History(std::mt19937& random)
      : first_(RandomWorld(random, kOfSeries)),
        second_(Changed(random, first_)),
        published_(Published(first_, AnyDraw(random))),
        next_(Published(second_, AnyDraw(random), &published_)),
        of_first_(first_, published_),
        of_second_(second_, next_) {}

  bool IsTakenOver() const { return IsTakenOver(second_, next_); }
  size_t hidden() const { return of_first_.hidden() + of_second_.hidden(); }
  bool IsPinned() const { return !of_first_.Pinned().empty() || !of_second_.Pinned().empty(); }

  // Tries others at random.
  void FindOthers(std::mt19937& random) {
    constexpr int kTries = 20000;
    const std::vector<World> first = of_first_.Fitting(random, kOfSeries.courses_tried, first_.size());
    const std::vector<World> second = of_second_.Fitting(random, kOfSeries.courses_tried + 3, second_.size());
    for (int i = 0; i < kTries && IsPinned(); ++i) {
      Try(i % 3 == 1 ? first_ : first[random() % first.size()],
          i % 3 == 2 ? second_ : second[random() % second.size()]);
    }
  }

 private:
  static bool IsTakenOver(const World& world, const Publication& publication) {
    return publication.finest == Published(world, [](uint32_t, uint32_t) { return 0.5; }).finest;
  }

  void Try(const World& first, const World& second) {
    if (!of_first_.IsNews(first) && !of_second_.IsNews(second)) return;
    const Publication published = Published(first, of_first_.AsSeen());
    if (!of_first_.LooksTheSame(published)) return;
    const Publication next = Published(second, of_second_.AsSeen(), &published);
    if (!of_second_.LooksTheSame(next) || !IsTakenOver(second, next)) return;
    of_first_.Take(first, published);
    of_second_.Take(second, next);
  }

  World first_, second_;
  Publication published_, next_;
  Attacker of_first_, of_second_;
};

TEST(MaskingAnewOfASeries, OfTwoSnapshotsLeavesNoHiddenCountThatCanBeNothingElse) {
  std::mt19937 random = Random();
  size_t hidden = 0;
  for (int i = FromEnvironment("HJERTE_ATTACK_SETS", kOfSeries.sets); i > 0; --i) {
    History history(random);
    if (!history.IsTakenOver()) continue;
    history.FindOthers(random);
    hidden += history.hidden();
    EXPECT_FALSE(history.IsPinned());
  }
  EXPECT_GT(hidden, 100U);
}

}  // namespace
}  // namespace hjerte::registry
