#include "services/indicator/api/delivery_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "hjertegateway/v1/delivery.grpc.pb.h"
#include "services/common/copenhagen.h"
#include "services/common/crash_point.h"
#include "services/common/delivery_metadata.h"
#include "services/doors/gate.h"
#include "services/indicator/api/counted_answer.h"
#include "services/indicator/api/proto_convert.h"
#include "services/indicator/api/refused_stream.h"
#include "services/indicator/ingest/delivery_request.h"
#include "services/indicator/ingest/report_findings.h"

namespace hjerte::indicator {
namespace {

namespace v1 = hjertegateway::v1;

// An id that is too long to be one is cut, between two characters: answers wait for as long as the sender does not read
// them, and each keeps its id.
std::string_view ToAnswer(std::string_view delivery_id) {
  std::size_t end = std::min(delivery_id.size(), kDeliveryIdBytesMax);
  while (end > 0 && end < delivery_id.size() && (static_cast<unsigned char>(delivery_id[end]) & 0xC0) == 0x80) --end;
  return delivery_id.substr(0, end);
}

// One Deliver stream. Reads while fewer than the limit are unanswered; a report waits for its place in ingest before
// the next is read, so a full service stops reading and the stream itself holds the sender back.
//
// gRPC's calls and ingest's answers come on different threads: the state stands under one mutex, and the stream stays
// alive until gRPC is done with it and the last answer has come.
class DeliverStream final : public grpc::ServerBidiReactor<v1::DeliverRequest, v1::DeliverResponse>,
                            public std::enable_shared_from_this<DeliverStream> {
 public:
  DeliverStream(const DeliveryParts& parts, const DeliveryLimits& limits, doors::Caller caller,
                grpc::CallbackServerContext& context)
      : parts_(parts),
        limits_(limits),
        caller_(std::move(caller)),
        context_(context),
        peer_(context.peer()),
        place_(std::in_place, parts.answers, caller_.uri) {}

  void Begin() {
    self_ = shared_from_this();
    StartSendInitialMetadata();
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      read_closed_ = true;
      FinishIfDone();
      return;
    }
    const auto bytes = static_cast<std::int64_t>(request_.ByteSizeLong());
    parts_.request_came(peer_, bytes);
    std::shared_ptr<Slot> slot = std::make_shared<Slot>();
    slot->response.set_delivery_id(std::string(ToAnswer(request_.delivery_id())));
    {
      const std::lock_guard lock(mutex_);
      slots_.push_back(slot);
    }
    if (!caller_.May(doors::Action::kDeliver) || request_.authority() != caller_.authority) {
      parts_.access.NoteRefused(caller_.uri, doors::RoleName(caller_.role), "deliver for another authority");
      ReadNext();
      Answer(slot, Refuse(RefusalKind::kNotAllowed, NotAllowedForAuthority()));
      return;
    }
    std::string delivery_id = request_.delivery_id();
    std::variant<Report, registry::Finding> report = ReadReport(request_, parts_.content, parts_.clock.Now());
    if (auto* finding = std::get_if<registry::Finding>(&report)) {
      ReadNext();
      Answer(slot, Refuse(RefusalKind::kInvalid, std::move(*finding)));
      return;
    }
    auto held = std::make_shared<Report>(std::get<Report>(std::move(report)));
    held->delivery_id = std::move(delivery_id);
    parts_.ingest.Admit(caller_.authority, bytes, [self = shared_from_this(), held, bytes, slot] {
      self->parts_.ingest.Submit(std::move(*held), bytes, [self, slot](const DeliveryOutcome& outcome) {
        if (!outcome.accepted) self->TellRefusal(outcome);
        if (outcome.accepted) self->TellKeys(outcome);
        self->Answer(slot, outcome);
      });
      self->ReadNext();
    });
  }

  void OnWriteDone(bool ok) override {
    common::PassCrashPoint(common::CrashPoint::kReceiptAfterSend);
    const std::lock_guard lock(mutex_);
    writing_ = false;
    waiting_bytes_ -= slots_.front()->bytes;
    slots_.pop_front();
    if (place_.has_value()) place_->Hold(waiting_bytes_).IgnoreError();  // less is never refused
    if (!ok) broken_ = true;
    WriteNext();
    ReadMore();
    FinishIfDone();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    FinishIfDone();
  }

  // gRPC is done; answers that still come find the stream and leave it. Whoever leaves it last must have seen what
  // gRPC's last call did.
  void OnDone() override {
    std::shared_ptr<DeliverStream> self;
    const std::lock_guard lock(mutex_);
    self = std::move(self_);
  }

 private:
  struct Slot {
    v1::DeliverResponse response;
    std::int64_t bytes = 0;
    bool ready = false;
  };

  void Answer(const std::shared_ptr<Slot>& slot, const DeliveryOutcome& outcome) {
    const std::lock_guard lock(mutex_);
    Write(outcome, &slot->response);
    if (outcome.accepted) slot->response.mutable_receipt()->set_store_id(parts_.store_id);
    slot->ready = true;
    slot->bytes = static_cast<std::int64_t>(slot->response.SpaceUsedLong());
    waiting_bytes_ += slot->bytes;
    if (place_.has_value() && !place_->Hold(waiting_bytes_).ok()) Cut();
    WriteNext();
    FinishIfDone();
  }

  // The sender takes no answers, on more streams than this one. It sends again what it has no answer to.
  void Cut() {
    if (finished_) return;
    broken_ = true;
    place_.reset();
    parts_.log.Warning("answers-not-taken", {{"authority", caller_.authority}});
    context_.TryCancel();
  }

  // What was wrong, by code alone: texts and places are for the sender.
  void TellRefusal(const DeliveryOutcome& outcome) const {
    const auto error = std::find_if(outcome.findings.begin(), outcome.findings.end(),
                                    [](const auto& finding) { return finding.severity == registry::Severity::kError; });
    parts_.log.Info("report-refused", {{"authority", caller_.authority},
                                       {"code", error == outcome.findings.end() ? "" : error->code.c_str()}});
  }

  // What the sender may never look at: a course that no longer counts.
  void TellKeys(const DeliveryOutcome& outcome) const {
    const bool any = std::any_of(outcome.findings.begin(), outcome.findings.end(),
                                 [](const auto& finding) { return finding.code == kKeyOfAnotherSource; });
    if (any) parts_.log.Warning(kKeyOfAnotherSource, {{"authority", caller_.authority}});
  }

  void ReadNext() {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    ReadMore();
    FinishIfDone();
  }

  void ReadMore() {
    if (reading_ || read_closed_ || broken_ || finished_) return;
    if (slots_.size() >= static_cast<std::size_t>(limits_.reports_per_stream_max)) return;
    reading_ = true;
    // Not Clear, which keeps what a large request took for as long as the stream is open.
    request_ = v1::DeliverRequest();
    StartRead(&request_);
  }

  void WriteNext() {
    if (writing_ || broken_ || finished_ || slots_.empty() || !slots_.front()->ready) return;
    writing_ = true;
    common::PassCrashPoint(common::CrashPoint::kReceiptBeforeSend);
    StartWrite(&slots_.front()->response);
  }

  // The sender has closed its side and has every answer; or the connection is gone.
  void FinishIfDone() {
    if (finished_ || writing_ || reading_) return;
    if (broken_) {
      finished_ = true;
      Finish(grpc::Status::CANCELLED);
    } else if (read_closed_ && slots_.empty()) {
      finished_ = true;
      Finish(grpc::Status::OK);
    }
  }

  const DeliveryParts& parts_;
  const DeliveryLimits limits_;
  const doors::Caller caller_;
  grpc::CallbackServerContext& context_;
  const std::string peer_;
  v1::DeliverRequest request_;
  std::mutex mutex_;
  std::optional<AnswerRoom::Place> place_;   // none when the stream was cut, so that there is room for the others
  std::int64_t waiting_bytes_ = 0;           // of the answers that are ready
  std::deque<std::shared_ptr<Slot>> slots_;  // in the order of the requests
  bool reading_ = true;                      // a read is under way, or what was read has no place yet
  bool read_closed_ = false;
  bool writing_ = false;
  bool broken_ = false;
  bool finished_ = false;
  std::shared_ptr<DeliverStream> self_;
};

class DeliveryServiceImpl final : public v1::DeliveryService::CallbackService {
 public:
  DeliveryServiceImpl(DeliveryParts parts, const DeliveryLimits& limits) : parts_(std::move(parts)), limits_(limits) {}

  grpc::ServerBidiReactor<v1::DeliverRequest, v1::DeliverResponse>* Deliver(
      grpc::CallbackServerContext* context) override {
    absl::StatusOr<doors::Caller> caller = Authorize(parts_.access, *context, doors::Action::kDeliver);
    if (!caller.ok()) {
      return RefuseStream<grpc::ServerBidiReactor<v1::DeliverRequest, v1::DeliverResponse>>(caller.status());
    }
    context->AddInitialMetadata(common::kStoreMetadata, parts_.store_id);
    context->AddInitialMetadata(common::kReportBytesMetadata, std::to_string(limits_.report_bytes_max));
    auto stream = std::make_shared<DeliverStream>(parts_, limits_, *std::move(caller), *context);
    stream->Begin();
    return stream.get();
  }

  grpc::ServerUnaryReactor* Validate(grpc::CallbackServerContext* context, const v1::ValidateRequest* request,
                                     v1::ValidateResponse* response) override {
    auto* const answer = new CountedAnswer;  // NOLINT(cppcoreguidelines-owning-memory): deletes itself
    const auto bytes = static_cast<std::int64_t>(request->ByteSizeLong());
    parts_.request_came(context->peer(), bytes);
    absl::StatusOr<doors::Caller> caller = Authorize(parts_.access, *context, doors::Action::kValidate);
    if (!caller.ok()) {
      answer->End(caller.status());
      return answer;
    }
    const auto end = [this, caller = *caller, response, answer](const ValidationOutcome& outcome) {
      response->set_acceptable(outcome.acceptable);
      for (const registry::Finding& finding : outcome.findings) Write(finding, response->add_findings());
      answer->Answer(parts_.answers, caller, *response);
    };
    if (request->authority() != caller->authority) {
      parts_.access.NoteRefused(caller->uri, doors::RoleName(caller->role), "validate for another authority");
      end({.acceptable = false, .findings = {NotAllowedForAuthority()}});
      return answer;
    }
    v1::ValidateRequest copy = *request;
    std::variant<Report, registry::Finding> report = ReadReport(copy, parts_.content, parts_.clock.Now());
    if (auto* finding = std::get_if<registry::Finding>(&report)) {
      end({.acceptable = false, .findings = {std::move(*finding)}});
      return answer;
    }
    std::get<Report>(report).delivery_id = "validate";
    if (!parts_.ingest.TryValidate(std::get<Report>(std::move(report)), bytes, end)) {
      // Not ResourceExhausted, with which gRPC refuses what is too large: that is no better later.
      answer->End(absl::UnavailableError("the service is busy with deliveries; try again later"));
    }
    return answer;
  }

  grpc::ServerUnaryReactor* ListVariables(grpc::CallbackServerContext* context, const v1::ListVariablesRequest* request,
                                          v1::ListVariablesResponse* response) override {
    auto* const answer = new CountedAnswer;  // NOLINT(cppcoreguidelines-owning-memory): deletes itself
    const absl::StatusOr<doors::Caller> caller = Authorize(parts_.access, *context, doors::Action::kListVariables);
    absl::Status status = caller.status();
    if (status.ok()) status = FillVariables(*request, *response);
    if (status.ok()) {
      answer->Answer(parts_.answers, *caller, *response);
    } else {
      answer->End(status);
    }
    return answer;
  }

 private:
  absl::Status FillVariables(const v1::ListVariablesRequest& request, v1::ListVariablesResponse& response) const {
    registry::Date on(common::CopenhagenDate(parts_.clock.Now()));
    if (!request.on_date().empty()) {
      const std::optional<registry::Date> date = registry::ParseDate(request.on_date());
      if (!date.has_value()) return absl::InvalidArgumentError("on_date: expected a date as YYYY-MM-DD");
      on = *date;
    }
    const registry::VariableSet& set = parts_.content.variables_on(on);
    response.set_version(set.version);
    for (const registry::Variable& variable : set.variables) Write(variable, response.add_variables());
    return absl::OkStatus();
  }

  const DeliveryParts parts_;
  const DeliveryLimits limits_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeDeliveryService(DeliveryParts parts, const DeliveryLimits& limits) {
  return std::make_unique<DeliveryServiceImpl>(std::move(parts), limits);
}

}  // namespace hjerte::indicator
