#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/doors/callers.h"

namespace hjerte::doors {

// What stands before every call of a server, those of gRPC's own services and those nobody serves among them: a call
// goes on when its caller is among the identities and the table opens the call to its role. Set it on the server's
// credentials. `callers` must outlive the server.
std::shared_ptr<grpc::AuthMetadataProcessor> MakeGate(const CallerTable& callers);

// The caller behind a call, if it may do `action`. Unauthenticated without a usable certificate, PermissionDenied when
// the identity is unknown or its role may not.
absl::StatusOr<Caller> Authorize(const CallerTable& callers, const grpc::CallbackServerContext& context, Action action);

// The caller whatever it may: for calls that judge by themselves.
absl::StatusOr<Caller> Identify(const CallerTable& callers, const grpc::CallbackServerContext& context);

// PermissionDenied with the text `why`, and a line for the operator: who wanted what. For calls that judge by
// themselves.
absl::Status RefuseCall(const CallerTable& callers, const Caller& caller, Action action, std::string_view why);

// The same status for gRPC; codes are the same numbers.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace hjerte::doors
