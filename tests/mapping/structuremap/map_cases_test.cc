#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "mapping/structuremap/parser.h"
#include "mapping/structuremap/printer.h"
#include "mapping/structuremap/program.h"
#include "tests/shared.h"

// Runs the cases in cases/*.cases. A case is "=== title" and parts that begin with "--- name": map (repeated for
// imports), conceptmap, source, and what is expected: target, error (a part of the message), log, lineage. A part
// `options` may hold: no-model, no-uuid, now=…, depth=…, steps=….

namespace hjerte::structuremap {
namespace {

struct Case {
  std::string title;
  std::vector<std::pair<std::string, std::string>> parts;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.title; }

std::vector<Case> ReadCases() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(tests::SourceDir() / "tests/mapping/structuremap/cases")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Case> cases;
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("=== ")) {
        cases.push_back({file.stem().string() + ": " + line.substr(4), {}});
      } else if (line.starts_with("--- ")) {
        cases.back().parts.emplace_back(line.substr(4), "");
      } else if (!cases.empty() && !cases.back().parts.empty()) {
        cases.back().parts.back().second += line + "\n";
      }
    }
  }
  return cases;
}

std::string Part(const Case& test, std::string_view name) {
  for (const auto& [part, text] : test.parts) {
    if (part == name) return text;
  }
  return {};
}

std::string Trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// The value of `name=…` in the options, or empty.
std::string Option(const Case& test, const std::string& name) {
  std::istringstream options(Part(test, "options"));
  for (std::string word; options >> word;) {
    if (word == name) return "yes";
    if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
  }
  return {};
}

class MapCases : public ::testing::TestWithParam<Case> {
 protected:
  absl::StatusOr<Program> Compile() {
    std::vector<StructureMap> maps;
    ConceptMaps concept_maps;
    for (const auto& [part, text] : GetParam().parts) {
      if (part == "map") {
        absl::StatusOr<StructureMap> map = ParseFml(text, "case.map");
        if (!map.ok()) return map.status();
        // Every case is a test of the printer, too.
        const absl::StatusOr<StructureMap> again = ParseFml(PrintFml(*map), "printed.map");
        EXPECT_TRUE(again.ok()) << again.status();
        EXPECT_TRUE(again.ok() && *again == *map) << PrintFml(*map);
        maps.push_back(*std::move(map));
      } else if (part == "conceptmap") {
        absl::StatusOr<json::Document> document = json::Parse(text);
        EXPECT_TRUE(document.ok()) << document.status();
        if (absl::Status status = concept_maps.Add(document->root()); !status.ok()) return status;
      }
    }
    CompileOptions options;
    options.model = Option(GetParam(), "no-model").empty() ? fhirpath::R4Model() : nullptr;
    options.allow_uuid = Option(GetParam(), "no-uuid").empty();
    return Program::Compile(std::move(maps), std::move(concept_maps), options);
  }

  RunOptions Options() {
    RunOptions options;
    options.now = Option(GetParam(), "now");
    options.uuid = [] { return "00000000-0000-4000-8000-000000000001"; };
    options.log = [this](std::string_view message) { log_ += std::string(message) + "\n"; };
    options.lineage = lineage_.Sink();
    if (const std::string depth = Option(GetParam(), "depth"); !depth.empty())
      options.limits.max_depth = std::stoi(depth);
    if (const std::string steps = Option(GetParam(), "steps"); !steps.empty())
      options.limits.max_steps = std::stoull(steps);
    if (const std::string output = Option(GetParam(), "output"); !output.empty()) {
      options.limits.max_output = std::stoull(output);
    }
    return options;
  }

  void ExpectOutcome(const absl::Status& status) {
    const std::string error = Trimmed(Part(GetParam(), "error"));
    if (error.empty()) {
      EXPECT_TRUE(status.ok()) << status;
    } else {
      EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(error));
    }
  }

  std::string log_;
  Lineage lineage_;
};

TEST_P(MapCases, GivesWhatItSays) {
  const absl::StatusOr<Program> program = Compile();
  if (!program.ok()) return ExpectOutcome(program.status());
  const absl::StatusOr<json::Document> source = json::Parse(Part(GetParam(), "source"));
  ASSERT_TRUE(source.ok()) << source.status();
  json::Arena arena;
  const absl::StatusOr<RunResult> result = program->Run(source->root(), arena, Options());
  ExpectOutcome(result.status());
  if (!result.ok()) return;
  const std::string log = Part(GetParam(), "log");
  if (!log.empty()) {
    EXPECT_EQ(Trimmed(log_), Trimmed(log));
  }
  const absl::StatusOr<json::Document> expected = json::Parse(Part(GetParam(), "target"));
  ASSERT_TRUE(expected.ok()) << expected.status() << "\n" << json::Write(result->target);
  EXPECT_TRUE(json::DeepEqual(result->target, expected->root()))
      << json::Write(result->target, json::Indent::kTwoSpaces);
  std::istringstream lineage(Part(GetParam(), "lineage"));
  for (std::string line; std::getline(lineage, line);) {
    if (line.empty()) continue;
    const size_t arrow = line.find(" <- ");
    ASSERT_NE(arrow, std::string::npos) << line;
    std::string sources;
    for (const std::string& path : lineage_.SourcesOf(line.substr(0, arrow)))
      sources += (sources.empty() ? "" : ", ") + path;
    EXPECT_EQ(sources, line.substr(arrow + 4)) << line;
  }
}

// Where nobody asks for the lineage, what comes again is copied instead of built.
TEST_P(MapCases, GivesTheSameWithoutLineage) {
  const absl::StatusOr<Program> program = Compile();
  if (!program.ok()) return;
  const absl::StatusOr<json::Document> source = json::Parse(Part(GetParam(), "source"));
  ASSERT_TRUE(source.ok()) << source.status();
  json::Arena arena;
  RunOptions options = Options();
  const absl::StatusOr<RunResult> traced = program->Run(source->root(), arena, options);
  options.lineage = nullptr;
  const absl::StatusOr<RunResult> plain = program->Run(source->root(), arena, options);
  ASSERT_EQ(plain.status().code(), traced.status().code()) << plain.status();
  if (traced.ok()) {
    EXPECT_EQ(json::Write(plain->target), json::Write(traced->target));
  } else if (traced.status().code() != absl::StatusCode::kResourceExhausted) {
    EXPECT_EQ(plain.status().message(), traced.status().message());
  }
}

std::string NameOf(const ::testing::TestParamInfo<Case>& test) {
  std::string name = test.param.title;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name + "_" + std::to_string(test.index);
}

INSTANTIATE_TEST_SUITE_P(Files, MapCases, ::testing::ValuesIn(ReadCases()), NameOf);

// A case says what it covers: "cast empty" is the empty case of cast. Every transform has a normal, an empty and an
// error case, every list mode and every other part of the language at least those that it can have.
TEST(MapLanguage, IsCoveredByCases) {
  std::set<std::string> covered;
  for (const Case& test : ReadCases()) {
    std::istringstream marks(Part(test, "covers"));
    for (std::string mark; std::getline(marks, mark);) {
      if (!mark.empty()) covered.insert(mark);
    }
  }
  std::vector<std::string> wanted;
  for (int i = static_cast<int>(Transform::kCreate); i <= static_cast<int>(Transform::kCp); ++i) {
    for (const char* kind : {" normal", " empty", " error"}) {
      wanted.push_back(TransformCode(static_cast<Transform>(i)) + std::string(kind));
    }
  }
  for (int i = static_cast<int>(Source::ListMode::kFirst); i <= static_cast<int>(Source::ListMode::kOnlyOne); ++i) {
    for (const char* kind : {" normal", " empty", " error"}) {
      wanted.push_back("source " + std::string(ListModeCode(static_cast<Source::ListMode>(i))) + kind);
    }
  }
  for (int i = static_cast<int>(Target::ListMode::kFirst); i <= static_cast<int>(Target::ListMode::kCollate); ++i) {
    for (const char* kind : {" normal", " error"}) {
      wanted.push_back("target " + std::string(ListModeCode(static_cast<Target::ListMode>(i))) + kind);
    }
  }
  for (const char* part : {"source normal",
                           "source empty",
                           "source error",
                           "where normal",
                           "where empty",
                           "where error",
                           "check normal",
                           "check error",
                           "log normal",
                           "log empty",
                           "default normal",
                           "cardinality normal",
                           "cardinality error",
                           "type normal",
                           "several sources normal",
                           "several sources empty",
                           "target normal",
                           "target empty",
                           "target error",
                           "dependent group normal",
                           "dependent group error",
                           "nested rule normal",
                           "extends normal",
                           "extends error",
                           "imports normal",
                           "imports error",
                           "simple copy normal",
                           "simple copy error",
                           "types normal",
                           "types error",
                           "type-and-types normal",
                           "let normal",
                           "let error",
                           "conceptmap normal",
                           "conceptmap error",
                           "metadata normal",
                           "uses normal",
                           "uses error"}) {
    wanted.emplace_back(part);
  }
  for (const std::string& mark : wanted) {
    EXPECT_EQ(covered.count(mark), 1U) << "no case has \"" << mark << "\" under --- covers";
  }
}

// The published maps with results.
TEST(PublishedMaps, GiveTheirResults) {
  HJERTE_REQUIRE_SHARED("suites/structure-mapping");
  const auto folder = tests::SharedDir() / "suites/structure-mapping";
  const auto read = [&](const std::string& name) {
    std::ifstream in(folder / name);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  };
  const absl::StatusOr<json::Document> source = json::Parse(read("qr.json"));
  ASSERT_TRUE(source.ok());
  for (const std::string name : {"qr2pat-assignment", "qr2pat-humannametwice", "qr2reference"}) {
    SCOPED_TRACE(name);
    CompileOptions options;
    options.model = fhirpath::R4Model();
    const auto program = Program::Compile({*ParseFml(read(name + ".map"), name)}, {}, options);
    ASSERT_TRUE(program.ok()) << program.status();
    json::Arena arena;
    const auto result = program->Run(source->root(), arena);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(json::DeepEqual(result->target, json::Parse(read(name + "-res.json"))->root()))
        << json::Write(result->target);
  }
}

// Twice the elements, twice the steps: nothing in a run looks at all elements for each of them.
TEST(MapCost, GrowsWithTheSourceAndNoFaster) {
  const auto map = ParseFml(R"(
    uses "http://hl7.org/fhir/StructureDefinition/Bundle" alias Bundle as target
    group g(source src, target tgt : Bundle) {
      src.row as r where (kind = 'a') -> tgt.entry as e, e.resource = create('Observation') as o then {
        r.value as v -> o.value = cast(v, 'string');
        r -> o.code as c share codes, c.text = (r.name & '!');
      };
      src.row as r where (kind = 'b') -> tgt.entry as e, e.fullUrl = r.name;
    })",
                            "growth.map");
  ASSERT_TRUE(map.ok()) << map.status();
  CompileOptions options;
  options.model = fhirpath::R4Model();
  const auto program = Program::Compile({*map}, {}, options);
  ASSERT_TRUE(program.ok()) << program.status();
  std::vector<double> steps;
  for (const size_t count : {50'000U, 100'000U}) {
    std::string text = R"({"row": [)";
    for (size_t i = 0; i < count; ++i) {
      text += i == 0 ? "" : ",";
      text += i % 2 == 0 ? R"({"kind": "a", "name": "n", "value": 1})" : R"({"kind": "b", "name": "n"})";
    }
    const auto source = json::Parse(text + "]}");
    ASSERT_TRUE(source.ok()) << source.status();
    json::Arena arena;
    const auto result = program->Run(source->root(), arena);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->target.Find("entry")->size(), count);
    steps.push_back(static_cast<double>(result->steps));
  }
  EXPECT_NEAR(steps[1] / steps[0], 2.0, 0.02);
}

}  // namespace
// A care system's extract is one list of rows of many kinds, and a map has a rule for each kind.
TEST(MapCost, ARuleForAnotherKindOfRowLooksAtNoRowOfTheOthers) {
  std::string text = R"({"row": [)";
  for (size_t i = 0; i < 10'000; ++i) text += (i == 0 ? "" : ",") + std::string(R"({"kind": "k1", "name": "n"})");
  const auto source = json::Parse(text + "]}");
  ASSERT_TRUE(source.ok()) << source.status();
  std::vector<uint64_t> steps;
  for (const size_t kinds : {2U, 40U}) {
    std::string rules = "group g(source src, target tgt) {";
    for (size_t kind = 0; kind < kinds; ++kind) {
      const std::string name = std::to_string(kind);
      rules += "src.row as r where (kind = 'k" + name + "') -> tgt.k" + name + " = r.name;";
    }
    const auto map = ParseFml(rules + "}", "kinds.map");
    ASSERT_TRUE(map.ok()) << map.status();
    const auto program = Program::Compile({*map}, {}, {});
    ASSERT_TRUE(program.ok()) << program.status();
    json::Arena arena;
    const auto result = program->Run(source->root(), arena);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->target.Find("k1")->size(), 10'000U);
    steps.push_back(result->steps);
  }
  EXPECT_LT(steps[1] - steps[0], 1'000U);
}

}  // namespace hjerte::structuremap
