#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/common/clock.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace hjerte::common {

class ConfigMap;

// The PEM files of one side of a mutual TLS connection.
struct TlsFiles {
  std::filesystem::path authority;    // certificates of those whose signature is trusted
  std::filesystem::path certificate;  // own certificate (chain)
  std::filesystem::path key;          // own private key
  // Folder of revocation lists named <subject hash>.r0 (certificates.h) and on; without it nothing is revoked. Where it
  // is named, nobody is let in without a sound list of the authority that signed the peer's certificate.
  std::optional<std::filesystem::path> revocation_lists{};
  // How often the files are read again; a renewed certificate is taken into use without a restart.
  std::chrono::seconds reload_interval{30};
};

// Reads the keys `authority`, `certificate`, `key`, `revocation_lists` and `reload_interval` of a configuration's
// `tls:` mapping.
TlsFiles ReadTlsFiles(const ConfigMap& map);

// Whether the files are there and can serve: PEM, ECDSA, valid today, key and certificate of one another, a revocation
// list of each authority where lists are named. The error names the file.
absl::Status CheckTlsFiles(const TlsFiles& files);

// When the program's own certificate expires.
absl::StatusOr<Instant> EndOfCertificate(const TlsFiles& files);

// When the revocation lists expire that are named, which they must be (EndOfLists): nobody is let in from then on.
absl::StatusOr<Instant> EndOfRevocationLists(const TlsFiles& files);

// Follows the revocation lists of `files`, which must name them. Of one thread.
class RevocationWatch {
 public:
  explicit RevocationWatch(TlsFiles files) : files_(std::move(files)) {}

  // Reads the lists again: whether they are others than the last time they could be read.
  bool Changed();
  // Whether the chain (PEM, the peer's own certificate first) is taken back by the lists read last.
  bool TakesBack(std::string_view chain) const;

 private:
  TlsFiles files_;
  std::string authorities_;
  std::vector<std::string> lists_;
};

// Makes TLS 1.2 impossible in this process: gRPC 1.51 has no minimum version, so its cipher list for 1.2 is set to one
// that no ECDSA certificate can serve. Must run before the first use of gRPC and before other threads; call it first in
// main.
void RequireTls13();

// Credentials that demand a certificate of the other side, signed by `authority`, and speak TLS 1.3 only. Fails with
// the file's name when a file is missing, not PEM, expired today, not ECDSA, or key and certificate do not belong
// together.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsServerCredentials(const TlsFiles& files);
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsChannelCredentials(const TlsFiles& files);

// No encryption and no identity: for `insecure_plaintext: true` in a configuration and for tests.
std::shared_ptr<grpc::ServerCredentials> InsecurePlaintextServerCredentials();
std::shared_ptr<grpc::ChannelCredentials> InsecurePlaintextChannelCredentials();

}  // namespace hjerte::common
