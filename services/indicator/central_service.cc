#include "services/indicator/central_service.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/service_type.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "services/common/certificate_ends.h"
#include "services/common/copenhagen.h"
#include "services/common/crash_point.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/sqlite.h"
#include "services/doors/gate.h"
#include "services/indicator/api/admin_service.h"
#include "services/indicator/api/delivery_service.h"
#include "services/indicator/api/export_service.h"
#include "services/indicator/api/indicator_service.h"
#include "services/indicator/custody/key_rotation.h"
#include "services/indicator/custody/restore.h"
#include "services/indicator/return_if_error.h"
#include "services/indicator/store/sqlite_store.h"

namespace hjerte::indicator {
namespace {

// Who acts when nobody asked.
constexpr std::string_view kOwnName = "service";
constexpr std::chrono::seconds kTickInterval{30};
constexpr std::chrono::seconds kShutdownGrace{5};

// What the file says about itself.
struct StoreFacts {
  std::string store_id;
  std::string content;
  std::string today;
};

absl::StatusOr<StoreFacts> ReadFacts(StoreWriter& store, const std::string& content_sha) {
  HJERTE_RETURN_IF_ERROR(store.Begin());
  StoreFacts facts;
  for (const auto& [key, value] : {std::pair<std::string_view, std::string*>{"store_id", &facts.store_id},
                                   std::pair<std::string_view, std::string*>{"content", &facts.content},
                                   std::pair<std::string_view, std::string*>{"today", &facts.today}}) {
    absl::StatusOr<std::optional<std::string>> meta = store.Meta(key);
    if (!meta.ok()) return meta.status();
    *value = meta->value_or("");
  }
  if (facts.store_id.empty()) {
    facts.store_id = common::ToHex(common::RandomBytes(4));
    facts.content = content_sha;
    HJERTE_RETURN_IF_ERROR(store.PutMeta("store_id", facts.store_id));
    HJERTE_RETURN_IF_ERROR(store.PutMeta("content", content_sha));
  }
  HJERTE_RETURN_IF_ERROR(store.Commit());
  return facts;
}

registry::Date Today(const common::Clock& clock) { return registry::Date(common::CopenhagenDate(clock.Now())); }

}  // namespace

// In order of construction; destroyed in reverse, so that nothing outlives what it uses.
struct CentralService::Impl {
  Impl(Config config_in, const common::Clock& clock_in, common::Logger log_in)
      : config(std::move(config_in)), clock(clock_in), log(std::move(log_in)) {}

  absl::Status OpenParts();
  absl::Status OpenStore();
  absl::Status OpenKeys();
  absl::Status TellRestored();
  absl::Status NoteChanges();
  absl::Status TellAuditHead();
  KeyFiles key_files() const { return {.vault = config.vault_key, .pseudonym = config.pseudonym_key}; }
  absl::Status BeginWork();
  absl::Status Serve();
  absl::Status Tick();
  void KeepTicking();
  void Stop();

  Config config;
  const common::Clock& clock;
  common::Logger log;
  common::SystemRandom random;
  common::Metrics metrics;
  std::unique_ptr<AnswerRoom> answers;  // streams outlive gRPC until their last report is answered
  std::optional<common::CertificateEnds> certificate_ends;
  std::unique_ptr<KeyRing> keys;
  std::shared_ptr<const registry::Content> content;
  std::unique_ptr<const ReportMaps> maps;
  std::unique_ptr<StoreWriter> store_writer;
  std::unique_ptr<StoreReader> store_reader;
  std::unique_ptr<StoreReader> history_reader;
  StoreFacts facts;
  std::unique_ptr<LiveCube> cube;
  std::unique_ptr<Notifier> notifier;
  std::unique_ptr<Writer> writer;
  std::unique_ptr<KeyRotation> rotation;
  common::AuditHead told_head;  // the last one that was written to the log
  std::unique_ptr<ReadModel> read_model;
  std::unique_ptr<Publisher> publisher;
  std::unique_ptr<History> history;
  std::unique_ptr<Ingest> ingest;
  std::vector<std::unique_ptr<grpc::Service>> services;
  std::unique_ptr<common::GrpcListener> listener;
  std::unique_ptr<grpc::Server> server;
  std::mutex tick_mutex;
  std::condition_variable tick_wake;
  bool stopping = false;
  std::thread ticker;
};

absl::Status CentralService::Impl::OpenParts() {
  absl::StatusOr<std::shared_ptr<const registry::Content>> read = registry::LoadContent(config.content);
  if (!read.ok()) return read.status();
  content = *std::move(read);
  absl::StatusOr<std::unique_ptr<const ReportMaps>> compiled = LoadReportMaps(config.content);
  if (!compiled.ok()) return compiled.status();
  maps = *std::move(compiled);
  return absl::OkStatus();
}

absl::Status CentralService::Impl::OpenStore() {
  const SqliteStoreOptions options{.file = config.store_file,
                                   .cache_bytes = config.store_cache_bytes,
                                   .vfs = config.store_vfs,
                                   .when_dead = [told = log.For("store")](const std::string& why) {
                                     told.Error("store-cannot-be-read", {{"why", why}});
                                   }};
  HJERTE_RETURN_IF_ERROR(common::CheckSound({.file = config.store_file, .vfs = config.store_vfs}));
  absl::StatusOr<std::unique_ptr<StoreWriter>> opened_writer = OpenSqliteWriter(options);
  if (!opened_writer.ok()) return opened_writer.status();
  store_writer = *std::move(opened_writer);
  absl::StatusOr<std::unique_ptr<StoreReader>> opened_reader = OpenSqliteReader(options);
  if (!opened_reader.ok()) return opened_reader.status();
  store_reader = *std::move(opened_reader);
  absl::StatusOr<std::unique_ptr<StoreReader>> opened_history = OpenSqliteReader(options);
  if (!opened_history.ok()) return opened_history.status();
  history_reader = *std::move(opened_history);
  absl::StatusOr<StoreFacts> read = ReadFacts(*store_writer, content->sha256());
  if (!read.ok()) return read.status();
  facts = *std::move(read);
  HJERTE_RETURN_IF_ERROR(OpenKeys());
  if (facts.content != content->sha256() && !config.rebuild) {
    return absl::FailedPreconditionError(
        "the registry content differs from the one the courses were derived with; start once with --rebuild to derive "
        "them anew (the differences are exported as corrections)");
  }
  common::PassCrashPoint(common::CrashPoint::kStoreOpened);
  cube = std::make_unique<LiveCube>(content);
  HJERTE_RETURN_IF_ERROR(LoadCube(*store_reader, *content, *cube));
  common::PassCrashPoint(common::CrashPoint::kCubeLoaded);
  return absl::OkStatus();
}

// The keys that are wrapped in the store; a store without any gets its first ones.
absl::Status CentralService::Impl::OpenKeys() {
  HJERTE_RETURN_IF_ERROR(store_writer->Begin());
  const absl::StatusOr<std::vector<VaultRow>> any = store_writer->VaultAfter(0, 0, 1);
  if (!any.ok()) return any.status();
  absl::StatusOr<std::unique_ptr<KeyRing>> opened = KeyRing::Open(*store_writer, key_files(), !any->empty());
  if (!opened.ok()) {
    store_writer->Rollback();
    return opened.status();
  }
  keys = *std::move(opened);
  store_writer->SealHeadsWith(keys->current()->HeadKey());
  return store_writer->Commit();
}

// Once after each restore.
absl::Status CentralService::Impl::TellRestored() {
  return writer->Execute([&](StoreWriter& store, Merger&, std::vector<CourseUpdate>&) -> absl::Status {
    const absl::StatusOr<std::optional<std::string>> restored = store.Meta(kRestoredMeta);
    if (!restored.ok()) return restored.status();
    if (restored->value_or("").empty()) return absl::OkStatus();
    log.Warning("store_restored",
                {{"from", **restored},
                 {"store", facts.store_id},
                 {"doing", "adapters deliver anew what it lacks; consumers of the export begin anew"}});
    return store.PutMeta(kRestoredMeta, "");
  });
}

// Who may what is part of what was done: a table that differs from the last start's stands in the audit log.
absl::Status CentralService::Impl::NoteChanges() {
  const std::string table = config.access.Text();
  std::string before;
  HJERTE_RETURN_IF_ERROR(writer->Execute([&](StoreWriter& store, Merger&, std::vector<CourseUpdate>&) -> absl::Status {
    const absl::StatusOr<std::optional<std::string>> meta = store.Meta("access");
    if (!meta.ok()) return meta.status();
    before = meta->value_or("");
    if (before == table) return absl::OkStatus();
    HJERTE_RETURN_IF_ERROR(store.AppendAudit({.at = clock.Now(),
                                              .who = std::string(kOwnName),
                                              .action = "access-table",
                                              .object = table,
                                              .reason = "the configuration at this start"}));
    return store.PutMeta("access", table);
  }));
  return absl::OkStatus();
}

// A line in the program's log, which goes elsewhere: an anchor against whoever changes the file.
absl::Status CentralService::Impl::TellAuditHead() {
  absl::StatusOr<common::AuditHead> head = store_reader->LastAudit();
  if (!head.ok()) return head.status();
  if (*head == told_head) return absl::OkStatus();
  log.Info("audit-head", {{"head", common::FormatHead(*head)}});
  told_head = *std::move(head);
  return absl::OkStatus();
}

absl::Status CentralService::Impl::BeginWork() {
  notifier = std::make_unique<Notifier>(config.watch_interval_min);
  const registry::Date stored = registry::ParseDate(facts.today).value_or(Today(clock));
  writer = std::make_unique<Writer>(WriterParts{.store = *store_writer,
                                                .content = *content,
                                                .cube = *cube,
                                                .notifier = *notifier,
                                                .clock = clock,
                                                .log = log.For("writer"),
                                                .keys = keys.get()},
                                    static_cast<std::size_t>(config.reports_per_commit_max), stored);
  read_model = std::make_unique<ReadModel>(ReadParts{.content = content,
                                                     .store = *store_reader,
                                                     .cube = *cube,
                                                     .writer = *writer,
                                                     .notifier = *notifier,
                                                     .clock = clock,
                                                     .delivery_interval = config.delivery_interval});
  publisher = std::make_unique<Publisher>(PublisherParts{.content = *content,
                                                         .store = *store_reader,
                                                         .cube = *cube,
                                                         .writer = *writer,
                                                         .read_model = *read_model,
                                                         .keys = *keys,
                                                         .clock = clock,
                                                         .log = log.For("publisher")});
  history = std::make_unique<History>(content, *history_reader, clock);
  HJERTE_RETURN_IF_ERROR(publisher->ShowStored());
  if (facts.content != content->sha256()) {
    log.Info("rebuild-begins");
    HJERTE_RETURN_IF_ERROR(writer->Audit({.at = clock.Now(),
                                          .who = std::string(kOwnName),
                                          .action = "rebuild",
                                          .object = "content " + content->sha256(),
                                          .reason = "started with --rebuild"}));
    HJERTE_RETURN_IF_ERROR(writer->RebuildAll());
    log.Info("rebuild-done");
  }
  if (facts.today.empty()) HJERTE_RETURN_IF_ERROR(writer->MoveTo(Today(clock)));
  HJERTE_RETURN_IF_ERROR(writer->NoteEpoch());
  HJERTE_RETURN_IF_ERROR(TellRestored());
  HJERTE_RETURN_IF_ERROR(NoteChanges());
  rotation = std::make_unique<KeyRotation>(*keys, *writer, key_files());
  HJERTE_RETURN_IF_ERROR(rotation->Continue());
  ingest = std::make_unique<Ingest>(
      IngestParts{
          .content = *content, .maps = *maps, .keys = *keys, .writer = *writer, .metrics = metrics, .random = random},
      config.ingest);
  return Tick();
}

absl::Status CentralService::Impl::Serve() {
  config.listen.revocation_lists = common::RevocationListsOf(config.tls);
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentials =
      common::TlsServerCredentials(config.tls, config.listen.revocation_lists, log.For("tls"));
  if (!credentials.ok()) return credentials.status();
  config.access.TellRefusals(log.For("access"));
  config.access.TellCallers([this](const std::string& peer, std::string_view chain) {
    // There before the server is.
    listener->NoteCaller(peer, chain);
  });
  certificate_ends.emplace(metrics, "hjerte_indicator", config.tls);
  (*credentials)->SetAuthMetadataProcessor(doors::MakeGate(config.access));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  answers = std::make_unique<AnswerRoom>(config.answers_per_caller_max);
  services.push_back(MakeDeliveryService(
      {.access = config.access,
       .content = *content,
       .ingest = *ingest,
       .answers = *answers,
       .clock = clock,
       .log = log.For("delivery"),
       .store_id = facts.store_id,
       .request_came = [this](const std::string& peer, std::int64_t bytes) { listener->NoteMessage(peer, bytes); }},
      {.reports_per_stream_max = config.reports_per_stream_max, .report_bytes_max = config.grpc.message_bytes_max}));
  services.push_back(MakeIndicatorService({.access = config.access,
                                           .read_model = *read_model,
                                           .publisher = *publisher,
                                           .history = *history,
                                           .content = *content,
                                           .answers = *answers,
                                           .log = log.For("indicator")}));
  services.push_back(MakeExportService({.access = config.access,
                                        .store = *store_reader,
                                        .notifier = *notifier,
                                        .keys = *keys,
                                        .writer = *writer,
                                        .answers = *answers,
                                        .clock = clock,
                                        .store_id = facts.store_id}));
  services.push_back(
      MakeAdminService({.access = config.access,
                        .writer = *writer,
                        .rotation = *rotation,
                        .store_file = config.store_file,
                        .backup_folder = config.backup_folder.empty() ? config.store_file.parent_path() / "backup"
                                                                      : config.backup_folder,
                        .clock = clock,
                        .log = log.For("admin")}));
  config.listen.log = log.For("listener");
  grpc::ServerBuilder builder;
  common::ApplyGrpcLimits(builder, config.grpc);
  for (const std::unique_ptr<grpc::Service>& service : services) builder.RegisterService(service.get());
  absl::StatusOr<std::unique_ptr<common::GrpcListener>> bound =
      common::GrpcListener::Create(builder, *credentials, config.listen);
  if (!bound.ok()) return bound.status();
  listener = *std::move(bound);
  server = builder.BuildAndStart();
  if (server == nullptr) return absl::UnavailableError("the gRPC server cannot be started");
  listener->Start();
  ticker = std::thread([this] { KeepTicking(); });
  log.Info("serving", {{"port", listener->port()}, {"commit_seq", cube->commit_seq()}});
  return absl::OkStatus();
}

absl::Status CentralService::Impl::Tick() {
  if (Today(clock) != writer->today()) {
    log.Info("new-day", {{"today", registry::FormatDate(Today(clock))}});
    HJERTE_RETURN_IF_ERROR(writer->MoveTo(Today(clock)));
  }
  HJERTE_RETURN_IF_ERROR(publisher->PublishWhenDue(config.publish_interval));
  HJERTE_RETURN_IF_ERROR(TellAuditHead());
  if (certificate_ends) certificate_ends->Update();
  return absl::OkStatus();
}

void CentralService::Impl::KeepTicking() {
  std::unique_lock lock(tick_mutex);
  while (!tick_wake.wait_for(lock, kTickInterval, [this] { return stopping; })) {
    lock.unlock();
    if (absl::Status status = Tick(); !status.ok()) log.Error("tick", {{"why", status}});
    lock.lock();
  }
}

void CentralService::Impl::Stop() {
  {
    const std::lock_guard lock(tick_mutex);
    stopping = true;
  }
  tick_wake.notify_all();
  if (ticker.joinable()) ticker.join();
  if (listener != nullptr) listener->Stop();
  if (history != nullptr) history->Stop();
  if (server != nullptr) server->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
  ingest.reset();
  server.reset();
  if (store_reader != nullptr && writer != nullptr) {
    if (absl::Status told = TellAuditHead(); !told.ok()) log.Error("audit-head", {{"why", told}});
  }
}

absl::StatusOr<std::unique_ptr<CentralService>> CentralService::Start(Config config, const common::Clock& clock,
                                                                      const common::Logger& log) {
  auto impl = std::make_unique<Impl>(std::move(config), clock, log);
  std::unique_ptr<CentralService> service(new CentralService(std::move(impl)));  // NOLINT: private constructor
  Impl& parts = *service->impl_;
  HJERTE_RETURN_IF_ERROR(parts.OpenParts());
  HJERTE_RETURN_IF_ERROR(parts.OpenStore());
  HJERTE_RETURN_IF_ERROR(parts.BeginWork());
  HJERTE_RETURN_IF_ERROR(parts.Serve());
  return service;
}

CentralService::CentralService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CentralService::~CentralService() { impl_->Stop(); }
int CentralService::port() const { return impl_->listener->port(); }
ReadModel& CentralService::read_model() { return *impl_->read_model; }
Publisher& CentralService::publisher() { return *impl_->publisher; }
const doors::CallerTable& CentralService::access() const { return impl_->config.access; }
common::Metrics& CentralService::metrics() { return impl_->metrics; }
absl::Status CentralService::Tick() { return impl_->Tick(); }

}  // namespace hjerte::indicator
