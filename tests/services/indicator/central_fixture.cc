#include "tests/services/indicator/central_fixture.h"

#include <fstream>
#include <thread>

#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/certificates.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/secret_key.h"
#include "services/common/time_text.h"
#include "services/common/tls.h"
#include "tests/shared.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

// Certificates live on the machine's clock, the service on the test's.
common::Instant MachineNow() { return common::SystemClock().Now(); }

void WriteFile(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

CentralTest::CentralTest() : clock_(*common::ParseInstant("2026-02-01T12:00:00Z")) {
  common::RequireTls13();
  std::string pattern = (std::filesystem::temp_directory_path() / "hjerte-central-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  authority_ = *common::CreateCertificateAuthority("test", MachineNow() - std::chrono::hours(1),
                                                   MachineNow() + std::chrono::hours(24));
  WriteFile(folder_ / "ca.pem", authority_.certificate);
  WriteCertificate("service", "central");
  EXPECT_TRUE(common::CreateKeyFile(folder_ / "vault.key").ok());
  EXPECT_TRUE(common::CreateKeyFile(folder_ / "pseudonym.key").ok());

  config_.content = tests::SourceDir() / "mapping" / "dhrd";
  config_.store_file = folder_ / "indicator.db";
  config_.store_cache_bytes = 8 << 20;
  config_.vault_key = folder_ / "vault.key";
  config_.pseudonym_key = folder_ / "pseudonym.key";
  config_.listen.address = "127.0.0.1:0";
  config_.tls = {.authority = folder_ / "ca.pem",
                 .certificate = folder_ / "service-central.pem",
                 .key = folder_ / "service-central.key",
                 .revocation_lists = std::nullopt};
  config_.reports_per_stream_max = 16;
  config_.answers_per_caller_max = 64 << 20;
  config_.reports_per_commit_max = 32;
  config_.publish_interval = std::chrono::hours(24 * 30);
  config_.delivery_interval = std::chrono::hours(24);
  config_.watch_interval_min = std::chrono::milliseconds(10);
  const auto add = [this](const std::string& role, const std::string& name) {
    const bool has_authority = role == "adapter" || role == "municipality";
    config_.access.Add({.uri = common::IdentityUri(role, name),
                        .role = *doors::ParseRole(role),
                        .authority = has_authority ? name : std::string()});
  };
  add("adapter", "0751");
  add("adapter", "0101");
  add("municipality", "0751");
  add("reader", "public");
  add("registry", "dhrd");
  add("exporter", "dhrd");
  add("admin", "ops");
}

CentralTest::~CentralTest() {
  StopService();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void CentralTest::WriteCertificate(const std::string& role, const std::string& name) {
  const auto issued = common::IssueCertificate(authority_, {.common_name = role + " " + name,
                                                            .uri = common::IdentityUri(role, name),
                                                            .dns_names = {"localhost"},
                                                            .ip_addresses = {"127.0.0.1"},
                                                            .not_before = MachineNow() - std::chrono::hours(1),
                                                            .not_after = MachineNow() + std::chrono::hours(24)});
  ASSERT_TRUE(issued.ok()) << issued.status();
  WriteFile(folder_ / (role + "-" + name + ".pem"), issued->certificate);
  WriteFile(folder_ / (role + "-" + name + ".key"), issued->key);
}

void CentralTest::StartService() {
  const common::Logger log(log_, clock_, common::LogLevel::kDebug, "indicator");
  absl::StatusOr<std::unique_ptr<CentralService>> service = CentralService::Start(config_, clock_, log);
  ASSERT_TRUE(service.ok()) << service.status();
  service_ = *std::move(service);
  // What is hidden by the rules alone, so that tests can tell which figures are shown.
  service_->publisher().DrawBy(
      [](const registry::Finest&) { return [](std::uint32_t, std::uint32_t) { return 0.5; }; });
}

void CentralTest::StopService() {
  channels_.clear();
  service_.reset();
}

std::shared_ptr<grpc::Channel> CentralTest::ChannelOf(const std::string& who) {
  if (const auto found = channels_.find(who); found != channels_.end()) return found->second;
  return channels_[who] = NewChannelOf(who);
}

std::shared_ptr<grpc::Channel> CentralTest::NewChannelOf(const std::string& who, grpc::ChannelArguments arguments) {
  const std::size_t hyphen = who.find('-');
  if (!std::filesystem::exists(folder_ / (who + ".pem"))) {
    WriteCertificate(who.substr(0, hyphen), who.substr(hyphen + 1));
  }
  const auto credentials = common::TlsChannelCredentials({.authority = folder_ / "ca.pem",
                                                          .certificate = folder_ / (who + ".pem"),
                                                          .key = folder_ / (who + ".key"),
                                                          .revocation_lists = std::nullopt});
  EXPECT_TRUE(credentials.ok()) << credentials.status();
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Else the transport takes more and more of what the caller does not.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(service_->port()), *credentials, arguments);
}

std::vector<v1::DeliverResponse> CentralTest::Deliver(const std::vector<v1::DeliverRequest>& requests,
                                                      const std::string& who) {
  const auto stub = v1::DeliveryService::NewStub(ChannelOf(who));
  grpc::ClientContext context;
  const auto stream = stub->Deliver(&context);
  std::thread writer([&] {
    for (const v1::DeliverRequest& request : requests) {
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
  });
  std::vector<v1::DeliverResponse> responses;
  for (v1::DeliverResponse response; stream->Read(&response);) responses.push_back(response);
  writer.join();
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  return responses;
}

v1::DeliverRequest CentralTest::Request(const std::string& bundle, const std::string& authority) const {
  v1::DeliverRequest request;
  request.set_authority(authority);
  request.set_delivery_id(common::ToHex(common::Sha256(authority + bundle)));
  request.mutable_source()->set_id("test");
  for (const std::string& variable : CarriedVariables()) request.mutable_source()->add_carries(variable);
  request.set_fhir_bundle_json(bundle);
  return request;
}

void CentralTest::DeliverCourses(const std::vector<CourseReport>& courses) {
  std::vector<v1::DeliverRequest> requests;
  for (const CourseReport& course : courses) requests.push_back(Request(course.Bundle()));
  const std::vector<v1::DeliverResponse> responses = Deliver(requests);
  ASSERT_EQ(responses.size(), courses.size());
  for (const v1::DeliverResponse& response : responses) {
    EXPECT_TRUE(response.has_receipt()) << response.DebugString();
  }
}

v1::GetResultsRequest CentralTest::YearOf(const std::string& year, bool unmasked) {
  v1::GetResultsRequest request;
  request.add_unit_kinds(v1::UNIT_KIND_NATION);
  request.set_period_kind(v1::PERIOD_KIND_YEAR);
  request.set_from(year + "-01-01");
  request.set_to(year + "-12-31");
  request.set_unmasked(unmasked);
  return request;
}

grpc::Status CentralTest::GetResults(const std::string& who, const v1::GetResultsRequest& request,
                                     v1::GetResultsResponse& response) {
  grpc::ClientContext context;
  return v1::IndicatorService::NewStub(ChannelOf(who))->GetResults(&context, request, &response);
}

std::map<std::string, v1::Cell> CentralTest::Live(const std::string& year) {
  v1::GetResultsResponse response;
  const grpc::Status status = GetResults("registry-dhrd", YearOf(year, true), response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  std::map<std::string, v1::Cell> cells;
  for (const v1::Cell& cell : response.cells()) cells[cell.indicator()] = cell;
  return cells;
}

std::vector<v1::SubscribeResponse> CentralTest::Export(const std::string& cursor, const std::string& who) {
  const auto stub = v1::ExportService::NewStub(ChannelOf(who));
  grpc::ClientContext context;
  v1::SubscribeRequest request;
  request.set_reason("test");
  request.set_cursor(cursor);
  const auto stream = stub->Subscribe(&context, request);
  std::vector<v1::SubscribeResponse> feed;
  for (v1::SubscribeResponse change; stream->Read(&change);) feed.push_back(change);
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  return feed;
}

std::map<std::string, std::string> CentralTest::Fold(const std::vector<v1::SubscribeResponse>& feed) {
  std::map<std::string, std::string> records;
  for (const v1::SubscribeResponse& change : feed) {
    const std::string course = change.course().authority() + "/" + change.course().course_key();
    if (change.kind() == v1::CHANGE_KIND_RETRACTION) {
      records.erase(course);
      continue;
    }
    auto record = json::Parse(change.course_record_json());
    EXPECT_TRUE(record.ok());
    json::Value root = record->root();
    root.Remove("citizen");
    records[course] = json::WriteCanonical(root);
  }
  return records;
}

}  // namespace hjerte::indicator::testing
