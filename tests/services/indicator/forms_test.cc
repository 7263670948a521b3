#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <iterator>

#include "mapping/json/document.h"
#include "services/common/time_text.h"
#include "tests/services/indicator/central_fixture.h"
#include "tests/shared.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

std::string ReadFile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string Member(const std::string& record, std::string_view name) {
  const auto document = json::Parse(record);
  if (!document.ok()) return {};
  const json::Value* value = document->root().Find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

class Forms : public CentralTest {};

TEST_F(Forms, ATypedCourseIsTakenLikeABundle) {
  clock_.Set(*common::ParseInstant("2026-05-01T12:00:00Z"));
  StartService();
  v1::DeliverRequest request;
  request.set_authority("0751");
  request.set_delivery_id("course-1");
  request.mutable_source()->set_id("vendor");
  ASSERT_TRUE(
      google::protobuf::util::JsonStringToMessage(
          ReadFile(tests::SourceDir() / "mapping" / "dhrd" / "examples" / "course.json"), request.mutable_course())
          .ok());
  const auto responses = Deliver({request});
  ASSERT_TRUE(responses.at(0).has_receipt()) << responses[0].DebugString();
  const auto cells = Live("2025");
  for (const char* indicator : {"K1", "K2", "K3", "K4", "K5", "K6"}) {
    ASSERT_TRUE(cells.contains(indicator));
    EXPECT_EQ(cells.at(indicator).denominator(), 1) << indicator;
  }
}

TEST_F(Forms, AQuantityThatIsNoDecimalIsRefusedWithItsPlace) {
  StartService();
  v1::DeliverRequest request;
  request.set_authority("0751");
  request.set_delivery_id("course-1");
  request.mutable_course()->set_course_key("course-1");
  v1::VariableValue* value = request.mutable_course()->add_values();
  value->set_variable("weight");
  value->mutable_quantity()->set_value("81,4");
  const auto responses = Deliver({request});
  ASSERT_TRUE(responses.at(0).has_rejection());
  EXPECT_EQ(responses[0].rejection().findings(0).location(), "Course.values[0].quantity.value");
}

TEST_F(Forms, OfKlsOwnReportsTheOneHeartCaseBecomesAnOpenCourse) {
  HJERTE_REQUIRE_SHARED("data/kl-gateway");
  StartService();
  std::vector<v1::DeliverRequest> requests;
  for (const char* section : {"prevention-119", "rehab-140"}) {
    for (const auto& file : std::filesystem::directory_iterator(tests::SharedDir() / "data" / "kl-gateway" / section)) {
      if (!file.path().filename().string().starts_with("Bundle-")) continue;
      requests.push_back(Request(ReadFile(file.path())));
    }
  }
  ASSERT_EQ(requests.size(), 11U);
  for (const auto& response : Deliver(requests)) EXPECT_TRUE(response.has_receipt()) << response.DebugString();
  const auto records = Fold(Export());
  ASSERT_EQ(records.size(), 1U);
  const std::string& record = records.begin()->second;
  EXPECT_EQ(Member(record, "legal_basis"), "s119");
  EXPECT_EQ(Member(record, "diagnosis_group"), "ihd");
  EXPECT_EQ(Member(record, "referral_date"), "2022-05-29");
  EXPECT_EQ(Member(record, "start_date"), "2022-06-02");
  EXPECT_EQ(Member(record, "end_date"), "");
}

TEST_F(Forms, ValidateSaysWhatDeliverWouldAndStoresNothing) {
  StartService();
  const auto stub = v1::DeliveryService::NewStub(ChannelOf("adapter-0751"));
  v1::ValidateRequest request;
  request.set_authority("0751");
  request.set_fhir_bundle_json(CourseReport{}.Bundle());
  v1::ValidateResponse response;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->Validate(&context, request, &response).ok());
    EXPECT_TRUE(response.acceptable()) << response.DebugString();
  }
  request.set_fhir_bundle_json(CourseReport{.walk_start = "99999"}.Bundle());
  grpc::ClientContext context;
  ASSERT_TRUE(stub->Validate(&context, request, &response).ok());
  EXPECT_FALSE(response.acceptable());
  EXPECT_TRUE(Export().empty());
}

TEST_F(Forms, ValidateListsNoMoreOfManyCoursesThanAnAnswerHolds) {
  StartService();
  std::string entries;
  for (int i = 0; i < 150; ++i) {
    entries +=
        R"(,{"resource":{"resourceType":"ServiceRequest","id":"course-)" + std::to_string(i) +
        R"(","status":"active","intent":"order","authoredOn":"2025-01-05","subject":{"reference":"Patient/p"}}})";
  }
  v1::ValidateRequest request;
  request.set_authority("0751");
  request.set_fhir_bundle_json(
      R"({"resourceType":"Bundle","type":"collection","timestamp":"2026-01-10T10:00:00Z","entry":[{"resource":{)"
      R"("resourceType":"Patient","id":"p","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":")" +
      SyntheticCpr(1) + R"("}]}})" + entries + "]}");
  v1::ValidateResponse response;
  grpc::ClientContext context;
  const auto stub = v1::DeliveryService::NewStub(ChannelOf("adapter-0751"));
  ASSERT_TRUE(stub->Validate(&context, request, &response).ok());
  EXPECT_TRUE(response.acceptable());
  EXPECT_EQ(response.findings_size(), 200);
}

TEST_F(Forms, ValidateSaysWhyAReportIsRefusedHoweverManyWarningsItHas) {
  StartService();
  std::string bundle = CourseReport{}.Bundle();
  std::string more;
  for (int i = 0; i < 250; ++i) {
    more += R"(,{"resource":{"resourceType":"Observation","id":"unknown-)" + std::to_string(i) +
            R"(","status":"final","code":{"text":"number )" + SyntheticCpr(1) +
            R"(","coding":[{"system":"http://loinc.org","code":"718-7"}]}}})";
  }
  bundle.insert(bundle.rfind(']'), more);
  v1::ValidateRequest request;
  request.set_authority("0751");
  request.set_fhir_bundle_json(bundle);
  v1::ValidateResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(v1::DeliveryService::NewStub(ChannelOf("adapter-0751"))->Validate(&context, request, &response).ok());
  EXPECT_FALSE(response.acceptable());
  EXPECT_EQ(std::count_if(response.findings().begin(), response.findings().end(),
                          [](const auto& finding) { return finding.severity() == v1::FINDING_SEVERITY_ERROR; }),
            1)
      << response.findings_size();
}

}  // namespace
}  // namespace hjerte::indicator::testing
