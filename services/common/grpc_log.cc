#include "services/common/grpc_log.h"

#include <grpc/support/log.h>

#include <atomic>
#include <chrono>
#include <mutex>

namespace hjerte::common {
namespace {

constexpr int kLinesPerSecondMax = 20;

struct Explanation {
  std::string_view sign;
  std::string_view reason;
};

// OpenSSL's words and what they mean here. The first that occurs decides.
constexpr Explanation kExplanations[] = {
    {"Certificate verify failed with code 23", "the peer's certificate has been revoked"},
    {"Certificate verify failed with code 3", "there is no revocation list for the peer's authority"},
    {"Certificate verify failed with code 12", "the revocation list has expired; sign it anew (hjerte certs refresh)"},
    {"certificate verify failed", "the peer's certificate has expired, is revoked, or is of another authority"},
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

std::string_view Explain(std::string_view message) {
  for (const Explanation& explanation : kExplanations) {
    if (message.find(explanation.sign) != std::string_view::npos) return explanation.reason;
  }
  return {};
}

// The hook gRPC calls has no place for an argument, so the one GrpcLog of the process stands here.
std::mutex hook_mutex;
GrpcLog::Impl* hook_target = nullptr;

}  // namespace

struct GrpcLog::Impl {
  Logger log;
  std::chrono::steady_clock::time_point second_began{};
  int lines = 0;
  std::int64_t left_out = 0;

  bool MayWrite() {
    const auto now = std::chrono::steady_clock::now();
    if (now - second_began >= std::chrono::seconds(1)) {
      second_began = now;
      lines = 0;
    }
    return ++lines <= kLinesPerSecondMax;
  }

  void Write(std::string_view message) {
    if (!MayWrite()) {
      ++left_out;
      return;
    }
    const std::int64_t omitted = std::exchange(left_out, 0);
    if (const std::string_view reason = Explain(message); !reason.empty()) {
      log.Warning("handshake_refused", {{"reason", reason}, {"lines_left_out", omitted}});
    } else {
      log.Warning("grpc", {{"message", message}, {"lines_left_out", omitted}});
    }
  }
};

namespace {

void Receive(gpr_log_func_args* arguments) {
  if (arguments->severity != GPR_LOG_SEVERITY_ERROR) return;
  const std::lock_guard lock(hook_mutex);
  if (hook_target != nullptr) hook_target->Write(arguments->message);
}

}  // namespace

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
