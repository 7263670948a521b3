// A 10 KB record through the shipped maps, the largest among them, each beside the parsing of the same record and
// beside its floor: the same output written value by value, copied from one that is there, as nothing that decides and
// looks up can do it faster.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "mapping/structuremap/loader.h"
#include "mapping/structuremap/program.h"

namespace {

using namespace hjerte;

constexpr std::size_t kRecordBytes = 10'000;
const std::string kContent = std::string(HJERTE_BENCH_DIR) + "/../../mapping/dhrd/";

// `text` begins an array of values; more of them until the record is large enough, then `end`.
std::string Filled(std::string text, const std::function<std::string(int)>& value, std::string_view end) {
  for (int i = 0; text.size() < kRecordBytes; ++i) text += (i > 0 ? "," : "") + value(i);
  return text + std::string(end);
}

// A course of the CSV source with sessions and measurements, of a citizen who does not exist.
std::string CsvRecord() {
  std::string text =
      R"({"ForloebsID":"F1","CPR":"010203-0000","Aendret":"2026-01-01T10:00:00Z","Kommunekode":"0751","LeverandoerSOR":"123456",)"
      R"("Lovgrundlag":"§140","Henvisningsdato":"2025-01-01","HenvistFra":"Hospital","Diagnosekode":"DI214","Startdato":"2025-02-01",)"
      R"("Status":"I gang","Traening":"Ja","Diaetbehandling":"Nej","Sessioner":[)";
  for (int i = 0; i < 36; ++i) {
    text += (i > 0 ? "," : "") + std::string(R"({"SessionsID":"S)") + std::to_string(i) +
            R"(","Dato":"2025-03-01","Status":"Gennemført","Aendret":"2026-01-01T10:00:00Z"})";
  }
  static constexpr const char* kKinds[] = {"6MWT", "HADS-A", "Rygning", "Systolisk"};
  static constexpr const char* kValues[] = {"420", "5", "Ryger", "130"};
  static constexpr const char* kUnits[] = {"m", "point", "", "mmHg"};
  const auto measurement = [](int i) {
    return std::string(R"({"MaalingsID":"M)") + std::to_string(i) +
           R"(","Dato":"2025-02-02","Tidspunkt":"Start","Type":")" + kKinds[i % 4] + R"(","Vaerdi":")" +
           kValues[i % 4] + R"(","Enhed":")" + kUnits[i % 4] + R"(","Aendret":"2026-01-01T10:00:00Z"})";
  };
  return Filled(text + R"(],"Maalinger":[)", measurement, "]}");
}

// A typed Course, as the service writes it for its map.
std::string CourseRecord() {
  const std::string text =
      R"({"authority":"0751","course_key":"F1","citizen":{"cpr":"010203-0000"},"last_updated":"2026-01-01T10:00:00Z",)"
      R"("entered_in_error":false,"values":[{"variable":"referral_date","date":"2025-01-01"},)"
      R"({"variable":"diagnosis_code","text":"DI214"},{"variable":"start_date","date":"2025-02-01"},)"
      R"({"variable":"legal_basis","code":"s140"},{"variable":"training_offer","code":"yes"},)";
  static constexpr const char* kVariables[] = {"six_minute_walk", "hads_anxiety", "smoking", "systolic"};
  static constexpr const char* kValues[] = {R"("quantity":{"value":432.5,"unit":"m"})", R"("integer":6)",
                                            R"("code":"smoker")", R"("quantity":{"value":142,"unit":"mm[Hg]"})"};
  const auto value = [](int i) {
    return std::string(R"({"variable":")") + kVariables[i % 4] + R"(","point":"start",)" + kValues[i % 4] +
           R"(,"observed_on":"2025-02-02"})";
  };
  return Filled(text, value, "]}");
}

// The head of the example report that vendors get, as long as 10 KB go.
std::string ReportRecord() {
  std::ifstream file(kContent + "examples/report.json");
  std::ostringstream text;
  text << file.rdbuf();
  const auto document = json::Parse(text.str());
  std::string record = R"({"resourceType":"Bundle","type":"collection","timestamp":"2025-12-11T08:30:00Z","entry":[)";
  if (!document.ok() || document->root().Find("entry") == nullptr) return record + "]}";
  const auto entries = document->root().Find("entry")->elements();
  const auto entry = [&](int i) { return json::Write(entries[static_cast<std::size_t>(i) % entries.size()]); };
  return Filled(record, entry, "]}");
}

struct Case {
  std::string map;
  std::string record;
  std::size_t output_bytes = 0;
  double steps = 0;
};

std::vector<Case>& Cases() {
  static std::vector<Case> cases = {{.map = "csv-forloeb", .record = CsvRecord()},
                                    {.map = "course", .record = CourseRecord()},
                                    {.map = "cardiac-report", .record = ReportRecord()}};
  return cases;
}

void ParseRecord(benchmark::State& state, const Case& of) {
  for (auto _ : state) benchmark::DoNotOptimize(json::Parse(of.record));
}

absl::StatusOr<structuremap::Program> Load(const std::string& map) {
  auto set = structuremap::LoadMaps({kContent + "maps/" + map + ".map"}, {});
  if (!set.ok()) return set.status();
  structuremap::CompileOptions options;
  options.model = fhirpath::R4Model();
  return structuremap::Program::Compile(std::move(set->maps), std::move(set->concept_maps), options);
}

void MapRecord(benchmark::State& state, Case& of) {
  const auto source = json::Parse(of.record);
  const auto program = Load(of.map);
  if (!source.ok() || !program.ok()) return state.SkipWithError("the map or the record does not load");
  json::Arena arena;
  for (auto _ : state) {
    arena.Reset();
    const auto result = program->Run(source->root(), arena);
    if (!result.ok()) return state.SkipWithError(std::string(result.status().message()).c_str());
    of.steps = static_cast<double>(result->steps);
  }
  json::Arena last;
  of.output_bytes = json::Write(program->Run(source->root(), last)->target).size();
}

void CopyOutput(benchmark::State& state, const Case& of) {
  const auto source = json::Parse(of.record);
  const auto program = Load(of.map);
  if (!source.ok() || !program.ok()) return state.SkipWithError("the map or the record does not load");
  json::Arena made;
  const auto result = program->Run(source->root(), made);
  if (!result.ok()) return state.SkipWithError(std::string(result.status().message()).c_str());
  json::Arena arena;
  for (auto _ : state) {
    arena.Reset();
    benchmark::DoNotOptimize(json::Copy(arena, result->target));
  }
}

// Keeps each benchmark's time beside printing it.
class TimeReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) times_[run.benchmark_name()] = run.GetAdjustedCPUTime();
    ConsoleReporter::ReportRuns(runs);
  }
  double TimeOf(const std::string& name) const {
    const auto found = times_.find(name);
    return found == times_.end() ? 0 : found->second;
  }

 private:
  std::map<std::string, double> times_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (Case& of : Cases()) {
    benchmark::RegisterBenchmark(("parse/" + of.map).c_str(), [&](benchmark::State& state) { ParseRecord(state, of); });
    benchmark::RegisterBenchmark(("map/" + of.map).c_str(), [&](benchmark::State& state) { MapRecord(state, of); });
    benchmark::RegisterBenchmark(("copy/" + of.map).c_str(), [&](benchmark::State& state) { CopyOutput(state, of); });
  }
  TimeReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  std::printf("\n%-16s %8s %8s %7s %10s %10s %14s %10s %15s\n", "map", "in, B", "out, B", "steps", "parse, us",
              "map, us", "times parsing", "copy, us", "times its floor");
  for (const Case& of : Cases()) {
    const double parse = reporter.TimeOf("parse/" + of.map) / 1000;
    const double map = reporter.TimeOf("map/" + of.map) / 1000;
    const double copy = reporter.TimeOf("copy/" + of.map) / 1000;
    std::printf("%-16s %8zu %8zu %7.0f %10.1f %10.1f %14.1f %10.1f %15.1f\n", of.map.c_str(), of.record.size(),
                of.output_bytes, of.steps, parse, map, map / parse, copy, map / copy);
  }
  return 0;
}
