#include "mapping/registry/indicators/indicator.h"

#include "mapping/registry/course/cohort.h"
#include "tests/mapping/registry/registry_fixture.h"
#include "tests/mapping/registry/report_builder.h"

namespace hjerte::registry {
namespace {

using testing::Dhrd;
using testing::ReportBuilder;

const std::vector<std::string> kAll = {"training_offer",  "sessions_planned", "sessions_attended", "six_minute_walk",
                                       "ergometer_max",   "met_max",          "smoking",           "hads_anxiety",
                                       "hads_depression", "diet_treatment",   "closure_reason"};

std::string Name(const IndicatorSet& set, size_t indicator, const Outcome& outcome) {
  switch (outcome.state) {
    case State::kNotApplicable:
      return "n/a";
    case State::kExcluded:
      return "excluded " + set.indicators[indicator].excluded[outcome.reason].id;
    case State::kUnknown:
      return "unknown " + set.indicators[indicator].unknown[outcome.reason].id;
    case State::kNo:
      return "no";
    case State::kYes:
      break;
  }
  return "yes";
}

// What the course counts as in one indicator, in words.
std::string In(const std::string& indicator, const ReportBuilder& report,
               const std::vector<std::string>& carried = kAll) {
  const json::Document document = testing::Parsed(report.Text());
  const CourseRecord record = testing::RecordOf(document.root(), carried);
  const IndicatorSet& set = Dhrd()->indicator_sets().front();
  const size_t index = set.Find(indicator).value();
  return Name(set, index, EvaluateIndicators(*Dhrd(), set, record)[index]);
}

ReportBuilder With(std::vector<std::string> more) {
  ReportBuilder report;
  report.more = std::move(more);
  return report;
}

ReportBuilder Ended(const std::string& detail) {
  ReportBuilder report;
  report.detail = detail;
  return report;
}

std::string Cancelled(const std::string& system, const std::string& code) {
  return R"("status":"cancelled","statusReason":{"coding":[{"system":")" + system + R"(","code":")" + code + R"("}]})";
}
const std::string kOptOut =
    Cancelled("http://fhir.kl.dk/term/CodeSystem/CareSocialCodes", "3a5a72b7-addf-4857-b80c-04e4246e3072");
const std::string kTransferred = Cancelled("http://hjertegateway.dk/fhir/CodeSystem/closure-reason", "transferred");

TEST(Population, ACourseThatIsStillOpenIsNotApplicable) {
  ReportBuilder open = Ended(R"("status":"in-progress")");
  open.period = R"({"start":"2026-01-14"})";
  EXPECT_EQ(In("K1", open), "n/a");
}

TEST(Population, AnEndDateOnAnOpenPlanDoesNotCloseIt) {
  EXPECT_EQ(In("K1", Ended(R"("status":"in-progress")")), "n/a");
}

TEST(Population, HeartFailureIsNotInIt) {
  ReportBuilder report;
  report.condition.replace(report.condition.find("DI214"), 5, "DI509");
  EXPECT_EQ(In("K1", report), "n/a");
}

TEST(Population, OneUnder18AtStartIsNotInIt) {
  ReportBuilder report;
  report.patient.replace(report.patient.find("1503571020"), 10, "1502085020");
  EXPECT_EQ(In("K1", report), "n/a");
  report.period = R"({"start":"2026-02-15","end":"2026-04-15"})";
  EXPECT_EQ(In("K1", report), "yes");
}

TEST(Excluded, DiedComesBeforeEverything) {
  ReportBuilder report = Ended(kTransferred);
  report.patient.insert(report.patient.size() - 1, R"(,"deceasedDateTime":"2026-04-15")");
  for (const char* indicator : {"K1", "K2", "K3", "K4", "K5", "K6"}) EXPECT_EQ(In(indicator, report), "excluded died");
}

TEST(Excluded, DeathAfterTheEndDoesNotExclude) {
  ReportBuilder report;
  report.patient.insert(report.patient.size() - 1, R"(,"deceasedDateTime":"2026-04-16")");
  EXPECT_EQ(In("K1", report), "yes");
}

TEST(Excluded, DeathInAnOpenCourseClosesIt) {
  ReportBuilder report = Ended(R"("status":"in-progress")");
  report.period = R"({"start":"2026-01-14"})";
  report.patient.insert(report.patient.size() - 1, R"(,"deceasedDateTime":"2026-03-01")");
  EXPECT_EQ(In("K1", report), "excluded died");
  const json::Document document = testing::Parsed(report.Text());
  EXPECT_EQ(testing::RecordOf(document.root()).Get("end_date"), "2026-03-01");
}

TEST(Excluded, KlsCitizenIsDeadWithoutADateWhenThePlanWasCancelled) {
  ReportBuilder report = Ended(kOptOut);
  report.patient.insert(report.patient.size() - 1, R"(,"deceasedBoolean":true)");
  EXPECT_EQ(In("K1", report), "excluded died");
  report.detail = R"("status":"completed")";
  EXPECT_EQ(In("K1", report), "yes");
}

TEST(Excluded, ACourseEnteredInErrorIsCountedAsExcluded) {
  ReportBuilder report;
  report.plan_status = "entered-in-error";
  EXPECT_EQ(In("K1", report), "excluded entered_in_error");
  report.referral.replace(report.referral.find("\"active\""), 8, "\"entered-in-error\"");
  EXPECT_EQ(In("K5", report), "excluded entered_in_error");
}

TEST(Excluded, TransferredIsExcludedFromAll) {
  for (const char* indicator : {"K1", "K2", "K3", "K4", "K5", "K6"}) {
    EXPECT_EQ(In(indicator, Ended(kTransferred)), "excluded transferred");
  }
}

TEST(K1, CompletedIsYesOptedOutIsNoAndNoReasonIsUnknown) {
  EXPECT_EQ(In("K1", ReportBuilder()), "yes");
  EXPECT_EQ(In("K1", Ended(kOptOut)), "no");
  EXPECT_EQ(In("K1", Ended(R"("status":"stopped")")), "unknown closure_reason_missing");
}

ReportBuilder Sessions(int held, int missed, int cancelled_by_provider) {
  ReportBuilder report = With({testing::Training()});
  for (int i = 0; i < held; ++i) report.more.push_back(testing::Session("h" + std::to_string(i), "finished"));
  for (int i = 0; i < missed; ++i) {
    report.more.push_back(testing::Session("m" + std::to_string(i), "cancelled", "2026-02-10", "no-show"));
  }
  for (int i = 0; i < cancelled_by_provider; ++i) {
    report.more.push_back(testing::Session("p" + std::to_string(i), "cancelled", "2026-02-11", "provider"));
  }
  return report;
}

TEST(K2, FourOfFivePlannedSessionsAreEnoughAndLessIsNot) {
  EXPECT_EQ(In("K2", Sessions(4, 1, 0)), "yes");
  EXPECT_EQ(In("K2", Sessions(7, 2, 0)), "no");  // 77.8 %
  EXPECT_EQ(In("K2", Sessions(0, 3, 0)), "no");
}

TEST(K2, WhatTheProviderCancelledWasNotPlanned) {
  EXPECT_EQ(In("K2", Sessions(4, 1, 10)), "yes");
  EXPECT_EQ(In("K2", Sessions(0, 0, 3)), "excluded no_planned_session");
}

TEST(K2, WithoutAnySessionTheTrainingPartDecides) {
  EXPECT_EQ(In("K2", With({testing::Training()})), "unknown sessions_unknown");
  EXPECT_EQ(In("K2", ReportBuilder()), "excluded no_planned_session");
  EXPECT_EQ(In("K2", ReportBuilder(), {}), "unknown sessions_unknown");
}

TEST(K2, CountsAloneServeWhereASourceHasNoSessions) {
  const auto counts = [](const std::string& attended) {
    return With({testing::Own("n", "sessions_planned", R"("valueInteger":10)", ""),
                 testing::Own("a", "sessions_attended", R"("valueInteger":)" + attended, "")});
  };
  EXPECT_EQ(In("K2", counts("8")), "yes");
  EXPECT_EQ(In("K2", counts("7")), "no");
}

TEST(K3, ARiseOfExactlyTenPerCentIsEnough) {
  const auto walk = [](const std::string& start, const std::string& end) {
    return With({testing::Training(), testing::Walk("s", start, "start"), testing::Walk("e", end, "end")});
  };
  EXPECT_EQ(In("K3", walk("430.0", "473")), "yes");
  EXPECT_EQ(In("K3", walk("430", "472.999")), "no");
  EXPECT_EQ(In("K3", walk("0", "100")), "unknown no_test_pair");
}

TEST(K3, OneOfSeveralTestsIsEnough) {
  EXPECT_EQ(In("K3", With({testing::Training(), testing::Walk("s", "400", "start"), testing::Walk("e", "400", "end"),
                           testing::Own("ms", "met_max", testing::Quantity("5.0", "[MET]"), "start"),
                           testing::Own("me", "met_max", testing::Quantity("5.5", "[MET]"), "end")})),
            "yes");
}

TEST(K3, DifferentTestsAtStartAndEndAreNoPair) {
  EXPECT_EQ(In("K3", With({testing::Training(), testing::Walk("s", "400", "start"),
                           testing::Own("e", "ergometer_max", testing::Quantity("120", "W"), "end")})),
            "unknown no_test_pair");
}

TEST(K3, WithoutATrainingPartTheCourseIsExcluded) {
  EXPECT_EQ(In("K3", ReportBuilder()), "excluded no_training");
  EXPECT_EQ(
      In("K3",
         With({testing::Training(
             R"("status":"cancelled","doNotPerform":true,"statusReason":{"coding":[{"system":"http://hjertegateway.dk/fhir/CodeSystem/offer-answer","code":"declined"}]})")})),
      "excluded no_training");
  EXPECT_EQ(In("K3", ReportBuilder(), {}), "unknown training_offer_unknown");
}

TEST(K4, OnlySmokersAtStartCount) {
  const auto smoking = [](const char* start, const char* end) {
    ReportBuilder report;
    if (*start != 0) report.more.push_back(testing::Smoking("s", start, "start"));
    if (*end != 0) report.more.push_back(testing::Smoking("e", end, "end"));
    return report;
  };
  EXPECT_EQ(In("K4", smoking("smoker", "former")), "yes");
  EXPECT_EQ(In("K4", smoking("smoker", "smoker")), "no");
  EXPECT_EQ(In("K4", smoking("smoker", "")), "unknown smoking_end_unknown");
  EXPECT_EQ(In("K4", smoking("smoker", "unknown")), "unknown smoking_end_unknown");
  EXPECT_EQ(In("K4", smoking("smoker", "never")), "unknown smoking_end_never");
  EXPECT_EQ(In("K4", smoking("former", "former")), "excluded not_smoker_at_start");
  EXPECT_EQ(In("K4", smoking("", "former")), "unknown smoking_start_unknown");
  EXPECT_EQ(In("K4", smoking("unknown", "former")), "unknown smoking_start_unknown");
}

TEST(K5, WhatTheSourceCarriesAndDoesNotHoldIsNo) {
  EXPECT_EQ(In("K5", With({testing::Diet()})), "yes");
  EXPECT_EQ(In("K5", ReportBuilder()), "no");
  EXPECT_EQ(In("K5", ReportBuilder(), {}), "unknown diet_not_carried");
}

TEST(K5, DietAdviceIsNotDietTreatment) {
  EXPECT_EQ(
      In("K5", With({testing::Offer("advice", "c9a99304-1788-43b7-b7be-e187b092ae9c", R"("status":"completed")")})),
      "no");
}

TEST(K6, BothSubscalesAtAnyTimeInTheCourse) {
  const std::string anxiety = testing::Own("a", "hads_anxiety", R"("valueInteger":7)", "start");
  EXPECT_EQ(In("K6", With({anxiety, testing::Own("d", "hads_depression", R"("valueInteger":5)", "end")})), "yes");
  EXPECT_EQ(In("K6", With({anxiety})), "no");
  EXPECT_EQ(In("K6", With({anxiety, testing::Own("d", "hads_depression", R"("valueInteger":5)", "follow-up")})), "no");
  EXPECT_EQ(In("K6", With({anxiety}), {}), "unknown hads_not_carried");
}

TEST(Explain, SaysRuleLabelAndTheValuesLookedAt) {
  const json::Document document =
      testing::Parsed(With({testing::Training(), testing::Walk("s", "400", "start")}).Text());
  const CourseRecord record = testing::RecordOf(document.root(), {"training_offer", "six_minute_walk"});
  const std::vector<Explanation> all = ExplainCourse(*Dhrd(), Dhrd()->indicator_sets().front(), record);
  ASSERT_EQ(all.size(), 6u);
  const Explanation& k3 = all[2];
  EXPECT_EQ(k3.reason, "no_test_pair");
  EXPECT_EQ(k3.reason_label.da, "Samme test mangler ved start og slutning");
  EXPECT_NE(k3.expression.find("six_minute_walk.start > 0"), std::string::npos);
  std::map<std::string, DecidingValue> values;
  for (const DecidingValue& value : k3.values) values[value.variable] = value;
  EXPECT_EQ(values.at("six_minute_walk.start").value, "400");
  EXPECT_EQ(values.at("six_minute_walk.end").value, "");
  EXPECT_FALSE(values.at("six_minute_walk.end").not_carried);
  EXPECT_TRUE(values.at("met_max.start").not_carried);
  EXPECT_EQ(all[0].reason, "numerator");
}

TEST(Cohort, WithoutADiagnosisItCannotBeJudgedYet) {
  ReportBuilder report;
  report.condition.replace(report.condition.find("DI214"), 5, "DI214");
  json::Document document = testing::Parsed(report.Text());
  EXPECT_EQ(JudgeCohort(*Dhrd(), testing::RecordOf(document.root())), CohortAnswer::kYes);
  report.condition = R"({"resourceType":"Organization","id":"o"})";
  document = testing::Parsed(report.Text());
  EXPECT_EQ(JudgeCohort(*Dhrd(), testing::RecordOf(document.root())), CohortAnswer::kCannotJudgeYet);
}

}  // namespace
}  // namespace hjerte::registry
