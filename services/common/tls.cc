#include "services/common/tls.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "services/common/certificates.h"
#include "services/common/config.h"
#include "services/common/grpc_log.h"
#include "services/common/served_certificates.h"
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

// "<hash>.r0" and on, as OpenSSL names revocation lists.
bool IsNamedAsList(const std::filesystem::path& file) {
  const std::string end = file.extension().string();
  return end.size() > 2 && end.starts_with(".r") &&
         std::all_of(end.begin() + 2, end.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What bears the name of a list must be one that can be read: it might be the one that takes a certificate back.
absl::StatusOr<std::vector<std::string>> ReadLists(const std::filesystem::path& folder) {
  std::vector<std::string> lists;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!IsNamedAsList(entry.path())) continue;
    absl::StatusOr<std::string> pem = ReadPem(entry.path());
    if (!pem.ok())
      return absl::FailedPreconditionError("no sound revocation list: " + std::string(pem.status().message()));
    lists.push_back(*std::move(pem));
  }
  if (error) return absl::FailedPreconditionError("no sound revocation list: the folder cannot be read");
  return lists;
}

// What is asked of a peer beside what gRPC has looked at.
struct PeerRules {
  std::filesystem::path authority;
  std::shared_ptr<RevocationLists> lists;  // null: nothing is revoked
  // What the credentials serve with, kept for as long as they are; null: something else.
  std::shared_ptr<ServedCertificates> served = nullptr;
  // Its chain is to be checked too: gRPC looked at nothing.
  bool whole_chain = false;
  // What is asked before; null: nothing.
  std::shared_ptr<grpc::experimental::CertificateVerifier> before = nullptr;
};

// gRPC 1.51 does not tell which certificate it refused, and lets everybody in when it finds no revocation list of the
// peer's authority, or none it can read. So each connection is judged here, by what is in the files now.
class PeerVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit PeerVerifier(PeerRules rules) : rules_(std::move(rules)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* sync_status) override {
    if (rules_.before != nullptr) rules_.before->Verify(request, nullptr, sync_status);
    if (!sync_status->ok()) return true;
    // On the side of a server OpenSSL's chain begins behind the peer's own certificate.
    const std::string own(request->peer_cert().data(), request->peer_cert().size());
    const std::string chain = own + std::string(request->peer_cert_full_chain().data(),  //
                                                request->peer_cert_full_chain().size());
    const absl::Status sound = Judge(chain);
    if (sound.ok()) return true;
    TellRefusedPeer({sound.message().data(), sound.message().size()}, own);
    *sync_status = {grpc::StatusCode::UNAUTHENTICATED, "the certificate is refused"};
    return true;
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  absl::Status Judge(std::string_view chain) const {
    if (rules_.whole_chain) {
      const absl::StatusOr<std::string> authorities = ReadPem(rules_.authority);
      if (!authorities.ok()) return authorities.status();
      if (absl::Status sound = CheckClientChain(chain, *authorities); !sound.ok()) return sound;
    }
    return rules_.lists != nullptr ? rules_.lists->Check(chain) : absl::OkStatus();
  }

  const PeerRules rules_;
};

void AskPeer(grpc::experimental::TlsCredentialsOptions& options, PeerRules rules) {
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<PeerVerifier>(std::move(rules)));
}

void Watch(grpc::experimental::TlsCredentialsOptions& options) {
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
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
absl::StatusOr<TlsTexts> ReadTlsTexts(const TlsFiles& files) {
  absl::StatusOr<std::string> authority = ReadPem(files.authority);
  if (!authority.ok()) return authority.status();
  if (absl::Status sound = CheckCertificate(files.authority, *authority); !sound.ok()) return sound;
  absl::StatusOr<std::string> certificate = ReadPem(files.certificate);
  if (!certificate.ok()) return certificate.status();
  if (absl::Status sound = CheckCertificate(files.certificate, *certificate); !sound.ok()) return sound;
  absl::StatusOr<std::string> key = ReadPem(files.key);
  if (!key.ok()) return key.status();
  if (absl::Status belongs = CheckKeyBelongs(*certificate, *key); !belongs.ok()) return AtFile(files.key, belongs);
  return TlsTexts{.authority = *std::move(authority), .certificate = *std::move(certificate), .key = *std::move(key)};
}

absl::Status CheckTlsFiles(const TlsFiles& files) {
  if (absl::Status sound = ReadTlsTexts(files).status(); !sound.ok()) return sound;
  std::error_code error;
  if (files.revocation_lists && !std::filesystem::is_directory(*files.revocation_lists, error)) {
    return absl::NotFoundError(files.revocation_lists->string() + ": a folder of revocation lists was expected");
  }
  // One that has expired may be renewed while the program runs.
  return files.revocation_lists ? EndOfRevocationLists(files).status() : absl::OkStatus();
}

absl::StatusOr<Instant> EndOfCertificate(const TlsFiles& files) {
  const absl::StatusOr<TlsTexts> texts = ReadTlsTexts(files);
  if (!texts.ok()) return texts.status();
  const absl::StatusOr<CertificateFacts> facts = ReadCertificate(texts->certificate);
  if (!facts.ok()) return AtFile(files.certificate, facts.status());
  return facts->not_after;
}

absl::StatusOr<Instant> EndOfRevocationLists(const TlsFiles& files) {
  const absl::StatusOr<std::string> authorities = ReadPem(files.authority);
  if (!authorities.ok()) return authorities.status();
  const absl::StatusOr<std::vector<std::string>> lists = ReadLists(*files.revocation_lists);
  if (!lists.ok()) return AtFile(*files.revocation_lists, lists.status());
  const absl::StatusOr<Instant> end = EndOfLists(*authorities, *lists);
  return end.ok() ? end : AtFile(*files.revocation_lists, end.status());
}

RevocationLists::RevocationLists(const TlsFiles& files)
    : authority_(files.authority), folder_(*files.revocation_lists), reload_interval_(files.reload_interval) {}

absl::StatusOr<RevocationLists::State> RevocationLists::Read(std::string_view chain) {
  absl::StatusOr<std::string> authorities = ReadPem(authority_);
  if (!authorities.ok()) return authorities.status();
  absl::StatusOr<std::vector<std::string>> lists = ReadLists(folder_);
  if (!lists.ok()) return lists.status();
  const auto there = NewestLists(*authorities + "\n" + std::string(chain), *lists, SystemClock().Now());
  if (!there.ok()) return there.status();
  State state{.authorities = *std::move(authorities), .lists = *std::move(lists), .withdrawn = {}};
  const std::lock_guard lock(mutex_);
  for (const IssuedLists& issued : *there) {
    IssuedLists& newest = newest_.try_emplace(issued.issuer, issued).first->second;
    if (!issued.lists.empty() && (newest.lists.empty() || issued.begins > newest.begins)) newest = issued;
    IssuedLists gone{.issuer = issued.issuer, .begins = newest.begins, .lists = {}};
    const bool some_are_there = issued.begins == newest.begins;
    for (const std::string& list : newest.lists) {
      if (!some_are_there || !issued.lists.contains(list)) gone.lists.insert(list);
    }
    if (some_are_there) newest.lists.insert(issued.lists.begin(), issued.lists.end());
    if (gone.lists.empty()) continue;
    state.lists.insert(state.lists.end(), gone.lists.begin(), gone.lists.end());
    state.withdrawn.push_back(std::move(gone));
  }
  return state;
}

absl::Status RevocationLists::Check(std::string_view chain) {
  absl::StatusOr<State> state = Read(chain);
  if (!state.ok()) return state.status();
  absl::Status sound = CheckNotRevoked(chain, state->authorities, state->lists, SystemClock().Now());
  if (!sound.ok() || state->withdrawn.empty()) return sound;
  for (const IssuedLists& gone : state->withdrawn) state->lists.resize(state->lists.size() - gone.lists.size());
  return CheckNotRevoked(chain, state->authorities, state->lists, SystemClock().Now());
}

std::shared_ptr<RevocationLists> RevocationListsOf(const TlsFiles& files) {
  return files.revocation_lists ? std::make_shared<RevocationLists>(files) : nullptr;
}

bool RevocationWatch::Changed() {
  absl::StatusOr<RevocationLists::State> state = lists_->Read();
  if (!state.ok()) return false;
  std::sort(state->lists.begin(), state->lists.end());
  const bool same = state->authorities == state_.authorities && state->lists == state_.lists &&
                    state->withdrawn.size() == state_.withdrawn.size();
  if (same) return false;
  state_ = *std::move(state);
  return true;
}

bool RevocationWatch::TakesBack(std::string_view chain) const {
  return absl::IsPermissionDenied(CheckNotRevoked(chain, state_.authorities, state_.lists, SystemClock().Now()));
}

void RequireTls13() {
  const char* ciphers = std::getenv(kCiphersVariable);
  if (ciphers == nullptr || ciphers != kCiphersNoEcdsaServes) {
    ::setenv(kCiphersVariable, std::string(kCiphersNoEcdsaServes).c_str(), 1);
  }
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsServerCredentials(const TlsFiles& files,
                                                                              std::shared_ptr<RevocationLists> lists,
                                                                              const Logger& log) {
  RequireTls13();
  if (absl::Status sound = CheckTlsFiles(files); !sound.ok()) return sound;
  absl::StatusOr<std::shared_ptr<ServedCertificates>> served = ServedCertificates::Follow(files, log);
  if (!served.ok()) return served.status();
  grpc::experimental::TlsServerCredentialsOptions options((*served)->provider());
  Watch(options);
  if (lists == nullptr) lists = RevocationListsOf(files);
  AskPeer(options,
          {.authority = files.authority, .lists = std::move(lists), .served = *std::move(served), .whole_chain = true});
  // By us (PeerVerifier), before a byte of HTTP/2 is read.
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsChannelCredentials(const TlsFiles& files) {
  RequireTls13();
  if (absl::Status sound = CheckTlsFiles(files); !sound.ok()) return sound;
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key.string(), files.certificate.string(), files.authority.string(),
      static_cast<unsigned>(files.reload_interval.count())));
  Watch(options);
  if (files.revocation_lists) {
    options.set_crl_directory(files.revocation_lists->string());
    AskPeer(options, {.authority = files.authority,
                      .lists = RevocationListsOf(files),
                      .before = std::make_shared<grpc::experimental::HostNameCertificateVerifier>()});
  }
  return grpc::experimental::TlsCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> InsecurePlaintextServerCredentials() {
  return grpc::InsecureServerCredentials();
}

std::shared_ptr<grpc::ChannelCredentials> InsecurePlaintextChannelCredentials() {
  return grpc::InsecureChannelCredentials();
}

}  // namespace hjerte::common
