// KL's own published reports, read where they lie.
#include <random>

#include "mapping/json/write.h"
#include "mapping/registry/course/cohort.h"
#include "mapping/registry/course/identity.h"
#include "tests/mapping/registry/registry_fixture.h"

namespace hjerte::registry {
namespace {

using testing::Dhrd;

constexpr std::string_view kPrevention = "data/kl-gateway/prevention-119";

json::Document Report(std::string_view folder, const std::string& name) {
  return testing::Parsed(testing::ReadText(tests::SharedDir() / "data/kl-gateway" / folder / name));
}

// Every course of the given reports, extracted as an adapter does.
std::vector<CourseRecord> CoursesOf(const std::vector<json::Document*>& reports) {
  std::vector<CurrentResource> resources;
  for (json::Document* report : reports) {
    json::Value root = report->root();
    EXPECT_TRUE(AssignIdentities(root, report->arena(), {"0751", "test key of patients"}).ok());
    for (const CurrentResource& each : testing::ResourcesOf(root)) {
      const auto same = [&](const CurrentResource& other) {
        return json::Write(*other.resource.Find("id")) == json::Write(*each.resource.Find("id"));
      };
      const auto found = std::find_if(resources.begin(), resources.end(), same);
      if (found == resources.end()) {
        resources.push_back(each);
      } else if (found->stamp_us < each.stamp_us) {
        *found = each;
      }
    }
  }
  ExtractContext context;
  context.authority = "0751";
  context.today = *ParseDate("2022-06-20");
  std::vector<CourseRecord> records;
  for (const AssembledCourse& course : AssembleCourses(*Dhrd(), resources).courses) {
    records.push_back(ExtractCourse(*Dhrd(), course, context));
  }
  return records;
}

TEST(KlReports, TheHeartCaseBecomesOneOpenSection119Course) {
  HJERTE_REQUIRE_SHARED(kPrevention);
  json::Document bruno = Report("prevention-119", "Bundle-BrunoIndberetningsrapport.json");
  const std::vector<CourseRecord> courses = CoursesOf({&bruno});
  ASSERT_EQ(courses.size(), 1u);
  const CourseRecord& course = courses.front();
  EXPECT_EQ(course.Get("legal_basis"), "s119");
  EXPECT_EQ(course.Get("diagnosis_group"), "ihd");
  EXPECT_EQ(course.Get("referral_date"), "2022-05-29");
  EXPECT_EQ(course.Get("start_date"), "2022-06-02");
  EXPECT_EQ(course.status(), "active");
  EXPECT_EQ(course.Get("end_date"), "");
  EXPECT_EQ(course.Get("provider"), "1037791000016002");
  EXPECT_EQ(course.Get("residence_municipality"), "0751");
  EXPECT_EQ(course.Get("sex"), "male");
  EXPECT_EQ(JudgeCohort(*Dhrd(), course), CohortAnswer::kYes);
}

std::vector<json::Document> AllPrevention() {
  std::vector<json::Document> reports;
  for (const char* name :
       {"Bundle-e87d5e68-e5f3-476f-988f-4efda86b0645.json", "Bundle-8c3f35d7-7437-4fcf-90d2-49e04701d0ec.json",
        "Bundle-5135080e-fbaf-4575-afe6-f037d4541e06.json", "Bundle-974cabc7-d2e0-4db0-bfa4-6cd5af7103de.json",
        "Bundle-88889c22-b86d-4ceb-81d8-38a158f12bf4.json", "Bundle-738ec570-6bb6-4690-9a88-1dbed46d65ed.json",
        "Bundle-BrunoIndberetningsrapport.json"}) {
    reports.push_back(Report("prevention-119", name));
  }
  return reports;
}

TEST(KlReports, OfAllReportsOnlyTheHeartCaseIsInTheCohort) {
  HJERTE_REQUIRE_SHARED(kPrevention);
  std::vector<json::Document> reports = AllPrevention();
  std::vector<json::Document*> pointers;
  for (json::Document& report : reports) pointers.push_back(&report);
  std::map<std::string, CohortAnswer> answers;
  for (const CourseRecord& course : CoursesOf(pointers)) {
    answers[std::string(course.Get("diagnosis_code"))] = JudgeCohort(*Dhrd(), course);
  }
  EXPECT_EQ(answers.at("DI252B"), CohortAnswer::kYes);
  EXPECT_EQ(answers.at("DE11"), CohortAnswer::kNo);
  EXPECT_EQ(answers.at("DJ44"), CohortAnswer::kNo);
  EXPECT_EQ(answers.size(), 3u);
}

TEST(KlReports, AFracturedFemurIsOutOfTheCohort) {
  HJERTE_REQUIRE_SHARED("data/kl-gateway/rehab-140");
  json::Document ruddi = Report("rehab-140", "Bundle-RuddiIndberetningsrapport.json");
  const std::vector<CourseRecord> courses = CoursesOf({&ruddi});
  ASSERT_EQ(courses.size(), 1u);
  EXPECT_EQ(courses.front().Get("legal_basis"), "s140");
  EXPECT_EQ(courses.front().Get("training_offer"), "yes");
  EXPECT_EQ(JudgeCohort(*Dhrd(), courses.front()), CohortAnswer::kNo);
}

TEST(KlReports, TheOrderOfReportsChangesNothing) {
  HJERTE_REQUIRE_SHARED(kPrevention);
  std::vector<std::string> expected;
  std::mt19937 random(7);
  for (int round = 0; round < 12; ++round) {
    std::vector<json::Document> reports = AllPrevention();
    std::vector<json::Document*> pointers;
    for (json::Document& report : reports) pointers.push_back(&report);
    if (round > 0) std::shuffle(pointers.begin(), pointers.end(), random);
    std::vector<std::string> texts;
    for (const CourseRecord& course : CoursesOf(pointers)) texts.push_back(ToJson(course));
    if (round == 0) expected = texts;
    EXPECT_EQ(texts, expected) << "round " << round;
  }
  ASSERT_FALSE(expected.empty());
}

TEST(KlReports, EveryPublishedReportPassesTheChecks) {
  HJERTE_REQUIRE_SHARED(kPrevention);
  for (const char* folder : {"prevention-119", "rehab-140"}) {
    for (const auto& file : std::filesystem::directory_iterator(tests::SharedDir() / "data/kl-gateway" / folder)) {
      if (!file.path().filename().string().starts_with("Bundle-")) continue;
      const json::Document report = testing::Parsed(testing::ReadText(file.path()));
      EXPECT_EQ(testing::Errors(testing::Check(report.root())), std::vector<std::string>()) << file.path();
    }
  }
}

// Bruno's report with one resource in the place of another.
std::vector<Finding> CheckWith(const std::string& example) {
  json::Document bruno = Report("prevention-119", "Bundle-BrunoIndberetningsrapport.json");
  const json::Document other = Report("prevention-119", example);
  json::Value entry = json::Value::Object(bruno.arena());
  entry.Set(bruno.arena(), "resource", json::Copy(bruno.arena(), other.root()));
  json::Value entries = *bruno.root().Find("entry");
  entries.Append(bruno.arena(), entry);
  return testing::Check(bruno.root());
}

TEST(KlReports, AnInterventionWithoutItsPlanIsRefused) {
  HJERTE_REQUIRE_SHARED(kPrevention);
  const std::vector<Finding> findings = CheckWith("CarePlan-BrunoKostvejledningValidationError.json");
  EXPECT_EQ(testing::Errors(findings), std::vector<std::string>{"dhrd-intervention-plan-missing"});
}

// An introductory interview that is tied to a plan.
TEST(KlReports, AnInterviewTiedToAPlanIsRefused) {
  const json::Document report = testing::Parsed(
      R"({"resourceType":"Bundle","type":"collection","timestamp":"2022-06-20T10:00:00Z","entry":[{"resource":{
      "resourceType":"CarePlan","id":"k1","status":"active","intent":"order","subject":{"reference":"Patient/p1"},
      "meta":{"profile":["http://fhir.kl.dk/prevention/StructureDefinition/klgateway-119-planned-intervention"]},
      "basedOn":[{"reference":"CarePlan/k0"}],"activity":[{"detail":{"status":"scheduled","code":{"coding":[{
      "system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes",
      "code":"03a3ebdb-9e2d-4be1-b32b-42f0bd2a3362"}]}}}]}}]})");
  EXPECT_THAT(testing::Errors(testing::Check(report.root())), ::testing::Contains("dhrd-intervention-plan-forbidden"));
}

TEST(KlReports, ACancelledPlanWithoutAReasonIsRefused) {
  HJERTE_REQUIRE_SHARED(kPrevention);
  const std::vector<Finding> findings = CheckWith("CarePlan-BrunoforloebKostAfbrudtValidationerror.json");
  ASSERT_EQ(testing::Errors(findings), std::vector<std::string>{"dhrd-closure_reason-rule"});
  EXPECT_EQ(testing::FindCode(findings, "dhrd-closure_reason-rule")->location,
            "Bundle.entry[11].resource.activity[0].detail.statusReason");
}

TEST(KlReports, AnErrorExampleThatBreaksNoRulePasses) {
  HJERTE_REQUIRE_SHARED(kPrevention);
  EXPECT_EQ(testing::Errors(CheckWith("CarePlan-BrunoforloebKostValidationerror.json")), std::vector<std::string>());
}

TEST(KlReports, ACancelledPlanWithoutAnEndClosesOnTheDateOfItsStamp) {
  HJERTE_REQUIRE_SHARED(kPrevention);
  json::Document bruno = Report("prevention-119", "Bundle-BrunoIndberetningsrapport.json");
  const json::Document cancelled = Report("prevention-119", "CarePlan-BrunoforloebKostAfbrudt.json");
  json::Value plan = json::Copy(bruno.arena(), cancelled.root());
  plan.Set(bruno.arena(), "id", json::Value::String("BrunoforloebKost"));
  for (json::Value entry : bruno.root().Find("entry")->elements()) {
    if (entry.Find("resource")->Find("id")->text() == "BrunoforloebKost") entry.Set(bruno.arena(), "resource", plan);
  }
  json::Value root = bruno.root();
  root.Set(bruno.arena(), "timestamp", json::Value::String("2022-06-15T22:30:00Z"));
  const CourseRecord course = testing::RecordOf(root);
  EXPECT_EQ(course.status(), "closed");
  EXPECT_EQ(course.Get("end_date"), "2022-06-16");  // The day in Denmark.
  EXPECT_EQ(course.Get("closure_reason"), "a3f2bd01-078b-486e-81be-797d192ad7bd");
  EXPECT_NE(ToJson(course).find("\"derived\":[\"end_date\"]"), std::string::npos);
}

}  // namespace
}  // namespace hjerte::registry
