#include <fstream>

#include "mapping/json/document.h"
#include "services/common/sqlite.h"
#include "services/tool/command.h"
#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;
using ::testing::HasSubstr;
using ::testing::Not;

class Resources : public CentralTest {
 protected:
  // The resources of a type as the registry sees them, and how the stream ended.
  std::vector<std::string> List(const std::string& type, const std::string& authority = "",
                                const std::string& reason = "a table for a test") {
    const auto stub = v1::ExportService::NewStub(ChannelOf("registry-dhrd"));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    v1::ListResourcesRequest request;
    request.set_resource_type(type);
    request.set_authority(authority);
    request.set_reason(reason);
    const auto stream = stub->ListResources(&context, request);
    std::vector<std::string> found;
    for (v1::ListResourcesResponse response; stream->Read(&response);) found.push_back(response.resource_json());
    ended_ = stream->Finish();
    return found;
  }

  void DeliverCitizens(int count) {
    std::vector<CourseReport> courses;
    for (int i = 0; i < count; ++i) courses.push_back({.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i)});
    DeliverCourses(courses);
  }

  grpc::Status ended_;
};

TEST_F(Resources, GivesEveryCurrentResourceOfTheTypeOnce) {
  StartService();
  // More resources than one slice of the store looks at.
  DeliverCitizens(120);
  DeliverCourses({CourseReport{.key = "course-7", .cpr = SyntheticCpr(7), .stamp = "2026-01-12T10:00:00Z"}});
  EXPECT_EQ(List("Patient").size(), 120U);
  EXPECT_TRUE(ended_.ok()) << ended_.error_message();
  EXPECT_EQ(List("ServiceRequest").size(), 120U);
  EXPECT_EQ(List("Patient", "0101").size(), 0U);
  EXPECT_TRUE(ended_.ok());
  EXPECT_EQ(List("Patient", "0751").size(), 120U);
}

// What is asked for is kept in the audit log as it was asked.
TEST_F(Resources, AnAuthorityThatIsNoneIsRefusedAndNotKept) {
  StartService();
  DeliverCitizens(1);
  const std::string number = SyntheticCpr(9);
  for (const std::string& none : {number, number.substr(0, 6) + "-" + number.substr(6), std::string(1 << 20, '1')}) {
    EXPECT_TRUE(List("Patient", none).empty());
    EXPECT_EQ(ended_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  StopService();
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string stored{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(stored.find(number), std::string::npos) << entry.path();
  }
}

TEST_F(Resources, LeavesOutWhatWasEnteredInError) {
  StartService();
  DeliverCitizens(3);
  DeliverCourses({CourseReport{
      .key = "course-1", .cpr = SyntheticCpr(1), .stamp = "2026-01-12T10:00:00Z", .entered_in_error = true}});
  EXPECT_EQ(List("ServiceRequest").size(), 2U);
}

TEST_F(Resources, TellsNoNumberNameOrDayOfBirth) {
  StartService();
  const CourseReport course;
  DeliverCourses({course});
  for (const char* type : {"Patient", "ServiceRequest", "CarePlan", "Observation", "Encounter"}) {
    for (const std::string& resource : List(type)) {
      EXPECT_THAT(resource, Not(HasSubstr(course.cpr)));
      EXPECT_THAT(resource, Not(HasSubstr("\"name\"")));
      EXPECT_THAT(resource, Not(HasSubstr("\"display\"")));
    }
  }
  const std::vector<std::string> patients = List("Patient");
  ASSERT_EQ(patients.size(), 1U);
  const auto patient = json::Parse(patients[0]);
  ASSERT_TRUE(patient.ok());
  EXPECT_EQ(patient->root().Find("birthDate")->text().size(), 4U);
}

TEST_F(Resources, KeepsTheQuestionInTheAuditLog) {
  StartService();
  DeliverCitizens(1);
  List("Observation", "0751", "walking tests for the annual report");
  ASSERT_TRUE(ended_.ok());
  StopService();
  auto database = common::Database::Open({.file = config_.store_file, .read_only = true});
  ASSERT_TRUE(database.ok()) << database.status();
  const auto count = (*database)->QueryInteger(
      "SELECT count(*) FROM audit WHERE action = 'list-resources' AND object = '0751/Observation' "
      "AND reason = 'walking tests for the annual report'");
  EXPECT_EQ(count.value_or(0), 1);
}

TEST_F(Resources, NeedsAReasonAndTheNameOfAType) {
  StartService();
  EXPECT_TRUE(List("Patient", "", "").empty());
  EXPECT_EQ(ended_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(List("Patient'; --").empty());
  EXPECT_EQ(ended_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(Resources, AViewMakesATableOfThem) {
  StartService();
  DeliverCitizens(5);
  WriteCertificate("registry", "dhrd");
  std::ofstream(folder_ / "view.json") << R"json({
    "resourceType": "ViewDefinition", "name": "walks", "resource": "Observation", "status": "draft",
    "select": [{"column": [{"name": "citizen", "path": "subject.getReferenceKey(Patient)"},
                           {"name": "metres", "path": "value.ofType(Quantity).value"}]}],
    "where": [{"path": "code.coding.exists(code = '64098-7')"}]})json";
  std::ostringstream out;
  std::ostringstream err;
  const common::ManualClock clock{common::Instant()};
  tool::Context context{.out = out, .err = err, .clock = clock};
  const std::string port = std::to_string(service_->port());
  const std::string view = (folder_ / "view.json").string();
  const std::string address = "127.0.0.1:" + port;
  const std::string certificate = (folder_ / "registry-dhrd.pem").string();
  const char* arguments[] = {"hjerte",    "view",
                             "--view",    view.c_str(),
                             "--connect", address.c_str(),
                             "--cert",    certificate.c_str(),
                             "--reason",  "walking tests for the annual report"};
  EXPECT_EQ(tool::RunTool(static_cast<int>(std::size(arguments)), arguments, context), tool::kExitOk) << err.str();
  std::istringstream lines(out.str());
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "citizen,metres\r");
  int rows = 0;
  for (; std::getline(lines, line); ++rows) {
    EXPECT_THAT(line, ::testing::StartsWith("Patient/"));
    EXPECT_TRUE(line.ends_with(",400\r") || line.ends_with(",460\r")) << line;
  }
  EXPECT_EQ(rows, 10);
}

}  // namespace
}  // namespace hjerte::indicator::testing
