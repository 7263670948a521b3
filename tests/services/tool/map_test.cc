#include <fstream>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "tests/services/tool/tool_fixture.h"
#include "tests/shared.h"

namespace hjerte::tool {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kMap = R"(map "http://example.org/StructureMap/names" = "Names"
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as target
imports "http://example.org/StructureMap/parts"
group Names(source src, target tgt : Patient) {
  src.Id as id -> tgt.id = id "id";
  src.Sex as sex -> tgt.gender = translate(sex, 'http://example.org/ConceptMap/sex', 'code') "sex";
  src.Name as name -> tgt.name as to then Family(name, to) "name";
  src -> tgt.active = true "active";
}
)";
constexpr const char* kParts = R"(map "http://example.org/StructureMap/parts" = "Parts"
group Family(source name, target to) { name -> to.family = name "family"; }
)";
constexpr const char* kSexes = R"({"resourceType": "ConceptMap", "url": "http://example.org/ConceptMap/sex",
  "group": [{"element": [{"code": "K", "target": [{"code": "female", "equivalence": "equal"}]}]}]})";

class Map : public ToolFixture {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const auto path = folder_ / name;
    std::ofstream(path) << content;
    return path.string();
  }
  int RunMap(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"map",
                                          "--map",
                                          Write("names.map", kMap),
                                          "--map",
                                          Write("elsewhere.map", kParts),
                                          "--conceptmap",
                                          Write("sexes.json", kSexes)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
};

TEST_F(Map, MapsARecordWithImportsAndConceptMaps) {
  EXPECT_EQ(RunMap({"--input", Write("r.json", R"({"Id": "1", "Sex": "K", "Name": "Hansen"})")}), kExitOk) << Err();
  const auto patient = json::Parse(Out());
  ASSERT_TRUE(patient.ok()) << Out();
  const auto expected = json::Parse(
      R"({"resourceType": "Patient", "id": "1", "gender": "female", "name": [{"family": "Hansen"}], "active": true})");
  EXPECT_TRUE(json::DeepEqual(patient->root(), expected->root())) << Out();
  EXPECT_EQ(Err(), "");
}

TEST_F(Map, AListOfRecordsGivesOneLineEach) {
  EXPECT_EQ(RunMap({"--input", Write("r.json", R"([{"Id": "1"}, {"Id": "2"}])")}), kExitOk);
  EXPECT_THAT(Out(), testing::MatchesRegex("\\{[^\n]*\"id\":\"1\"[^\n]*\\}\n\\{[^\n]*\"id\":\"2\"[^\n]*\\}\n"));
}

TEST_F(Map, OneBadRecordIsToldAndTheOthersGoOn) {
  EXPECT_EQ(RunMap({"--input", Write("r.json", R"([{"Id": "1", "Sex": "?"}, {"Id": "2"}])")}), kExitFindings);
  EXPECT_THAT(Err(), HasSubstr("sex"));
  EXPECT_THAT(Out(), HasSubstr("\"id\":\"2\""));
}

TEST_F(Map, TraceTellsWhichRuleWroteWhatFromWhere) {
  EXPECT_EQ(RunMap({"--input", Write("r.json", R"({"Id": "1", "Name": "Hansen"})"), "--trace"}), kExitOk);
  EXPECT_THAT(Err(), HasSubstr("Patient.id <- src.Id  [Names 'id']"));
  EXPECT_THAT(Err(), HasSubstr("Patient.name[0].family <- src.Name  [Family 'family']"));
  EXPECT_THAT(Err(), HasSubstr("Patient.active <- constant, for src  [Names 'active']"));
}

TEST_F(Map, PrintsItsTwoFormsAndReadsThemAgain) {
  EXPECT_EQ(RunMap({"--to-json"}), kExitOk);
  const std::string all = Out();
  const std::string both = Write("parts.map", kParts);
  ASSERT_EQ(Run({"map", "--map", both, "--to-json"}), kExitOk);
  const std::string as_json = Write("parts.json", Out());
  EXPECT_THAT(Out(), HasSubstr("\"resourceType\": \"StructureMap\""));
  EXPECT_THAT(all, HasSubstr("http://example.org/StructureMap/names"));
  ASSERT_EQ(Run({"map", "--map", as_json, "--to-fml"}), kExitOk) << Err();
  EXPECT_THAT(Out(), HasSubstr("group Family(source name, target to)"));
  const std::string as_text = Write("again.map", Out());
  EXPECT_EQ(Run({"map", "--map", as_text, "--to-json"}), kExitOk) << Err();
}

TEST_F(Map, CheckSaysWhatIsWrongAndWhere) {
  const std::string bad = Write("bad.map",
                                "map \"http://example.org/b\" = \"B\"\n"
                                "uses \"http://hl7.org/fhir/StructureDefinition/Patient\" alias P as target\n"
                                "group b(source src, target tgt : P) {\n"
                                "  src.a as a -> tgt.gender = b \"x\";\n"
                                "}\n");
  EXPECT_EQ(Run({"map", "--check", bad}), kExitFindings);
  EXPECT_THAT(Err(), testing::StartsWith(bad + ":4:"));
  EXPECT_THAT(Err(), HasSubstr("'b'"));
  EXPECT_EQ(Run({"map", "--check", Write("cut.map", "map \"http://example.org/b\" = \"B\"\ngroup b(source src")}),
            kExitFindings);
  EXPECT_THAT(Err(), HasSubstr("cut.map:2:19: "));
  EXPECT_THAT(Err(), HasSubstr("expected"));
  EXPECT_EQ(Run({"map", "--check", Write("names.map", kMap), "--map", Write("elsewhere.map", kParts), "--conceptmap",
                 Write("sexes.json", kSexes)}),
            kExitOk)
      << Err();
  EXPECT_THAT(Out(), HasSubstr("in order, 1 groups, 4 rules"));
}

// Also in a group that only a call gives its type, and in the middle of a path.
TEST_F(Map, CheckFindsAMisspeltElementOfTheTargetWithMapGroupRuleAndLine) {
  if (fhirpath::R4Model() == nullptr) GTEST_SKIP() << "built without R4's types";
  const std::string bad = Write("bad.map",
                                "map \"http://example.org/b\" = \"B\"\n"
                                "uses \"http://hl7.org/fhir/StructureDefinition/Bundle\" alias Bundle as target\n"
                                "group b(source src, target tgt : Bundle) {\n"
                                "  src.never as n -> tgt.timestmp = n \"stamp\";\n"
                                "  src -> tgt.entry as e, e.resource = create('Observation') as o then {\n"
                                "    src.a as a -> o.value = create('Quantity') as q, q.vale = a \"value\";\n"
                                "    src.a as a then Coded(a, o) \"code\";\n"
                                "  } \"o\";\n"
                                "}\n"
                                "group Coded(source a, target o) { a -> o.code.codin.code = a \"coding\"; }\n");
  EXPECT_EQ(Run({"map", "--check", bad}), kExitFindings);
  EXPECT_THAT(Err(), HasSubstr(bad + ":4:"));
  EXPECT_THAT(Err(),
              HasSubstr("map http://example.org/b, group 'b', rule 'stamp': 'timestmp' is no element of Bundle"));
  EXPECT_THAT(Err(), HasSubstr("bad.map:6:"));
  EXPECT_THAT(Err(), HasSubstr("rule 'value': 'vale' is no element of Quantity"));
  EXPECT_THAT(Err(), HasSubstr("bad.map:10:"));
  EXPECT_THAT(Err(), HasSubstr("group 'Coded', rule 'coding': 'codin' is no element of CodeableConcept"));
  for (const char* shipped : {"cardiac-report", "course", "csv-forloeb", "json-forloeb", "kl-report"}) {
    EXPECT_EQ(Run({"map", "--check", (tests::SourceDir() / "mapping/dhrd/maps" / shipped).string() + ".map"}), kExitOk)
        << Err();
  }
}

TEST_F(Map, SaysWhichFileIsMissing) {
  EXPECT_EQ(Run({"map", "--map", (folder_ / "none.map").string(), "--input", "x"}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("none.map: cannot be read"));
  EXPECT_EQ(RunMap({"--input", (folder_ / "none.json").string()}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("none.json: cannot be read"));
  EXPECT_EQ(RunMap({"--input", Write("half.json", "{")}), kExitFindings);
  EXPECT_THAT(Err(), HasSubstr("half.json: "));
  EXPECT_EQ(Run({"map"}), kExitUsage);
}

// The shipped map of the CSV form, over an invented course.
class Origins : public Map {
 protected:
  int RunShipped(const std::string& form) {
    const std::string record = Write("course.json", R"({
      "ForloebsID": "F1", "CPR": "0102030000", "Aendret": "2026-01-10T10:00:00Z", "Status": "Afsluttet",
      "Afslutningsaarsag": "Gennemført", "Lovgrundlag": "§140", "Diagnosekode": "DI214",
      "Henvisningsdato": "2025-01-05", "Startdato": "2025-02-01", "Slutdato": "2025-06-01",
      "Maalinger": [{"MaalingsID": "M1", "Type": "Vægt", "Dato": "2025-02-02", "Tidspunkt": "Start",
                     "Vaerdi": "82.5", "Enhed": "kg"}]})");
    const std::string dhrd = (tests::SourceDir() / "mapping/dhrd").string();
    return Run(
        {"map", "--map", dhrd + "/maps/csv-forloeb.map", "--input", record, "--variables", form, "--content", dhrd});
  }
};

TEST_F(Origins, EachVariableOfTheRegistryNamesTheFieldsItCameFrom) {
  if (fhirpath::R4Model() == nullptr) GTEST_SKIP() << "built without R4's types";
  EXPECT_EQ(RunShipped("table"), kExitOk) << Err();
  EXPECT_THAT(Out(), testing::StartsWith("variable "));
  EXPECT_THAT(Out(), testing::ContainsRegex(
                         "\ncourse_key +src\\.ForloebsID  -> Bundle\\.entry\\[1\\]\\.resource\\.identifier\n"));
  EXPECT_THAT(Out(), testing::ContainsRegex("\nreferral_date +src\\.Henvisningsdato  -> "));
  EXPECT_THAT(Out(), testing::ContainsRegex("\nweight +start +src\\.Maalinger\\.Vaerdi, src\\.Maalinger\\.Enhed  -> "));
  EXPECT_THAT(Out(), testing::ContainsRegex("\nldl +-\n"));
  EXPECT_THAT(Out(), testing::ContainsRegex("\nage +\\(derived\\)\n"));
}

TEST_F(Origins, TheSameAsJson) {
  if (fhirpath::R4Model() == nullptr) GTEST_SKIP() << "built without R4's types";
  EXPECT_EQ(RunShipped("json"), kExitOk) << Err();
  const auto origins = json::Parse(Out());
  ASSERT_TRUE(origins.ok()) << Out();
  int walks = 0;
  for (const json::Value& origin : origins->root().elements()) {
    if (origin.Find("variable")->text() != "weight") continue;
    ++walks;
    EXPECT_EQ(origin.Find("point")->text(), "start");
    ASSERT_EQ(origin.Find("fields")->size(), 2U) << Out();
    EXPECT_EQ(origin.Find("fields")->elements()[0].text(), "src.Maalinger.Vaerdi");
  }
  EXPECT_EQ(walks, 1);
}

// Every variable that a shipped map fills has a field behind it: nothing comes from nowhere.
TEST_F(Origins, NoVariableWithAValueIsWithoutAField) {
  if (fhirpath::R4Model() == nullptr) GTEST_SKIP() << "built without R4's types";
  EXPECT_EQ(RunShipped("json"), kExitOk) << Err();
  const auto origins = json::Parse(Out());
  ASSERT_TRUE(origins.ok()) << Out();
  int with_values = 0;
  for (const json::Value& origin : origins->root().elements()) {
    if (origin.Find("elements")->size() == 0) continue;
    ++with_values;
    EXPECT_GT(origin.Find("fields")->size(), 0U) << origin.Find("variable")->text();
  }
  EXPECT_GE(with_values, 8);
}

}  // namespace
}  // namespace hjerte::tool
