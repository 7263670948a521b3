#include "services/common/tls.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

#include "services/common/certificates.h"
#include "services/common/config.h"
#include "services/common/time_text.h"

namespace hjerte::common {
namespace {

constexpr const char* kCiphersVariable = "GRPC_SSL_CIPHER_SUITES";
// For TLS 1.2 only, and only with an RSA certificate: no ECDSA certificate can serve it. TLS 1.3 has its own list.
constexpr std::string_view kCiphersNoEcdsaServes = "ECDHE-RSA-AES256-GCM-SHA384";
constexpr std::size_t kPemBytesMax = 1 << 20;

absl::Status AtFile(const std::filesystem::path& file, const absl::Status& status) {
  return {status.code(), file.string() + ": " + std::string(status.message())};
}

absl::StatusOr<std::string> ReadPem(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return absl::NotFoundError(file.string() + ": no such file");
  if (std::filesystem::file_size(file, error) > kPemBytesMax) {
    return absl::InvalidArgumentError(file.string() + ": larger than a PEM file can be");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!stream.good() && !stream.eof()) return absl::PermissionDeniedError(file.string() + ": cannot be read");
  return text;
}

absl::Status CheckCertificate(const std::filesystem::path& file, const std::string& pem) {
  const absl::StatusOr<CertificateFacts> facts = ReadCertificate(pem);
  if (!facts.ok()) return AtFile(file, facts.status());
  if (!facts->is_elliptic) {
    return absl::InvalidArgumentError(
        file.string() + ": an ECDSA certificate was expected; with another kind TLS 1.2 would be accepted");
  }
  const Instant now = SystemClock().Now();
  if (facts->not_after <= now) {
    return absl::FailedPreconditionError(file.string() + ": the certificate expired at " +
                                         FormatInstant(facts->not_after));
  }
  if (facts->not_before > now) {
    return absl::FailedPreconditionError(file.string() + ": the certificate is not valid before " +
                                         FormatInstant(facts->not_before));
  }
  return absl::OkStatus();
}

void Watch(grpc::experimental::TlsCredentialsOptions& options, const TlsFiles& files) {
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  if (files.revocation_lists) options.set_crl_directory(files.revocation_lists->string());
}

std::shared_ptr<grpc::experimental::FileWatcherCertificateProvider> MakeProvider(const TlsFiles& files) {
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key.string(), files.certificate.string(), files.authority.string(),
      static_cast<unsigned>(files.reload_interval.count()));
}

}  // namespace

TlsFiles ReadTlsFiles(const ConfigMap& map) {
  TlsFiles files;
  files.authority = map.Path("authority");
  files.certificate = map.Path("certificate");
  files.key = map.Path("key");
  if (map.Has("revocation_lists")) files.revocation_lists = map.Path("revocation_lists");
  files.reload_interval =
      std::chrono::duration_cast<std::chrono::seconds>(map.Duration("reload_interval", files.reload_interval));
  if (files.reload_interval < std::chrono::seconds(1)) map.Fail("reload_interval", "at least 1s was expected");
  return files;
}

// gRPC says about a wrong file only that handshakes fail; the operator is told here which file is wrong and how.
absl::Status CheckTlsFiles(const TlsFiles& files) {
  const absl::StatusOr<std::string> authority = ReadPem(files.authority);
  if (!authority.ok()) return authority.status();
  if (absl::Status sound = CheckCertificate(files.authority, *authority); !sound.ok()) return sound;
  const absl::StatusOr<std::string> certificate = ReadPem(files.certificate);
  if (!certificate.ok()) return certificate.status();
  if (absl::Status sound = CheckCertificate(files.certificate, *certificate); !sound.ok()) return sound;
  const absl::StatusOr<std::string> key = ReadPem(files.key);
  if (!key.ok()) return key.status();
  if (absl::Status belongs = CheckKeyBelongs(*certificate, *key); !belongs.ok()) return AtFile(files.key, belongs);
  std::error_code error;
  if (files.revocation_lists && !std::filesystem::is_directory(*files.revocation_lists, error)) {
    return absl::NotFoundError(files.revocation_lists->string() + ": a folder of revocation lists was expected");
  }
  return absl::OkStatus();
}

void RequireTls13() {
  const char* ciphers = std::getenv(kCiphersVariable);
  if (ciphers == nullptr || ciphers != kCiphersNoEcdsaServes) {
    ::setenv(kCiphersVariable, std::string(kCiphersNoEcdsaServes).c_str(), 1);
  }
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsServerCredentials(const TlsFiles& files) {
  RequireTls13();
  if (absl::Status sound = CheckTlsFiles(files); !sound.ok()) return sound;
  grpc::experimental::TlsServerCredentialsOptions options(MakeProvider(files));
  Watch(options, files);
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsChannelCredentials(const TlsFiles& files) {
  RequireTls13();
  if (absl::Status sound = CheckTlsFiles(files); !sound.ok()) return sound;
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(MakeProvider(files));
  Watch(options, files);
  return grpc::experimental::TlsCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> InsecurePlaintextServerCredentials() {
  return grpc::InsecureServerCredentials();
}

std::shared_ptr<grpc::ChannelCredentials> InsecurePlaintextChannelCredentials() {
  return grpc::InsecureChannelCredentials();
}

}  // namespace hjerte::common
