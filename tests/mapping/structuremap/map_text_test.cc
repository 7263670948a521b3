#include <fstream>
#include <sstream>

#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "mapping/structuremap/json_form.h"
#include "mapping/structuremap/parser.h"
#include "mapping/structuremap/printer.h"
#include "tests/shared.h"

namespace hjerte::structuremap {
namespace {

using ::testing::HasSubstr;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

StructureMap Parse(std::string_view text) {
  absl::StatusOr<StructureMap> map = ParseFml(text, "test.map");
  EXPECT_TRUE(map.ok()) << map.status();
  return map.ok() ? *std::move(map) : StructureMap();
}

std::string ParseError(std::string_view text) {
  const absl::StatusOr<StructureMap> map = ParseFml(text, "test.map");
  return map.ok() ? "parsed" : std::string(map.status().message());
}

// One rule inside a group, so that a test shows only what it is about.
StructureMap ParseRule(std::string_view rule) {
  return Parse("group g(source src, target tgt) {\n" + std::string(rule) + "\n}");
}

const Rule& FirstRule(const StructureMap& map) { return map.groups.at(0).rules.at(0); }

void ExpectSameAfterPrinting(const StructureMap& map) {
  const std::string printed = PrintFml(map);
  const absl::StatusOr<StructureMap> again = ParseFml(printed, "printed.map");
  ASSERT_TRUE(again.ok()) << again.status() << "\n" << printed;
  EXPECT_EQ(map, *again) << printed;
  EXPECT_EQ(printed, PrintFml(*again));
}

std::vector<std::filesystem::path> MapsIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> maps;
  if (!std::filesystem::exists(folder)) return maps;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".map") maps.push_back(entry.path());
  }
  std::sort(maps.begin(), maps.end());
  return maps;
}

TEST(MapText, EveryPublishedMapPrintsToTheSameMap) {
  HJERTE_REQUIRE_SHARED("suites/structure-mapping");
  const auto maps = MapsIn(tests::SharedDir() / "suites/structure-mapping");
  EXPECT_GE(maps.size(), 8U);
  for (const auto& path : maps) {
    SCOPED_TRACE(path.string());
    const absl::StatusOr<StructureMap> map = ParseFml(ReadFile(path), path.filename().string());
    ASSERT_TRUE(map.ok()) << map.status();
    ExpectSameAfterPrinting(*map);
  }
}

TEST(MapText, EveryShippedMapPrintsToTheSameMap) {
  const auto maps = MapsIn(tests::SourceDir() / "mapping/dhrd/maps");
  EXPECT_FALSE(maps.empty());
  for (const auto& path : maps) {
    SCOPED_TRACE(path.string());
    const absl::StatusOr<StructureMap> map = ParseFml(ReadFile(path), path.filename().string());
    ASSERT_TRUE(map.ok()) << map.status();
    ExpectSameAfterPrinting(*map);
  }
}

TEST(MapText, EveryMapSurvivesItsJsonForm) {
  for (const auto& path : MapsIn(tests::SourceDir() / "mapping/dhrd/maps")) {
    SCOPED_TRACE(path.string());
    const StructureMap map = Parse(ReadFile(path));
    json::Arena arena;
    const json::Value resource = ToJson(map, arena);
    const absl::StatusOr<StructureMap> loaded = FromJson(resource, "map.json");
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(json::Write(ToJson(*loaded, arena)), json::Write(resource));
    ExpectSameAfterPrinting(*loaded);
  }
}

TEST(MapText, ReadsWholeGrammar) {
  const StructureMap map = Parse(R"(
/// url = 'http://example.org/m'
/// name = "M"
/// title = "It's a map"
/// experimental = true
/// jurisdiction =
/// jurisdiction.coding.code = 'DK'
/// description = """
Line one
"quoted" line two
"""
conceptmap "#codes" {
  prefix s = "http://a.org"
  prefix t = "http://b.org"
  unmapped for s = provided
  s:male == t:m
  s:"not known" - t:not-known
  s:x1.y >= t:"z z"
}
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Pat as source // the citizen
uses 'http://hl7.org/fhir/StructureDefinition/Basic' as produced
imports "http://example.org/*"
let limit = 2 + 3;
// The first group
/* with two
 * comments */
group Main(source src : Pat, target tgt : `odd type`) extends Base <<type+>> { // behind
  src.name first as n where (use = 'official') check (family.exists()) log ('x') -> tgt.n = n as t first "one";
  src.a, src.b : string 0..1 default ('x' & 'y') as c -> tgt.`odd-name`.d = c, create('Patient') as p, (a + b) as f;
  src -> tgt: type, status;
}
)");
  EXPECT_EQ(map.url, "http://example.org/m");
  EXPECT_EQ(map.metadata.size(), 5U);
  EXPECT_EQ(map.metadata[4].value, "Line one\n\"quoted\" line two");
  EXPECT_EQ(map.concept_maps.at(0).entries.size(), 3U);
  EXPECT_EQ(map.concept_maps[0].entries[1].source_code, "not known");
  EXPECT_EQ(map.concept_maps[0].entries[1].target_code, "not-known");
  EXPECT_EQ(map.concept_maps[0].entries[2].source_code, "x1.y");
  EXPECT_EQ(map.structures.at(0).documentation, "the citizen");
  EXPECT_EQ(map.structures.at(1).mode, Structure::Mode::kProduced);
  EXPECT_EQ(map.constants.at(0).expression.text, "2 + 3");
  const Group& group = map.groups.at(0);
  EXPECT_EQ(group.documentation, "The first group\nwith two\ncomments\nbehind");
  EXPECT_EQ(group.extends, "Base");
  EXPECT_EQ(group.type_mode, Group::TypeMode::kTypeAndTypes);
  EXPECT_EQ(group.inputs.at(1).type, "odd type");
  ASSERT_EQ(group.rules.size(), 4U);
  EXPECT_EQ(group.rules[0].name, "one");
  EXPECT_EQ(group.rules[0].sources[0].list_mode, Source::ListMode::kFirst);
  EXPECT_EQ(group.rules[1].sources[1].default_value->text, "'x' & 'y'");
  EXPECT_EQ(group.rules[1].targets[0].element, (std::vector<std::string>{"odd-name", "d"}));
  EXPECT_TRUE(group.rules[3].IsSimpleCopy());
  ExpectSameAfterPrinting(map);
}

TEST(MapText, ConditionsMayStandWithoutParentheses) {
  const StructureMap map = ParseRule(
      "src.item as item where linkId.value = 'a' and item.where(x > 1).exists() check y log 'z' -> tgt.a = item "
      "\"n\";");
  const Source& source = FirstRule(map).sources[0];
  EXPECT_EQ(source.condition->text, "linkId.value = 'a' and item.where(x > 1).exists()");
  EXPECT_EQ(source.check->text, "y");
  EXPECT_EQ(source.log_message->text, "'z'");
  EXPECT_EQ(FirstRule(map).name, "n");
}

TEST(MapText, PartsInParenthesesAreNotTakenForTheWhole) {
  const StructureMap map = ParseRule("src.a as a where (x = 1) or (y = 2) -> tgt.a = a;");
  EXPECT_EQ(FirstRule(map).sources[0].condition->text, "(x = 1) or (y = 2)");
}

TEST(MapText, ExpressionsAsValuesNeedNoParentheses) {
  const StructureMap map = ParseRule("src.a as a -> tgt.a = a.b & 'x' as t then { a.c -> t.c; } \"n\";");
  const Target& target = FirstRule(map).targets[0];
  EXPECT_EQ(target.transform, Transform::kEvaluate);
  EXPECT_EQ(target.parameters[0].text, "a.b & 'x'");
  EXPECT_EQ(target.variable, "t");
}

TEST(MapText, ReadsEveryKindOfArgument) {
  const StructureMap map = ParseRule(
      "src -> tgt.a = append('x', \"y\", 1, -2.5, true, @2026-01-31, @2026-01-31T10:00:00Z, @T10:00, src, src.a, 5 "
      "'mg', "
      "(src.b + 1), src.c.first());");
  using Kind = Parameter::Kind;
  std::vector<Kind> kinds;
  for (const Parameter& parameter : FirstRule(map).targets[0].parameters) kinds.push_back(parameter.kind);
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::kString, Kind::kString, Kind::kInteger, Kind::kDecimal, Kind::kBoolean,
                                      Kind::kDate, Kind::kDateTime, Kind::kTime, Kind::kId, Kind::kId, Kind::kQuantity,
                                      Kind::kExpression, Kind::kExpression}));
}

TEST(MapText, NamesMayStandInDoubleQuotes) {
  const StructureMap map =
      Parse("group \"g-1\"(source a, target b) { a.\"x-y\" as \"v 1\" -> b.\"z\" = (1) \"rule\"; }");
  EXPECT_EQ(map.groups[0].name, "g-1");
  EXPECT_EQ(FirstRule(map).sources[0].element, std::vector<std::string>{"x-y"});
  EXPECT_EQ(FirstRule(map).sources[0].variable, "v 1");
  EXPECT_EQ(FirstRule(map).targets[0].element, std::vector<std::string>{"z"});
  EXPECT_EQ(FirstRule(map).name, "rule");
  ExpectSameAfterPrinting(map);
}

TEST(MapText, ASimpleCopyKeepsItsListModes) {
  const StructureMap map = ParseRule("src.a last -> tgt.b first share one;");
  EXPECT_TRUE(FirstRule(map).IsSimpleCopy());
  EXPECT_THAT(PrintFml(map), HasSubstr("src.a last -> tgt.b first share one;"));
  ExpectSameAfterPrinting(map);
}

TEST(MapText, ANameMayNotBeEmpty) {
  for (const std::string rule : {R"("" "rule";)", "src.`` -> tgt.a;", "src.a as `` -> tgt.a = 'x';",
                                 "src.a -> ``.a = 'x';", "src.a as a -> tgt.b as b then ``(a, b);"}) {
    EXPECT_THAT(ParseError("group g(source src, target tgt) {\n" + rule + "\n}"),
                testing::MatchesRegex("test.map:2:[0-9]+: found .*, expected .*"))
        << rule;
  }
  EXPECT_TRUE(FirstRule(ParseRule("src.a -> tgt.a ``;")).name.empty());
}

TEST(MapText, LinesMayEndAndWordsBePartedAsUnicodeDoes) {
  const StructureMap map = Parse(
      "/// title = 'T'\r// first\rgroup g(source a, target b)\xE2\x80\x83{\xE2\x80\xA8"
      "  a -> b; // one\r  /* two\r\n * three\xE2\x80\xA9 four */ a.x\xE3\x80\x80-> b.x;\r\n}");
  EXPECT_EQ(map.metadata.at(0).value, "T");
  EXPECT_EQ(map.groups[0].documentation, "first");
  ASSERT_EQ(map.groups[0].rules.size(), 2U);
  EXPECT_EQ(map.groups[0].rules[0].documentation, "one");
  EXPECT_EQ(map.groups[0].rules[1].documentation, "two\nthree\nfour");
  ExpectSameAfterPrinting(map);
}

TEST(MapText, ErrorsNameLineColumnAndWhatWasExpected) {
  EXPECT_EQ(ParseError("map 'u' = m\ngroup g(source a, target b) {\n  a.x as -> b.y;\n}"),
            "test.map:3:10: found '->', expected a variable's name");
  EXPECT_THAT(ParseError("map 'u' = m"), HasSubstr("test.map:1:12: found the end of the map, expected a group"));
  EXPECT_THAT(ParseError("group g(a) {}"), HasSubstr("expected source or target"));
  EXPECT_THAT(ParseError("group g(source a) { a -> b.c = twist(a); }"),
              HasSubstr("expected a transform: create, copy"));
  EXPECT_THAT(ParseError("group g(source a) { a where ( }"), HasSubstr("expected a closing bracket"));
  EXPECT_THAT(ParseError("group g(source a) { a where () -> b; }"), HasSubstr("expected a FHIRPath expression"));
  EXPECT_THAT(ParseError("group g(source a) { a.b = c; }"), HasSubstr("'->', 'then', ','"));
  EXPECT_THAT(ParseError("/// title = R\xC3\xB8"
                         "d\n/// name = R\xF8"
                         "d\ngroup g(source a) {}"),
              HasSubstr("test.map:2:13: a byte that is no UTF-8; expected the map to be saved as UTF-8"));
  EXPECT_THAT(ParseError("uses 'x' as friend"), HasSubstr("source, queried, target or produced"));
  EXPECT_THAT(ParseError("uses 'x as source"), HasSubstr("expected ' at its end"));
  EXPECT_THAT(ParseError("/* never closed"), HasSubstr("expected */ at its end"));
  EXPECT_THAT(ParseError("group g(source a) { a.b 1..x as c -> d; }"), HasSubstr("a number or * after .."));
  EXPECT_THAT(ParseError("conceptmap '#c' { s:a - t:b }"), HasSubstr("a prefix declared above"));
  EXPECT_THAT(ParseError("conceptmap '#c' { prefix s = 'x' s:a <> s:b }"), HasSubstr("a relation"));
  EXPECT_THAT(ParseError("let x 5;"), HasSubstr("expected '='"));
  EXPECT_THAT(ParseError("group g(source a) { a -> b.c = append(@, 0); }"), HasSubstr("expected its digits"));
  EXPECT_THAT(ParseError("group g(source a) { a -> b.c = append(@T, 0); }"), HasSubstr("expected its digits"));
  EXPECT_THAT(ParseError("group g(source a) { a -> b.c = (1 /// x = 1\n); }"), HasSubstr("no /// line within"));
  EXPECT_THAT(ParseError("whatever"), HasSubstr("map, conceptmap, uses, imports, let or group"));
}

TEST(MapText, NestingHasALimit) {
  std::string text = "group g(source a, target b) { ";
  for (int i = 0; i < 5000; ++i) text += "a then { ";
  EXPECT_THAT(ParseError(text), HasSubstr("rules nested at most 64 deep"));
  ParseLimits limits;
  limits.max_bytes = 10;
  EXPECT_FALSE(ParseFml("group g(source a) {}", "big.map", limits).ok());
}

TEST(MapText, QuotedTextKeepsItsCharacters) {
  const StructureMap map = ParseRule(R"(src -> tgt.a = 'it\'s \\ a \u00e5\n line';)");
  EXPECT_EQ(FirstRule(map).targets[0].parameters[0].text, "it's \\ a å\n line");
  ExpectSameAfterPrinting(map);
}

TEST(MapText, StructureMapResourcesOfBothVersionsLoad) {
  const absl::StatusOr<json::Document> document = json::Parse(R"({
    "resourceType": "StructureMap", "url": "u", "name": "n", "status": "active",
    "const": [{"name": "c", "value": "1"}],
    "group": [{"name": "g", "typeMode": "types", "input": [{"name": "a", "type": "T", "mode": "source"},
      {"name": "b", "type": "U", "mode": "target"}],
      "rule": [{"name": "r", "source": [{"context": "a", "element": "x", "variable": "v", "defaultValueString": "it's"}],
        "target": [{"context": "b", "contextType": "variable", "element": "y", "transform": "evaluate",
                    "parameter": [{"valueString": "v + 1"}]}],
        "dependent": [{"name": "g", "variable": ["v", "b"]}, {"name": "g", "parameter": [{"valueId": "v"}, {"valueString": "s"}]}]}]}]
  })");
  ASSERT_TRUE(document.ok()) << document.status();
  const absl::StatusOr<StructureMap> map = FromJson(document->root(), "m.json");
  ASSERT_TRUE(map.ok()) << map.status();
  const Rule& rule = FirstRule(*map);
  EXPECT_EQ(rule.sources[0].default_value->text, "'it\\'s'");
  EXPECT_EQ(rule.targets[0].parameters[0].kind, Parameter::Kind::kExpression);
  EXPECT_EQ(rule.dependents[0].parameters[0].kind, Parameter::Kind::kId);
  EXPECT_EQ(rule.dependents[1].parameters[1].kind, Parameter::Kind::kString);
  ExpectSameAfterPrinting(*map);
}

TEST(MapText, AResourceKeepsItsIdAndTheNumbersOfItsMetadata) {
  const absl::StatusOr<json::Document> document = json::Parse(R"({
    "resourceType": "StructureMap", "id": "m1", "meta": {"profile": ["p", "q"]}, "url": "u", "name": "n",
    "version": "2", "status": "active",
    "useContext": [{"code": {"code": "age"}, "valueQuantity": {"value": -1.50, "unit": "a"}}],
    "contained": [{"resourceType": "ConceptMap", "id": "c", "group": [{"source": "s", "target": "t",
      "element": [{"code": "a", "noMap": true}, {"code": "b", "target": [{"code": "c"}]}]}]}],
    "group": [{"name": "g", "input": [{"name": "a", "mode": "source"}, {"name": "b", "mode": "target"}]}]
  })");
  ASSERT_TRUE(document.ok()) << document.status();
  const absl::StatusOr<StructureMap> map = FromJson(document->root(), "m.json");
  ASSERT_TRUE(map.ok()) << map.status();
  ASSERT_EQ(map->concept_maps.at(0).entries.size(), 2U);
  EXPECT_EQ(map->concept_maps[0].entries[0].relation, "--");
  ExpectSameAfterPrinting(*map);
  json::Arena arena;
  const json::Value again = ToJson(Parse(PrintFml(*map)), arena);
  for (const std::string_view kept : {"id", "meta", "version", "useContext"}) {
    EXPECT_TRUE(json::DeepEqual(*again.Find(kept), *document->root().Find(kept))) << json::Write(again);
  }
}

TEST(MapText, AContainedConceptMapIsCalledByItsIdWhereARuleDoesSo) {
  const absl::StatusOr<json::Document> document = json::Parse(R"({
    "resourceType": "StructureMap", "url": "u", "name": "n", "status": "active",
    "contained": [{"resourceType": "ConceptMap", "id": "one", "url": "http://x/1", "status": "draft", "group": [
        {"source": "s", "target": "t", "element": [{"code": "a", "target": [{"code": "b", "display": "B",
         "equivalence": "equal"}]}]}]},
      {"resourceType": "ConceptMap", "id": "two", "url": "http://x/two", "status": "draft"}],
    "group": [{"name": "g", "typeMode": "none", "input": [{"name": "a", "mode": "source"}, {"name": "b", "mode": "target"}],
      "rule": [{"name": "r", "source": [{"context": "a", "variable": "v"}], "target": [{"context": "b",
        "contextType": "variable", "element": "x", "transform": "translate",
        "parameter": [{"valueId": "v"}, {"valueString": "#one"}, {"valueString": "code"}]}]}]}]
  })");
  ASSERT_TRUE(document.ok()) << document.status();
  const absl::StatusOr<StructureMap> map = FromJson(document->root(), "m.json");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->concept_maps.at(0).url, "#one");
  EXPECT_EQ(map->concept_maps.at(1).url, "http://x/two");
  json::Arena arena;
  const json::Value again = ToJson(*map, arena);
  EXPECT_TRUE(json::DeepEqual(*again.Find("contained"), *document->root().Find("contained"))) << json::Write(again);
  const StructureMap by_url = Parse("conceptmap 'http://x/a b' { prefix s = 'u' s:a - s:b }\ngroup g(source a) {}");
  const absl::StatusOr<StructureMap> as_json = FromJson(ToJson(by_url, arena), "m.json");
  ASSERT_TRUE(as_json.ok()) << as_json.status();
  EXPECT_EQ(as_json->concept_maps, by_url.concept_maps);
}

TEST(MapText, ADefaultOfR5sResourceIsTextWhereItIsAWord) {
  const absl::StatusOr<json::Document> document = json::Parse(R"json({
    "resourceType": "StructureMap", "url": "u", "name": "n", "status": "active",
    "group": [{"name": "g", "input": [{"name": "a", "mode": "source"}, {"name": "b", "mode": "target"}],
      "rule": [{"name": "r", "source": [{"context": "a", "element": "x", "variable": "v", "defaultValue": "da"},
                                        {"context": "a", "element": "y", "variable": "w", "defaultValue": "(a)"}]}]}]
  })json");
  ASSERT_TRUE(document.ok()) << document.status();
  const absl::StatusOr<StructureMap> map = FromJson(document->root(), "m.json");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(FirstRule(*map).sources[0].default_value->text, "'da'");
  EXPECT_EQ(FirstRule(*map).sources[1].default_value->text, "(a)");
}

TEST(MapText, AnExpressionMayEndInAComment) {
  const absl::StatusOr<json::Document> document = json::Parse(R"json({
    "resourceType": "StructureMap", "url": "u", "name": "n", "const": [{"name": "c", "value": "1 // one"}],
    "group": [{"name": "g", "input": [{"name": "a", "mode": "source"}, {"name": "b", "mode": "target"}],
      "rule": [{"name": "r", "source": [{"context": "a", "condition": "x = 'http://y' // why"}],
        "target": [{"context": "b", "element": "z", "transform": "evaluate", "parameter": [{"valueString": "y // z"}]}]}]}]
  })json");
  ASSERT_TRUE(document.ok()) << document.status();
  const absl::StatusOr<StructureMap> map = FromJson(document->root(), "m.json");
  ASSERT_TRUE(map.ok()) << map.status();
  const StructureMap again = Parse(PrintFml(*map));
  EXPECT_EQ(again.constants.at(0).expression.text, "1");
  EXPECT_EQ(FirstRule(again).sources[0].condition->text, "x = 'http://y'");
  EXPECT_EQ(FirstRule(again).targets[0].parameters[0].text, "y");
}

TEST(MapText, AWrongResourceSaysWhereAndWhatWasExpected) {
  const absl::StatusOr<json::Document> document = json::Parse(
      R"({"resourceType": "StructureMap", "group": [{"name": "g", "rule": [{"name": "r", "source": [{"element": "x"}]}]}]})");
  EXPECT_EQ(FromJson(document->root(), "m.json").status().message(),
            "m.json: group[g].rule[r].source.context: expected a variable's name");
  const absl::StatusOr<json::Document> mode =
      json::Parse(R"({"resourceType": "StructureMap", "group": [{"name": "g", "typeMode": "all"}]})");
  EXPECT_EQ(FromJson(mode->root(), "m.json").status().message(),
            "m.json: group[g].typeMode: expected none, types or type-and-types");
}

}  // namespace
}  // namespace hjerte::structuremap
