#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

// What the flow bench's parts share. Each part runs in a process of its own, so that its peak memory is its own, and
// hands its figures back as plain bytes.

namespace hjerte::bench {

using Clock = std::chrono::steady_clock;

inline double Seconds(Clock::time_point since) { return std::chrono::duration<double>(Clock::now() - since).count(); }

// Processor time of all threads of this process.
inline double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// What a piece of work took: on the wall, which what else runs on the machine makes longer, and of processors, which it
// hardly does.
struct Cost {
  double seconds = 0;
  double processor_seconds = 0;

  Cost& operator+=(const Cost& more) {
    seconds += more.seconds;
    processor_seconds += more.processor_seconds;
    return *this;
  }
};

class Stopwatch {
 public:
  Cost Read() const { return {.seconds = Seconds(begin_), .processor_seconds = ProcessorSeconds() - processor_begin_}; }

 private:
  Clock::time_point begin_ = Clock::now();
  double processor_begin_ = ProcessorSeconds();
};

inline long PeakMiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// One municipality's simulated extract and its adapter's files.
struct AdapterPaths {
  std::filesystem::path project;  // its root: configuration example and content
  std::filesystem::path extract;
  std::filesystem::path folder;  // the adapter's own, holds state.db and state.key afterwards
  std::string authority;
};

struct AdapterFigures {
  std::int64_t records = 0;
  std::int64_t reports = 0;
  std::int64_t quarantined = 0;
  std::int64_t source_bytes = 0;
  Cost whole;                 // source, map, check and outbox
  double source_seconds = 0;  // of these, reading the files
  Cost floor;                 // parsing the records and writing the rows of the state file
  long peak_mib = 0;
};

struct CentralOptions {
  std::filesystem::path content;
  std::filesystem::path folder;
  int commit = 256;
  int workers = 2;
};

struct CentralFigures {
  std::int64_t reports = 0;
  std::int64_t resources = 0;
  std::int64_t bytes = 0;
  std::int64_t refused = 0;
  Cost whole;  // from bytes to cube
  Cost floor;  // parsing the reports in one thread and writing the rows of the store in another
  double query_p50_ms = 0;
  double query_p99_ms = 0;
  std::int64_t query_cells = 0;
  double snapshot_seconds = 0;
  long peak_mib = 0;      // of ingest alone
  long peak_all_mib = 0;  // with queries and the snapshot
};

static_assert(std::is_trivially_copyable_v<AdapterFigures> && std::is_trivially_copyable_v<CentralFigures>);

// Runs one adapter over its extract until everything stands in its outbox. Ends the process on an error.
AdapterFigures RunAdapter(const AdapterPaths& paths);

// Takes the outboxes of these adapters into a central service without its rim. Ends the process on an error.
CentralFigures RunCentral(const CentralOptions& options, const std::vector<AdapterPaths>& adapters);

}  // namespace hjerte::bench
