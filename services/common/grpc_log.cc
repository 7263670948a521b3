#include "services/common/grpc_log.h"

#include <grpc/support/log.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>
#include <utility>

#include "services/common/certificates.h"
#include "services/common/line_budget.h"

namespace hjerte::common {
namespace {

constexpr int kLinesPerSecondMax = 20;
constexpr int kReasonsMax = 1000;
// Of each thing a certificate of anybody says of itself.
constexpr std::size_t kNameLengthMax = 100;

struct Explanation {
  std::string_view sign;
  std::string_view reason;
};

// gRPC tells OpenSSL's reason for a refused certificate only where revocation lists are given, by number
// (X509_V_ERR_…), in a line before the one that says the handshake failed.
constexpr std::string_view kVerifySign = "Certificate verify failed with code ";
constexpr std::string_view kRefusedSign = "certificate verify failed";

// OpenSSL's words and what they mean here. The first that occurs decides.
constexpr Explanation kExplanations[] = {
    {kRefusedSign,
     "the peer's certificate has expired, is revoked, or is of another authority (tls: revocation_lists tells which)"},
    {"the certificate is on the revocation list", "the peer's certificate has been revoked"},
    {"the revocation list is over", "the revocation list has expired; sign it anew (hjerte certs refresh)"},
    {"no sound revocation list",
     "tls: revocation_lists: no sound list of our authority is there; nobody is let in (hjerte certs refresh)"},
    {"the certificate has no issuer of ours", "the peer's certificate is of another authority"},
    {"peer did not return a certificate", "the peer sent no certificate"},
    {"no shared cipher", "the peer speaks TLS 1.2 or older; TLS 1.3 is required"},
    {"unsupported protocol", "the peer speaks TLS 1.2 or older; TLS 1.3 is required"},
    {"alert unknown ca", "the peer does not trust our certificate's authority"},
    {"alert bad certificate", "the peer does not accept our certificate"},
    {"alert certificate expired", "the peer says our certificate has expired"},
    {"alert certificate revoked", "the peer says our certificate has been revoked"},
    {"wrong version number", "the peer did not speak TLS"},
    {"http request", "the peer spoke HTTP in plain text"},
};

// gRPC's words for a server's certificates that it could not load.
constexpr std::string_view kNotLoadedSign = "Update handshaker factory failed";

// The hook gRPC calls has no place for an argument, so the one GrpcLog of the process stands here.
std::mutex hook_mutex;
GrpcLog::Impl* hook_target = nullptr;
PeerFinder* peer_finder = nullptr;
std::int64_t failed_certificate_loads = 0;

}  // namespace

std::string_view ExplainHandshake(std::string_view message) {
  if (const std::size_t at = message.find(kVerifySign); at != std::string_view::npos) {
    int code = 0;
    const std::string_view number = message.substr(at + kVerifySign.size());
    std::from_chars(number.data(), number.data() + number.size(), code);
    return VerifyReason(code);
  }
  for (const Explanation& explanation : kExplanations) {
    if (message.find(explanation.sign) != std::string_view::npos) return explanation.reason;
  }
  return {};
}

struct GrpcLog::Impl {
  Logger log;
  LineBudget budget{kLinesPerSecondMax};
  int reasons_told = 0;  // certificates refused with their reason, whose handshake has not been told failed yet

  // One refusal is one line: after its reason, that the handshake failed says nothing new.
  bool IsToldAlready(std::string_view message) {
    if (message.find(kVerifySign) != std::string_view::npos) {
      reasons_told = std::min(reasons_told + 1, kReasonsMax);
      return false;
    }
    if (message.find(kRefusedSign) == std::string_view::npos || reasons_told == 0) return false;
    --reasons_told;
    return true;
  }

  void Refused(std::string_view reason, std::string_view certificate) {
    if (const std::optional<std::int64_t> omitted = budget.Spend()) {
      const std::string_view known = ExplainHandshake(reason);
      WriteRefused(std::string(known.empty() ? reason : known), CertificateName(certificate), *omitted);
    }
  }

  void WriteRefused(std::string reason, std::string certificate, std::int64_t omitted) const {
    const auto tell = [to = log, reason = std::move(reason), certificate = std::move(certificate),
                       omitted](std::string_view peer) {
      to.Warning("handshake_refused", {{"reason", reason},
                                       {"certificate", certificate.empty() ? "not seen" : certificate},
                                       {"peer", peer},
                                       {"lines_left_out", omitted}});
    };
    if (peer_finder != nullptr) {
      peer_finder->Find(tell);
    } else {
      tell("not known");
    }
  }

  void Write(std::string_view message) {
    if (IsToldAlready(message)) return;
    const std::optional<std::int64_t> omitted = budget.Spend();
    if (!omitted) return;
    if (const std::string_view reason = ExplainHandshake(message); !reason.empty()) {
      WriteRefused(std::string(reason), "", *omitted);
    } else {
      log.Warning("grpc", {{"message", message}, {"lines_left_out", *omitted}});
    }
  }
};

namespace {

void Receive(gpr_log_func_args* arguments) {
  if (arguments->severity != GPR_LOG_SEVERITY_ERROR) return;
  const std::lock_guard lock(hook_mutex);
  if (std::string_view(arguments->message).find(kNotLoadedSign) != std::string_view::npos) ++failed_certificate_loads;
  if (hook_target != nullptr) hook_target->Write(arguments->message);
}

}  // namespace

std::string CertificateName(std::string_view pem) {
  const absl::StatusOr<CertificateFacts> facts = ReadCertificate(pem);
  if (!facts.ok()) return "";
  std::string name = "CN=" + facts->common_name.substr(0, kNameLengthMax);
  if (!facts->uris.empty()) name += ", " + facts->uris.front().substr(0, kNameLengthMax);
  return name + ", serial " + facts->serial.substr(0, kNameLengthMax) + ", SHA-256 " + facts->fingerprint;
}

std::int64_t FailedCertificateLoads() {
  const std::lock_guard lock(hook_mutex);
  return failed_certificate_loads;
}

void AskForPeers(PeerFinder* finder) {
  const std::lock_guard lock(hook_mutex);
  peer_finder = finder;
}

void TellRefusedPeer(std::string_view reason, std::string_view certificate) {
  const std::lock_guard lock(hook_mutex);
  if (hook_target != nullptr) hook_target->Refused(reason, certificate);
}

GrpcLog::GrpcLog(const Logger& log) : impl_(std::make_unique<Impl>()) {
  impl_->log = log.For("grpc");
  const std::lock_guard lock(hook_mutex);
  hook_target = impl_.get();
  gpr_set_log_function(&Receive);
}

GrpcLog::~GrpcLog() {
  const std::lock_guard lock(hook_mutex);
  hook_target = nullptr;
  gpr_set_log_function(nullptr);
}

}  // namespace hjerte::common
