#include <algorithm>
#include <atomic>
#include <future>
#include <iostream>

#include "adapters/state/outbox.h"
#include "adapters/state/state_file.h"
#include "hjertegateway/v1/delivery.pb.h"
#include "mapping/json/document.h"
#include "services/common/crypto.h"
#include "services/common/random.h"
#include "services/common/time_text.h"
#include "services/indicator/ingest/ingest.h"
#include "services/indicator/publish/publisher.h"
#include "services/indicator/publish/read_model.h"
#include "services/indicator/store/sqlite_store.h"
#include "tests/bench/flow.h"
#include "tests/bench/store_floor.h"

namespace hjerte::bench {
namespace {

using indicator::Report;

constexpr std::size_t kSlice = 1000;  // reports in memory at one time
constexpr int kQueries = 200;

[[noreturn]] void Die(const absl::Status& status) {
  std::cerr << status << "\n";
  std::exit(1);
}

// A service without its rim: store, writer, pool, read side.
struct Engine {
  explicit Engine(const CentralOptions& options)
      : content(*registry::LoadContent(options.content)),
        maps(*indicator::LoadReportMaps(options.content)),
        keys(indicator::Keys{.vault = common::SecretKey(common::RandomBytes(32)),
                             .lookup = common::SecretKey(common::RandomBytes(32)),
                             .patient = common::SecretKey(common::RandomBytes(32)),
                             .integrity = common::SecretKey(common::RandomBytes(32))}),
        store(*indicator::OpenSqliteWriter({.file = options.folder / "service.db", .vfs = {}})),
        reader(*indicator::OpenSqliteReader({.file = options.folder / "service.db", .vfs = {}})),
        cube(content),
        notifier(std::chrono::milliseconds(200)),
        writer({.store = *store, .content = *content, .cube = cube, .notifier = notifier, .clock = clock, .log = {}},
               static_cast<std::size_t>(options.commit), registry::DayOf(clock.Now().time_since_epoch().count())),
        read_model({.content = content,
                    .store = *reader,
                    .cube = cube,
                    .writer = writer,
                    .notifier = notifier,
                    .clock = clock}),
        publisher({.content = *content,
                   .store = *reader,
                   .cube = cube,
                   .writer = writer,
                   .read_model = read_model,
                   .keys = keys,
                   .clock = clock,
                   .log = {}}) {}

  common::ManualClock clock{*common::ParseInstant("2026-02-01T12:00:00Z")};
  common::Metrics metrics;
  common::SystemRandom random;
  std::shared_ptr<const registry::Content> content;
  std::unique_ptr<const indicator::ReportMaps> maps;
  indicator::KeyRing keys;
  std::unique_ptr<indicator::StoreWriter> store;
  std::unique_ptr<indicator::StoreReader> reader;
  indicator::LiveCube cube;
  indicator::Notifier notifier;
  indicator::Writer writer;
  indicator::ReadModel read_model;
  indicator::Publisher publisher;
};

std::int64_t ResourcesIn(std::string_view json) {
  constexpr std::string_view kName = "\"fullUrl\"";
  std::int64_t count = 0;
  for (std::size_t at = json.find(kName); at != std::string_view::npos; at = json.find(kName, at + 1)) ++count;
  return count;
}

class Central {
 public:
  explicit Central(const CentralOptions& options) : options_(options), engine_(options) {}

  // Takes an adapter's outbox in, in slices that may hold several adapters' reports, as they would arrive together.
  void Take(const AdapterPaths& paths) {
    const auto state = adapters::StateFile::Open(paths.folder / "state.db", paths.folder / "state.key");
    if (!state.ok()) Die(state.status());
    adapters::Outbox outbox(**state);
    for (std::int64_t after = 0;;) {
      const auto entries = outbox.List(after, kSlice);
      if (!entries.ok()) Die(entries.status());
      if (entries->empty()) return;
      for (const adapters::OutboxEntry& entry : *entries) {
        const auto payload = outbox.Payload(entry.seq);
        if (!payload.ok()) Die(payload.status());
        slice_.push_back(ReportOf(*payload));
        after = entry.seq;
        if (slice_.size() == kSlice) TakeSlice();
      }
    }
  }

  CentralFigures Finish() {
    TakeSlice();
    figures_.peak_mib = PeakMiB();
    Query();
    const Clock::time_point begin = Clock::now();
    if (absl::Status status = engine_.publisher.Publish(); !status.ok()) Die(status);
    figures_.snapshot_seconds = Seconds(begin);
    figures_.peak_all_mib = PeakMiB();
    return figures_;
  }

 private:
  static Report ReportOf(const std::string& payload) {
    hjertegateway::v1::DeliverRequest request;
    if (!request.ParseFromString(payload)) Die(absl::DataLossError("a payload that is no request"));
    Report report;
    report.delivery_id = request.delivery_id();
    report.source.authority = request.authority();
    report.source.name = request.source().id();
    report.source.software = request.source().software();
    for (const std::string& variable : request.source().carries()) report.source.carries.push_back(variable);
    report.json = request.fhir_bundle_json();
    report.received_at = *common::ParseInstant("2026-02-01T12:00:00Z");
    return report;
  }

  void TakeSlice() {
    for (const Report& report : slice_) {
      ++figures_.reports;
      figures_.resources += ResourcesIn(report.json);
      figures_.bytes += static_cast<std::int64_t>(report.json.size());
    }
    Parse();
    Ingest();
    slice_.clear();
  }

  void Parse() {
    const Stopwatch watch;
    for (const Report& report : slice_) {
      if (!json::Parse(report.json).ok()) Die(absl::DataLossError("a report that is no JSON"));
    }
    figures_.floor += watch.Read();
  }

  void Ingest() {
    std::atomic<int> refused = 0;
    const Stopwatch watch;
    {
      indicator::Ingest ingest({.content = *engine_.content,
                                .maps = *engine_.maps,
                                .keys = engine_.keys,
                                .writer = engine_.writer,
                                .metrics = engine_.metrics,
                                .random = engine_.random},
                               {.workers = options_.workers, .reports_in_flight_max = 2 * options_.commit});
      for (Report& report : slice_) {
        std::promise<void> admitted;
        const auto bytes = static_cast<std::int64_t>(report.json.size());
        ingest.Admit(report.source.authority, bytes, [&admitted] { admitted.set_value(); });
        admitted.get_future().get();
        ingest.Submit(std::move(report), bytes, [&refused](const indicator::DeliveryOutcome& outcome) {
          if (!outcome.accepted) ++refused;
        });
      }
    }
    figures_.whole += watch.Read();
    figures_.refused += refused;
  }

  void Query() {
    registry::Query query;
    query.unit_kinds = {registry::UnitKind::kMunicipality};
    query.period_kind = registry::PeriodKind::kYear;
    query.from = *registry::ParseDate("2020-01-01");
    query.to = *registry::ParseDate("2024-12-31");
    std::vector<double> times;
    for (int i = 0; i < kQueries; ++i) {
      const Clock::time_point begin = Clock::now();
      const auto results = engine_.read_model.Live(query);
      times.push_back(Seconds(begin) * 1000);
      if (!results.ok()) Die(results.status());
      figures_.query_cells = static_cast<std::int64_t>(results->cells.size());
    }
    std::sort(times.begin(), times.end());
    figures_.query_p50_ms = times[kQueries / 2];
    figures_.query_p99_ms = times[kQueries * 99 / 100 - 1];
  }

  const CentralOptions& options_;
  Engine engine_;
  CentralFigures figures_;
  std::vector<Report> slice_;
};

}  // namespace

CentralFigures RunCentral(const CentralOptions& options, const std::vector<AdapterPaths>& adapters) {
  std::filesystem::create_directories(options.folder);
  CentralFigures figures;
  {
    Central central(options);
    for (const AdapterPaths& adapter : adapters) central.Take(adapter);
    figures = central.Finish();
  }
  const auto commits = static_cast<int>(1 + figures.reports / options.commit);
  // The floor has SQLite's own checkpoints, in the thread that writes, and at every 32 MiB of log in place of 4: fewer
  // are faster.
  const auto writing = CostOfWritingAgain(options.folder / "service.db", options.folder / "floor.db", commits,
                                          "PRAGMA wal_autocheckpoint = 8192");
  if (!writing.ok()) Die(writing.status());
  // The service parses in one thread and writes in another; so does its floor.
  figures.floor.seconds = std::max(figures.floor.seconds, writing->seconds);
  figures.floor.processor_seconds += writing->processor_seconds;
  return figures;
}

}  // namespace hjerte::bench
