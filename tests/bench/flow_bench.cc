// The whole flow beside its floor: simulated care systems' CSV extracts through adapters (source, map, check, outbox)
// and through the central service (ingest, commit, cube), each beside the same JSON parsed and the same rows written to
// the same stores with the same commit sizes, nothing else, in the same run. Then a table of every municipality,
// indicator and year, and the peak memory of both parts. The whole size of the country: --municipalities 98 --courses
// 100000.

#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>

#include "services/tool/simulation/simulate.h"
#include "tests/bench/flow.h"

namespace hjerte::bench {
namespace {

struct Size {
  int municipalities = 4;
  int courses = 1000;
  std::filesystem::path project = std::filesystem::path(HJERTE_BENCH_DIR) / "../..";
  std::filesystem::path keep;  // where the files go; empty: a folder of its own that is removed
  int commit = 256;
  int workers = 2;
};

// Runs `part` in a process of its own.
template <typename Figures>
Figures InChild(const std::function<Figures()>& part) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t child = ::fork();
  if (child == 0) {
    const Figures figures = part();
    const bool told = ::write(ends[1], &figures, sizeof(figures)) == static_cast<ssize_t>(sizeof(figures));
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  Figures figures;
  const bool heard = ::read(ends[0], &figures, sizeof(figures)) == static_cast<ssize_t>(sizeof(figures));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!heard || status != 0) {
    std::cerr << "a part of the bench failed\n";
    std::exit(1);
  }
  return figures;
}

tool::SimulationSummary Simulate(const Size& size, const std::filesystem::path& out) {
  return InChild<tool::SimulationSummary>([&] {
    tool::SimulationOptions options;
    options.municipalities = size.municipalities;
    options.courses = size.courses;
    options.waves = 1;
    options.formats = {tool::Format::kCsv};
    options.out = out;
    const auto geography = tool::ReadGeography((size.project / "mapping/dhrd/geography/dk-2007.csv").string());
    auto summary = geography.ok() ? tool::Simulate(options, *geography, [](int64_t) {}) : geography.status();
    if (summary.ok()) return *summary;
    std::cerr << summary.status() << "\n";
    std::exit(1);
  });
}

std::vector<AdapterPaths> AdaptersOf(const Size& size, const std::filesystem::path& folder) {
  std::vector<AdapterPaths> adapters;
  std::ifstream sources(folder / "data/sources.csv");
  std::string line;
  for (std::getline(sources, line); std::getline(sources, line);) {
    const std::string code = line.substr(0, line.find(','));
    adapters.push_back({size.project, folder / "data" / code, folder / ("adapter-" + code), code});
  }
  return adapters;
}

AdapterFigures RunAdapters(const std::vector<AdapterPaths>& adapters) {
  AdapterFigures all;
  for (const AdapterPaths& paths : adapters) {
    const auto one = InChild<AdapterFigures>([&] { return RunAdapter(paths); });
    all.records += one.records;
    all.reports += one.reports;
    all.quarantined += one.quarantined;
    all.source_bytes += one.source_bytes;
    all.whole += one.whole;
    all.source_seconds += one.source_seconds;
    all.floor += one.floor;
    all.peak_mib = std::max(all.peak_mib, one.peak_mib);
  }
  return all;
}

// Rates, those of the floor, and the share of it that is reached.
void Print(double reports, const Cost& whole, const Cost& floor) {
  std::cout << "  " << reports / whole.seconds << " reports/s; floor " << reports / floor.seconds << "; "
            << floor.seconds / whole.seconds << " of it\n"
            << "  a second of processor time: " << reports / whole.processor_seconds << " reports; floor "
            << reports / floor.processor_seconds << "; " << floor.processor_seconds / whole.processor_seconds
            << " of it\n";
}

void Print(const AdapterFigures& adapter) {
  std::cout << "adapters, from file to outbox: " << adapter.records << " records of "
            << adapter.source_bytes / std::max<std::int64_t>(1, adapter.records) << " bytes, " << adapter.reports
            << " reports, " << adapter.quarantined << " in quarantine; " << adapter.source_seconds << " of "
            << adapter.whole.seconds << " s read the files\n";
  Print(static_cast<double>(adapter.reports), adapter.whole, adapter.floor);
  std::cout << "  peak memory of one adapter " << adapter.peak_mib << " MiB\n";
}

void Print(const CentralFigures& central) {
  std::cout << "central service, from bytes to cube: " << central.reports << " reports of "
            << central.bytes / std::max<std::int64_t>(1, central.reports) << " bytes, " << central.resources
            << " resources, " << central.refused << " refused; "
            << static_cast<double>(central.resources) / central.whole.seconds << " resources/s\n";
  Print(static_cast<double>(central.reports), central.whole, central.floor);
  std::cout << "  table of every municipality, indicator and five years (" << central.query_cells << " cells): p50 "
            << central.query_p50_ms << " ms, p99 " << central.query_p99_ms << " ms\n"
            << "  published snapshot " << central.snapshot_seconds << " s; peak memory " << central.peak_mib
            << " MiB, with queries and snapshot " << central.peak_all_mib << " MiB\n";
}

int Run(const Size& size) {
  std::filesystem::path folder = size.keep;
  if (folder.empty()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "hjerte-flow-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  std::filesystem::create_directories(folder);
  const tool::SimulationSummary summary = Simulate(size, folder / "data");
  std::cout << "simulated: " << size.municipalities << " municipalities, " << summary.courses << " courses, "
            << summary.sessions << " sessions, " << summary.measurements << " measurements\n"
            << std::flush;
  const std::vector<AdapterPaths> adapters = AdaptersOf(size, folder);
  Print(RunAdapters(adapters));
  std::cout << std::flush;
  const CentralOptions options{size.project / "mapping/dhrd", folder / "central", size.commit, size.workers};
  Print(InChild<CentralFigures>([&] { return RunCentral(options, adapters); }));
  if (size.keep.empty()) std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace hjerte::bench

int main(int argc, char** argv) {
  hjerte::bench::Size size;
  CLI::App program("The flow from a care system's extract to the published figure, beside its floor");
  program.add_option("--municipalities", size.municipalities, "Municipalities")->check(CLI::Range(1, 98));
  program.add_option("--courses", size.courses, "Courses in all");
  program.add_option("--commit", size.commit, "Reports the central service commits at a time");
  program.add_option("--workers", size.workers, "Threads of the central service that check");
  program.add_option("--project", size.project, "The project's root, for content and configuration");
  program.add_option("--keep", size.keep, "Folder for extracts and stores, which then stay; must be empty or new");
  CLI11_PARSE(program, argc, argv);
  return hjerte::bench::Run(size);
}
