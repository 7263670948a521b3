// How much the masking hides of a published grid, by level, and the CPU time of masking it, at first and month after
// month: hjerte_bench_masking [courses a year] [years] [largest municipality as a multiple of the mean] [months]. The
// courses are random; only their numbers are meant to look like the country's.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "mapping/registry/content/content.h"
#include "mapping/registry/indicators/cube.h"
#include "mapping/registry/publication/publication.h"
#include "tests/mapping/registry/random_draw.h"

namespace {

using namespace hjerte::registry;  // NOLINT: a benchmark of one library

const char* const kUnits[] = {"municipality", "cluster", "region", "nation"};
const char* const kPeriods[] = {"month", "quarter", "half-year", "year", "own"};

std::shared_ptr<const Content> Dhrd() {
  auto content = LoadContent(HJERTE_BENCH_DIR "/../../mapping/dhrd");
  if (!content.ok()) {
    std::fprintf(stderr, "%s\n", content.status().ToString().c_str());
    std::exit(1);
  }
  return *content;
}

// Shares of a hundred that make up an indicator's outcomes, in its own order of reasons.
struct Shares {
  unsigned excluded, unknown, yes;
};
constexpr std::array<Shares, 6> kShares = {
    {{0, 2, 70}, {8, 10, 55}, {15, 25, 40}, {80, 3, 6}, {0, 10, 60}, {0, 15, 55}}};

class Country {
 public:
  Country(const Content& content, double spread) : set_(content.indicator_sets().front()) {
    double total = 0;
    for (const Unit& unit : content.geographies().front().units(UnitKind::kMunicipality)) {
      municipalities_.push_back(unit.id);
      total += std::exp(std::log(spread) * (random_() % 1000 / 500.0 - 1));
      until_.push_back(total);
    }
  }

  unsigned Below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  CubeRow Course(Date first, int days) {
    const auto below = [this](unsigned limit) { return Below(limit); };
    CubeRow row;
    row.closed_on = first + std::chrono::days(below(static_cast<unsigned>(days)));
    const double at = random_() % 1'000'000 / 1e6 * until_.back();
    row.residence =
        municipalities_[static_cast<std::size_t>(std::upper_bound(until_.begin(), until_.end(), at) - until_.begin())];
    row.sex = below(4) == 0 ? "female" : "male";
    static const char* const kBands[] = {"18-49", "50-64", "65-74", "75+"};
    row.age_group = kBands[std::min(3u, below(10) * 4 / 9)];
    static const char* const kGroups[] = {"ami", "pci", "cabg", "ihd"};
    row.diagnosis_group = kGroups[below(4)];
    row.legal_basis = below(3) == 0 ? "s119" : "s140";
    const unsigned gone = below(1000);
    for (std::size_t i = 0; i < set_.indicators.size(); ++i) {
      const Indicator& indicator = set_.indicators[i];
      const Shares& shares = kShares[i % kShares.size()];
      unsigned draw = below(100);
      Outcome outcome{State::kNo, 0};
      if (gone < 40) {
        outcome = {State::kExcluded, static_cast<std::uint8_t>(gone < 15 ? 0 : gone < 20 ? 1 : 2)};
      } else if (draw < shares.excluded && indicator.excluded.size() > 3) {
        outcome = {State::kExcluded, 3};
      } else if ((draw -= shares.excluded) < shares.unknown && !indicator.unknown.empty()) {
        outcome = {State::kUnknown, static_cast<std::uint8_t>(below(static_cast<unsigned>(indicator.unknown.size())))};
      } else if (draw - shares.unknown < shares.yes) {
        outcome = {State::kYes, 0};
      }
      row.outcomes.push_back(outcome);
    }
    return row;
  }

 private:
  const IndicatorSet& set_;
  std::mt19937 random_{1};
  std::vector<std::string> municipalities_;
  std::vector<double> until_;
};

bool IsSmall(std::int64_t count) { return count == 1 || count == 2; }

struct Level {
  std::size_t results = 0, small = 0, hidden = 0;               // Numerator and denominator.
  std::size_t beside = 0, beside_small = 0, beside_hidden = 0;  // Unknown and exclusion counts above zero.
};

void Print(const Publication& publication) {
  const GridAxes& axes = publication.axes;
  const GridMask& mask = publication.mask;
  std::map<std::tuple<bool, PeriodKind, UnitKind>, Level> levels;
  for (std::uint32_t slot = 0; slot < axes.slots(); ++slot) {
    const GridAxes::Place at = axes.PlaceOf(slot);
    if (!axes.shown(at.period, at.stratum)) continue;
    Level& level = levels[{at.stratum != axes.total(), axes.period(at.period).kind, axes.unit(at.unit).kind}];
    const std::int64_t yes = publication.counts.count(slot, kYes);
    const std::int64_t no = publication.counts.count(slot, kNo);
    if (yes + no > 0) {
      ++level.results;
      level.small += IsSmall(yes) || IsSmall(no) || IsSmall(yes + no) ? 1 : 0;
      level.hidden += mask.hidden(slot, 0) ? 1 : 0;
    }
    for (std::uint32_t part = kUnknown; part < axes.parts(at.indicator); ++part) {
      const std::int64_t count = publication.counts.count(slot, part);
      if (count == 0) continue;
      ++level.beside;
      level.beside_small += IsSmall(count) ? 1 : 0;
      level.beside_hidden += mask.hidden(slot, FigureOf(part)) ? 1 : 0;
    }
  }
  std::printf("%-8s %-10s %-13s %8s %8s %8s   %8s %8s %8s\n", "", "period", "unit", "results", "small %", "hidden %",
              "beside", "small %", "hidden %");
  const auto percent = [](std::size_t part, std::size_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  for (const auto& [key, level] : levels) {
    const auto& [stratum, period, unit] = key;
    std::printf("%-8s %-10s %-13s %8zu %8.1f %8.1f   %8zu %8.1f %8.1f\n", stratum ? "strata" : "total",
                kPeriods[static_cast<int>(period)], kUnits[static_cast<int>(unit)], level.results,
                percent(level.small, level.results), percent(level.hidden, level.results), level.beside,
                percent(level.beside_small, level.beside), percent(level.beside_hidden, level.beside));
  }
}

std::int64_t CoursesOf(const Finest& finest) {
  std::int64_t courses = 0;
  for (const auto& [block, cells] : finest) {
    // The first cell is the total of the first indicator, which counts every course.
    courses += std::accumulate(cells.front().parts.begin(), cells.front().parts.end(), std::int64_t{0});
  }
  return courses;
}

Publication Publish(const Content& content, const IndicatorSet& set, const Finest& now, const Publication* before) {
  const std::clock_t begin = std::clock();
  Publication next =
      PublishNext(content, set, now, before, testing::RandomDraw(static_cast<std::uint32_t>(now.size())));
  std::printf("%lld courses, %lld of them published, %zu quarters of municipalities held back\n",
              static_cast<long long>(CoursesOf(now)), static_cast<long long>(CoursesOf(next.finest)), next.held_back);
  std::printf("%zu cells masked in %.1f s of CPU; %zu of %zu figures hidden, %zu witnesses\n", next.summary.cells,
              static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, next.summary.figures_hidden,
              next.summary.figures, next.witnesses.size());
  return next;
}

}  // namespace

int main(int argc, char** argv) {
  const int courses = argc > 1 ? std::atoi(argv[1]) : 9000;
  const int years = argc > 2 ? std::atoi(argv[2]) : 5;
  const double spread = argc > 3 ? std::atof(argv[3]) : 6;
  const int months = argc > 4 ? std::atoi(argv[4]) : 1;
  const auto content = Dhrd();
  const IndicatorSet& set = content->indicator_sets().front();
  Country country(*content, spread);
  Cube cube(content);
  const Date first = *ParseDate("2021-01-01");
  const Date last = *ParseDate(std::to_string(2020 + years) + "-12-31");
  const int days = (last - first).count() + 1;
  for (int i = 0; i < courses * years; ++i) cube.Add(country.Course(first, days));
  Publication shown = Publish(*content, set, *FinestOf(*content, cube, set, last), nullptr);
  Print(shown);

  // Month after month: most new courses are of the last quarter, some are late, some are corrected.
  constexpr int kMonthsOfYear = 12;
  for (int month = 1; month <= months; ++month) {
    for (int i = 0; i < courses / kMonthsOfYear; ++i) {
      const CubeRow row = i % 10 == 0 ? country.Course(first, days) : country.Course(last - std::chrono::days(91), 92);
      if (i % 20 == 1) {
        cube.Update(static_cast<Cube::Slot>(country.Below(static_cast<unsigned>(cube.size()))), row);
      } else {
        cube.Add(row);
      }
    }
    std::printf("\n%d months later: ", month);
    shown = Publish(*content, set, *FinestOf(*content, cube, set, last), &shown);
  }
  Print(shown);
}
