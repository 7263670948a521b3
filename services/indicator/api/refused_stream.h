#pragma once

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "services/doors/gate.h"

namespace hjerte::indicator {

// A stream that is refused as a whole; `Reactor` is gRPC's base of its kind.
template <typename Reactor>
class RefusedStream final : public Reactor {
 public:
  explicit RefusedStream(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }  // NOLINT(cppcoreguidelines-owning-memory): gRPC's pattern for reactors
};

// Ends the stream with the status, before anything was said on it; it deletes itself.
template <typename Reactor>
Reactor* RefuseStream(const absl::Status& status) {
  return new RefusedStream<Reactor>(doors::ToGrpc(status));  // NOLINT(cppcoreguidelines-owning-memory)
}

}  // namespace hjerte::indicator
