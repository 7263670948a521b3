// The registry's steps on the example report (50 resources), and its results over 100 000 courses.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "mapping/json/document.h"
#include "mapping/registry/course/assembly.h"
#include "mapping/registry/course/course_record.h"
#include "mapping/registry/indicators/cube.h"
#include "mapping/registry/publication/publication.h"
#include "mapping/registry/report/report_check.h"
#include "tests/mapping/registry/random_draw.h"

namespace {

using namespace hjerte::registry;  // NOLINT: a benchmark of one library
namespace json = hjerte::json;

const std::string kDhrd = HJERTE_BENCH_DIR "/../../mapping/dhrd";

const std::shared_ptr<const Content>& Dhrd() {
  static const std::shared_ptr<const Content> kContent = [] {
    auto content = LoadContent(kDhrd);
    if (!content.ok()) {
      std::cerr << content.status() << "\n";
      std::exit(1);
    }
    return *content;
  }();
  return kContent;
}

std::string ExampleText() {
  std::ifstream file(kDhrd + "/examples/report.json", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const json::Document& Example() {
  static const json::Document kDocument = *json::Parse(ExampleText());
  return kDocument;
}

std::vector<CurrentResource> Resources() {
  std::vector<CurrentResource> resources;
  for (const json::Value& entry : Example().root().Find("entry")->elements()) {
    resources.push_back({*entry.Find("resource"), 1'765'000'000'000'000});
  }
  return resources;
}

ExtractContext Context() {
  ExtractContext context;
  context.authority = "0751";
  context.today = *ParseDate("2026-08-01");
  return context;
}

void ParseAlone(benchmark::State& state) {
  const std::string text = ExampleText();
  for (auto _ : state) benchmark::DoNotOptimize(json::Parse(text));
}
BENCHMARK(ParseAlone);

void CheckOneReport(benchmark::State& state) {
  CheckOptions options;
  options.received_at_us = 1'785'585'600'000'000;
  for (auto _ : state) benchmark::DoNotOptimize(CheckReport(*Dhrd(), Example().root(), options));
}
BENCHMARK(CheckOneReport);

void AssembleOneCitizen(benchmark::State& state) {
  const std::vector<CurrentResource> resources = Resources();
  for (auto _ : state) benchmark::DoNotOptimize(AssembleCourses(*Dhrd(), resources));
}
BENCHMARK(AssembleOneCitizen);

void ExtractOneCourse(benchmark::State& state) {
  const std::vector<CurrentResource> resources = Resources();
  const Assembly assembly = AssembleCourses(*Dhrd(), resources);
  for (auto _ : state) benchmark::DoNotOptimize(ExtractCourse(*Dhrd(), assembly.courses.front(), Context()));
}
BENCHMARK(ExtractOneCourse);

void JudgeSixIndicators(benchmark::State& state) {
  const std::vector<CurrentResource> resources = Resources();
  const Assembly assembly = AssembleCourses(*Dhrd(), resources);
  const CourseRecord record = ExtractCourse(*Dhrd(), assembly.courses.front(), Context());
  for (auto _ : state) benchmark::DoNotOptimize(EvaluateIndicators(*Dhrd(), Dhrd()->indicator_sets().front(), record));
}
BENCHMARK(JudgeSixIndicators);

// 100 000 closed courses of five years in all municipalities.
const Cube& Courses() {
  static const Cube kCube = [] {
    Cube cube(Dhrd());
    std::mt19937 random(1);
    const auto& municipalities = Dhrd()->geographies().front().units(UnitKind::kMunicipality);
    const IndicatorSet& set = Dhrd()->indicator_sets().front();
    static const char* const kBands[] = {"18-49", "50-64", "65-74", "75+"};
    static const char* const kGroups[] = {"ami", "pci", "cabg", "ihd"};
    for (int i = 0; i < 100'000; ++i) {
      CubeRow row;
      row.closed_on = *ParseDate("2021-01-01") + std::chrono::days(random() % 1826);
      row.residence = municipalities[random() % municipalities.size()].id;
      row.sex = random() % 4 == 0 ? "female" : "male";
      row.age_group = kBands[random() % 4];
      row.diagnosis_group = kGroups[random() % 4];
      row.legal_basis = random() % 3 == 0 ? "s119" : "s140";
      const bool died = random() % 60 == 0;
      for (const Indicator& indicator : set.indicators) {
        Outcome outcome{random() % 3 == 0 ? State::kNo : State::kYes, 0};
        if (random() % 15 == 0) outcome = {State::kUnknown, 0};
        if (indicator.excluded.size() > 3 && random() % 3 == 0) outcome = {State::kExcluded, 3};
        if (died) outcome = {State::kExcluded, 0};
        row.outcomes.push_back(outcome);
      }
      cube.Add(row);
    }
    return cube;
  }();
  return kCube;
}

Query FiveYears(PeriodKind kind) {
  Query query;
  query.period_kind = kind;
  query.from = *ParseDate("2021-01-01");
  query.to = *ParseDate("2025-12-31");
  return query;
}

// 98 municipalities × 6 indicators × 5 years, with per cent and interval as text.
void FullTable(benchmark::State& state) {
  Query query = FiveYears(PeriodKind::kYear);
  query.unit_kinds = {UnitKind::kMunicipality};
  size_t cells_count = 0;
  for (auto _ : state) {
    const std::vector<Cell> cells = *Courses().Run(query);
    for (const Cell& cell : cells) benchmark::DoNotOptimize(Figures(cell));
    cells_count = cells.size();
  }
  state.counters["cells"] = static_cast<double>(cells_count);
}
BENCHMARK(FullTable)->Unit(benchmark::kMillisecond);

// The whole public grid: every unit, quarter, half-year and year, total and four divisions.
void MaskPublicGrid(benchmark::State& state) {
  const IndicatorSet& set = Dhrd()->indicator_sets().front();
  const Finest finest = *FinestOf(*Dhrd(), Courses(), set, *ParseDate("2025-12-31"));
  MaskSummary summary;
  for (auto _ : state) summary = PublishNext(*Dhrd(), set, finest, nullptr, testing::RandomDraw(1)).summary;
  state.counters["cells"] = static_cast<double>(summary.cells);
  state.counters["figures"] = static_cast<double>(summary.figures);
  state.counters["hidden"] = static_cast<double>(summary.figures_hidden);
  state.counters["counts_hidden_primary"] = static_cast<double>(summary.hidden_primary);
  state.counters["counts_hidden_secondary"] = static_cast<double>(summary.hidden_secondary);
}
BENCHMARK(MaskPublicGrid)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
