#include <algorithm>
#include <filesystem>
#include <functional>

#include "hjertegateway/v1/admin.grpc.pb.h"
#include "tests/services/indicator/central_fixture.h"
#include "tests/shared.h"
#include "tests/temporary_folder.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

// Each RPC with who may call it; everybody else is refused. A new RPC without a row fails the last test.
class Access : public CentralTest {
 protected:
  using Call = std::function<grpc::StatusCode(const std::string& who)>;

  Access() {
    calls_["DeliveryService.Deliver"] = [this](const std::string& who) {
      const auto stub = v1::DeliveryService::NewStub(ChannelOf(who));
      grpc::ClientContext context;
      const auto stream = stub->Deliver(&context);
      stream->WritesDone();
      v1::DeliverResponse response;
      while (stream->Read(&response)) {
      }
      return stream->Finish().error_code();
    };
    calls_["DeliveryService.Validate"] =
        Unary<v1::DeliveryService>(&v1::DeliveryService::Stub::Validate, v1::ValidateRequest());
    calls_["DeliveryService.ListVariables"] =
        Unary<v1::DeliveryService>(&v1::DeliveryService::Stub::ListVariables, v1::ListVariablesRequest());
    calls_["IndicatorService.ListIndicatorSets"] =
        Unary<v1::IndicatorService>(&v1::IndicatorService::Stub::ListIndicatorSets, v1::ListIndicatorSetsRequest());
    calls_["IndicatorService.GetResults"] =
        Unary<v1::IndicatorService>(&v1::IndicatorService::Stub::GetResults, YearOf("2025", false));
    calls_["IndicatorService.GetResults live"] =
        Unary<v1::IndicatorService>(&v1::IndicatorService::Stub::GetResults, YearOf("2025", true));
    v1::GetResultsRequest own = YearOf("2025", true);
    own.clear_unit_kinds();
    own.add_unit_kinds(v1::UNIT_KIND_MUNICIPALITY);
    own.add_unit_ids("0751");
    calls_["IndicatorService.GetResults own live"] =
        Unary<v1::IndicatorService>(&v1::IndicatorService::Stub::GetResults, own);
    v1::GetResultsRequest then = YearOf("2025", true);
    then.mutable_as_known_at()->set_seconds(1'769'900'000);
    calls_["IndicatorService.GetResults as known at"] =
        Unary<v1::IndicatorService>(&v1::IndicatorService::Stub::GetResults, then);
    v1::ExplainCourseRequest explain;
    explain.set_authority("0751");
    explain.set_course_key("course-1");
    explain.set_reason("test");
    calls_["IndicatorService.ExplainCourse"] =
        Unary<v1::IndicatorService>(&v1::IndicatorService::Stub::ExplainCourse, explain);
    explain.set_authority("0101");
    calls_["IndicatorService.ExplainCourse elsewhere"] =
        Unary<v1::IndicatorService>(&v1::IndicatorService::Stub::ExplainCourse, explain);
    calls_["IndicatorService.GetFreshness"] =
        Unary<v1::IndicatorService>(&v1::IndicatorService::Stub::GetFreshness, v1::GetFreshnessRequest());
    calls_["IndicatorService.PublishSnapshot"] =
        Unary<v1::IndicatorService>(&v1::IndicatorService::Stub::PublishSnapshot, v1::PublishSnapshotRequest());
    v1::BackupRequest backup;
    backup.set_reason("test");
    calls_["AdminService.Backup"] = Unary<v1::AdminService>(&v1::AdminService::Stub::Backup, backup);
    v1::RotateKeysRequest rotate;
    rotate.set_kind(v1::KEY_KIND_VAULT);
    rotate.set_reason("test");
    calls_["AdminService.RotateKeys"] = Unary<v1::AdminService>(&v1::AdminService::Stub::RotateKeys, rotate);
    calls_["IndicatorService.WatchResults"] = [this](const std::string& who) {
      const auto stub = v1::IndicatorService::NewStub(ChannelOf(who));
      grpc::ClientContext context;
      v1::WatchResultsRequest request;
      *request.mutable_query() = YearOf("2025", false);
      const auto stream = stub->WatchResults(&context, request);
      v1::WatchResultsResponse response;
      if (stream->Read(&response)) {
        context.TryCancel();
        stream->Finish();
        return grpc::StatusCode::OK;
      }
      return stream->Finish().error_code();
    };
    calls_["ExportService.Subscribe"] = [this](const std::string& who) {
      const auto stub = v1::ExportService::NewStub(ChannelOf(who));
      grpc::ClientContext context;
      v1::SubscribeRequest request;
      request.set_reason("test");
      const auto stream = stub->Subscribe(&context, request);
      v1::SubscribeResponse response;
      while (stream->Read(&response)) {
      }
      return stream->Finish().error_code();
    };
    calls_["ExportService.ListResources"] = [this](const std::string& who) {
      const auto stub = v1::ExportService::NewStub(ChannelOf(who));
      grpc::ClientContext context;
      v1::ListResourcesRequest request;
      request.set_resource_type("Observation");
      request.set_reason("a table for a test");
      const auto stream = stub->ListResources(&context, request);
      v1::ListResourcesResponse response;
      while (stream->Read(&response)) {
      }
      return stream->Finish().error_code();
    };
  }

  template <typename Service, typename Method, typename Request>
  Call Unary(Method method, const Request& request) {
    return [this, method, request](const std::string& who) { return Answer<Service>(who, method, request); };
  }

  template <typename Service, typename Request, typename Response>
  grpc::StatusCode Answer(const std::string& who,
                          grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                          const Request& request) {
    const auto stub = Service::NewStub(ChannelOf(who));
    grpc::ClientContext context;
    Response response;
    return ((*stub).*method)(&context, request, &response).error_code();
  }

  std::map<std::string, Call> calls_;
  // Who may, by call.
  const std::map<std::string, std::vector<std::string>> allowed_ = {
      {"DeliveryService.Deliver", {"adapter-0751"}},
      {"DeliveryService.Validate", {"adapter-0751", "municipality-0751"}},
      {"DeliveryService.ListVariables",
       {"adapter-0751", "municipality-0751", "reader-public", "registry-dhrd", "exporter-dhrd", "admin-ops"}},
      {"IndicatorService.ListIndicatorSets",
       {"adapter-0751", "municipality-0751", "reader-public", "registry-dhrd", "exporter-dhrd", "admin-ops"}},
      {"IndicatorService.GetResults",
       {"adapter-0751", "municipality-0751", "reader-public", "registry-dhrd", "exporter-dhrd", "admin-ops"}},
      {"IndicatorService.WatchResults",
       {"adapter-0751", "municipality-0751", "reader-public", "registry-dhrd", "exporter-dhrd", "admin-ops"}},
      {"IndicatorService.GetResults live", {"registry-dhrd"}},
      {"IndicatorService.GetResults as known at", {"registry-dhrd"}},
      {"IndicatorService.GetResults own live", {"municipality-0751", "registry-dhrd"}},
      {"IndicatorService.ExplainCourse", {"municipality-0751", "registry-dhrd"}},
      {"IndicatorService.ExplainCourse elsewhere", {"registry-dhrd"}},
      {"IndicatorService.GetFreshness",
       {"adapter-0751", "municipality-0751", "reader-public", "registry-dhrd", "exporter-dhrd", "admin-ops"}},
      {"IndicatorService.PublishSnapshot", {"registry-dhrd", "admin-ops"}},
      {"ExportService.Subscribe", {"registry-dhrd", "exporter-dhrd"}},
      {"ExportService.ListResources", {"registry-dhrd"}},
      {"AdminService.Backup", {"admin-ops"}},
      {"AdminService.RotateKeys", {"admin-ops"}},
  };
  const std::vector<std::string> everybody_ = {"adapter-0751",  "municipality-0751", "reader-public",
                                               "registry-dhrd", "exporter-dhrd",     "admin-ops"};
};

TEST_F(Access, EachRpcIsForTheRolesOfItsRowAndNobodyElse) {
  StartService();
  for (const auto& [name, call] : calls_) {
    const std::vector<std::string>& allowed = allowed_.at(name);
    for (const std::string& who : everybody_) {
      const bool may = std::find(allowed.begin(), allowed.end(), who) != allowed.end();
      const grpc::StatusCode code = call(who);
      EXPECT_EQ(code != grpc::StatusCode::PERMISSION_DENIED, may) << name << " by " << who << ": " << code;
    }
  }
}

TEST_F(Access, WhoTheConfigurationDoesNotKnowMayNothing) {
  StartService();
  for (const auto& [name, call] : calls_) {
    EXPECT_EQ(call("adapter-0999"), grpc::StatusCode::PERMISSION_DENIED) << name;
  }
}

// Whoever tries every door is seen: who it was and what was wanted, and nothing of what the call held.
TEST_F(Access, ARefusedCallIsALineOfTheLogThatSaysWhoWantedWhat) {
  StartService();
  const auto lines = [this](const std::string& who, const std::string& wanted) {
    const std::vector<std::string> all = log_->Lines();
    return std::count_if(all.begin(), all.end(), [&](const std::string& line) {
      return line.find("event=call-refused who=urn:hjertegateway:" + who) != std::string::npos &&
             line.find("wanted=" + wanted) != std::string::npos;
    });
  };
  EXPECT_EQ(calls_.at("ExportService.Subscribe")("reader-public"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(lines("reader:public role=reader", "\"export course records\""), 1);
  EXPECT_EQ(calls_.at("IndicatorService.GetResults live")("reader-public"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(lines("reader:public", "\"read live figures\""), 1);
  EXPECT_EQ(calls_.at("IndicatorService.ExplainCourse elsewhere")("municipality-0751"),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(lines("municipality:0751", "\"look at a course of another authority\""), 1);
  EXPECT_EQ(calls_.at("AdminService.Backup")("registry-dhrd"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(lines("registry:dhrd", "administer"), 1);
  EXPECT_EQ(calls_.at("DeliveryService.ListVariables")("adapter-0999"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(lines("adapter:0999", "\"any call\""), 1);
  Deliver({Request(CourseReport{.cpr = SyntheticCpr(3)}.Bundle(), SyntheticCpr(3))});
  EXPECT_EQ(lines("adapter:0751", "\"deliver for another authority\""), 1);
  for (const std::string& line : log_->Lines()) EXPECT_EQ(line.find(SyntheticCpr(3)), std::string::npos);
}

// Every contract file of the project, so that a call that is added is found without anybody thinking of this test.
TEST_F(Access, EveryRpcOfTheContractsHasItsRow) {
  int services = 0;
  for (const auto& entry : std::filesystem::directory_iterator(tests::SourceDir() / "proto/hjertegateway/v1")) {
    const google::protobuf::FileDescriptor* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
        "hjertegateway/v1/" + entry.path().filename().string());
    ASSERT_NE(file, nullptr) << entry.path();
    for (int s = 0; s < file->service_count(); ++s) {
      ++services;
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const std::string name = file->service(s)->name() + "." + file->service(s)->method(m)->name();
        EXPECT_TRUE(allowed_.contains(name) && calls_.contains(name)) << name << " has no test of who may call it";
      }
    }
  }
  EXPECT_GE(services, 4);
}

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
  for (const char* blank : {"", " ", "\t\n", "...", " - "}) {
    EXPECT_EQ(ask("course-1", blank), grpc::StatusCode::INVALID_ARGUMENT) << blank;
  }
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
