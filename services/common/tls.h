#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/common/certificates.h"
#include "services/common/clock.h"
#include "services/common/log.h"

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

// What the files hold.
struct TlsTexts {
  std::string authority;
  std::string certificate;
  std::string key;
  bool operator==(const TlsTexts&) const = default;
};

// The texts of files that are there and can serve: PEM, ECDSA, valid today, key and certificate of one another. The
// error names the file.
absl::StatusOr<TlsTexts> ReadTlsTexts(const TlsFiles& files);

// Whether the files can serve (ReadTlsTexts) and, where lists are named, hold a revocation list of each authority. The
// error names the file.
absl::Status CheckTlsFiles(const TlsFiles& files);

// When the program's own certificate expires.
absl::StatusOr<Instant> EndOfCertificate(const TlsFiles& files);

// When the revocation lists expire that are named, which they must be (EndOfLists): nobody is let in from then on.
absl::StatusOr<Instant> EndOfRevocationLists(const TlsFiles& files);

// The revocation lists that a program's files name, read anew with every question. The newest of each issuer that was
// read counts while the program runs, though its file goes or an older one takes its place. From any thread.
class RevocationLists {
 public:
  // What is to be judged by.
  struct State {
    std::string authorities;  // PEM
    std::vector<std::string> lists;
    // Of those, the ones that the folder holds no more; they stand last.
    std::vector<IssuedLists> withdrawn;
  };

  // `files` must name them.
  explicit RevocationLists(const TlsFiles& files);

  // FailedPrecondition when the folder, or what lies in it, cannot be read. `chain` holds further issuers.
  absl::StatusOr<State> Read(std::string_view chain = "");
  // Errors of Read and of CheckNotRevoked, by the folder alone and by what was read before: a folder without a sound
  // list lets nobody in.
  absl::Status Check(std::string_view chain);

  const std::filesystem::path& folder() const { return folder_; }
  std::chrono::seconds reload_interval() const { return reload_interval_; }

 private:
  const std::filesystem::path authority_;
  const std::filesystem::path folder_;
  const std::chrono::seconds reload_interval_;
  std::mutex mutex_;
  std::map<std::string, IssuedLists> newest_;  // by issuer
};

// Those of `files`; null where they name none.
std::shared_ptr<RevocationLists> RevocationListsOf(const TlsFiles& files);

// Follows revocation lists. Of one thread.
class RevocationWatch {
 public:
  explicit RevocationWatch(std::shared_ptr<RevocationLists> lists) : lists_(std::move(lists)) {}

  // Reads the lists again: whether they are others than the last time they could be read.
  bool Changed();
  // Whether the chain (PEM, the peer's own certificate first) is taken back by the lists read last.
  bool TakesBack(std::string_view chain) const;
  // Of the lists read last, those that count and lie in the folder no more.
  const std::vector<IssuedLists>& Withdrawn() const { return state_.withdrawn; }
  const RevocationLists& lists() const { return *lists_; }

 private:
  std::shared_ptr<RevocationLists> lists_;
  RevocationLists::State state_;
};

// Makes TLS 1.2 impossible in this process: gRPC 1.51 has no minimum version, so its cipher list for 1.2 is set to one
// that no ECDSA certificate can serve. Must run before the first use of gRPC and before other threads; call it first in
// main.
void RequireTls13();

// Credentials that demand a certificate of the other side, signed by `authority`, and speak TLS 1.3 only. Fails with
// the file's name when a file is missing, not PEM, expired today, not ECDSA, or key and certificate do not belong
// together. `lists`: those of the files, where somebody else reads them too. `log` is told when a server goes on with
// the certificates there were, since those of the files cannot serve.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsServerCredentials(
    const TlsFiles& files, std::shared_ptr<RevocationLists> lists = nullptr, const Logger& log = {});
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsChannelCredentials(const TlsFiles& files);

// No encryption and no identity: for `insecure_plaintext: true` in a configuration and for tests.
std::shared_ptr<grpc::ServerCredentials> InsecurePlaintextServerCredentials();
std::shared_ptr<grpc::ChannelCredentials> InsecurePlaintextChannelCredentials();

}  // namespace hjerte::common
