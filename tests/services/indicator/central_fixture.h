#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hjertegateway/v1/delivery.grpc.pb.h"
#include "hjertegateway/v1/export.grpc.pb.h"
#include "hjertegateway/v1/indicator.grpc.pb.h"
#include "services/common/certificates.h"
#include "services/indicator/central_service.h"
#include "tests/services/indicator/report_builder.h"

namespace hjerte::indicator::testing {

// A central service with real TLS, gRPC and SQLite in a folder of its own, on a clock that stands still, and clients of
// every role.
class CentralTest : public ::testing::Test {
 protected:
  CentralTest();
  ~CentralTest() override;

  // Starts the service, or starts it again on the same folder.
  void StartService();
  void StopService();

  // A channel with the certificate of "<role>-<name>", which is issued on first use; by default the configuration knows
  // adapter-0751, adapter-0101, municipality-0751, reader-public, registry-dhrd, exporter-dhrd and admin-ops.
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& who);
  // The same with a connection of its own.
  std::shared_ptr<grpc::Channel> NewChannelOf(const std::string& who, grpc::ChannelArguments arguments = {});

  // Delivers reports over one stream, in order, and returns the answers.
  std::vector<hjertegateway::v1::DeliverResponse> Deliver(
      const std::vector<hjertegateway::v1::DeliverRequest>& requests, const std::string& who = "adapter-0751");
  hjertegateway::v1::DeliverRequest Request(const std::string& bundle, const std::string& authority = "0751") const;
  // Delivers courses whole and expects each to be accepted.
  void DeliverCourses(const std::vector<CourseReport>& courses);

  // Live figures of the nation for a year, by indicator; empty when there is none.
  std::map<std::string, hjertegateway::v1::Cell> Live(const std::string& year = "2025");
  grpc::Status GetResults(const std::string& who, const hjertegateway::v1::GetResultsRequest& request,
                          hjertegateway::v1::GetResultsResponse& response);
  static hjertegateway::v1::GetResultsRequest YearOf(const std::string& year, bool unmasked);

  // Everything the export gives from a cursor on, without following.
  std::vector<hjertegateway::v1::SubscribeResponse> Export(const std::string& cursor = "",
                                                           const std::string& who = "exporter-dhrd");
  // Course records by "authority/key" after folding a feed; the citizen's surrogate is taken out, since it is random.
  static std::map<std::string, std::string> Fold(const std::vector<hjertegateway::v1::SubscribeResponse>& feed);

  static bool IsReceipt(const hjertegateway::v1::DeliverResponse& response) { return response.has_receipt(); }

  std::filesystem::path folder_;
  common::ManualClock clock_;
  std::shared_ptr<common::MemorySink> log_ = std::make_shared<common::MemorySink>();
  Config config_;
  std::unique_ptr<CentralService> service_;

  // Issues <role>-<name>.pem and .key.
  void WriteCertificate(const std::string& role, const std::string& name);

 private:
  common::CertificateAndKey authority_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
};

}  // namespace hjerte::indicator::testing
