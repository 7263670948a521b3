// FHIRPath on a 2 KB Observation: six expressions, beside parsing the same document, the same questions written out by
// hand (the floor) and, if node is there, npm fhirpath compiled, in the same run.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
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

// The same six questions to the same document, each written out by hand: what no engine can be faster than. They know
// which members FHIR's choices have, and compare numbers as binary ones and dates as texts, which an engine must not.
using hjerte::json::Value;

const Value* FindText(const Value& object, std::string_view member, std::string_view text) {
  const Value* value = object.Find(member);
  return value != nullptr && value->text() == text ? value : nullptr;
}

const Value* QuantityByHand(const Value& holder) {
  const Value* quantity = holder.Find("valueQuantity");
  return quantity != nullptr ? quantity->Find("value") : nullptr;
}

bool AboveByHand(const Value& root) {
  const Value* value = QuantityByHand(root);
  double number = 0;
  if (value == nullptr) return false;
  std::from_chars(value->text().data(), value->text().data() + value->text().size(), number);
  return number > 400;
}

const Value* ComponentByHand(const Value& root) {
  const Value* components = root.Find("component");
  if (components == nullptr) return nullptr;
  for (const Value& component : components->elements()) {
    const Value* code = component.Find("code");
    const Value* codings = code != nullptr ? code->Find("coding") : nullptr;
    if (codings == nullptr) continue;
    for (const Value& coding : codings->elements()) {
      if (FindText(coding, "system", "http://loinc.org") != nullptr && FindText(coding, "code", "8867-4") != nullptr) {
        return QuantityByHand(component);
      }
    }
  }
  return nullptr;
}

bool FinalByHand(const Value& root) {
  if (FindText(root, "status", "final") == nullptr || root.Find("subject") == nullptr) return false;
  for (const char* name : {"effectiveDateTime", "effectivePeriod", "effectiveTiming", "effectiveInstant"}) {
    if (root.Find(name) != nullptr) return true;
  }
  return false;
}

const Value* CodeByHand(const Value& root) {
  const Value* code = root.Find("code");
  const Value* codings = code != nullptr ? code->Find("coding") : nullptr;
  if (codings == nullptr) return nullptr;
  for (const Value& coding : codings->elements()) {
    if (FindText(coding, "system", "http://snomed.info/sct") != nullptr) return coding.Find("code");
  }
  return nullptr;
}

bool SinceByHand(const Value& root) {
  const Value* effective = root.Find("effectiveDateTime");
  return effective != nullptr && effective->text().substr(0, 10) >= "2026-01-01";
}

template <typename Question>
void ByHand(benchmark::State& state, Question question) {
  const auto document = *hjerte::json::Parse(ReadText());
  for (auto _ : state) {
    const Value* root = &document.root();
    benchmark::DoNotOptimize(root);  // Else the look-up would be moved out of the loop.
    auto answer = question(*root);
    if (!answer) state.SkipWithError("no result");
    benchmark::DoNotOptimize(answer);
  }
  state.SetItemsProcessed(state.iterations());
}

void RegisterFloors() {
  benchmark::RegisterBenchmark("by_hand/0", ByHand<decltype(&QuantityByHand)>, &QuantityByHand);
  benchmark::RegisterBenchmark("by_hand/1", ByHand<decltype(&AboveByHand)>, &AboveByHand);
  benchmark::RegisterBenchmark("by_hand/2", ByHand<decltype(&ComponentByHand)>, &ComponentByHand);
  benchmark::RegisterBenchmark("by_hand/3", ByHand<decltype(&FinalByHand)>, &FinalByHand);
  benchmark::RegisterBenchmark("by_hand/4", ByHand<decltype(&CodeByHand)>, &CodeByHand);
  benchmark::RegisterBenchmark("by_hand/5", ByHand<decltype(&SinceByHand)>, &SinceByHand);
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

// How far each expression is from its floor, and how far before npm.
void PrintRatios(const std::map<std::string, double>& rates) {
  const std::vector<double> peers = PeerRates();
  const bool has_peers = peers.size() == std::size(kExpressions);
  if (!has_peers) std::cout << "npm fhirpath could not be run (node or network missing)\n";
  std::vector<double> ratios;
  std::printf("\n%12s %12s %10s %12s %9s  expression\n", "ours/s", "by hand/s", "of floor", "npm/s", "times npm");
  for (size_t i = 0; i < std::size(kExpressions); ++i) {
    const auto ours = rates.find("fhirpath/" + std::to_string(i));
    const auto hand = rates.find("by_hand/" + std::to_string(i));
    if (ours == rates.end() || hand == rates.end()) return;
    const double peer = has_peers ? peers[i] : 0;
    ratios.push_back(has_peers ? ours->second / peer : 0);
    std::printf("%12.0f %12.0f %9.0f%% %12.0f %9.1f  %s\n", ours->second, hand->second,
                100 * ours->second / hand->second, peer, ratios.back(), kExpressions[i]);
  }
  std::sort(ratios.begin(), ratios.end());
  if (has_peers) std::printf("median %.1f times npm\n", (ratios[2] + ratios[3]) / 2);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (size_t i = 0; i < std::size(kExpressions); ++i) {
    benchmark::RegisterBenchmark(("fhirpath/" + std::to_string(i)).c_str(), Evaluate, kExpressions[i]);
  }
  RegisterFloors();
  benchmark::RegisterBenchmark("parse_json", ParseJson);
  benchmark::RegisterBenchmark("compile", Compile);
  RateReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  PrintRatios(reporter.rates());
  return 0;
}
