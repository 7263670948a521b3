#include "tests/soak/simulation/nodes.h"

#include <utility>

#include "hjertegateway/v1/delivery.pb.h"
#include "services/common/copenhagen.h"
#include "services/common/crypto.h"
#include "services/indicator/return_if_error.h"
#include "tests/services/indicator/report_builder.h"
#include "tests/shared.h"

namespace hjerte::soak {
namespace {

constexpr const char* kAuthority = "0751";
constexpr const char* kProgress = "feed";
constexpr std::size_t kRecordsPerPull = 2;
constexpr std::size_t kRequeueMax = 64;
constexpr std::size_t kReportsPerCommit = 8;
// The adapter's disk is its own, so the name means nothing.
constexpr const char* kStateFile = "/adapter.db";

common::SecretKey KeyOf(char byte) { return common::SecretKey(std::string(common::SecretKey::kBytes, byte)); }

registry::Date Today(const NodeClock& clock) { return registry::Date(common::CopenhagenDate(clock.Now())); }

}  // namespace

absl::StatusOr<std::unique_ptr<const Ground>> Ground::Load() {
  const std::filesystem::path registry = tests::SourceDir() / "mapping/dhrd";
  auto content = registry::LoadContent(registry);
  if (!content.ok()) return content.status();
  auto maps = indicator::LoadReportMaps(registry);
  if (!maps.ok()) return maps.status();
  auto mapper = adapters::Mapper::Load(tests::SourceDir() / "tests/soak/simulation/pass.map", registry / "conceptmaps");
  if (!mapper.ok()) return mapper.status();
  return std::unique_ptr<const Ground>(
      new Ground{.content = *std::move(content),
                 .maps = *std::move(maps),
                 .mapper = std::make_shared<const adapters::Mapper>(*std::move(mapper)),
                 .keys = {.vault = KeyOf('v'), .lookup = KeyOf('l'), .patient = KeyOf('p'), .integrity = KeyOf('i')},
                 .adapter_key = common::MakeKeyProvider(KeyOf('a'))});
}

AdapterNode::AdapterNode(const Ground& ground, const Scenario& scenario, SimDisk& disk, SimNet& net,
                         const NodeClock& clock, common::Random& random, Plant plant)
    : ground_(ground),
      scenario_(scenario),
      disk_(disk),
      net_(net),
      clock_(clock),
      random_(random),
      plant_(plant),
      link_(
          net, [&clock] { return clock.Steady(); }, [&disk] { return disk.dead(); }) {}

absl::Status AdapterNode::Start() {
  Stop();
  auto state = adapters::StateFile::Open(kStateFile, *ground_.adapter_key, disk_.vfs());
  if (!state.ok()) return state.status();
  state_ = *std::move(state);
  outbox_ = std::make_unique<adapters::Outbox>(*state_);
  if (absl::Status status = outbox_->Load(); !status.ok()) return status;
  adapters::PipelineOptions options;
  options.authority = kAuthority;
  options.source_id = "soak";
  options.software = "simulation";
  options.carries = adapters::Carries::Always(indicator::testing::CarriedVariables());
  options.mapper = ground_.mapper;
  pipeline_ = std::make_unique<adapters::Pipeline>(std::move(options), ground_.content, *state_, *outbox_, clock_,
                                                   common::Logger());
  const adapters::DispatcherOptions dispatch{.window = 4,
                                             .answer_timeout = std::chrono::seconds(30),
                                             .retry_first = std::chrono::milliseconds(500),
                                             .retry_max = std::chrono::seconds(20)};
  dispatcher_ = std::make_unique<adapters::Dispatcher>(dispatch, *state_, *outbox_, *pipeline_, link_, clock_, random_,
                                                       common::Logger());
  return absl::OkStatus();
}

void AdapterNode::Stop() {
  dispatcher_ = nullptr;
  pipeline_ = nullptr;
  outbox_ = nullptr;
  state_ = nullptr;
  net_.ForgetAdapter();
}

// The records after those that are done, at most so many, of one extract.
source::Batch AdapterNode::NextBatch(std::size_t from) {
  source::Batch batch;
  std::size_t at = from;
  for (; at < scenario_.feed.size() && at < from + kRecordsPerPull && !batch.extract_ended; ++at) {
    const FeedItem& item = scenario_.feed[at];
    if (at > from && item.extract != batch.extract) break;
    batch.extract = item.extract;
    batch.scope = item.extract;
    batch.complete_at_us = item.complete_at_us;
    batch.extract_ended = item.extract_ended;
    if (!item.key.empty()) batch.records.push_back({.key = item.key, .json = item.json});
  }
  batch.progress.emplace_back(kProgress, std::to_string(at));
  batch.more = at < scenario_.feed.size();
  return batch;
}

absl::Status AdapterNode::Pull() {
  const std::optional<std::string> done = pipeline_->memory().Find(kProgress);
  const std::size_t from = done.has_value() ? std::stoul(*done) : 0;
  if (from >= scenario_.feed.size()) return pipeline_->Requeue(kRequeueMax).status();
  source::Batch batch = NextBatch(from);
  if (plant_ == Plant::kCursorApart) {
    for (const auto& [key, value] : batch.progress) {
      if (absl::Status status = pipeline_->memory().SetProgress(key, value); !status.ok()) return status;
    }
    batch.progress.clear();
  }
  if (absl::Status status = pipeline_->Accept(batch); !status.ok()) return status;
  has_put_aside_ = has_put_aside_ || pipeline_->counts().records_quarantined > 0;
  if (plant_ == Plant::kAllAtOnce) return state_->database().Execute("UPDATE outbox SET citizen = citizen || seq");
  return pipeline_->Requeue(kRequeueMax).status();
}

absl::Status AdapterNode::Dispatch() {
  const auto round = dispatcher_->Run(std::chrono::milliseconds(0));
  if (!round.ok()) return round.status();
  if (plant_ == Plant::kRemoveOnSend && dispatcher_->in_flight() > 0) {
    if (absl::Status status = state_->database().Execute("DELETE FROM outbox"); !status.ok()) return status;
    if (absl::Status status = outbox_->Load(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

bool AdapterNode::Idle() const {
  const std::optional<std::string> done = pipeline_->memory().Find(kProgress);
  return done == std::to_string(scenario_.feed.size()) && outbox_->size().reports == 0 && dispatcher_->in_flight() == 0;
}

std::string AdapterNode::PutAside() const {
  const auto entries = pipeline_->quarantine().List(10);
  if (!entries.ok()) return entries.status().ToString();
  std::string codes;
  for (const adapters::QuarantineEntry& entry : *entries) {
    codes += codes.empty() ? entry.key : ", " + entry.key;
    for (const registry::Finding& finding : entry.findings) codes += " " + finding.code;
  }
  return codes;
}

CentralNode::CentralNode(const Ground& ground, std::string file, SimDisk& disk, SimNet& net, const NodeClock& clock,
                         common::Random& random, Plant plant, Acknowledged acknowledged)
    : ground_(ground),
      keys_(ground.keys),
      file_(std::move(file)),
      disk_(disk),
      net_(net),
      clock_(clock),
      random_(random),
      plant_(plant),
      acknowledged_(std::move(acknowledged)),
      notifier_(std::chrono::hours(1)) {}

absl::Status CentralNode::Start() {
  Stop();
  const indicator::SqliteStoreOptions options{.file = file_, .cache_bytes = 1 << 20, .vfs = disk_.vfs()};
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
  writer_ = std::make_unique<indicator::Writer>(indicator::WriterParts{.store = *store_,
                                                                       .content = *ground_.content,
                                                                       .cube = *cube_,
                                                                       .notifier = notifier_,
                                                                       .clock = clock_,
                                                                       .log = common::Logger()},
                                                kReportsPerCommit, stored.value_or(Today(clock_)),
                                                indicator::Drive::kByOwner);
  if (!stored.has_value()) HJERTE_RETURN_IF_ERROR(writer_->MoveTo(Today(clock_)));
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

void CentralNode::Stop() {
  // What was admitted is answered first: into a link nobody listens to any more, when the machine is dead.
  while (writer_ != nullptr && writer_->RunOnce()) {
  }
  ingest_ = nullptr;
  writer_ = nullptr;
  cube_ = nullptr;
  store_ = nullptr;
}

void CentralNode::Receive(int connection, const std::string& request) {
  hjertegateway::v1::DeliverRequest parsed;
  if (!parsed.ParseFromString(request)) return;
  indicator::Report report;
  report.delivery_id = parsed.delivery_id();
  report.source = {.authority = parsed.authority(),
                   .name = parsed.source().id(),
                   .software = parsed.source().software(),
                   .carries = {parsed.source().carries().begin(), parsed.source().carries().end()}};
  report.json = parsed.fhir_bundle_json();
  report.received_at = clock_.Now();
  const auto bytes = static_cast<std::int64_t>(request.size());
  if (plant_ == Plant::kReceiptBeforeCommit) {
    indicator::DeliveryOutcome early;
    early.accepted = true;
    Answer(connection, report.delivery_id, early);
  }
  const std::string authority = report.source.authority;
  ingest_->Admit(authority, bytes, [this, connection, bytes, report = std::move(report)]() mutable {
    std::string id = report.delivery_id;
    ingest_->Submit(std::move(report), bytes,
                    [this, connection, id = std::move(id)](const indicator::DeliveryOutcome& outcome) {
                      if (plant_ != Plant::kReceiptBeforeCommit) Answer(connection, id, outcome);
                    });
  });
}

void CentralNode::Answer(int connection, const std::string& delivery_id, const indicator::DeliveryOutcome& outcome) {
  if (disk_.dead()) return;
  using Kind = adapters::LinkEvent::Kind;
  adapters::LinkEvent event{
      .kind = Kind::kReceived, .delivery_id = delivery_id, .findings = outcome.findings, .reason = ""};
  if (!outcome.accepted) {
    event.kind = outcome.refusal == indicator::RefusalKind::kTryLater ? Kind::kTryLater : Kind::kRefused;
  } else {
    acknowledged_(delivery_id, outcome.commit_seq);
  }
  net_.SendAnswer(clock_.Steady(), connection, std::move(event));
}

bool CentralNode::Work() {
  if (Today(clock_) != writer_->today()) (void)writer_->MoveTo(Today(clock_));
  return writer_->RunOnce();
}

}  // namespace hjerte::soak
