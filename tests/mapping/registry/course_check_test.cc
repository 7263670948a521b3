#include "mapping/registry/course/course_check.h"

#include "tests/mapping/registry/registry_fixture.h"
#include "tests/mapping/registry/report_builder.h"

namespace hjerte::registry {
namespace {

using testing::ReportBuilder;

std::vector<std::string> Codes(const ReportBuilder& report, std::string_view today = "2026-08-01") {
  const json::Document document = testing::Parsed(report.Text());
  const CourseRecord record = testing::RecordOf(document.root(), {}, "0751", today);
  for (const Finding& finding : CheckCourse(*testing::Dhrd(), record)) {
    EXPECT_EQ(finding.severity, Severity::kInformation);
    EXPECT_FALSE(finding.text.da.empty());
    EXPECT_FALSE(finding.text.en.empty());
  }
  return testing::CodesOf(CheckCourse(*testing::Dhrd(), record));
}

bool Has(const ReportBuilder& report, const std::string& code) {
  const std::vector<std::string> codes = Codes(report);
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// A course with everything that is asked for.
ReportBuilder Complete() {
  ReportBuilder report;
  report.more = {testing::Training(),
                 testing::Diet(),
                 testing::Session("s1", "finished"),
                 testing::Walk("w1", "400", "start"),
                 testing::Walk("w2", "450", "end"),
                 testing::Smoking("k1", "smoker", "start"),
                 testing::Smoking("k2", "former", "end"),
                 testing::Own("a", "hads_anxiety", R"("valueInteger":7)"),
                 testing::Own("d", "hads_depression", R"("valueInteger":5)")};
  return report;
}

TEST(CourseCheck, ACompleteCourseHasNoFinding) { EXPECT_EQ(Codes(Complete()), std::vector<std::string>()); }

TEST(CourseCheck, WhatIsMissingAtTheCloseIsFound) {
  const std::vector<std::string> codes = Codes(ReportBuilder());
  for (const char* code :
       {"dhrd-training_offer-required", "dhrd-smoking-start-required", "dhrd-smoking-end-required",
        "dhrd-hads_anxiety-required", "dhrd-hads_depression-required", "dhrd-diet_treatment-required"}) {
    EXPECT_NE(std::find(codes.begin(), codes.end(), code), codes.end()) << code;
  }
}

TEST(CourseCheck, AnOpenCourseIsNotAskedForItsEnd) {
  ReportBuilder report;
  report.detail = R"("status":"in-progress")";
  report.period = R"({"start":"2026-07-14"})";
  EXPECT_EQ(Codes(report), std::vector<std::string>{"dhrd-smoking-start-required"});
}

TEST(CourseCheck, EveryRequiredVariableHasItsFinding) {
  ReportBuilder report = Complete();
  report.referral =
      R"({"resourceType":"ServiceRequest","id":"course","status":"active","intent":"order","subject":{"reference":"Patient/p"}})";
  report.condition = R"({"resourceType":"Organization","id":"o"})";
  const std::vector<std::string> codes = Codes(report);
  for (const char* code : {"dhrd-referral_source-required", "dhrd-diagnosis_group-required"}) {
    EXPECT_NE(std::find(codes.begin(), codes.end(), code), codes.end()) << code;
  }
  ReportBuilder no_patient = Complete();
  no_patient.patient = R"({"resourceType":"Organization","id":"p"})";
  EXPECT_TRUE(Has(no_patient, "dhrd-sex-required"));
}

TEST(CourseCheck, AReferralByOneselfNeedsNoDate) {
  ReportBuilder report = Complete();
  report.referral.replace(report.referral.find(R"("authoredOn":"2026-01-05",)"), 26, "");
  EXPECT_TRUE(Has(report, "dhrd-referral_date-required"));
  report.referral.replace(report.referral.find("hospital"), 8, "self");
  EXPECT_FALSE(Has(report, "dhrd-referral_date-required"));
}

TEST(CourseCheck, AClosedCourseWithoutAReasonIsFound) {
  ReportBuilder report = Complete();
  report.detail = R"("status":"stopped")";
  EXPECT_EQ(Codes(report), std::vector<std::string>{"dhrd-closure_reason-required"});
}

TEST(CourseCheck, TransferNeedsAReceiverAndAReceiverNeedsATransfer) {
  ReportBuilder report = Complete();
  report.detail =
      R"("status":"stopped","statusReason":{"coding":[{"system":"http://hjertegateway.dk/fhir/CodeSystem/closure-reason","code":"transferred"}]})";
  EXPECT_EQ(Codes(report), std::vector<std::string>{"dhrd-transferred_to-required"});
}

TEST(CourseCheck, CrossChecksOfTheMergedCourse) {
  ReportBuilder report = Complete();
  report.more.erase(report.more.begin() + 2);
  report.more.push_back(testing::Own("n", "sessions_planned", R"("valueInteger":10)", ""));
  report.more.push_back(testing::Own("m", "sessions_attended", R"("valueInteger":11)", ""));
  EXPECT_EQ(Codes(report), std::vector<std::string>{"dhrd-sessions_attended-more-than-planned"});

  report = Complete();
  report.more[4] = testing::Own("e", "ergometer_max", testing::Quantity("120", "W"), "end");
  EXPECT_EQ(Codes(report), std::vector<std::string>{"dhrd-test_kind-no-pair"});

  report = Complete();
  report.more[6] = testing::Smoking("k2", "never", "end");
  EXPECT_EQ(Codes(report), std::vector<std::string>{"dhrd-smoking-contradiction"});
  report.more[5] = testing::Smoking("k1", "former", "start");
  EXPECT_EQ(Codes(report), std::vector<std::string>{"dhrd-smoking-never-after-former"});

  report = Complete();
  report.more.pop_back();
  EXPECT_EQ(Codes(report), (std::vector<std::string>{"dhrd-hads_depression-required", "dhrd-hads-one-subscale"}));

  report = Complete();
  report.more.push_back(testing::Observation("s", "http://loinc.org|8480-6", testing::Quantity("80", "mm[Hg]")));
  report.more.push_back(testing::Observation("t", "http://loinc.org|8462-4", testing::Quantity("120", "mm[Hg]")));
  EXPECT_EQ(Codes(report), std::vector<std::string>{"dhrd-diastolic-above-systolic"});
}

TEST(CourseCheck, DatesOfDifferentReportsThatContradictEachOtherAreFoundHereToo) {
  ReportBuilder report = Complete();
  report.period = R"({"start":"2026-01-14","end":"2026-01-13"})";
  EXPECT_TRUE(Has(report, "dhrd-end_date-before-start"));
  report = Complete();
  report.referral.replace(report.referral.find("2026-01-05"), 10, "2026-01-15");
  EXPECT_TRUE(Has(report, "dhrd-referral_date-after-start"));
}

TEST(CourseCheck, AReceiverWithoutATransferIsFound) {
  const auto record = FromJson(
      R"({"authority":"0751","course_key":"k","transferred_to":"0101","closure_reason":"completed","status":"active"})");
  ASSERT_TRUE(record.ok());
  const std::vector<std::string> codes = testing::CodesOf(CheckCourse(*testing::Dhrd(), *record));
  for (const char* code :
       {"dhrd-transferred_to-without-transfer", "dhrd-closure_reason-open", "dhrd-start_date-required"}) {
    EXPECT_NE(std::find(codes.begin(), codes.end(), code), codes.end()) << code;
  }
}

TEST(Status, SilentAfter180DaysWithoutAnEventAndNeverClosed) {
  ReportBuilder report;
  report.detail = R"("status":"in-progress")";
  report.period = R"({"start":"2026-01-14"})";
  report.more = {testing::Session("s", "finished", "2026-02-01")};
  const json::Document document = testing::Parsed(report.Text());
  EXPECT_EQ(testing::RecordOf(document.root(), {}, "0751", "2026-07-30").status(), "active");
  EXPECT_EQ(testing::RecordOf(document.root(), {}, "0751", "2026-07-31").status(), "silent");
}

TEST(Status, AReferralAloneIsReferred) {
  std::string text = ReportBuilder().Text();
  const size_t plan = text.find(R"(,{"resource":{"resourceType":"CarePlan")");
  text = text.substr(0, plan) + "]}";
  const json::Document document = testing::Parsed(text);
  EXPECT_EQ(testing::RecordOf(document.root()).status(), "referred");
}

}  // namespace
}  // namespace hjerte::registry
