#include "services/doors/gate.h"

#include <optional>
#include <string>

namespace hjerte::doors {
namespace {

constexpr const char* kPath = ":path";

std::string ChainOf(const grpc::AuthContext& context) {
  std::string chain;
  for (const char* property : {GRPC_X509_PEM_CERT_PROPERTY_NAME, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME}) {
    for (const grpc::string_ref& pem : context.FindPropertyValues(property)) chain.append(pem.data(), pem.size());
  }
  return chain;
}

absl::StatusOr<Caller> CallerOf(const CallerTable& callers, const grpc::AuthContext& context) {
  absl::StatusOr<common::Identity> identity = common::PeerIdentity(context);
  if (!identity.ok()) {
    callers.NoteStranger("a certificate without an identity of ours", ChainOf(context));
    return identity.status();
  }
  absl::StatusOr<Caller> caller = callers.Find(*identity);
  if (!caller.ok()) callers.NoteStranger(identity->uri, ChainOf(context));
  return caller;
}

absl::Status RefuseRole(const CallerTable& callers, const Caller& caller, Action action) {
  return RefuseCall(callers, caller, action, "the role " + std::string(RoleName(caller.role)) + " may not do this");
}

absl::Status MayCall(const CallerTable& callers, const grpc::AuthContext& context, std::string_view route) {
  const absl::StatusOr<Caller> caller = CallerOf(callers, context);
  if (!caller.ok()) return caller.status();
  if (IsOpen(Listener::kCalls, route, caller->role)) return absl::OkStatus();
  if (const std::optional<Action> purpose = PurposeOf(Listener::kCalls, route)) {
    return RefuseRole(callers, *caller, *purpose);
  }
  callers.NoteRefused(caller->uri, RoleName(caller->role), "a call that nobody serves");
  return absl::PermissionDeniedError("there is no such call");
}

class Gate final : public grpc::AuthMetadataProcessor {
 public:
  explicit Gate(const CallerTable& callers) : callers_(callers) {}

  // A look into two small tables: not worth a thread of its own.
  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata* /*consumed*/,
                       OutputMetadata* /*response*/) override {
    const auto path = metadata.find(kPath);
    const std::string_view route =
        path == metadata.end() ? std::string_view() : std::string_view(path->second.data(), path->second.size());
    return ToGrpc(MayCall(callers_, *context, route));
  }

 private:
  const CallerTable& callers_;
};

}  // namespace

std::shared_ptr<grpc::AuthMetadataProcessor> MakeGate(const CallerTable& callers) {
  return std::make_shared<Gate>(callers);
}

absl::StatusOr<Caller> Identify(const CallerTable& callers, const grpc::CallbackServerContext& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr) return absl::UnauthenticatedError("no certificate");
  callers.NoteCaller(context.peer(), ChainOf(*auth));
  return CallerOf(callers, *auth);
}

absl::StatusOr<Caller> Authorize(const CallerTable& callers, const grpc::CallbackServerContext& context,
                                 Action action) {
  absl::StatusOr<Caller> caller = Identify(callers, context);
  if (caller.ok() && !caller->May(action)) return RefuseRole(callers, *caller, action);
  return caller;
}

absl::Status RefuseCall(const CallerTable& callers, const Caller& caller, Action action, std::string_view why) {
  callers.NoteRefused(caller.uri, RoleName(caller.role), ActionName(action));
  return absl::PermissionDeniedError(absl::string_view(why.data(), why.size()));
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

}  // namespace hjerte::doors
