#include <filesystem>

#include "tests/services/indicator/central_fixture.h"
#include "tests/temporary_folder.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

// What a look at citizens takes, and what it shows; who may look at all is tested with every other door
// (tests/services/doors).
class Access : public CentralTest {};

TEST_F(Access, OnlyTheExporterReceivesTheCpr) {
  StartService();
  const CourseReport course;
  DeliverCourses({course});
  ASSERT_EQ(Export("", "exporter-dhrd").size(), 1U);
  EXPECT_EQ(Export("", "exporter-dhrd")[0].cpr(), course.cpr);
  EXPECT_EQ(Export("", "registry-dhrd")[0].cpr(), "");
}

TEST_F(Access, ALookAtACitizenNeedsAReason) {
  StartService();
  DeliverCourses({CourseReport{}});
  const auto stub = v1::IndicatorService::NewStub(ChannelOf("registry-dhrd"));
  v1::ExplainCourseRequest request;
  request.set_authority("0751");
  request.set_course_key("course-1");
  v1::ExplainCourseResponse response;
  {
    grpc::ClientContext context;
    EXPECT_EQ(stub->ExplainCourse(&context, request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  request.set_reason("a question from the municipality");
  grpc::ClientContext context;
  const grpc::Status status = stub->ExplainCourse(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.indicators_size(), 6);
  EXPECT_EQ(response.indicators(0).state(), v1::COURSE_STATE_YES);
}

// Blanks are no reason; and a number that somebody writes into a reason, or tries as a key, stays out of the file.
TEST_F(Access, AReasonSaysSomethingAndKeepsNoNumberOfACitizen) {
  StartService();
  DeliverCourses({CourseReport{}});
  const auto stub = v1::IndicatorService::NewStub(ChannelOf("registry-dhrd"));
  const auto ask = [&](const std::string& key, const std::string& reason) {
    grpc::ClientContext context;
    v1::ExplainCourseRequest request;
    request.set_authority("0751");
    request.set_course_key(key);
    request.set_reason(reason);
    v1::ExplainCourseResponse response;
    return stub->ExplainCourse(&context, request, &response).error_code();
  };
  for (const char* blank : {"", " ", "\t\n", "...", " - ", "\u00A0", "\u200B \u200B"}) {
    EXPECT_EQ(ask("course-1", blank), grpc::StatusCode::INVALID_ARGUMENT) << blank;
  }
  EXPECT_EQ(ask("course-1", "på klinikkens vegne"), grpc::StatusCode::OK);
  EXPECT_EQ(ask(std::string(100'000, 'x'), "to fill the log"), grpc::StatusCode::INVALID_ARGUMENT);
  const std::string cpr = SyntheticCpr(42);
  const std::string hyphened = cpr.substr(0, 6) + "-" + cpr.substr(6);
  EXPECT_EQ(ask("course-1", "asked by " + hyphened), grpc::StatusCode::OK);
  EXPECT_EQ(ask(cpr, "is " + cpr + " known?"), grpc::StatusCode::NOT_FOUND);
  StopService();
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (!entry.path().filename().string().starts_with("indicator.db")) continue;
    const std::string bytes = tests::ReadFile(entry.path());
    EXPECT_EQ(bytes.find(cpr), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find(hyphened), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace hjerte::indicator::testing
