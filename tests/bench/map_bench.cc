#include <benchmark/benchmark.h>

#include <string>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/structuremap/loader.h"
#include "mapping/structuremap/program.h"

// One 10 KB record of the CSV source through the largest shipped map, beside the parsing of the same record.

namespace {

using namespace hjerte;

// A course with sessions and measurements, of a citizen who does not exist.
std::string Record() {
  std::string text =
      R"({"ForloebsID":"F1","CPR":"010203-0000","Aendret":"2026-01-01T10:00:00Z","Kommunekode":"0751","LeverandoerSOR":"123456",)"
      R"("Lovgrundlag":"§140","Henvisningsdato":"2025-01-01","HenvistFra":"Hospital","Diagnosekode":"DI214","Startdato":"2025-02-01",)"
      R"("Status":"I gang","Traening":"Ja","Diaetbehandling":"Nej","Sessioner":[)";
  for (int i = 0; i < 36; ++i) {
    text += (i > 0 ? "," : "") + std::string(R"({"SessionsID":"S)") + std::to_string(i) +
            R"(","Dato":"2025-03-01","Status":"Gennemført","Aendret":"2026-01-01T10:00:00Z"})";
  }
  text += R"(],"Maalinger":[)";
  const char* const kinds[] = {"6MWT", "HADS-A", "Rygning", "Systolisk"};
  const char* const values[] = {"420", "5", "Ryger", "130"};
  const char* const units[] = {"m", "point", "", "mmHg"};
  for (int i = 0; text.size() < 10'000; ++i) {
    text += (i > 0 ? "," : "") + std::string(R"({"MaalingsID":"M)") + std::to_string(i) +
            R"(","Dato":"2025-02-02","Tidspunkt":"Start","Type":")" + kinds[i % 4] + R"(","Vaerdi":")" + values[i % 4] +
            R"(","Enhed":")" + units[i % 4] + R"(","Aendret":"2026-01-01T10:00:00Z"})";
  }
  return text + "]}";
}

void ParseRecord(benchmark::State& state) {
  const std::string text = Record();
  for (auto _ : state) benchmark::DoNotOptimize(json::Parse(text));
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}
BENCHMARK(ParseRecord);

void MapRecord(benchmark::State& state) {
  const std::string text = Record();
  const auto source = json::Parse(text);
  auto set = structuremap::LoadMaps({std::string(HJERTE_BENCH_DIR) + "/../../mapping/dhrd/maps/csv-forloeb.map"}, {});
  if (!source.ok() || !set.ok()) return state.SkipWithError("the map or the record does not load");
  structuremap::CompileOptions options;
  options.model = fhirpath::R4Model();
  const auto program = structuremap::Program::Compile(std::move(set->maps), std::move(set->concept_maps), options);
  if (!program.ok()) return state.SkipWithError(std::string(program.status().message()).c_str());
  json::Arena arena;
  uint64_t steps = 0;
  for (auto _ : state) {
    arena.Reset();
    const auto result = program->Run(source->root(), arena);
    if (!result.ok()) return state.SkipWithError(std::string(result.status().message()).c_str());
    steps = result->steps;
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
  state.counters["steps"] = static_cast<double>(steps);
}
BENCHMARK(MapRecord);

}  // namespace

BENCHMARK_MAIN();
