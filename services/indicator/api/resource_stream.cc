#include "services/indicator/api/resource_stream.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/doors/gate.h"
#include "services/indicator/api/reason.h"
#include "services/indicator/ingest/minimise.h"

namespace hjerte::indicator {
namespace {

namespace v1 = hjertegateway::v1;

constexpr std::size_t kReasonLeast = 10;
constexpr std::size_t kReasonMost = 200;
constexpr std::size_t kTypeMost = 64;

// gRPC calls the reactor's methods one after the other, so it needs no lock.
class ResourceStream final : public grpc::ServerWriteReactor<v1::ListResourcesResponse> {
 public:
  ResourceStream(const ExportServiceParts& parts, std::string type, std::string authority)
      : parts_(parts), type_(std::move(type)), authority_(std::move(authority)) {}

  void Begin(const doors::Caller& caller) {
    room_.emplace(parts_.answers, caller.uri);
    SendNext();
  }

  void Refuse(const absl::Status& status) { Finish(doors::ToGrpc(status)); }

  void SendNext() {
    while (resources_.empty() && !end_) {
      absl::StatusOr<ResourceSlice> slice = parts_.store.ResourcesAfter(place_, type_, authority_);
      if (!slice.ok()) return Refuse(slice.status());
      place_ = slice->last;
      end_ = slice->end;
      resources_.assign(std::make_move_iterator(slice->resources.begin()),
                        std::make_move_iterator(slice->resources.end()));
      std::size_t bytes = 0;
      for (const ResourceSlice::Resource& resource : resources_) bytes += sizeof(resource) + resource.body.size();
      if (absl::Status room = room_->Hold(static_cast<std::int64_t>(bytes)); !room.ok()) return Refuse(room);
    }
    if (resources_.empty()) return Finish(grpc::Status::OK);
    const ResourceSlice::Resource resource = std::move(resources_.front());
    resources_.pop_front();
    const absl::StatusOr<json::Document> document = json::Parse(resource.body);
    if (!document.ok()) return Refuse(absl::DataLossError("a stored resource cannot be read"));
    json::Arena arena;
    response_.set_authority(resource.authority);
    response_.set_resource_json(json::Write(Minimised(document->root(), arena)));
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override { ok ? SendNext() : Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }  // NOLINT(cppcoreguidelines-owning-memory): gRPC's pattern for reactors

 private:
  const ExportServiceParts& parts_;
  const std::string type_;
  const std::string authority_;
  std::optional<AnswerRoom::Place> room_;  // of all that is read at once, until the next is read
  ResourcePlace place_;
  std::deque<ResourceSlice::Resource> resources_;
  bool end_ = false;
  v1::ListResourcesResponse response_;
};

absl::Status CheckRequest(const v1::ListResourcesRequest& request) {
  const std::string& type = request.resource_type();
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (type.empty() || type.size() > kTypeMost || !std::all_of(type.begin(), type.end(), is_letter)) {
    return absl::InvalidArgumentError("resource_type: expected the name of a resource type, such as Observation");
  }
  // The audit log keeps it: it must be no more than what it is called.
  const std::string& authority = request.authority();
  const bool code = authority.size() == 4 && authority.find_first_not_of("0123456789") == std::string::npos;
  if (!authority.empty() && !code) {
    return absl::InvalidArgumentError("authority: expected the four digits of one, or nothing for all");
  }
  const std::size_t reason = request.reason().size();
  if (reason < kReasonLeast || reason > kReasonMost || !IsReason(request.reason())) {
    return absl::InvalidArgumentError(
        "reason: expected what the table is for, 10 to 200 bytes; it is kept in the audit log");
  }
  return absl::OkStatus();
}

// The question is in the audit log before anything is answered; without that there is no answer.
absl::Status NoteInAudit(const ExportServiceParts& parts, const doors::Caller& caller,
                         const v1::ListResourcesRequest& request) {
  AuditRow audit{.at = parts.clock.Now(),
                 .who = caller.uri,
                 .action = "list-resources",
                 .object = request.authority() + "/" + request.resource_type(),
                 .reason = request.reason()};
  return parts.writer.Execute(
      [&audit](StoreWriter& store, Merger&, std::vector<CourseUpdate>&) { return store.AppendAudit(audit); });
}

}  // namespace

grpc::ServerWriteReactor<v1::ListResourcesResponse>* StartResourceStream(const ExportServiceParts& parts,
                                                                         const grpc::CallbackServerContext& context,
                                                                         const v1::ListResourcesRequest& request) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the reactor deletes itself when it is done
  auto* stream = new ResourceStream(parts, request.resource_type(), request.authority());
  absl::StatusOr<doors::Caller> caller = Authorize(parts.access, context, doors::Action::kListResources);
  absl::Status status = caller.status();
  if (status.ok()) status = CheckRequest(request);
  if (status.ok()) status = NoteInAudit(parts, *caller, request);
  if (status.ok()) {
    stream->Begin(*caller);
  } else {
    stream->Refuse(status);
  }
  return stream;
}

}  // namespace hjerte::indicator
