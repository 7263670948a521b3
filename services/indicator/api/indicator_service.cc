#include "services/indicator/api/indicator_service.h"

#include <grpcpp/grpcpp.h>

#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "hjertegateway/v1/indicator.grpc.pb.h"
#include "services/doors/gate.h"
#include "services/indicator/api/counted_answer.h"
#include "services/indicator/api/proto_convert.h"
#include "services/indicator/api/reason.h"
#include "services/indicator/api/refused_stream.h"

namespace hjerte::indicator {
namespace {

namespace v1 = hjertegateway::v1;

// Whether the caller is entitled to the unmasked figures it asks for.
absl::Status MayReadUnmasked(const doors::CallerTable& access, const doors::Caller& caller,
                             const registry::Query& query) {
  if (caller.May(doors::Action::kReadLiveAll)) return absl::OkStatus();
  const bool own = query.unit_kinds == std::vector{registry::UnitKind::kMunicipality} &&
                   query.unit_ids == std::vector{caller.authority};
  if (caller.May(doors::Action::kReadLiveOwn) && own) return absl::OkStatus();
  return RefuseCall(
      access, caller, doors::Action::kReadLiveAll,
      "unmasked figures are for those entitled to the records themselves: a municipality asks for unit kind "
      "municipality and its own unit alone");
}

// What a caller gets for a query of now: live figures if it is entitled to them and asked, else the published ones.
absl::StatusOr<Results> Query(const IndicatorServiceParts& parts, const doors::Caller& caller,
                              const v1::GetResultsRequest& request) {
  absl::StatusOr<registry::Query> query = ReadQuery(request);
  if (!query.ok()) return query.status();
  if (request.unmasked()) {
    absl::Status may = MayReadUnmasked(parts.access, caller, *query);
    if (!may.ok()) return may;
    return parts.read_model.Live(*std::move(query));
  }
  if (!caller.May(doors::Action::kReadPublished)) {
    return RefuseCall(parts.access, caller, doors::Action::kReadPublished, "the role may not read results");
  }
  if (!query->geography.empty()) {
    return absl::InvalidArgumentError("published figures are grouped by the geography in force at closure");
  }
  absl::StatusOr<Results> results = parts.read_model.Published(*std::move(query));
  // How many reports lie between two snapshots bounds how many courses have changed.
  if (results.ok() && !caller.May(doors::Action::kReadLiveAll)) results->provenance.commit_seq = 0;
  return results;
}

// The query for figures as they were known, if the caller may have them.
absl::StatusOr<registry::Query> PastQuery(const doors::CallerTable& access, const doors::Caller& caller,
                                          const v1::GetResultsRequest& request) {
  absl::StatusOr<registry::Query> query = ReadQuery(request);
  if (!query.ok()) return query;
  absl::Status may = MayReadUnmasked(access, caller, *query);
  if (!may.ok()) return may;
  if (!request.unmasked()) {
    return absl::InvalidArgumentError("as_known_at: rebuilt figures are unmasked; ask for unmasked ones");
  }
  return query;
}

// Packed by ourselves: gRPC keeps the message itself, many times its bytes, until its reader has taken them.
template <typename Message>
absl::Status Pack(const Message& message, grpc::ByteBuffer* bytes) {
  bool own = false;
  if (grpc::SerializationTraits<Message>::Serialize(message, bytes, &own).ok()) return absl::OkStatus();
  return absl::InternalError("the answer cannot be packed");
}

template <typename Message>
absl::StatusOr<Message> Unpack(grpc::ByteBuffer bytes) {
  Message message;
  if (grpc::SerializationTraits<Message>::Deserialize(&bytes, &message).ok()) return message;
  return absl::InvalidArgumentError("the request cannot be read");
}

std::string NameOf(const v1::Cell& cell) {
  return cell.indicator() + "|" + std::to_string(cell.unit().kind()) + "|" + cell.unit().id() + "|" +
         std::to_string(cell.period().kind()) + "|" + cell.period().from() + "|" + std::to_string(cell.stratum_kind()) +
         "|" + cell.stratum();
}

// What makes `before` into `now`.
v1::WatchResultsResponse Difference(const v1::GetResultsResponse& before, v1::GetResultsResponse now) {
  std::map<std::string, const v1::Cell*> gone;
  for (const v1::Cell& cell : before.cells()) gone.emplace(NameOf(cell), &cell);
  v1::WatchResultsResponse changes;
  for (v1::Cell& cell : *now.mutable_cells()) {
    const auto known = gone.find(NameOf(cell));
    const bool same = known != gone.end() && known->second->SerializeAsString() == cell.SerializeAsString();
    if (known != gone.end()) gone.erase(known);
    if (!same) *changes.mutable_results()->add_cells() = std::move(cell);
  }
  for (const auto& [name, cell] : gone) {
    v1::Cell* removed = changes.add_removed();
    removed->set_indicator(cell->indicator());
    *removed->mutable_unit() = cell->unit();
    *removed->mutable_period() = cell->period();
    removed->set_stratum_kind(cell->stratum_kind());
    removed->set_stratum(cell->stratum());
  }
  return changes;
}

// Ends a GetResults call.
void AnswerResults(AnswerRoom& room, const doors::Caller& caller, const absl::StatusOr<Results>& results,
                   grpc::ByteBuffer* response, CountedAnswer& answer) {
  if (!results.ok()) return answer.End(results.status());
  v1::GetResultsResponse message;
  Write(*results, &message);
  absl::Status status = answer.Hold(room, caller, static_cast<std::int64_t>(message.ByteSizeLong()));
  if (status.ok()) status = Pack(message, response);
  answer.End(status);
}

// One WatchResults stream: computes after each round of changes and sends what differs from what it sent before. While
// a response is on its way further changes gather.
class WatchStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                          public std::enable_shared_from_this<WatchStream> {
 public:
  WatchStream(const IndicatorServiceParts& parts, doors::Caller caller, v1::GetResultsRequest query)
      : parts_(parts), caller_(std::move(caller)), query_(std::move(query)), place_(parts.answers, caller_.uri) {}

  void Begin() {
    self_ = shared_from_this();
    listener_ = parts_.read_model.notifier().Add([weak = weak_from_this()] {
      if (const std::shared_ptr<WatchStream> stream = weak.lock()) stream->Changed();
    });
    Changed();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) broken_ = true;
    if (broken_) return FinishWith(grpc::Status::CANCELLED);
    response_.Clear();
    place_.Hold(SentBytes()).IgnoreError();  // less is never refused
    if (dirty_) SendChanges();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    if (!writing_) FinishWith(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    parts_.read_model.notifier().Remove(listener_);
    // A notification that is under way may be the last to leave the stream, and must have seen what gRPC's last call
    // did.
    std::shared_ptr<WatchStream> self;
    const std::lock_guard lock(mutex_);
    self = std::move(self_);
  }

 private:
  void Changed() {
    const std::lock_guard lock(mutex_);
    dirty_ = true;
    if (!writing_ && !broken_ && !finished_) SendChanges();
  }

  void SendChanges() {
    dirty_ = false;
    if (!query_.unmasked()) {
      // Between two snapshots nothing changes, however much is delivered.
      const std::shared_ptr<const Snapshot> shown = parts_.read_model.shown();
      if (begun_ && shown == shown_) return;
      shown_ = shown;
    }
    absl::StatusOr<Results> results = Query(parts_, caller_, query_);
    if (!results.ok()) return FinishWith(doors::ToGrpc(results.status()));
    v1::GetResultsResponse now;
    Write(*results, &now);
    const v1::Provenance provenance = now.provenance();
    now.clear_provenance();
    std::string packed = now.SerializeAsString();
    if (begun_ && packed == sent_) return;
    v1::GetResultsResponse before;
    before.ParseFromString(sent_);
    v1::WatchResultsResponse changes = Difference(before, std::move(now));
    sent_ = std::move(packed);
    if (begun_ && changes.results().cells().empty() && changes.removed().empty()) return;
    begun_ = true;
    *changes.mutable_results()->mutable_provenance() = provenance;
    absl::Status status = place_.Hold(SentBytes() + static_cast<std::int64_t>(changes.ByteSizeLong()));
    if (status.ok()) status = Pack(changes, &response_);
    if (!status.ok()) return FinishWith(doors::ToGrpc(status));
    writing_ = true;
    StartWrite(&response_);
  }

  std::int64_t SentBytes() const { return static_cast<std::int64_t>(sent_.size()); }

  void FinishWith(const grpc::Status& status) {
    if (finished_) return;
    finished_ = true;
    Finish(status);
  }

  const IndicatorServiceParts& parts_;
  const doors::Caller caller_;
  const v1::GetResultsRequest query_;
  std::int64_t listener_ = 0;
  std::mutex mutex_;
  AnswerRoom::Place place_;
  grpc::ByteBuffer response_;
  std::string sent_;                         // a GetResultsResponse of all that the caller knows
  std::shared_ptr<const Snapshot> shown_{};  // the snapshot it is of, for published figures
  bool begun_ = false;
  bool dirty_ = false;
  bool writing_ = false;
  bool broken_ = false;
  bool finished_ = false;
  std::shared_ptr<WatchStream> self_;
};

class IndicatorServiceImpl final
    : public v1::IndicatorService::WithRawCallbackMethod_GetResults<
          v1::IndicatorService::WithRawCallbackMethod_WatchResults<v1::IndicatorService::CallbackService>> {
 public:
  explicit IndicatorServiceImpl(IndicatorServiceParts parts) : parts_(std::move(parts)) {}

  grpc::ServerUnaryReactor* ListIndicatorSets(grpc::CallbackServerContext* context,
                                              const v1::ListIndicatorSetsRequest* /*request*/,
                                              v1::ListIndicatorSetsResponse* response) override {
    absl::StatusOr<doors::Caller> caller = Authorize(parts_.access, *context, doors::Action::kReadPublished);
    if (caller.ok()) {
      const auto& sets = parts_.content.indicator_sets();
      for (auto set = sets.rbegin(); set != sets.rend(); ++set) Write(*set, response->add_sets());
    }
    return Answered(caller, caller.status(), *response);
  }

  grpc::ServerUnaryReactor* GetResults(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,
                                       grpc::ByteBuffer* response) override {
    auto* const answer = new CountedAnswer;  // NOLINT(cppcoreguidelines-owning-memory): deletes itself
    const absl::StatusOr<doors::Caller> caller = Identify(parts_.access, *context);
    const absl::StatusOr<v1::GetResultsRequest> request = Unpack<v1::GetResultsRequest>(*bytes);
    absl::Status status = caller.status();
    if (status.ok()) status = request.status();
    absl::StatusOr<std::optional<PastMoment>> moment;
    if (status.ok()) status = (moment = ReadMoment(*request)).status();
    if (!status.ok()) {
      answer->End(status);
    } else if (moment->has_value()) {
      AsKnownAt(*caller, *request, **moment, response, *answer);
    } else {
      AnswerResults(parts_.answers, *caller, Query(parts_, *caller, *request), response, *answer);
    }
    return answer;
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchResults(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* bytes) override {
    absl::StatusOr<doors::Caller> caller = Identify(parts_.access, *context);
    const absl::StatusOr<v1::WatchResultsRequest> request = Unpack<v1::WatchResultsRequest>(*bytes);
    absl::Status status = caller.status();
    if (status.ok()) status = request.status();
    if (status.ok() && (request->query().has_as_known_at() || request->query().as_known_at_commit() != 0)) {
      status = absl::InvalidArgumentError("as_known_at: what was known at a moment does not change; use GetResults");
    }
    if (!status.ok()) return RefuseStream<grpc::ServerWriteReactor<grpc::ByteBuffer>>(status);
    auto stream = std::make_shared<WatchStream>(parts_, *std::move(caller), request->query());
    stream->Begin();
    return stream.get();
  }

  grpc::ServerUnaryReactor* ExplainCourse(grpc::CallbackServerContext* context, const v1::ExplainCourseRequest* request,
                                          v1::ExplainCourseResponse* response) override {
    absl::StatusOr<doors::Caller> caller = Identify(parts_.access, *context);
    if (!caller.ok()) return Finished(*context, caller.status());
    const bool own = caller->May(doors::Action::kExplainOwn) && request->authority() == caller->authority;
    if (!own && !caller->May(doors::Action::kExplainAll)) {
      return Finished(*context, RefuseCall(parts_.access, *caller, doors::Action::kExplainAll,
                                           "the role may not look at this authority's citizens"));
    }
    if (!IsReason(request->reason())) {
      return Finished(*context, absl::InvalidArgumentError("reason: expected why the citizen is looked up, at most 500 "
                                                           "bytes; it is kept in the audit log"));
    }
    if (request->authority().size() + request->course_key().size() > kReasonBytesMax) {
      return Finished(*context, absl::InvalidArgumentError("course_key: longer than any; it would be kept in the audit "
                                                           "log"));
    }
    absl::StatusOr<CourseExplanation> explanation =
        parts_.read_model.Explain(caller->uri, request->authority(), request->course_key(), request->reason());
    if (explanation.ok()) Write(*explanation, response);
    return Answered(caller, explanation.status(), *response);
  }

  grpc::ServerUnaryReactor* GetFreshness(grpc::CallbackServerContext* context, const v1::GetFreshnessRequest* request,
                                         v1::GetFreshnessResponse* response) override {
    absl::StatusOr<doors::Caller> caller = Authorize(parts_.access, *context, doors::Action::kReadPublished);
    if (!caller.ok()) return Finished(*context, caller.status());
    if (absl::Status status = CheckNames(request->authorities(), "authorities"); !status.ok()) {
      return Finished(*context, status);
    }
    const std::vector<std::string> authorities(request->authorities().begin(), request->authorities().end());
    const bool own = caller->May(doors::Action::kReadLiveOwn) && authorities == std::vector{caller->authority};
    absl::StatusOr<std::vector<Freshness>> list =
        parts_.read_model.GetFreshness(authorities, !own && !caller->May(doors::Action::kReadLiveAll));
    if (list.ok()) {
      for (const Freshness& freshness : *list) Write(freshness, response->add_municipalities());
    }
    return Answered(caller, list.status(), *response);
  }

  grpc::ServerUnaryReactor* PublishSnapshot(grpc::CallbackServerContext* context,
                                            const v1::PublishSnapshotRequest* request,
                                            v1::PublishSnapshotResponse* response) override {
    absl::StatusOr<doors::Caller> caller = Authorize(parts_.access, *context, doors::Action::kPublish);
    if (!caller.ok()) return Finished(*context, caller.status());
    parts_.log.Info("publish-asked", {{"who", caller->uri}});
    const absl::StatusOr<std::optional<common::Instant>> new_series_after = ReadNewSeriesAfter(*request);
    absl::Status status = request->reason().size() > kReasonBytesMax
                              ? absl::InvalidArgumentError("reason: at most 500 bytes")
                              : new_series_after.status();
    if (status.ok()) {
      status = parts_.read_model.NotePublishing(caller->uri, request->reason(), new_series_after->has_value());
    }
    if (status.ok()) status = parts_.publisher.Publish(*new_series_after);
    if (status.ok()) Write(parts_.read_model.shown()->provenance(), response->mutable_provenance());
    return Finished(*context, status);
  }

 private:
  // Answers from the history's own thread, when the figures are rebuilt.
  void AsKnownAt(const doors::Caller& caller, const v1::GetResultsRequest& request, const PastMoment& moment,
                 grpc::ByteBuffer* response, CountedAnswer& answer) {
    absl::StatusOr<registry::Query> query = PastQuery(parts_.access, caller, request);
    if (!query.ok()) return answer.End(query.status());
    parts_.log.Info("rebuild-asked", {{"who", caller.uri}, {"commit", moment.commit_seq}});
    parts_.history.Ask(*std::move(query), moment,
                       [this, caller, response, &answer](const absl::StatusOr<Results>& results) {
                         AnswerResults(parts_.answers, caller, results, response, answer);
                       });
  }

  // With the response, if the status is OK.
  grpc::ServerUnaryReactor* Answered(const absl::StatusOr<doors::Caller>& caller, const absl::Status& status,
                                     const google::protobuf::Message& response) const {
    auto* const answer = new CountedAnswer;  // NOLINT(cppcoreguidelines-owning-memory): deletes itself
    if (status.ok()) {
      answer->Answer(parts_.answers, *caller, response);
    } else {
      answer->End(status);
    }
    return answer;
  }

  static grpc::ServerUnaryReactor* Finished(grpc::CallbackServerContext& context, const absl::Status& status) {
    grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
    reactor->Finish(doors::ToGrpc(status));
    return reactor;
  }

  const IndicatorServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeIndicatorService(IndicatorServiceParts parts) {
  return std::make_unique<IndicatorServiceImpl>(std::move(parts));
}

}  // namespace hjerte::indicator
