#include "tests/services/common/tls_fixture.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <thread>

#include "services/common/identity.h"

namespace hjerte::common {

grpc::Status EchoIdentity::GetResults(grpc::ServerContext* context, const hjertegateway::v1::GetResultsRequest*,
                                      hjertegateway::v1::GetResultsResponse*) {
  const absl::StatusOr<Identity> identity = PeerIdentity(*context->auth_context());
  if (seen) seen(*context);
  if (!identity.ok()) return {grpc::StatusCode::UNAUTHENTICATED, std::string(identity.status().message())};
  return {grpc::StatusCode::FAILED_PRECONDITION, identity->role + " " + identity->name};
}

TlsFixture::TlsFixture() {
  const Instant now = SystemClock().Now();
  authority_ = CreateCertificateAuthority("test", now - std::chrono::hours(48), now + std::chrono::hours(48)).value();
  folder_.Write("ca.pem", authority_.certificate);
}

TlsFixture::~TlsFixture() {
  if (listener_) listener_->Stop();
  if (server_) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
}

CertificateRequest TlsFixture::Request(const std::string& uri) {
  const Instant now = SystemClock().Now();
  return {.common_name = "test",
          .uri = uri,
          .dns_names = {"localhost"},
          .ip_addresses = {"127.0.0.1"},
          .not_before = now - std::chrono::hours(24),
          .not_after = now + std::chrono::hours(24)};
}

TlsFiles TlsFixture::Issue(const CertificateAndKey& authority, const std::string& name,
                           const CertificateRequest& request) {
  const CertificateAndKey pair = IssueCertificate(authority, request).value();
  TlsFiles files;
  files.authority = folder_ / "ca.pem";
  files.key = folder_.Write(name + ".key", pair.key);
  files.certificate = folder_.Write(name + ".pem", pair.certificate);
  files.reload_interval = std::chrono::seconds(1);
  return files;
}

TlsFiles TlsFixture::Issue(const std::string& name, const std::string& uri) {
  return Issue(authority_, name, Request(uri));
}

void TlsFixture::StartServer(const TlsFiles& files, const GrpcListenerOptions& options, const GrpcLimits& limits) {
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentials =
      TlsServerCredentials(files, options.revocation_lists);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  grpc::ServerBuilder builder;
  ApplyGrpcLimits(builder, limits);
  builder.RegisterService(&service_);
  absl::StatusOr<std::unique_ptr<GrpcListener>> listener = GrpcListener::Create(builder, *credentials, options);
  ASSERT_TRUE(listener.ok()) << listener.status();
  server_ = builder.BuildAndStart();
  ASSERT_NE(server_, nullptr);
  listener_ = *std::move(listener);
  listener_->Start();
}

void TlsFixture::NoteCallers() {
  service_.seen = [this](const grpc::ServerContext& context) {
    const auto own = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    listener_->NoteCaller(context.peer(), {own.front().data(), own.front().size()});
  };
}

std::string TlsFixture::Address() const { return "127.0.0.1:" + std::to_string(listener_->port()); }

std::shared_ptr<grpc::Channel> TlsFixture::Connect(const TlsFiles& files, const std::string& host) const {
  TlsFiles unwatched = files;
  unwatched.reload_interval = std::chrono::hours(24);
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = TlsChannelCredentials(unwatched);
  if (!credentials.ok()) {
    ADD_FAILURE() << credentials.status();
    return nullptr;
  }
  grpc::ChannelArguments arguments;
  // Each channel a connection of its own, as if each were another program.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (host.empty()) return grpc::CreateCustomChannel(Address(), *credentials, arguments);
  arguments.SetSslTargetNameOverride("localhost");
  return grpc::CreateCustomChannel(host + ":" + std::to_string(listener_->port()), *credentials, arguments);
}

bool TlsFixture::IsTold(const std::string& text, std::size_t from) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    const std::vector<std::string> lines = sink_->Lines();
    const bool told = std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(from), lines.end(),
                                  [&](const std::string& line) { return line.find(text) != std::string::npos; });
    if (told) return true;
    std::this_thread::yield();
  }
  return false;
}

std::string TlsFixture::Call(const TlsFiles& files) const { return Call(Connect(files)); }

std::string TlsFixture::Call(const std::shared_ptr<grpc::Channel>& channel, std::chrono::seconds deadline) {
  const auto stub = hjertegateway::v1::IndicatorService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  hjertegateway::v1::GetResultsResponse response;
  const grpc::Status status = stub->GetResults(&context, {}, &response);
  if (status.error_code() == grpc::StatusCode::FAILED_PRECONDITION) return status.error_message();
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) return "unauthenticated";
  return "refused: " + status.error_message();
}

}  // namespace hjerte::common
