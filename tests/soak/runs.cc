#include "tests/soak/runs.h"

#include <CLI/CLI.hpp>
#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace hjerte::soak {

int HarnessMain(int argc, const char* const* argv, const std::string& what, Runs runs,
                const std::function<int(const Runs&)>& soak, const std::function<void(CLI::App&)>& add_options) {
  CLI::App program(what);
  program.add_option("--runs", runs.runs, "How many runs")->capture_default_str();
  program.add_option("--first", runs.first, "The number of the first run, to repeat one");
  program.add_option("--seed", runs.seed, "The same seed makes the same plans");
  program.add_option("--jobs", runs.jobs, "Runs at one time")->check(CLI::Range(1, 64))->capture_default_str();
  program.add_option("--courses", runs.courses, "Courses of a run's data")->capture_default_str();
  program.add_option("--minutes", runs.minutes, "Begin no run after so many minutes");
  add_options(program);
  CLI11_PARSE(program, argc, argv);
  return soak(runs);
}

void EachRun(const Runs& runs, int first, int last, const TimeLimit& limit, const std::filesystem::path& folder,
             const std::function<void(int number, const std::filesystem::path& place)>& run) {
  std::atomic<int> next = first;
  const auto work = [&] {
    for (int number = next++; number < last && !limit.Over(); number = next++) {
      const std::filesystem::path place = folder / absl::StrCat("run-", number);
      run(number, place);
      std::filesystem::remove_all(place);
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < runs.jobs; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
}

void EachRun(const Runs& runs, const std::filesystem::path& folder,
             const std::function<void(int number, const std::filesystem::path& place)>& run) {
  EachRun(runs, runs.first, runs.end(), TimeLimit(runs.minutes), folder, run);
}

std::string NameOf(const Runs& runs, int number, std::string_view what) {
  return absl::StrCat("run ", number, " of seed ", runs.seed, ", ", absl::string_view(what.data(), what.size()));
}

}  // namespace hjerte::soak
