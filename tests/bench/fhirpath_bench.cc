// FHIRPath on a 2 KB Observation: six expressions, beside parsing the same document, the same path by hand (the floor)
// and, if node is there, npm fhirpath compiled, in the same run.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "mapping/fhirpath/definitions.h"
#include "mapping/fhirpath/expression.h"
#include "mapping/json/document.h"

namespace {

using hjerte::fhirpath::CompileOptions;
using hjerte::fhirpath::EvaluationContext;
using hjerte::fhirpath::Expression;

constexpr const char* kExpressions[] = {
    "Observation.value.ofType(Quantity).value",
    "Observation.value.ofType(Quantity).value > 400",
    "Observation.component.where(code.coding.exists(system='http://loinc.org' and "
    "code='8867-4')).value.ofType(Quantity).value",
    "Observation.status = 'final' and Observation.subject.exists() and Observation.effective.exists()",
    "Observation.code.coding.where(system='http://snomed.info/sct').code.first()",
    "Observation.effective.ofType(dateTime) >= @2026-01-01",
};

std::string ReadText() {
  std::ifstream file(HJERTE_BENCH_DIR "/observation.json", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void Evaluate(benchmark::State& state, const char* source) {
  const auto document = *hjerte::json::Parse(ReadText());
  CompileOptions options;
  options.model = hjerte::fhirpath::R4Model();
  const Expression expression = *Expression::Compile(source, options);
  EvaluationContext context;
  for (auto _ : state) {
    auto result = expression.Evaluate(document.root(), context);
    if (!result.ok() || result->empty()) state.SkipWithError("no result");
    benchmark::DoNotOptimize(result);
    context.ResetArena();
  }
  state.SetItemsProcessed(state.iterations());
}

void ByHand(benchmark::State& state) {
  const auto document = *hjerte::json::Parse(ReadText());
  for (auto _ : state) {
    const hjerte::json::Value* root = &document.root();
    benchmark::DoNotOptimize(root);  // Else the look-up would be moved out of the loop.
    const hjerte::json::Value* quantity = root->Find("valueQuantity");
    const hjerte::json::Value* value = quantity != nullptr ? quantity->Find("value") : nullptr;
    benchmark::DoNotOptimize(value);
  }
  state.SetItemsProcessed(state.iterations());
}

void ParseJson(benchmark::State& state) {
  const std::string text = ReadText();
  hjerte::json::Arena arena;
  for (auto _ : state) {
    arena.Reset();
    auto root = hjerte::json::ParseInto(arena, text);
    if (!root.ok()) state.SkipWithError("not JSON");
    benchmark::DoNotOptimize(root);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void Compile(benchmark::State& state) {
  CompileOptions options;
  options.model = hjerte::fhirpath::R4Model();
  for (auto _ : state) benchmark::DoNotOptimize(Expression::Compile(kExpressions[2], options));
  state.SetItemsProcessed(state.iterations());
}

// Keeps each benchmark's rate beside printing it.
class RateReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const auto rate = run.counters.find("items_per_second");
      if (rate != run.counters.end()) rates_[run.benchmark_name()] = rate->second;
    }
    ConsoleReporter::ReportRuns(runs);
  }
  const std::map<std::string, double>& rates() const { return rates_; }

 private:
  std::map<std::string, double> rates_;
};

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::vector<double> PeerRates() {
  const std::string peers = HJERTE_PEERS_DIR;
  const std::string install = "mkdir -p " + Quoted(peers) + " && cp " + Quoted(HJERTE_BENCH_DIR "/peers/package.json") +
                              " " + Quoted(peers) + " && cd " + Quoted(peers) +
                              " && { [ -d node_modules/fhirpath ] || npm install --silent --no-audit --no-fund; } >&2";
  std::vector<double> rates;
  if (std::system(install.c_str()) != 0) return rates;
  std::string command = "node " + Quoted(HJERTE_BENCH_DIR "/peers/fhirpath.mjs") + " " + Quoted(peers) + " " +
                        Quoted(HJERTE_BENCH_DIR "/observation.json");
  for (const char* expression : kExpressions) command += " " + Quoted(expression);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (pipe == nullptr) return rates;
  std::array<char, 64> line{};
  while (std::fgets(line.data(), line.size(), pipe.get()) != nullptr) rates.push_back(std::atof(line.data()));
  return rates;
}

void PrintRatios(const std::map<std::string, double>& ours) {
  const std::vector<double> peers = PeerRates();
  if (peers.size() != std::size(kExpressions)) {
    std::cout << "npm fhirpath could not be run (node or network missing)\n";
    return;
  }
  std::vector<double> ratios;
  std::printf("\n%14s %14s %8s  expression\n", "ours/s", "npm/s", "ratio");
  for (size_t i = 0; i < peers.size(); ++i) {
    const auto rate = ours.find("fhirpath/" + std::to_string(i));
    if (rate == ours.end()) return;
    ratios.push_back(rate->second / peers[i]);
    std::printf("%14.0f %14.0f %8.1f  %s\n", rate->second, peers[i], ratios.back(), kExpressions[i]);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("median ratio %.1f\n", (ratios[2] + ratios[3]) / 2);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (size_t i = 0; i < std::size(kExpressions); ++i) {
    benchmark::RegisterBenchmark(("fhirpath/" + std::to_string(i)).c_str(), Evaluate, kExpressions[i]);
  }
  benchmark::RegisterBenchmark("by_hand/0", ByHand);
  benchmark::RegisterBenchmark("parse_json", ParseJson);
  benchmark::RegisterBenchmark("compile", Compile);
  RateReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  PrintRatios(reporter.rates());
  return 0;
}
