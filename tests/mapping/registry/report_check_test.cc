#include "mapping/registry/report/report_check.h"

#include "absl/strings/str_cat.h"
#include "tests/mapping/registry/registry_fixture.h"
#include "tests/mapping/registry/report_builder.h"

namespace hjerte::registry {
namespace {

using testing::ReportBuilder;

std::vector<Finding> CheckText(const std::string& text) {
  const json::Document document = testing::Parsed(text);
  return testing::Check(document.root());
}

// The findings of a report with one more resource.
std::vector<Finding> With(const std::string& resource) {
  ReportBuilder report;
  report.more.push_back(resource);
  return CheckText(report.Text());
}

std::vector<Finding> Replaced(const std::string& part, const std::string& by) {
  std::string text = ReportBuilder().Text();
  const size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return CheckText(text.replace(at, part.size(), by));
}

// Expects exactly one error and gives it.
Finding TheError(const std::vector<Finding>& findings) {
  EXPECT_EQ(testing::Errors(findings).size(), 1u) << ::testing::PrintToString(testing::CodesOf(findings));
  for (const Finding& finding : findings) {
    EXPECT_FALSE(finding.text.da.empty());
    EXPECT_FALSE(finding.text.en.empty());
    if (finding.severity == Severity::kError) return finding;
  }
  return {};
}

TEST(ReportCheck, ASoundReportHasOnlyTheModulus11Warning) {
  const std::vector<Finding> findings = CheckText(ReportBuilder().Text());
  EXPECT_EQ(testing::CodesOf(findings), std::vector<std::string>{"dhrd-cpr-modulus"});
  EXPECT_EQ(findings.front().severity, Severity::kWarning);
  EXPECT_EQ(findings.front().location, "Bundle.entry[0].resource.identifier[0].value");
}

TEST(ReportCheck, NoTextEverQuotesTheCitizensNumber) {
  for (const char* number : {"1503571020", "9903571020", "150357102"}) {
    for (const Finding& finding : Replaced("1503571020", number)) {
      for (const std::string* text : {&finding.text.da, &finding.text.en, &finding.location, &finding.code}) {
        EXPECT_EQ(text->find(number), std::string::npos);
      }
    }
  }
}

TEST(ReportCheck, TheCitizensNumberMustBeThereAndHaveItsForm) {
  EXPECT_EQ(TheError(Replaced("1503571020", "9903571020")).code, "dhrd-cpr-format");
  EXPECT_EQ(TheError(Replaced("urn:oid:1.2.208.176.1.2", "urn:oid:9")).code, "dhrd-cpr-required");
}

TEST(ReportCheck, AReferralWithoutAKeyIsRefused) {
  const Finding finding =
      TheError(Replaced(R"("resourceType":"ServiceRequest","id":"course",)", R"("resourceType":"ServiceRequest",)"));
  EXPECT_EQ(finding.code, "dhrd-course_key-required");
  EXPECT_EQ(finding.location, "Bundle.entry[1].resource.id");
}

TEST(ReportCheck, TheBundleIsACollectionWithAStampAndOneCitizen) {
  EXPECT_EQ(TheError(Replaced("\"collection\"", "\"batch\"")).code, "dhrd-report-type");
  EXPECT_EQ(TheError(CheckText("[]")).code, "dhrd-report-type");
  EXPECT_EQ(
      TheError(
          CheckText(R"({"resourceType":"Bundle","type":"collection","timestamp":"2026-04-16T08:30:00Z","entry":[]})"))
          .code,
      "dhrd-report-empty");
  EXPECT_EQ(TheError(Replaced(R"("timestamp":"2026-04-16T08:30:00Z",)", "")).code, "dhrd-stamp-required");
  EXPECT_EQ(TheError(Replaced("2026-04-16T08:30:00Z", "2026-04-16")).code, "dhrd-stamp-format");
  EXPECT_EQ(
      TheError(
          With(
              R"({"resourceType":"Patient","id":"q","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"1503571020"}]})"))
          .code,
      "dhrd-report-patient");
  EXPECT_EQ(TheError(With(R"({"id":"q"})")).code, "dhrd-resource-type");
  EXPECT_EQ(TheError(With(R"({"resourceType":"Organization"})")).code, "dhrd-resource-id");
}

TEST(ReportCheck, AStampMoreThanFiveMinutesAheadIsRefused) {
  EXPECT_EQ(TheError(Replaced("2026-04-16T08:30:00Z", "2026-08-01T12:05:01Z")).code, "dhrd-stamp-future");
  EXPECT_EQ(testing::Errors(Replaced("2026-04-16T08:30:00Z", "2026-08-01T12:04:59Z")), std::vector<std::string>());
}

TEST(ReportCheck, RequiredElementsAndStatusCodesOfR4AreAskedFor) {
  EXPECT_EQ(TheError(Replaced(R"("status":"active","intent":"order")", R"("status":"open","intent":"order")")).code,
            "dhrd-resource-status");
  const Finding finding = TheError(Replaced(R"("intent":"order",)", ""));
  EXPECT_EQ(finding.code, "dhrd-resource-element");
  EXPECT_EQ(finding.location, "Bundle.entry[1].resource.intent");
}

TEST(ReportCheck, AValueOfTheWrongTypeIsRefused) {
  const Finding finding =
      TheError(With(testing::Observation("o", "http://loinc.org|64098-7", R"("valueString":"langt")")));
  EXPECT_EQ(finding.code, "dhrd-six_minute_walk-type");
  EXPECT_EQ(finding.variable, "six_minute_walk");
  EXPECT_EQ(finding.location, "Bundle.entry[4].resource.value");
  EXPECT_EQ(TheError(With(testing::Own("o", "hads_anxiety", R"("valueInteger":7.5)"))).code, "dhrd-hads_anxiety-type");
}

TEST(ReportCheck, UnitsThatConvertExactlyAreConvertedAndOthersRefused) {
  const auto walk = [](const std::string& number, const std::string& unit) {
    return testing::Observation("o", "http://loinc.org|64098-7", testing::Quantity(number, unit));
  };
  EXPECT_EQ(testing::Errors(With(walk("43250", "cm"))), std::vector<std::string>());
  EXPECT_EQ(TheError(With(walk("0.4", "km"))).code, "dhrd-six_minute_walk-unit");
  EXPECT_EQ(TheError(With(walk("432", ""))).code, "dhrd-six_minute_walk-unit");
  ReportBuilder report;
  report.more = {walk("43255", "cm"),
                 testing::Observation("w", "http://loinc.org|29463-7", testing::Quantity("81400", "g")),
                 testing::Observation("h", "http://loinc.org|8302-2", testing::Quantity("1.68", "m"))};
  const json::Document document = testing::Parsed(report.Text());
  const CourseRecord record = testing::RecordOf(document.root());
  EXPECT_EQ(record.Get("six_minute_walk", Point::kStart), "432.55");
  EXPECT_EQ(record.Get("weight", Point::kStart), "81.4");
  EXPECT_EQ(record.Get("height", Point::kStart), "168");
}

TEST(ReportCheck, OutsideThePossibleRefusesAndOutsideTheUsualWarns) {
  EXPECT_EQ(TheError(With(testing::Walk("o", "1000.1", "start"))).code, "dhrd-six_minute_walk-range");
  EXPECT_EQ(testing::Errors(With(testing::Walk("o", "1000", "start"))), std::vector<std::string>());
  const std::vector<Finding> findings = With(testing::Walk("o", "86.9", "start"));
  ASSERT_NE(testing::FindCode(findings, "dhrd-six_minute_walk-plausible"), nullptr);
  EXPECT_EQ(testing::FindCode(findings, "dhrd-six_minute_walk-plausible")->severity, Severity::kWarning);
  EXPECT_EQ(testing::FindCode(With(testing::Walk("o", "87", "start")), "dhrd-six_minute_walk-plausible"), nullptr);
  EXPECT_EQ(TheError(With(testing::Own("o", "hads_depression", R"("valueInteger":22)"))).code,
            "dhrd-hads_depression-range");
  EXPECT_EQ(TheError(With(testing::Own("o", "sessions_planned", R"("valueInteger":121)", ""))).code,
            "dhrd-sessions_planned-range");
}

TEST(ReportCheck, ACodeOutsideItsListIsRefused) {
  EXPECT_EQ(TheError(With(testing::Smoking("o", "sometimes", "start"))).code, "dhrd-smoking-code");
  EXPECT_EQ(TheError(Replaced("\"0751\"", "\"0999\"")).code, "dhrd-residence_municipality-code");
  EXPECT_EQ(TheError(Replaced("\"hospital\"", "\"priest\"")).code, "dhrd-referral_source-code");
  EXPECT_EQ(
      TheError(
          Replaced(
              R"("status":"completed",)",
              R"("status":"cancelled","statusReason":{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"x"}]},)"))
          .code,
      "dhrd-closure_reason-code");
}

TEST(ReportCheck, IdentifiersMustHaveTheirForm) {
  EXPECT_EQ(TheError(Replaced("1037791000016002", "12345")).code, "dhrd-provider-format");
  EXPECT_EQ(TheError(Replaced("DI214", "214!")).code, "dhrd-diagnosis_code-format");
}

TEST(ReportCheck, AMeasurementMustSayWhenInTheCourseItWasMade) {
  EXPECT_EQ(TheError(With(testing::Walk("o", "400", ""))).code, "dhrd-six_minute_walk-point");
}

TEST(ReportCheck, DatesAfterTheReceiptAreRefused) {
  EXPECT_EQ(TheError(Replaced(R"("end":"2026-04-15")", R"("end":"2026-08-02")")).code, "dhrd-end_date-future");
  EXPECT_EQ(TheError(With(testing::Observation("o", "http://loinc.org|64098-7", testing::Quantity("400", "m"), "start",
                                               "2026-08-02")))
                .code,
            "dhrd-six_minute_walk-future");
  EXPECT_EQ(TheError(With(testing::Session("s", "finished", "2026-08-02"))).code, "dhrd-sessions_planned-future");
  EXPECT_EQ(testing::Errors(With(testing::Session("s", "planned", "2026-08-02"))), std::vector<std::string>());
}

TEST(ReportCheck, DatesThatContradictEachOtherAreRefused) {
  EXPECT_EQ(TheError(Replaced(R"("end":"2026-04-15")", R"("end":"2026-01-13")")).code, "dhrd-end_date-order");
  EXPECT_EQ(TheError(Replaced(R"("authoredOn":"2026-01-05")", R"("authoredOn":"2026-01-15")")).code,
            "dhrd-referral_date-order");
  EXPECT_EQ(TheError(Replaced(R"("address")", R"("deceasedDateTime":"2026-01-13","address")")).code,
            "dhrd-start_date-order");
  EXPECT_EQ(
      TheError(
          With(
              R"({"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"period":{"start":"2026-02-03","end":"2026-02-02"}})"))
          .code,
      "dhrd-period-order");
}

TEST(ReportCheck, ADateMustBeWholeAndExist) {
  EXPECT_EQ(TheError(Replaced(R"("authoredOn":"2026-01-05")", R"("authoredOn":"2026-02-30")")).code,
            "dhrd-referral_date-format");
  EXPECT_EQ(TheError(Replaced(R"("start":"2026-01-14")", R"("start":"2026-01")")).code, "dhrd-start_date-format");
  EXPECT_EQ(TheError(With(testing::Observation("o", "http://loinc.org|64098-7", testing::Quantity("400", "m"), "start",
                                               "2026-13-01")))
                .code,
            "dhrd-date-format");
}

TEST(ReportCheck, WhatIsNotPartOfTheVariableSetIsAWarning) {
  const std::vector<Finding> findings =
      With(testing::Observation("o", "http://loinc.org|718-7", testing::Quantity("8", "mmol/L")));
  ASSERT_NE(testing::FindCode(findings, "dhrd-observation-unknown"), nullptr);
  EXPECT_EQ(testing::Errors(findings), std::vector<std::string>());
}

TEST(ReportCheck, ARetractionNeedsNoContent) {
  EXPECT_EQ(testing::Errors(With(R"({"resourceType":"Observation","id":"gone","status":"entered-in-error"})")),
            std::vector<std::string>());
}

TEST(ReportCheck, BloodPressureMayStandInComponents) {
  const std::string pressure =
      R"({"resourceType":"Observation","id":"bp","status":"final","basedOn":[{"reference":"ServiceRequest/course"}],"effectiveDateTime":"2026-01-14","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"category":[{"coding":[{"system":"http://hjertegateway.dk/fhir/CodeSystem/measurement-point","code":"start"}]}],"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":142,"code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":500,"code":"mm[Hg]"}}]})";
  const Finding finding = TheError(With(pressure));
  EXPECT_EQ(finding.code, "dhrd-diastolic-range");
  EXPECT_EQ(finding.location, "Bundle.entry[4].resource.component[1].value");
}

TEST(ReportCheck, AHopelessReportCostsABoundedList) {
  ReportBuilder report;
  for (int i = 0; i < 400; ++i) report.more.push_back(testing::Walk("o" + std::to_string(i), "5000", "start"));
  EXPECT_EQ(CheckText(report.Text()).size(), 200u);
}

TEST(ReportCheck, AnErrorIsFoundBehindHoweverManyWarnings) {
  ReportBuilder report;
  for (int i = 0; i < 400; ++i) {
    report.more.push_back(
        testing::Observation(absl::StrCat("unknown-", i), "http://loinc.org|718-7", testing::Quantity("8", "mmol/L")));
  }
  report.more.push_back(testing::Walk("walk", "5000", "start"));
  const std::vector<Finding> findings = CheckText(report.Text());
  EXPECT_EQ(findings.size(), 200u);
  EXPECT_EQ(testing::Errors(findings), std::vector<std::string>{"dhrd-six_minute_walk-range"});
}

}  // namespace
}  // namespace hjerte::registry
