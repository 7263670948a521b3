#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "hjertegateway/v1/indicator.grpc.pb.h"
#include "services/common/certificates.h"
#include "services/common/grpc_listener.h"
#include "services/common/grpc_log.h"
#include "services/common/tls.h"
#include "tests/temporary_folder.h"

namespace hjerte::common {

// Who calls: answers every GetResults with FAILED_PRECONDITION and the caller's identity as its text, or
// UNAUTHENTICATED.
class EchoIdentity final : public hjertegateway::v1::IndicatorService::Service {
 public:
  grpc::Status GetResults(grpc::ServerContext* context, const hjertegateway::v1::GetResultsRequest* request,
                          hjertegateway::v1::GetResultsResponse* response) override;
  // Called with each call, if any.
  std::function<void(const grpc::ServerContext&)> seen;
};

// An installation with an authority, a server behind a GrpcListener, and clients.
class TlsFixture : public testing::Test {
 protected:
  TlsFixture();
  ~TlsFixture() override;

  // A certificate signed by an authority, written as <name>.pem and <name>.key; returns its files with the
  // installation's CA.
  TlsFiles Issue(const CertificateAndKey& authority, const std::string& name, const CertificateRequest& request);
  // The same from the installation's own authority, for an identity, valid now.
  TlsFiles Issue(const std::string& name, const std::string& uri);
  // A request valid from a day ago until tomorrow.
  static CertificateRequest Request(const std::string& uri);

  void StartServer(const TlsFiles& files, const GrpcListenerOptions& options = {.address = "127.0.0.1:0"},
                   const GrpcLimits& limits = {});
  // Tells the listener of each call from now on, as a service does.
  void NoteCallers();
  std::string Address() const;
  // `host` as gRPC takes it; empty: that of Address. The server's certificate is for localhost.
  std::shared_ptr<grpc::Channel> Connect(const TlsFiles& files, const std::string& host = "") const;
  // Calls with a new connection, and returns who the server says is calling, or "refused: …" when no call came through.
  std::string Call(const TlsFiles& files) const;
  static std::string Call(const std::shared_ptr<grpc::Channel>& channel,
                          std::chrono::seconds deadline = std::chrono::seconds(5));

  // Whether the log has, after its first `from` lines, one with the text, or gets one soon.
  bool IsTold(const std::string& text, std::size_t from = 0) const;

  SystemClock clock_;
  std::shared_ptr<MemorySink> sink_ = std::make_shared<MemorySink>();
  GrpcLog grpc_log_{Logger(sink_, clock_, LogLevel::kInfo, "test")};
  tests::TemporaryFolder folder_;
  CertificateAndKey authority_;
  EchoIdentity service_;
  std::unique_ptr<GrpcListener> listener_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace hjerte::common
