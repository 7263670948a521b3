#include "services/indicator/authorize.h"

namespace hjerte::indicator {

absl::StatusOr<Caller> Identify(const AccessTable& table, const grpc::CallbackServerContext& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr) return absl::UnauthenticatedError("no certificate");
  absl::StatusOr<common::Identity> identity = common::PeerIdentity(*auth);
  if (!identity.ok()) return identity.status();
  return table.Find(*identity);
}

absl::StatusOr<Caller> Authorize(const AccessTable& table, const grpc::CallbackServerContext& context, Action action) {
  absl::StatusOr<Caller> caller = Identify(table, context);
  if (caller.ok() && !caller->May(action)) {
    return absl::PermissionDeniedError("the role " + std::string(RoleName(caller->role)) + " may not do this");
  }
  return caller;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

}  // namespace hjerte::indicator
