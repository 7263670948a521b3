#pragma once

#include <grpcpp/grpcpp.h>

#include <string_view>

#include "absl/status/statusor.h"
#include "services/indicator/access.h"

namespace hjerte::indicator {

// The caller behind a call, if the table lets it do `action`. Unauthenticated without a usable certificate,
// PermissionDenied when the identity is unknown or its role may not.
absl::StatusOr<Caller> Authorize(const AccessTable& table, const grpc::CallbackServerContext& context, Action action);

// The caller whatever it may: for calls that judge by themselves.
absl::StatusOr<Caller> Identify(const AccessTable& table, const grpc::CallbackServerContext& context);

// PermissionDenied with the text `why`, and a line for the operator: who wanted what. For calls that judge by
// themselves.
absl::Status RefuseCall(const AccessTable& table, const Caller& caller, Action action, std::string_view why);

// The same status for gRPC; codes are the same numbers.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace hjerte::indicator
