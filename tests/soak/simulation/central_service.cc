#include "tests/soak/simulation/central_service.h"

#include <utility>

#include "services/common/copenhagen.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::soak {
namespace {

constexpr std::size_t kReportsPerCommit = 8;

}  // namespace

CentralService::CentralService(const Ground& ground, std::string file, std::string vfs, const common::Clock& clock,
                               common::Random& random)
    : ground_(ground),
      keys_(ground.keys),
      file_(std::move(file)),
      vfs_(std::move(vfs)),
      clock_(clock),
      random_(random),
      notifier_(std::chrono::hours(1)) {}

absl::Status CentralService::Start() {
  Stop();
  const indicator::SqliteStoreOptions options{.file = file_, .cache_bytes = 1 << 20, .vfs = vfs_};
  auto store = indicator::OpenSqliteWriter(options);
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  auto reader = indicator::OpenSqliteReader(options);
  if (!reader.ok()) return reader.status();
  cube_ = std::make_unique<indicator::LiveCube>(ground_.content);
  HJERTE_RETURN_IF_ERROR(indicator::LoadCube(**reader, *ground_.content, *cube_));
  HJERTE_RETURN_IF_ERROR(store_->Begin());
  const auto today = store_->Meta("today");
  if (!today.ok()) return today.status();
  HJERTE_RETURN_IF_ERROR(store_->Commit());
  const std::optional<registry::Date> stored = registry::ParseDate(today->value_or(""));
  writer_ =
      std::make_unique<indicator::Writer>(indicator::WriterParts{.store = *store_,
                                                                 .content = *ground_.content,
                                                                 .cube = *cube_,
                                                                 .notifier = notifier_,
                                                                 .clock = clock_,
                                                                 .log = common::Logger()},
                                          kReportsPerCommit, stored.value_or(Today()), indicator::Drive::kByOwner);
  if (!stored.has_value()) HJERTE_RETURN_IF_ERROR(writer_->MoveTo(Today()));
  indicator::IngestLimits limits;
  limits.workers = 0;
  ingest_ = std::make_unique<indicator::Ingest>(indicator::IngestParts{.content = *ground_.content,
                                                                       .maps = *ground_.maps,
                                                                       .keys = keys_,
                                                                       .writer = *writer_,
                                                                       .metrics = metrics_,
                                                                       .random = random_},
                                                limits);
  return absl::OkStatus();
}

void CentralService::Stop() {
  // What was admitted is answered first: into a link nobody listens to any more, when the machine is dead.
  while (writer_ != nullptr && writer_->RunOnce()) {
  }
  ingest_ = nullptr;
  writer_ = nullptr;
  cube_ = nullptr;
  store_ = nullptr;
}

void CentralService::Submit(const hjertegateway::v1::DeliverRequest& request, Answered answered) {
  indicator::Report report;
  report.delivery_id = request.delivery_id();
  report.source = {.authority = request.authority(),
                   .name = request.source().id(),
                   .software = request.source().software(),
                   .carries = {request.source().carries().begin(), request.source().carries().end()}};
  report.json = request.fhir_bundle_json();
  report.received_at = clock_.Now();
  const auto bytes = static_cast<std::int64_t>(report.json.size());
  ingest_->Admit(request.authority(), bytes,
                 [this, bytes, report = std::move(report), answered = std::move(answered)]() mutable {
                   ingest_->Submit(std::move(report), bytes, std::move(answered));
                 });
}

absl::Status CentralService::MoveToToday() {
  return Today() == writer_->today() ? absl::OkStatus() : writer_->MoveTo(Today());
}

registry::Date CentralService::Today() const { return registry::Date(common::CopenhagenDate(clock_.Now())); }

adapters::LinkEvent AnswerOf(const std::string& delivery_id, const indicator::DeliveryOutcome& outcome) {
  using Kind = adapters::LinkEvent::Kind;
  adapters::LinkEvent event{
      .kind = Kind::kReceived, .delivery_id = delivery_id, .findings = outcome.findings, .reason = ""};
  if (!outcome.accepted) {
    event.kind = outcome.refusal == indicator::RefusalKind::kTryLater ? Kind::kTryLater : Kind::kRefused;
  }
  return event;
}

}  // namespace hjerte::soak
