#include "services/indicator/api/admin_service.h"

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <thread>
#include <utility>

#include "hjertegateway/v1/admin.grpc.pb.h"
#include "services/common/time_text.h"
#include "services/doors/gate.h"
#include "services/indicator/api/proto_convert.h"
#include "services/indicator/api/reason.h"
#include "services/indicator/custody/backup.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

namespace v1 = hjertegateway::v1;

std::string_view NameOf(v1::KeyKind kind) {
  switch (kind) {
    case v1::KEY_KIND_VAULT:
      return "vault";
    case v1::KEY_KIND_PSEUDONYM:
      return "pseudonym";
    case v1::KEY_KIND_VAULT_WRAPPING:
      return "vault-wrapping";
    case v1::KEY_KIND_PSEUDONYM_WRAPPING:
      return "pseudonym-wrapping";
    default:
      return {};
  }
}

// Acts take their time, one at a time, on a thread of their own: gRPC's are for answering others meanwhile.
class AdminServiceImpl final : public v1::AdminService::CallbackService {
 public:
  explicit AdminServiceImpl(AdminServiceParts parts) : parts_(std::move(parts)) {}
  ~AdminServiceImpl() override {
    if (acting_.joinable()) acting_.join();
  }

  grpc::ServerUnaryReactor* Backup(grpc::CallbackServerContext* context, const v1::BackupRequest* request,
                                   v1::BackupResponse* response) override {
    return Act(*context, "backup", "store", request->reason(), [this, response] { return MakeCopy(*response); });
  }

  grpc::ServerUnaryReactor* RotateKeys(grpc::CallbackServerContext* context, const v1::RotateKeysRequest* request,
                                       v1::RotateKeysResponse* response) override {
    const v1::KeyKind kind = request->kind();
    return Act(*context, "rotate-key", NameOf(kind), request->reason(),
               [this, kind, response] { return Rotate(kind, *response); });
  }

 private:
  using Work = std::function<absl::Status()>;

  grpc::ServerUnaryReactor* Act(grpc::CallbackServerContext& context, std::string_view action, std::string_view object,
                                const std::string& reason, Work work) {
    grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
    absl::StatusOr<doors::Caller> caller = Authorize(parts_.access, context, doors::Action::kAdminister);
    absl::Status status = caller.status();
    if (status.ok() && object.empty()) status = absl::InvalidArgumentError("kind: expected which key is exchanged");
    if (status.ok() && !IsReason(reason)) {
      status = absl::InvalidArgumentError("reason: expected why, at most 500 bytes; it is kept in the audit log");
    }
    if (!status.ok()) {
      reactor->Finish(doors::ToGrpc(status));
      return reactor;
    }
    const std::lock_guard lock(mutex_);
    if (busy_) {
      reactor->Finish(
          doors::ToGrpc(absl::UnavailableError("another act of administration is under way; try again later")));
      return reactor;
    }
    if (acting_.joinable()) acting_.join();
    busy_ = true;
    AuditRow record{.at = parts_.clock.Now(),
                    .who = caller->uri,
                    .action = std::string(action),
                    .object = std::string(object),
                    .reason = reason};
    acting_ = std::thread([this, reactor, record = std::move(record), work = std::move(work)] {
      absl::Status done = parts_.writer.Audit(record);
      if (done.ok()) done = work();
      parts_.log.Info("administered",
                      {{"who", record.who}, {"action", record.action}, {"object", record.object}, {"outcome", done}});
      {
        const std::lock_guard free(mutex_);
        busy_ = false;
      }
      reactor->Finish(doors::ToGrpc(done));
    });
    return reactor;
  }

  absl::Status MakeCopy(v1::BackupResponse& response) {
    std::error_code error;
    std::filesystem::create_directories(parts_.backup_folder, error);
    std::filesystem::permissions(parts_.backup_folder, std::filesystem::perms::owner_all, error);
    const common::Instant now = parts_.clock.Now();
    std::string stamp;
    for (const char c : common::FormatInstant(now)) {
      if (c != ':' && c != '.') stamp += c;
    }
    const std::filesystem::path target =
        parts_.backup_folder / (parts_.store_file.stem().string() + "-" + stamp + ".db");
    absl::StatusOr<Manifest> manifest = MakeBackup(parts_.store_file, target, now);
    if (!manifest.ok()) return manifest.status();
    parts_.log.Info("backup-made", {{"file", target.string()},
                                    {"commit_seq", manifest->commit_seq},
                                    {"log_head", manifest->log_head},
                                    {"audit_head", manifest->audit_head}});
    response.set_file(target.string());
    response.set_commit_seq(manifest->commit_seq);
    response.set_log_head(manifest->log_head);
    response.set_audit_head(manifest->audit_head);
    Write(now, response.mutable_made_at());
    return absl::OkStatus();
  }

  absl::Status Rotate(v1::KeyKind kind, v1::RotateKeysResponse& response) {
    if (kind == v1::KEY_KIND_VAULT || kind == v1::KEY_KIND_PSEUDONYM) {
      const absl::StatusOr<std::int64_t> changed =
          kind == v1::KEY_KIND_VAULT ? parts_.rotation.RotateVault() : parts_.rotation.RotatePseudonyms();
      if (!changed.ok()) return changed.status();
      response.set_changed(*changed);
      return absl::OkStatus();
    }
    absl::StatusOr<std::string> left = parts_.rotation.RotateWrapping(kind == v1::KEY_KIND_VAULT_WRAPPING);
    if (!left.ok()) return left.status();
    response.set_left_to_do(*std::move(left));
    return absl::OkStatus();
  }

  const AdminServiceParts parts_;
  std::mutex mutex_;
  bool busy_ = false;
  std::thread acting_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminService(AdminServiceParts parts) {
  return std::make_unique<AdminServiceImpl>(std::move(parts));
}

}  // namespace hjerte::indicator
