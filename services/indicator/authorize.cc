#include "services/indicator/authorize.h"

namespace hjerte::indicator {

absl::StatusOr<Caller> Identify(const AccessTable& table, const grpc::CallbackServerContext& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr) return absl::UnauthenticatedError("no certificate");
  absl::StatusOr<common::Identity> identity = common::PeerIdentity(*auth);
  if (!identity.ok()) {
    table.NoteRefused("a certificate without an identity of ours", "none", "any call");
    return identity.status();
  }
  absl::StatusOr<Caller> caller = table.Find(*identity);
  if (!caller.ok()) table.NoteRefused(identity->uri, "not among the identities of the configuration", "any call");
  return caller;
}

absl::StatusOr<Caller> Authorize(const AccessTable& table, const grpc::CallbackServerContext& context, Action action) {
  absl::StatusOr<Caller> caller = Identify(table, context);
  if (caller.ok() && !caller->May(action)) {
    return RefuseCall(table, *caller, action, "the role " + std::string(RoleName(caller->role)) + " may not do this");
  }
  return caller;
}

absl::Status RefuseCall(const AccessTable& table, const Caller& caller, Action action, std::string_view why) {
  table.NoteRefused(caller.uri, RoleName(caller.role), ActionName(action));
  return absl::PermissionDeniedError(absl::string_view(why.data(), why.size()));
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

}  // namespace hjerte::indicator
