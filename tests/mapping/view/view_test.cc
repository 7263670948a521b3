#include "mapping/view/view.h"

#include <fstream>
#include <sstream>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "mapping/view/suite.h"
#include "mapping/view/table_writer.h"
#include "tests/shared.h"

namespace hjerte::view {
namespace {

using ::testing::HasSubstr;

ViewOptions WithModel() {
  ViewOptions options;
  options.model = fhirpath::R4Model();
  return options;
}

json::Document Json(std::string_view text) {
  absl::StatusOr<json::Document> document = json::Parse(text);
  EXPECT_TRUE(document.ok()) << document.status() << "\n" << text;
  return *std::move(document);
}

absl::StatusOr<View> Compile(std::string_view definition, const ViewOptions& options = WithModel()) {
  return View::Compile(Json(definition).root(), options);
}

std::string CompileError(std::string_view definition) {
  const absl::StatusOr<View> view = Compile(definition);
  return view.ok() ? "compiled" : std::string(view.status().message());
}

constexpr char kPatient[] = R"({"resourceType": "Patient", "id": "p1", "active": true, "birthDate": "1960-05",
  "name": [{"family": "Hansen", "given": ["Åse", "B"]}, {"family": "=1+1"}],
  "contact": [{"name": {"family": "C1"}}], "multipleBirthInteger": 2})";

// The table as text, or the error.
std::string Table(std::string_view definition, std::string_view resource, TableOptions options = {},
                  const ViewOptions& view_options = WithModel()) {
  const absl::StatusOr<View> view = Compile(definition, view_options);
  if (!view.ok()) return std::string(view.status().message());
  const json::Document document = Json(resource);
  json::Arena arena;
  std::vector<Row> rows;
  const absl::Status status = view->Run(document.root(), arena, rows);
  if (!status.ok()) return std::string(status.message());
  std::ostringstream out;
  TableWriter writer(out, view->columns(), options);
  writer.Begin();
  for (const Row& row : rows) writer.Write(row);
  writer.End();
  return out.str();
}

std::string Select(std::string_view select) {
  return R"({"resource": "Patient", "select": [)" + std::string(select) + "]}";
}

TEST(SqlOnFhirSuite, EveryPublishedTestPasses) {
  HJERTE_REQUIRE_SHARED("suites/sql-on-fhir");
  ASSERT_NE(fhirpath::R4Model(), nullptr);
  json::Arena arena;
  json::Value report = json::Value::Object(arena);
  SuiteResult totals;
  for (const auto& entry : std::filesystem::directory_iterator(tests::SharedDir() / "suites/sql-on-fhir")) {
    const std::string name = entry.path().filename().string();
    if (name.find("schema") != std::string::npos) continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    const auto result = RunSuite(Json(text.str()).root(), name, WithModel(), arena, report);
    ASSERT_TRUE(result.ok()) << result.status();
    totals.passed += result->passed;
    totals.failed += result->failed;
  }
  EXPECT_GE(totals.passed, 82U);
  EXPECT_EQ(totals.failed, 0U) << json::Write(report, json::Indent::kTwoSpaces);
}

TEST(View, CsvQuotesWhatNeedsIt) {
  const std::string view = Select(
      R"({"forEach": "name", "column": [{"name": "family", "path": "family"}, {"name": "given", "path": "given", "collection": true},
          {"name": "text", "path": "'a\"b,c'"}, {"name": "none", "path": "{}"}, {"name": "blank", "path": "''"}]})");
  EXPECT_EQ(Table(view, kPatient),
            "family,given,text,none,blank\r\n"
            "Hansen,\"[\"\"Åse\"\",\"\"B\"\"]\",\"a\"\"b,c\",,\"\"\r\n"
            "=1+1,[],\"a\"\"b,c\",,\"\"\r\n");
  TableOptions guarded;
  guarded.guard_formulas = true;
  guarded.separator = ';';
  EXPECT_THAT(Table(view, kPatient, guarded), HasSubstr("\n'=1+1;[];"));
}

TEST(View, NdjsonAndJsonKeepNumbersAsWritten) {
  const std::string view =
      R"({"resource": "Observation", "select": [{"column": [{"name": "v", "path": "value.ofType(Quantity).value "}]}]})";
  const std::string resource = R"({"resourceType": "Observation", "valueQuantity": {"value": 1.50}})";
  TableOptions options;
  options.format = TableFormat::kNdjson;
  EXPECT_EQ(Table(view, resource, options), "{\"v\":1.50}\n");
  options.format = TableFormat::kJson;
  EXPECT_EQ(Table(view, resource, options), "[\n{\"v\":1.50}\n]\n");
  EXPECT_FALSE(ParseTableFormat("parquet").ok());
}

TEST(View, OtherResourcesGiveNoRows) {
  EXPECT_EQ(Table(Select(R"({"column": [{"name": "id", "path": "id"}]})"), R"({"resourceType": "Basic", "id": "b"})"),
            "id\r\n");
}

TEST(View, SiblingSelectsGiveEveryCombination) {
  EXPECT_EQ(Table(Select(R"({"forEach": "name", "column": [{"name": "a", "path": "family"}]},
                            {"forEach": "name.given", "column": [{"name": "b", "path": "$this"}]})"),
                  kPatient),
            "a,b\r\nHansen,Åse\r\nHansen,B\r\n=1+1,Åse\r\n=1+1,B\r\n");
}

TEST(View, ForEachOrNullKeepsTheRowAndItsIndex) {
  EXPECT_EQ(Table(Select(R"({"column": [{"name": "id", "path": "id"}]}, {"forEachOrNull": "telecom", "column": [
                    {"name": "v", "path": "value"}, {"name": "i", "path": "%rowIndex"}]})"),
                  kPatient),
            "id,v,i\r\np1,,0\r\n");
}

TEST(View, TheRowIndexOfAnEmptyRowIsZeroInSelectsWithinIt) {
  EXPECT_EQ(Table(Select(R"({"forEachOrNull": "telecom", "select": [
                    {"column": [{"name": "v", "path": "value"}, {"name": "i", "path": "%rowIndex"}]}],
                    "unionAll": [{"column": [{"name": "u", "path": "%rowIndex"}]},
                                 {"column": [{"name": "u", "path": "%rowIndex"}]}]})"),
                  kPatient),
            "v,i,u\r\n,0,0\r\n");
}

TEST(View, RepeatVisitsEachNodeBeforeThoseBelowIt) {
  EXPECT_EQ(Table(R"({"resource": "QuestionnaireResponse", "select": [{"repeat": ["item", "answer.item"],
                     "column": [{"name": "id", "path": "linkId"}, {"name": "i", "path": "%rowIndex"}]}]})",
                  R"({"resourceType": "QuestionnaireResponse", "item": [{"linkId": "1", "item": [{"linkId": "1.1",
                     "answer": [{"item": [{"linkId": "1.1.1"}]}]}]}, {"linkId": "2"}]})"),
            "id,i\r\n1,0\r\n1.1,1\r\n1.1.1,2\r\n2,3\r\n");
}

TEST(View, KeysOfResourceAndReferenceAreTheSame) {
  EXPECT_EQ(Table(R"({"resource": "Observation", "select": [{"column": [{"name": "k", "path": "getResourceKey() "},
                     {"name": "s", "path": "subject.getReferenceKey(Patient) "}, {"name": "n", "path": "subject.getReferenceKey(Group) "}]
}]
})",
                  R"({"resourceType": "Observation", "id": "o1", "subject": {"reference": "Patient/p1"}})"),
            "k,s,n\r\nObservation/o1,Patient/p1,\r\n");
}

TEST(View, TheTypeOfAReferenceKeyMayStandInQuotes) {
  EXPECT_EQ(Table(R"({"resource": "Observation", "select": [{"column": [
                     {"name": "s", "path": "subject.getReferenceKey('Patient') "},
                     {"name": "n", "path": "subject.getReferenceKey('Group') "}]}]})",
                  R"({"resourceType": "Observation", "subject": {"reference": "Patient/p1"}})"),
            "s,n\r\nPatient/p1,\r\n");
}

TEST(View, BoundariesOfAPeriodAreThoseOfItsEnds) {
  const std::string view = R"({"resource": "Encounter", "select": [{"column": [
      {"name": "l", "path": "period.lowBoundary() "}, {"name": "h", "path": "period.highBoundary() "}]}]})";
  EXPECT_EQ(Table(view, R"({"resourceType": "Encounter", "period": {"start": "2026-01-02", "end": "2026-02"}})"),
            "l,h\r\n2026-01-02T00:00:00.000+14:00,2026-02-28T23:59:59.999-12:00\r\n");
  EXPECT_EQ(Table(view, R"({"resourceType": "Encounter", "period": {"start": "2026-01-02T10:00:00Z"}})"),
            "l,h\r\n2026-01-02T10:00:00.000Z,\r\n");
}

TEST(View, BoundariesOfAPartialDate) {
  EXPECT_EQ(
      Table(
          Select(
              R"({"column": [{"name": "l", "path": "birthDate.lowBoundary() "}, {"name": "h", "path": "birthDate.highBoundary() "}]
})"),
          kPatient),
      "l,h\r\n1960-05-01,1960-05-31\r\n");
}

TEST(View, RefusesWhatIsNoView) {
  EXPECT_EQ(CompileError("[]"), "ViewDefinition: expected an object");
  EXPECT_EQ(CompileError("{}"), "ViewDefinition.resource: expected a text");
  EXPECT_EQ(CompileError(R"({"resource": "Patents", "select": [{}]})"),
            "ViewDefinition.resource: expected a resource type of FHIR R4");
  EXPECT_EQ(CompileError(R"({"resource": "Patient"})"),
            "ViewDefinition.select: expected an array with at least one select");
  EXPECT_THAT(CompileError(Select(R"({"column": [{"name": "1a", "path": "id"}]})")),
              HasSubstr("letters, digits and _"));
  EXPECT_THAT(CompileError(Select(R"({"column": [{"name": "a"}]})")), HasSubstr("a FHIRPath expression as text"));
  EXPECT_THAT(CompileError(Select(R"({"column": [{"path": "id"}]})")), HasSubstr("column.name: expected a text"));
  EXPECT_THAT(CompileError(Select(R"({"column": [{"name": "a", "path": "id +"}]})")), HasSubstr("column[a].path: "));
  EXPECT_THAT(CompileError(Select(R"({"column": [{"name": "a", "path": "%unknown"}]})")), HasSubstr("unknown"));
  EXPECT_THAT(CompileError(Select(R"({"column": [{"name": "a", "path": "id"}, {"name": "a", "path": "id"}]})")),
              HasSubstr("a name that no other column"));
  EXPECT_THAT(CompileError(Select(R"({"forEach": "a", "forEachOrNull": "b"})")), HasSubstr("only one of forEach"));
  EXPECT_THAT(CompileError(Select(R"({"repeat": []})")), HasSubstr("an array of FHIRPath"));
  EXPECT_THAT(
      CompileError(Select(
          R"({"unionAll": [{"column": [{"name": "a", "path": "id"}]}, {"column": [{"name": "b", "path": "id"}]}]})")),
      HasSubstr("unionAll[1]: expected the columns of the first branch"));
  EXPECT_THAT(
      CompileError(R"({"resource": "Patient", "constant": [{"name": "c", "valueCoding": {}}], "select": [{}]})"),
      HasSubstr("a primitive value"));
  EXPECT_THAT(
      CompileError(R"({"resource": "Patient", "constant": [{"name": "c", "valueInteger64": "x"}], "select": [{}]})"),
      HasSubstr("a whole number of 64 bits"));
}

TEST(View, ConstantsMayBeIntegersOf64Bits) {
  EXPECT_EQ(Table(R"({"resource": "Patient", "constant": [{"name": "c", "valueInteger64": "2"}], "select": [
      {"column": [{"name": "a", "path": "multipleBirth.ofType(integer) = %c"}]}]})",
                  kPatient),
            "a\r\ntrue\r\n");
}

TEST(View, RefusesDataThatDoesNotFitItsColumns) {
  EXPECT_THAT(Table(Select(R"({"column": [{"name": "a", "path": "name.family"}]})"), kPatient),
              HasSubstr("column a: 2 values, expected one"));
  EXPECT_THAT(Table(Select(R"({"column": [{"name": "a", "path": "name.first() ", "type": "string"
}]
})"),
                    kPatient),
              HasSubstr("column a: an element with parts"));
  EXPECT_THAT(Table(Select(R"({"column": [{"name": "a", "path": "name.first() ",
                           "type": "http://hl7.org/fhir/StructureDefinition/string"
}]
})"),
                    kPatient),
              HasSubstr("column a: an element with parts"));
  EXPECT_THAT(
      Table(
          R"({"resource": "Patient", "where": [{"path": "id"}], "select": [{"column": [{"name": "a", "path": "id"}]}]})",
          kPatient),
      HasSubstr("gives no truth value"));
}

TEST(View, UnionsAgreeOnATypeHoweverItsUriIsWritten) {
  EXPECT_EQ(Table(Select(R"({"unionAll": [{"column": [{"name": "a", "path": "id", "type": "id"}]},
                {"column": [{"name": "a", "path": "id", "type": "http://hl7.org/fhir/StructureDefinition/id"}]}]})"),
                  kPatient),
            "a\r\np1\r\np1\r\n");
}

TEST(View, RowsOfOneResourceHaveALimit) {
  ViewOptions options = WithModel();
  options.max_rows = 3;
  EXPECT_THAT(Table(Select(R"({"forEach": "name", "column": [{"name": "a", "path": "family"}]},
                              {"forEach": "name", "column": [{"name": "b", "path": "family"}]})"),
                    kPatient, {}, options),
              HasSubstr("more than 3 rows"));
}

}  // namespace
}  // namespace hjerte::view
