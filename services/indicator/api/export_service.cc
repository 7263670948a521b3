#include "services/indicator/api/export_service.h"

#include <grpcpp/grpcpp.h>

#include <deque>
#include <mutex>
#include <utility>

#include "absl/strings/numbers.h"
#include "hjertegateway/v1/export.grpc.pb.h"
#include "services/common/crash_point.h"
#include "services/common/crypto.h"
#include "services/doors/gate.h"
#include "services/indicator/api/proto_convert.h"
#include "services/indicator/api/reason.h"
#include "services/indicator/api/refused_stream.h"
#include "services/indicator/api/resource_stream.h"

namespace hjerte::indicator {
namespace {

namespace v1 = hjertegateway::v1;

// Changes read from the store at once.
constexpr std::size_t kChangesRead = 256;

v1::ChangeKind ToProto(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kRecord:
      return v1::CHANGE_KIND_RECORD;
    case ChangeKind::kCorrection:
      return v1::CHANGE_KIND_CORRECTION;
    case ChangeKind::kRetraction:
      return v1::CHANGE_KIND_RETRACTION;
  }
  return v1::CHANGE_KIND_UNSPECIFIED;
}

// What they take in memory.
std::int64_t BytesOf(const std::deque<ChangeRow>& rows) {
  std::size_t bytes = 0;
  for (const ChangeRow& row : rows) bytes += sizeof(row) + row.record.size();
  return static_cast<std::int64_t>(bytes);
}

// A cursor is "<store id>-<position in the feed>"; to the consumer it is opaque.
std::string FormatCursor(const std::string& store_id, std::int64_t change_seq) {
  return store_id + "-" + std::to_string(change_seq);
}

// The position a cursor names; 0 for an empty one. OutOfRange when the store has never given it.
absl::StatusOr<std::int64_t> ReadCursor(const ExportServiceParts& parts, const std::string& cursor) {
  if (cursor.empty()) return 0;
  const std::size_t hyphen = cursor.rfind('-');
  std::int64_t position = 0;
  if (hyphen == std::string::npos || !absl::SimpleAtoi(cursor.substr(hyphen + 1), &position) || position < 1) {
    return absl::InvalidArgumentError("cursor: not one this service gave");
  }
  const absl::Status unknown = absl::OutOfRangeError(
      "cursor: of another store, or of a state this store was set back from; subscribe from the beginning");
  if (cursor.substr(0, hyphen) != parts.store_id) return unknown;
  absl::StatusOr<std::vector<ChangeRow>> row = parts.store.ChangesAfter(position - 1, 1);
  if (!row.ok()) return row.status();
  if (row->empty() || row->front().change_seq != position) return unknown;
  return position;
}

// One Subscribe stream: reads the feed in slices, sends row by row, and waits for the next commit when it has caught up
// and is to follow.
class SubscribeStream final : public grpc::ServerWriteReactor<v1::SubscribeResponse>,
                              public std::enable_shared_from_this<SubscribeStream> {
 public:
  SubscribeStream(const ExportServiceParts& parts, const doors::Caller& caller, std::int64_t position, bool follow)
      : parts_(parts),
        with_cpr_(caller.May(doors::Action::kExportCpr)),
        follow_(follow),
        place_(parts.answers, caller.uri),
        position_(position) {}

  void Begin() {
    self_ = shared_from_this();
    if (follow_) {
      listener_ = parts_.notifier.Add([weak = weak_from_this()] {
        if (const std::shared_ptr<SubscribeStream> stream = weak.lock()) stream->Changed();
      });
    }
    const std::lock_guard lock(mutex_);
    SendNext();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) broken_ = true;
    if (broken_) return FinishWith(grpc::Status::CANCELLED);
    SendNext();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    if (!writing_) FinishWith(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    if (follow_) parts_.notifier.Remove(listener_);
    // A notification that is under way may be the last to leave the stream, and must have seen what gRPC's last call
    // did.
    std::shared_ptr<SubscribeStream> self;
    const std::lock_guard lock(mutex_);
    self = std::move(self_);
  }

 private:
  void Changed() {
    const std::lock_guard lock(mutex_);
    if (!writing_ && !broken_ && !finished_) SendNext();
  }

  void SendNext() {
    if (rows_.empty()) {
      absl::StatusOr<std::vector<ChangeRow>> rows = parts_.store.ChangesAfter(position_, kChangesRead);
      if (!rows.ok()) return FinishWith(doors::ToGrpc(rows.status()));
      rows_.assign(std::make_move_iterator(rows->begin()), std::make_move_iterator(rows->end()));
      if (absl::Status room = place_.Hold(BytesOf(rows_)); !room.ok()) return FinishWith(doors::ToGrpc(room));
    }
    if (rows_.empty()) {
      if (!follow_) FinishWith(grpc::Status::OK);
      return;
    }
    const ChangeRow row = std::move(rows_.front());
    rows_.pop_front();
    common::PassCrashPoint(common::CrashPoint::kFeedRead);
    if (absl::Status status = Fill(row); !status.ok()) return FinishWith(doors::ToGrpc(status));
    position_ = row.change_seq;
    writing_ = true;
    StartWrite(&response_);
  }

  absl::Status Fill(const ChangeRow& row) {
    response_.Clear();
    response_.set_cursor(FormatCursor(parts_.store_id, row.change_seq));
    response_.set_commit_seq(row.commit_seq);
    Write(row.committed_at, response_.mutable_committed_at());
    response_.set_kind(ToProto(row.kind));
    response_.mutable_course()->set_authority(row.authority);
    response_.mutable_course()->set_course_key(row.course_key);
    response_.set_course_record_json(row.record);
    if (!with_cpr_) return absl::OkStatus();
    absl::StatusOr<VaultRow> sealed = parts_.store.Vault(row.citizen);
    if (!sealed.ok()) return sealed.status();
    absl::StatusOr<std::string> number = parts_.keys.OpenNumber(*sealed);
    if (!number.ok()) return number.status();
    response_.set_cpr(number->substr(number->rfind('|') + 1));
    return absl::OkStatus();
  }

  void FinishWith(const grpc::Status& status) {
    if (finished_) return;
    finished_ = true;
    Finish(status);
  }

  const ExportServiceParts& parts_;
  const bool with_cpr_;
  const bool follow_;
  std::int64_t listener_ = 0;
  std::mutex mutex_;
  AnswerRoom::Place place_;  // of all that is read at once, until the next is read
  std::int64_t position_;
  std::deque<ChangeRow> rows_;
  v1::SubscribeResponse response_;
  bool writing_ = false;
  bool broken_ = false;
  bool finished_ = false;
  std::shared_ptr<SubscribeStream> self_;
};

class ExportServiceImpl final : public v1::ExportService::CallbackService {
 public:
  explicit ExportServiceImpl(ExportServiceParts parts) : parts_(std::move(parts)) {}

  grpc::ServerWriteReactor<v1::SubscribeResponse>* Subscribe(grpc::CallbackServerContext* context,
                                                             const v1::SubscribeRequest* request) override {
    absl::StatusOr<doors::Caller> caller = Authorize(parts_.access, *context, doors::Action::kExport);
    absl::Status status = caller.status();
    std::int64_t position = 0;
    if (status.ok()) {
      absl::StatusOr<std::int64_t> read = ReadCursor(parts_, request->cursor());
      status = read.status();
      if (read.ok()) position = *read;
    }
    if (status.ok()) status = Note(*caller, *request, position);
    if (!status.ok()) return RefuseStream<grpc::ServerWriteReactor<v1::SubscribeResponse>>(status);
    auto stream = std::make_shared<SubscribeStream>(parts_, *caller, position, request->follow());
    stream->Begin();
    return stream.get();
  }

  grpc::ServerWriteReactor<v1::ListResourcesResponse>* ListResources(grpc::CallbackServerContext* context,
                                                                     const v1::ListResourcesRequest* request) override {
    return StartResourceStream(parts_, *context, *request);
  }

 private:
  // Who takes course records out, with or without citizens' numbers, stands in the audit log before the first leaves.
  absl::Status Note(const doors::Caller& caller, const v1::SubscribeRequest& request, std::int64_t position) const {
    const bool with_cpr = caller.May(doors::Action::kExportCpr);
    if (request.reason().size() > kReasonBytesMax || (with_cpr && !IsReason(request.reason()))) {
      return absl::InvalidArgumentError(
          "reason: expected why records with citizens' numbers are taken out, at most 500 bytes; it is kept in the "
          "audit log");
    }
    return parts_.writer.Audit(
        {.at = parts_.clock.Now(),
         .who = caller.uri,
         .action = with_cpr ? "export-with-cpr" : "export",
         .object = "changes after " + std::to_string(position) + (request.follow() ? ", followed" : ""),
         .reason = request.reason()});
  }

  const ExportServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeExportService(ExportServiceParts parts) {
  return std::make_unique<ExportServiceImpl>(std::move(parts));
}

}  // namespace hjerte::indicator
