// What the central service's ingest takes in, beside a floor measured in the same run: the same JSON parsed and the
// same rows written to a store of the same schema with the same commit sizes, nothing else. Then what a query and a
// snapshot cost, and the peak memory. The whole size of the country: --courses 100000 --sessions 26
// --municipalities 98.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <thread>

#include "mapping/json/document.h"
#include "mapping/registry/geography.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/sqlite.h"
#include "services/common/time_text.h"
#include "services/indicator/ingest.h"
#include "services/indicator/publisher.h"
#include "services/indicator/read_model.h"
#include "services/indicator/sqlite_schema.h"
#include "services/indicator/sqlite_store.h"
#include "tests/services/indicator/report_builder.h"

namespace hjerte::indicator {
namespace {

using Clock = std::chrono::steady_clock;

struct Size {
  int courses = 2000;
  int sessions = 26;
  int municipalities = 98;
  int commit = 256;
  int workers = 2;
  std::string content = "mapping/dhrd";
};

double Seconds(Clock::time_point since) { return std::chrono::duration<double>(Clock::now() - since).count(); }

long PeakMiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

std::string TwoDigits(int number) { return std::string(number < 10 ? "0" : "") + std::to_string(number); }

Report MakeReport(const Size& size, const std::vector<std::string>& municipalities, int n) {
  testing::CourseReport course;
  course.key = "c" + std::to_string(n);
  course.cpr = testing::SyntheticCpr(n);
  course.municipality = municipalities[n % size.municipalities];
  const std::string year = std::to_string(2020 + n % 5);
  course.referred = year + "-0" + std::to_string(1 + n % 4) + "-05";
  course.start = year + "-0" + std::to_string(1 + n % 4) + "-20";
  course.end = year + "-" + TwoDigits(7 + n % 6) + "-15";
  course.status = n % 4 == 0 ? "stopped" : "completed";
  course.walk_end = std::to_string(380 + n % 120);
  course.sessions_planned = size.sessions;
  course.sessions_attended = size.sessions - n % 9;
  Report report;
  report.source = {
      .authority = course.municipality, .name = "bench", .software = "", .carries = testing::CarriedVariables()};
  report.json = course.Bundle();
  report.delivery_id = "d" + std::to_string(n);
  report.received_at = *common::ParseInstant("2026-02-01T12:00:00Z");
  return report;
}

// The rows of one finished store, report by report, for the floor.
struct FloorRows {
  struct Row {
    const char* insert;
    std::string_view types;  // i integer, t text, b blob
    std::vector<std::string> texts;
    std::vector<std::int64_t> integers;
  };
  std::vector<std::vector<Row>> reports;
};

// Reads every table's rows and hands them to the report (commit) they belong to.
absl::StatusOr<FloorRows> ReadRows(const std::filesystem::path& file, std::size_t reports) {
  FloorRows rows;
  rows.reports.resize(reports);
  absl::StatusOr<std::unique_ptr<common::Database>> database =
      common::Database::Open({.file = file, .read_only = true, .vfs = {}});
  if (!database.ok()) return database.status();
  struct Table {
    const char* select;
    const char* insert;
    std::string_view types;
  };
  // One report is one citizen here, so that the citizen's number is the report's.
  constexpr Table kTables[] = {
      {"SELECT id, id, surrogate, lookup FROM citizen", "INSERT INTO citizen VALUES(?,?,?)", "itb"},
      {"SELECT citizen, * FROM vault", "INSERT INTO vault VALUES(?,?)", "ib"},
      {"SELECT citizen, * FROM log", "INSERT INTO log VALUES(?,?,?,?,?,?,?,?,?,?)", "itiibbiibb"},
      {"SELECT citizen, * FROM resource", "INSERT INTO resource VALUES(?,?,?,?,?,?,?,?,?)", "tittiibib"},
      {"SELECT citizen, * FROM referral", "INSERT INTO referral VALUES(?,?,?,?,?,?,?)", "ttiiibb"},
      {"SELECT citizen, * FROM course", "INSERT INTO course VALUES(?,?,?,?,?,?,?,?)", "titiiibt"},
      {"SELECT citizen, * FROM change", "INSERT INTO change VALUES(?,?,?,?,?,?,?,?)", "iiiittib"}};
  for (const Table& table : kTables) {
    absl::StatusOr<common::Statement> all = (*database)->Prepare(table.select);
    if (!all.ok()) return all.status();
    for (absl::StatusOr<bool> more = all->Step(); more.ok() && *more; more = all->Step()) {
      FloorRows::Row row{.insert = table.insert, .types = table.types, .texts = {}, .integers = {}};
      for (std::size_t column = 0; column < table.types.size(); ++column) {
        const bool integer = table.types[column] == 'i';
        row.integers.push_back(integer ? all->Integer(static_cast<int>(column) + 1) : 0);
        row.texts.emplace_back(integer ? std::string_view() : all->Bytes(static_cast<int>(column) + 1));
      }
      const auto owner = static_cast<std::size_t>(all->Integer(0)) - 1;
      if (owner < rows.reports.size()) rows.reports[owner].push_back(std::move(row));
    }
  }
  return rows;
}

// Parses and writes, in one thread for each of the two jobs as the service has it; reports/s.
double MeasureFloor(const std::vector<Report>& reports, const FloorRows& rows, const std::filesystem::path& file,
                    const Size& size) {
  auto database = *common::Database::Open({.file = file, .cache_bytes = 64 << 20, .vfs = {}});
  if (!database->Execute(std::string(kWriterPragmas)).ok()) return 0;
  if (!common::MigrateSchema(*database, kSchemaSteps).ok()) return 0;
  const Clock::time_point begin = Clock::now();
  std::thread parser([&] {
    for (const Report& report : reports) {
      if (!json::Parse(report.json).ok()) std::abort();
    }
  });
  for (std::size_t first = 0; first < rows.reports.size(); first += static_cast<std::size_t>(size.commit)) {
    auto transaction = *common::Transaction::Begin(*database);
    const std::size_t last = std::min(rows.reports.size(), first + static_cast<std::size_t>(size.commit));
    for (std::size_t i = first; i < last; ++i) {
      for (const FloorRows::Row& row : rows.reports[i]) {
        auto statement = *database->Prepare(row.insert);
        for (std::size_t column = 0; column < row.types.size(); ++column) {
          const int index = static_cast<int>(column) + 1;
          if (row.types[column] == 'i') statement.Bind(index, row.integers[column]);
          if (row.types[column] == 't') statement.Bind(index, row.texts[column]);
          if (row.types[column] == 'b') statement.Bind(index, common::Blob{row.texts[column]});
        }
        if (!statement.Run().ok()) std::abort();
      }
    }
    if (!transaction.Commit().ok()) std::abort();
  }
  parser.join();
  return static_cast<double>(reports.size()) / Seconds(begin);
}

// A service without its rim: store, writer, pool, read side.
struct Engine {
  Engine(const Size& size, const std::filesystem::path& folder)
      : content(*registry::LoadContent(size.content)),
        maps(*LoadReportMaps(size.content)),
        keys{.vault = common::SecretKey(common::RandomBytes(32)),
             .lookup = common::SecretKey(common::RandomBytes(32)),
             .patient = common::SecretKey(common::RandomBytes(32)),
             .integrity = common::SecretKey(common::RandomBytes(32))},
        store(*OpenSqliteWriter({.file = folder / "service.db", .vfs = {}})),
        reader(*OpenSqliteReader({.file = folder / "service.db", .vfs = {}})),
        cube(content),
        notifier(std::chrono::milliseconds(200)),
        writer({.store = *store, .content = *content, .cube = cube, .notifier = notifier, .clock = clock, .log = {}},
               static_cast<std::size_t>(size.commit), registry::DayOf(clock.Now().time_since_epoch().count())),
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
                   .clock = clock,
                   .log = {}}) {}

  common::ManualClock clock{*common::ParseInstant("2026-02-01T12:00:00Z")};
  common::Metrics metrics;
  std::shared_ptr<const registry::Content> content;
  std::unique_ptr<const ReportMaps> maps;
  Keys keys;
  std::unique_ptr<StoreWriter> store;
  std::unique_ptr<StoreReader> reader;
  LiveCube cube;
  Notifier notifier;
  Writer writer;
  ReadModel read_model;
  Publisher publisher;
};

double MeasureIngest(const Size& size, Engine& engine, const std::vector<Report>& reports) {
  std::atomic<int> refused = 0;
  const Clock::time_point begin = Clock::now();
  {
    Ingest ingest({.content = *engine.content,
                   .maps = *engine.maps,
                   .keys = engine.keys,
                   .writer = engine.writer,
                   .metrics = engine.metrics},
                  {.workers = size.workers, .reports_in_flight_max = 2 * size.commit});
    for (const Report& report : reports) {
      std::promise<void> admitted;
      const auto bytes = static_cast<std::int64_t>(report.json.size());
      ingest.Admit(bytes, [&admitted] { admitted.set_value(); });
      admitted.get_future().get();
      ingest.Submit(report, bytes, [&refused](DeliveryOutcome outcome) {
        if (outcome.accepted) return;
        if (refused++ == 0 && !outcome.findings.empty()) std::cerr << outcome.findings[0].text.en << "\n";
      });
    }
  }
  const double rate = static_cast<double>(reports.size()) / Seconds(begin);
  if (refused > 0) std::cerr << refused << " reports were refused\n";
  return rate;
}

void MeasureQueries(Engine& engine) {
  registry::Query query;
  query.unit_kinds = {registry::UnitKind::kMunicipality};
  query.period_kind = registry::PeriodKind::kYear;
  query.from = *registry::ParseDate("2020-01-01");
  query.to = *registry::ParseDate("2024-12-31");
  std::vector<double> times;
  std::size_t cells = 0;
  for (int i = 0; i < 200; ++i) {
    const Clock::time_point begin = Clock::now();
    const auto results = engine.read_model.Live(query);
    times.push_back(Seconds(begin) * 1000);
    if (results.ok()) cells = results->cells.size();
  }
  std::sort(times.begin(), times.end());
  std::cout << "query, every municipality x indicator x 5 years: " << cells << " cells, p50 " << times[100]
            << " ms, p99 " << times[197] << " ms\n";
  const Clock::time_point begin = Clock::now();
  const absl::Status status = engine.publisher.Publish();
  std::cout << "published snapshot: " << Seconds(begin) << " s " << status << "\n";
}

int Run(const Size& size) {
  std::string pattern = (std::filesystem::temp_directory_path() / "hjerte-bench-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  {
    Engine engine(size, folder);
    std::vector<std::string> municipalities;
    for (const auto& row : engine.content->geographies().front().rows()) municipalities.push_back(row.municipality);
    // In slices, so that the country's reports need not be in memory at once.
    constexpr int kSlice = 5000;
    double seconds = 0;
    std::size_t bytes = 0;
    std::vector<Report> reports;
    for (int first = 0; first < size.courses; first += kSlice) {
      reports.clear();
      for (int n = first; n < std::min(size.courses, first + kSlice); ++n) {
        reports.push_back(MakeReport(size, municipalities, n));
        bytes += reports.back().json.size();
      }
      seconds += static_cast<double>(reports.size()) / MeasureIngest(size, engine, reports);
    }
    const double rate = size.courses / seconds;
    std::cout << "ingest: " << size.courses << " reports of " << bytes / size.courses << " bytes and "
              << size.sessions + 9 << " resources, " << rate << " reports/s, " << rate * (size.sessions + 9)
              << " resources/s, peak " << PeakMiB() << " MiB\n";
    MeasureQueries(engine);
    std::cout << "peak with queries and snapshot: " << PeakMiB() << " MiB\n";
    if (size.courses <= kSlice) {
      const auto rows = ReadRows(folder / "service.db", reports.size());
      if (!rows.ok()) {
        std::cerr << rows.status() << "\n";
        return 1;
      }
      const double floor = MeasureFloor(reports, *rows, folder / "floor.db", size);
      std::cout << "floor: " << floor << " reports/s; ingest is " << rate / floor << " of it\n";
    }
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace hjerte::indicator

int main(int argc, char** argv) {
  hjerte::indicator::Size size;
  CLI::App program("Ingest of the central service beside its floor");
  program.add_option("--courses", size.courses, "Courses, one report each; the floor is measured up to 5000");
  program.add_option("--sessions", size.sessions, "Training sessions of a course");
  program.add_option("--municipalities", size.municipalities, "Municipalities")->check(CLI::Range(1, 98));
  program.add_option("--commit", size.commit, "Reports a commit");
  program.add_option("--workers", size.workers, "Threads that check");
  program.add_option("--content", size.content, "The registry's content");
  CLI11_PARSE(program, argc, argv);
  return hjerte::indicator::Run(size);
}
