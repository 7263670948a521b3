// Every reason for which the Deliver door refuses a report, as the sender sees it.
#include "services/common/scrub.h"
#include "tests/services/indicator/central_fixture.h"
#include "tests/shared.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class Refusals : public CentralTest {
 protected:
  // The first error of a delivery that must be refused.
  v1::Finding FindingOf(const v1::DeliverRequest& request) {
    const auto responses = Deliver({request});
    if (responses.size() != 1 || !responses[0].has_rejection()) {
      ADD_FAILURE() << "was not refused";
      return {};
    }
    for (const v1::Finding& finding : responses[0].rejection().findings()) {
      if (finding.severity() == v1::FINDING_SEVERITY_ERROR) return finding;
    }
    ADD_FAILURE() << "was refused without an error";
    return {};
  }
};

struct Case {
  const char* code;
  v1::DeliverRequest request;
};

// What a reader of Danish gets is Danish, whatever library found the fault.
void ExpectBothLanguages(const v1::Finding& finding) {
  for (const char* english : {"expected", " the ", "line ", "invalid", "neither", "missing"}) {
    EXPECT_THAT(finding.text().da(), Not(HasSubstr(english)));
  }
  EXPECT_NE(finding.text().da(), finding.text().en());
  EXPECT_FALSE(finding.text().en().empty());
  EXPECT_EQ(common::ScrubCpr(finding.text().da() + finding.text().en()), finding.text().da() + finding.text().en());
}

TEST_F(Refusals, EachHasItsCodeAndSaysWhatToDoInBothLanguages) {
  StartService();
  const CourseReport course;
  const std::string bundle = course.Bundle();
  std::vector<Case> cases = {{"report-not-json", Request("{\"resourceType\": \"Bundle\"")},
                             {"report-not-a-bundle", Request("{\"resourceType\": \"Patient\"}")},
                             {"report-not-identifiable", Request(R"({"resourceType":"Bundle","entry":[{}]})")},
                             {"delivery-not-allowed", Request(bundle, "0101")},
                             {"delivery-id-malformed", Request(bundle)},
                             {"delivery-empty", Request(bundle)},
                             {"report-not-mappable", Request(bundle)}};
  cases[4].request.set_delivery_id("a delivery\r\nid");
  cases[5].request.clear_fhir_bundle_json();
  cases[6].request.mutable_course()->set_course_key("course-1");
  v1::VariableValue* value = cases[6].request.mutable_course()->add_values();
  value->set_variable("weight");
  value->mutable_quantity()->set_value("81,4");
  const std::string number = R"({"system":"urn:oid:1.2.208.176.1.2","value":")" + course.cpr + "\"}";
  cases.push_back({"report-citizen-unclear", Request(Replaced(bundle, number, number + "," + number))});
  std::string unstamped = Replaced(bundle, R"("timestamp":")" + course.stamp + "\",", "");
  unstamped = Replaced(unstamped, R"(,"meta":{"lastUpdated":")" + course.stamp + "\"}", "");
  cases.push_back({"report-stamp-missing", Request(unstamped)});
  cases.push_back(
      {"report-citizen-number-elsewhere", Request(CourseReport{.key = "course-" + CourseReport{}.cpr}.Bundle())});
  for (const Case& each : cases) {
    SCOPED_TRACE(each.code);
    const v1::Finding finding = FindingOf(each.request);
    EXPECT_EQ(finding.code(), each.code);
    ExpectBothLanguages(finding);
  }
  EXPECT_TRUE(Live().empty());
}

TEST_F(Refusals, AnIdThatWasUsedForOtherContentIsAConflictWithItsCode) {
  StartService();
  const v1::DeliverRequest first = Request(CourseReport{.bundle_id = "report-1"}.Bundle());
  ASSERT_TRUE(Deliver({first}).at(0).has_receipt());
  v1::DeliverRequest same_bundle = Request(CourseReport{.walk_end = "500", .bundle_id = "report-1"}.Bundle());
  EXPECT_EQ(FindingOf(same_bundle).code(), "bundle-id-conflict");
  same_bundle.set_delivery_id(first.delivery_id());
  EXPECT_EQ(FindingOf(same_bundle).code(), "delivery-id-conflict");
}

TEST_F(Refusals, WhatCannotBeMappedIsToldWithItsRuleAndNothingOfTheServicesMachine) {
  StartService();
  v1::DeliverRequest request = Request(CourseReport{}.Bundle());
  request.mutable_course()->set_course_key("course-1");
  request.mutable_course()->add_values()->set_variable("responsible_authority");
  const v1::Finding finding = FindingOf(request);
  EXPECT_EQ(finding.code(), "report-not-mappable");
  EXPECT_THAT(finding.text().en(), HasSubstr("rule 'known-variable' of group 'Course'"));
  for (const std::string& text : {finding.text().da(), finding.text().en(), finding.location()}) {
    EXPECT_THAT(text, Not(HasSubstr(tests::SourceDir().string())));
    EXPECT_THAT(text, Not(HasSubstr("course.map")));
  }
}

TEST_F(Refusals, AFaultOfACourseIsToldAtItsPlaceInTheCourse) {
  StartService();
  v1::DeliverRequest request = Request(CourseReport{}.Bundle());
  v1::Course& course = *request.mutable_course();
  EXPECT_EQ(FindingOf(request).location(), "Course.course_key");
  course.set_course_key("course-1");
  course.add_values()->set_variable("start_date");
  v1::VariableValue& value = *course.add_values();
  const auto expect = [&](const char* location, const char* says) {
    const v1::Finding finding = FindingOf(request);
    EXPECT_EQ(finding.code(), "report-not-mappable");
    EXPECT_EQ(finding.location(), location);
    EXPECT_THAT(finding.text().en(), HasSubstr(says));
    ExpectBothLanguages(finding);
  };
  for (const char* unsendable : {"shoe_size", "age"}) {
    value.set_variable(unsendable);
    expect("Course.values[1].variable", "ListVariables");
  }
  value.set_variable("sessions_planned");
  value.mutable_quantity()->set_value("24");
  expect("Course.values[1]", "belongs in the field integer (its type is count)");
  value.set_variable("weight");
  value.mutable_quantity()->set_value("81,4");
  expect("Course.values[1].quantity.value", "is not a decimal with a point");
}

TEST_F(Refusals, TextThatIsNoJsonIsToldWithLineAndColumn) {
  StartService();
  const v1::Finding finding = FindingOf(Request("{\n  \"resourceType\": Bundle}"));
  EXPECT_THAT(finding.location(), HasSubstr("line 2, column 19"));
  EXPECT_THAT(finding.text().da(), HasSubstr("Ret udtrækket"));
}

}  // namespace
}  // namespace hjerte::indicator::testing
