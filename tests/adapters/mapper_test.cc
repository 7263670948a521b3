#include "adapters/reports/mapper.h"

#include "mapping/json/document.h"
#include "tests/temporary_folder.h"

namespace hjerte::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What one record becomes under a map of these rules.
registry::Finding FindingOf(const std::string& groups, const std::string& record) {
  const tests::TemporaryFolder folder;
  const auto map = folder.Write("m.map",
                                "map \"http://example.org/m\" = \"M\"\n"
                                "conceptmap \"#sex\" {\n  prefix s = \"urn:s\"\n  prefix t = \"urn:t\"\n"
                                "  s:K == t:female\n}\n" +
                                    groups);
  auto mapper = Mapper::Load(map, folder.path());
  if (!mapper.ok()) {
    ADD_FAILURE() << mapper.status();
    return {};
  }
  const auto document = json::Parse(record);
  json::Arena arena;
  const Mapped mapped = mapper->Run(document->root(), arena);
  EXPECT_EQ(mapped.findings.size(), 1U);
  return mapped.findings.empty() ? registry::Finding{} : mapped.findings.front();
}

void ExpectDanish(const registry::Finding& finding) {
  for (const char* english : {"expected", "the ", "concept map", "group '", "more than"}) {
    EXPECT_THAT(finding.text.da, Not(HasSubstr(english)));
  }
}

TEST(MapFaults, AnUnknownCodeIsNamedInDanishWithItsFieldAndRule) {
  const registry::Finding finding = FindingOf(
      "group g(source src, target tgt) { src.Koen as k -> tgt.gender = translate(k, '#sex', 'code') \"sex\"; }",
      R"({"Koen": "kvinde"})");
  EXPECT_EQ(finding.code, "map-unknown-code");
  EXPECT_EQ(finding.location, "src.Koen");
  EXPECT_THAT(finding.text.da, HasSubstr("Koden kvinde kendes ikke"));
  EXPECT_THAT(finding.text.da, HasSubstr("feltet src.Koen, kortets gruppe g, regel sex"));
  EXPECT_THAT(finding.text.en, HasSubstr("has no line for the code 'kvinde'"));
  ExpectDanish(finding);
}

TEST(MapFaults, ACodeThatCouldBeACitizensNumberIsNotShown) {
  const registry::Finding finding = FindingOf(
      "group g(source src, target tgt) { src.Koen as k -> tgt.gender = translate(k, '#sex', 'code') \"sex\"; }",
      R"({"Koen": "150260-4389"})");
  for (const std::string& text : {finding.text.da, finding.text.en, finding.location}) {
    EXPECT_THAT(text, Not(HasSubstr("4389")));
  }
  EXPECT_THAT(finding.text.da, HasSubstr("En kode i posten kendes ikke"));
}

TEST(MapFaults, AValueThatDoesNotFitIsToldInDanishWithItsField) {
  const registry::Finding finding =
      FindingOf("group g(source src, target tgt) { src.Vaegt as v -> tgt.value = cast(v, 'decimal') \"weight\"; }",
                R"({"Vaegt": "tung"})");
  EXPECT_EQ(finding.code, "map-refused");
  EXPECT_THAT(finding.text.da, HasSubstr("feltet src.Vaegt"));
  ExpectDanish(finding);
}

TEST(MapFaults, AMapThatDoesNotEndIsStoppedAndSaysSo) {
  const registry::Finding finding =
      FindingOf("group g(source src, target tgt) { src then g(src, tgt) \"again\"; }", "{}");
  EXPECT_EQ(finding.code, "map-limit");
  EXPECT_THAT(finding.text.da, HasSubstr("for stor eller for dybt opbygget"));
  ExpectDanish(finding);
}

}  // namespace
}  // namespace hjerte::adapters
