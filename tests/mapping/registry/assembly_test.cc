#include "mapping/registry/course/assembly.h"

#include <random>
#include <set>

#include "tests/mapping/registry/registry_fixture.h"
#include "tests/mapping/registry/report_builder.h"

namespace hjerte::registry {
namespace {

using testing::Dhrd;
using testing::ReportBuilder;

TEST(Assembly, ThousandOrdersOfTheSameResourcesGiveOneRecord) {
  ReportBuilder report;
  report.more = {testing::Training(),
                 testing::Session("s1", "finished"),
                 testing::Session("s2", "cancelled", "2026-02-04", "provider"),
                 testing::Walk("w1", "400", "start"),
                 testing::Walk("w2", "410", "start"),  // Measured again on the same day: the larger id decides.
                 testing::Smoking("k1", "smoker", "start"),
                 testing::Own("a", "hads_anxiety", R"("valueInteger":7)")};
  const json::Document document = testing::Parsed(report.Text());
  std::vector<CurrentResource> resources = testing::ResourcesOf(document.root());
  ExtractContext context;
  context.authority = "0751";
  context.today = *ParseDate("2026-08-01");
  std::mt19937 random(3);
  std::string expected;
  for (int round = 0; round < 1000; ++round) {
    const Assembly assembly = AssembleCourses(*Dhrd(), resources);
    ASSERT_EQ(assembly.courses.size(), 1u);
    const std::string text = ToJson(ExtractCourse(*Dhrd(), assembly.courses.front(), context));
    if (expected.empty()) expected = text;
    ASSERT_EQ(text, expected);
    std::shuffle(resources.begin(), resources.end(), random);
  }
  EXPECT_NE(expected.find(R"("six_minute_walk":{"start":410})"), std::string::npos) << expected;
}

TEST(Assembly, WhatReachesNoReferralIsPending) {
  const json::Document document = testing::Parsed(R"({"entry":[{"resource":)" + testing::Session("s", "finished") +
                                                  R"(},{"resource":)" + ReportBuilder().Plan() + "}]}");
  const Assembly assembly = AssembleCourses(*Dhrd(), testing::ResourcesOf(document.root()));
  EXPECT_EQ(assembly.courses.size(), 0u);
  EXPECT_EQ(assembly.pending.size(), 2u);
}

TEST(Assembly, APlanWithoutALinkBelongsToTheLatestReferralOnOrBeforeItsStart) {
  const auto referral = [](const std::string& id, const std::string& date) {
    return R"({"resource":{"resourceType":"ServiceRequest","id":")" + id + R"(","status":"active","authoredOn":")" +
           date + "\"}}";
  };
  const std::string plan =
      R"({"resource":{"resourceType":"CarePlan","id":"x","status":"active","period":{"start":"2026-02-01"},"category":[{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"5c160c02-e858-4c1f-925a-71ed64844749"}]}]}})";
  const json::Document document =
      testing::Parsed(R"({"entry":[)" + referral("late", "2026-02-02") + "," + referral("a", "2026-02-01") + "," +
                      referral("b", "2026-02-01") + "," + referral("old", "2025-01-01") + "," + plan + "]}");
  for (const AssembledCourse& course : AssembleCourses(*Dhrd(), testing::ResourcesOf(document.root())).courses) {
    EXPECT_EQ(course.opening_plan.resource.is_null(), course.course_key != "b") << course.course_key;
  }
}

// One report may name thousands of each: what every course had of its own for each of them filled the memory.
TEST(Assembly, CoursesAndOrganizationsInGreatNumberTakeMemoryInProportionToTheReport) {
  constexpr size_t kMany = 1000;
  std::string entries;
  for (size_t i = 0; i < kMany; ++i) {
    const std::string id = std::to_string(i);
    entries += R"({"resource":{"resourceType":"ServiceRequest","id":"r)" + id + R"(","authoredOn":"2026-01-05"}},)" +
               R"({"resource":{"resourceType":"Organization","id":"o)" + id + R"("}},)";
  }
  const json::Document document =
      testing::Parsed(R"({"entry":[)" + entries + R"({"resource":{"resourceType":"Patient"}}]})");
  const Assembly assembly = AssembleCourses(*Dhrd(), testing::ResourcesOf(document.root()));
  ASSERT_EQ(assembly.courses.size(), kMany);
  size_t kept = 0;
  std::set<const void*> tables;
  for (const AssembledCourse& course : assembly.courses) {
    kept += course.resources.size();
    if (tables.insert(course.organizations.get()).second) kept += course.organizations->size();
  }
  EXPECT_EQ(kept, kMany);
}

TEST(Assembly, AFollowUpPlanNeitherOpensNorClosesACourse) {
  ReportBuilder report;
  report.detail = R"("status":"in-progress")";
  report.period = R"({"start":"2026-01-14"})";
  std::string follow_up = report.Plan();
  follow_up.replace(follow_up.find("\"plan\""), 6, "\"follow\"");
  follow_up.replace(follow_up.find("5c160c02-e858-4c1f-925a-71ed64844749"), 36, "9791e55a-656f-47eb-8fd5-c4a06b0a4662");
  follow_up.replace(follow_up.find(R"("status":"in-progress")"), 22, R"("status":"completed")");
  report.more = {follow_up};
  const json::Document document = testing::Parsed(report.Text());
  const CourseRecord record = testing::RecordOf(document.root());
  EXPECT_EQ(record.status(), "silent");
  EXPECT_EQ(record.Get("end_date"), "");
}

TEST(Assembly, AClosedPlanWithoutAnEndClosesOnTheDayOfItsOwnStamp) {
  ReportBuilder report;
  report.period = R"({"start":"2026-01-14"})";
  const std::string plan = report.Plan();
  const auto end_date = [&](const std::string& own) {
    std::string stamped = plan;
    stamped.insert(stamped.size() - 1,
                   R"(,"meta":{"lastUpdated":"2026-07-20T10:00:00Z","extension":[{"url":"http://hjertegateway.dk/fhir/)"
                   R"(StructureDefinition/own-last-updated","valueInstant":")" +
                       own + "\"}]}");
    std::string text = report.Text();
    const json::Document document = testing::Parsed(text.replace(text.find(plan), plan.size(), stamped));
    EXPECT_EQ(testing::Errors(testing::Check(document.root())), std::vector<std::string>());
    return std::string(testing::RecordOf(document.root()).Get("end_date"));
  };
  EXPECT_EQ(end_date("2026-04-15T22:30:00Z"), "2026-04-16") << "the day in Denmark";
  EXPECT_EQ(end_date("2026-07-21T10:00:00Z"), "2026-07-20") << "one that lies ahead of the version counts for nothing";
  EXPECT_EQ(end_date("yesterday"), "2026-07-20");
}

TEST(Assembly, OfTwoPlansTheFirstBeginsTheCourseAndAnOpenOneKeepsItOpen) {
  ReportBuilder report;
  std::string second = report.Plan();
  second.replace(second.find("\"plan\""), 6, "\"plan2\"");
  second.replace(second.find("2026-01-14"), 10, "2026-03-01");
  std::string open = second;
  open.replace(open.find(R"("status":"completed")"), 20, R"("status":"in-progress")");
  second.replace(second.find("2026-04-15"), 10, "2026-06-15");
  report.more = {second};
  json::Document document = testing::Parsed(report.Text());
  EXPECT_EQ(testing::RecordOf(document.root()).Get("start_date"), "2026-01-14");
  EXPECT_EQ(testing::RecordOf(document.root()).Get("end_date"), "2026-06-15");
  report.more = {open};
  document = testing::Parsed(report.Text());
  EXPECT_EQ(testing::RecordOf(document.root()).Get("end_date"), "");
}

TEST(Assembly, WhichOfTwoPlansBeginsFirstIsAMatterOfTimeNotOfHowItIsWritten) {
  ReportBuilder report;
  std::string second = report.Plan();
  second.replace(second.find("\"plan\""), 6, "\"plan2\"");
  // Ten past eleven in the evening of the thirteenth in Denmark.
  second.replace(second.find("2026-01-14"), 10, "2026-01-14T00:10:00+02:00");
  report.more = {second};
  EXPECT_EQ(testing::RecordOf(testing::Parsed(report.Text()).root()).Get("start_date"), "2026-01-13");
}

TEST(Assembly, ABareTombstoneOfAReferralIsNoCourse) {
  ReportBuilder report;
  report.referral =
      R"({"resourceType":"ServiceRequest","id":"course","status":"entered-in-error","subject":{"reference":"Patient/p"}})";
  const json::Document document = testing::Parsed(report.Text());
  EXPECT_EQ(AssembleCourses(*Dhrd(), testing::ResourcesOf(document.root())).courses.size(), 0u);
}

// A citizen who lived in 0751 until the last day of March 2026 and lives in 0461 since.
std::string WhoMoved() {
  const auto address = [](const std::string& code, const std::string& period) {
    return R"({"extension":[{"url":"http://hl7.dk/fhir/core/StructureDefinition/dk-core-municipalityCodes",)"
           R"("valueCodeableConcept":{"coding":[{"code":")" +
           code + R"("}]}}],"period":{)" + period + "}}";
  };
  return R"({"resourceType":"Patient","id":"p","gender":"female","birthDate":"1957-03-15","address":[)" +
         address("0461", R"("start":"2026-04-01")") + "," + address("0751", R"("end":"2026-03-31")") + "]}";
}

TEST(Record, ResidenceIsWhereTheCitizenLivedAtClosureThoughHeHasMovedSince) {
  ReportBuilder report;
  report.patient = WhoMoved();
  report.period = R"({"start":"2026-01-14","end":"2026-03-20"})";
  EXPECT_EQ(testing::RecordOf(testing::Parsed(report.Text()).root()).Get("residence_municipality"), "0751");
  report.period = R"({"start":"2026-01-14","end":"2026-04-15"})";
  EXPECT_EQ(testing::RecordOf(testing::Parsed(report.Text()).root()).Get("residence_municipality"), "0461");
}

TEST(Record, AnAddressHoldsOnTheWholeOfItsFirstAndLastDayHoweverTheyAreWritten) {
  const auto municipality = [](const std::string& start, const std::string& end) {
    ReportBuilder report;
    report.patient = WhoMoved();
    for (const auto& [written, other] : {std::pair(std::string("2026-04-01"), start), {"2026-03-31", end}}) {
      report.patient.replace(report.patient.find(written), written.size(), other);
    }
    report.period = R"({"start":"2026-01-14","end":"2026-04-01"})";
    return std::string(testing::RecordOf(testing::Parsed(report.Text()).root()).Get("residence_municipality"));
  };
  EXPECT_EQ(municipality("2026-04-01T08:00:00+02:00", "2026-03-31"), "0461");
  EXPECT_EQ(municipality("2026-04", "2026-03"), "0461");
  EXPECT_EQ(municipality("2026-05", "2026-04"), "0751");
  // The first and the last moment of the day in Denmark, in other offsets.
  EXPECT_EQ(municipality("2026-03-31T22:00:00Z", "2026-03-31T21:59:59Z"), "0461");
  EXPECT_EQ(municipality("2026-04-02T00:59:59+03:00", "2026-04-01T00:59:59+03:00"), "0461");
  EXPECT_EQ(municipality("2026-04-01T22:00:00Z", "2026-04-01T21:59:59Z"), "0751");
}

TEST(Record, ACitizenWhoDiedOnTheFirstDayOfACourseEndsItWhateverTheOffsetIsWritten) {
  ReportBuilder report;
  report.detail = R"("status":"in-progress")";
  report.period = R"({"start":"2026-01-14"})";
  report.patient.insert(report.patient.size() - 1, R"(,"deceasedDateTime":"2026-01-13T23:30:00Z")");
  const CourseRecord record = testing::RecordOf(testing::Parsed(report.Text()).root());
  EXPECT_EQ(record.Get("end_date"), "2026-01-14");
  EXPECT_EQ(record.Get("closure_reason"), "died");
}

TEST(Record, ResidenceOfAnOpenCourseIsTodays) {
  ReportBuilder report;
  report.patient = WhoMoved();
  report.period = R"({"start":"2026-01-14"})";
  report.detail = R"("status":"in-progress")";
  const json::Document document = testing::Parsed(report.Text());
  EXPECT_EQ(testing::RecordOf(document.root(), {}, "0101", "2026-03-31").Get("residence_municipality"), "0751");
  EXPECT_EQ(testing::RecordOf(document.root(), {}, "0101", "2026-04-01").Get("residence_municipality"), "0461");
}

TEST(Record, WhatTheCourseSaysOfResidenceComesBeforeTheCitizensAddress) {
  ReportBuilder report;
  report.patient = WhoMoved();
  report.referral.replace(
      report.referral.find(R"("extension":[)"), 13,
      R"("extension":[{"url":"http://hjertegateway.dk/fhir/StructureDefinition/residence-municipality","valueCode":"0219"},)");
  EXPECT_EQ(testing::RecordOf(testing::Parsed(report.Text()).root()).Get("residence_municipality"), "0219");
}

TEST(Record, ResidenceIsAssumedWhereTheCitizenHasNoAddress) {
  ReportBuilder report;
  report.patient = R"({"resourceType":"Patient","id":"p","gender":"female","birthDate":"1957-03-15"})";
  const json::Document document = testing::Parsed(report.Text());
  const CourseRecord record = testing::RecordOf(document.root(), {}, "0461");
  EXPECT_EQ(record.Get("residence_municipality"), "0461");
  EXPECT_NE(ToJson(record).find(R"("assumed":["residence_municipality"])"), std::string::npos);
  EXPECT_EQ(record.Get("sex"), "female");
  EXPECT_EQ(record.Get("age"), "68");
  EXPECT_EQ(record.Get("age_group"), "65-74");
}

TEST(Record, NeverHoldsTheCitizensNumberAndSurvivesItsJson) {
  ReportBuilder report;
  report.more = {testing::Walk("w", "432.50", "start")};
  const json::Document document = testing::Parsed(report.Text());
  const CourseRecord record = testing::RecordOf(document.root(), {"smoking", "diet_treatment"});
  const std::string text = ToJson(record);
  EXPECT_EQ(text.find(testing::kCpr), std::string::npos);
  const auto again = FromJson(text);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ToJson(*again), text);
  EXPECT_TRUE(again->Carries("smoking"));
  EXPECT_FALSE(FromJson("{}").ok());
}

// Around midnight, and around the hour that occurs twice: the text of an instant says little of its order.
TEST(Record, OfTwoMeasurementsTheLaterOneCountsWhateverTheirOffsets) {
  struct Pair {
    const char* earlier;
    const char* later;
  };
  for (const auto& [earlier, later] : std::vector<Pair>{
           {"2026-01-12T00:15:00+01:00", "2026-01-11T23:30:00Z"},
           {"2025-10-26T02:45:00+02:00", "2025-10-26T02:15:00+01:00"},
           {"2026-03-29T01:30:00+01:00", "2026-03-29T01:15:00Z"},
           {"2024-02-28", "2024-02-28T23:30:00Z"},
           {"2026-01-12", "2026-01-12T08:00:00+01:00"},
       }) {
    ReportBuilder report;
    const auto walk = [](const std::string& id, const std::string& metres, const std::string& date) {
      return testing::Observation(id, "http://loinc.org|64098-7", testing::Quantity(metres, "m"), "start", date);
    };
    report.more = {walk("b", "400", earlier), walk("a", "500", later)};
    const CourseRecord record = testing::RecordOf(testing::Parsed(report.Text()).root());
    EXPECT_NE(ToJson(record).find(R"("six_minute_walk":{"start":500})"), std::string::npos) << earlier << " " << later;
  }
}

TEST(Record, ProceduresComeBeforeDiagnosesInTheGroup) {
  const auto group = [](const std::vector<std::string>& procedures, const std::string& diagnosis) {
    ReportBuilder report;
    report.condition.replace(report.condition.find("DI214"), 5, diagnosis);
    for (const std::string& code : procedures) {
      report.more.push_back(
          R"({"resourceType":"Procedure","id":")" + code +
          R"(","status":"completed","basedOn":[{"reference":"ServiceRequest/course"}],"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4.12","code":")" +
          code + R"("}]}})");
    }
    const json::Document document = testing::Parsed(report.Text());
    return std::string(testing::RecordOf(document.root()).Get("diagnosis_group"));
  };
  EXPECT_EQ(group({}, "DI214"), "ami");
  EXPECT_EQ(group({}, "DI252B"), "ihd");
  EXPECT_EQ(group({"KFNG02"}, "DI214"), "pci");
  EXPECT_EQ(group({"KFNG02", "KFNC10"}, "DI214"), "cabg");
  EXPECT_EQ(group({"KFNK00"}, "DI509"), "cabg");
  EXPECT_EQ(group({}, "DI509"), "heart-failure");
  EXPECT_EQ(group({}, "DI350"), "valve");
  EXPECT_EQ(group({}, "DJ449"), "other");
}

}  // namespace
}  // namespace hjerte::registry
