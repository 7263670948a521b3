#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "services/doors/gate.h"
#include "services/indicator/api/answer_room.h"

namespace hjerte::indicator {

// A call with one answer, which has its place in the room until its reader has taken it. It deletes itself.
class CountedAnswer final : public grpc::ServerUnaryReactor {
 public:
  // Takes the place of an answer of so many bytes; ends nothing.
  absl::Status Hold(AnswerRoom& room, const doors::Caller& caller, std::int64_t bytes) {
    return place_.emplace(room, caller.uri).Hold(bytes);
  }
  // Ends the call; with its answer, if the status is OK.
  void End(const absl::Status& status) { Finish(doors::ToGrpc(status)); }
  // Ends the call with the answer that gRPC was given to fill, if there is room for it.
  void Answer(AnswerRoom& room, const doors::Caller& caller, const google::protobuf::Message& answer) {
    End(Hold(room, caller, static_cast<std::int64_t>(answer.SpaceUsedLong() + answer.ByteSizeLong())));
  }

  void OnDone() override { delete this; }  // NOLINT(cppcoreguidelines-owning-memory): gRPC's pattern for reactors

 private:
  std::optional<AnswerRoom::Place> place_;
};

}  // namespace hjerte::indicator
