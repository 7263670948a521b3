// How much the masking hides of a published grid, by level, and the CPU time of masking it: hjerte_bench_masking
// [courses a year] [years] [largest municipality as a multiple of the mean]. The courses are random; only their numbers
// are meant to look like the country's.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "mapping/registry/content.h"
#include "mapping/registry/cube.h"
#include "mapping/registry/masking.h"
#include "mapping/registry/published_grid.h"

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

  CubeRow Course(Date first, int days) {
    const auto below = [this](unsigned limit) { return static_cast<unsigned>(random_() % limit); };
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

void Print(const std::vector<Cell>& cells, const std::vector<CellMask>& masks) {
  std::map<std::tuple<bool, PeriodKind, UnitKind>, Level> levels;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    if (!IsPublished(cell.period.kind, cell.stratum_kind)) continue;
    Level& level = levels[{cell.stratum_kind != StratumKind::kTotal, cell.period.kind, cell.unit_kind}];
    if (cell.denominator > 0) {
      ++level.results;
      const bool small =
          IsSmall(cell.numerator) || IsSmall(cell.denominator) || IsSmall(cell.denominator - cell.numerator);
      level.small += small ? 1 : 0;
      level.hidden += masks[i].counts ? 1 : 0;
    }
    const auto beside = [&](std::int64_t count, bool hidden) {
      if (count == 0) return;
      ++level.beside;
      level.beside_small += IsSmall(count) ? 1 : 0;
      level.beside_hidden += hidden ? 1 : 0;
    };
    beside(cell.unknown, masks[i].unknown);
    for (std::size_t k = 0; k < cell.exclusions.size(); ++k) beside(cell.exclusions[k].count, masks[i].exclusions[k]);
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

MaskedGrid Mask(const Content& content, const std::vector<Cell>& cells, const PublishedGrid& previous) {
  const std::clock_t begin = std::clock();
  MaskedGrid masked = MaskGrid(content, cells, previous);
  std::printf("%zu cells masked in %.1f s of CPU; %zu of %zu figures hidden; for %zu counts no witness was found\n",
              cells.size(), static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, masked.summary.figures_hidden,
              masked.summary.figures, masked.summary.unproved);
  return masked;
}

std::int64_t CoursesOf(const std::vector<Cell>& finest) {
  std::int64_t courses = 0;
  for (const Cell& cell : finest) {
    if (cell.stratum_kind != StratumKind::kTotal || cell.indicator != finest.front().indicator) continue;
    courses += cell.denominator + cell.unknown;
    for (const ReasonCount& count : cell.exclusions) courses += count.count;
  }
  return courses;
}

}  // namespace

int main(int argc, char** argv) {
  const int courses = argc > 1 ? std::atoi(argv[1]) : 9000;
  const int years = argc > 2 ? std::atoi(argv[2]) : 5;
  const double spread = argc > 3 ? std::atof(argv[3]) : 6;
  const auto content = Dhrd();
  const IndicatorSet& set = content->indicator_sets().front();
  Country country(*content, spread);
  Cube cube(content);
  const Date first = *ParseDate("2021-01-01");
  const Date last = *ParseDate(std::to_string(2020 + years) + "-12-31");
  const int days = (last - first).count() + 1;
  for (int i = 0; i < courses * years; ++i) cube.Add(country.Course(first, days));
  const std::vector<Cell> finest = TakeOver(*content, *FinestCells(cube, set.id, last), {});
  const std::vector<Cell> cells = SumUp(*content, set, finest);
  std::printf("%d courses in %d years, %lld of them published\n", courses * years, years,
              static_cast<long long>(CoursesOf(finest)));
  const MaskedGrid masked = Mask(*content, cells, {});
  Print(cells, masked.masks);

  // A month later: most new courses are of the last quarter, some are late.
  constexpr int kMonthsOfYear = 12;
  for (int i = 0; i < courses / kMonthsOfYear; ++i) {
    cube.Add(i % 10 == 0 ? country.Course(first, days) : country.Course(last - std::chrono::days(91), 92));
  }
  const std::vector<Cell> now = *FinestCells(cube, set.id, last);
  const std::vector<Cell> later = TakeOver(*content, now, finest);
  std::printf("\na month later: %lld courses, %lld of them published\n", static_cast<long long>(CoursesOf(now)),
              static_cast<long long>(CoursesOf(later)));
  const std::vector<Cell> cells_later = SumUp(*content, set, later);
  Print(cells_later, Mask(*content, cells_later, {&cells, &masked.masks}).masks);
}
